"""Step two of a batch: which Plex items show the scene, who owns them, and what is known of them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from events import Candidate, MatchScored, emit
from plex.exceptions import AmbiguousMatch, PlexNotFound, TransientError
from plex.matcher import FileFacts
from sync_queue.intake import RUN
from worker.owners import Owners
from worker.pinned import GONE, follow
from worker.work import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from plex.matcher import MatchResult
    from stash.client import StashClient
    from stash.scene import Scene
    from sync_queue.ledger import Ledger
    from sync_queue.pins import Pins
    from worker.plex_target import PlexTarget
    from worker.work import Work

log = logging.getLogger("plexsync.Match")

FRESH_ENOUGH_S = 1.0
"""A scene that is not found for certain makes the index look for what is new, but at most this often for an edit…"""
FRESH_ENOUGH_IN_BULK_S = 10.0
"""… and this often in a run over many, of which thousands may not be in Plex at all."""
SHOWN_CANDIDATES = 3


def file_facts(scene: Scene) -> list[FileFacts]:
    """What Plex can be compared with; the primary file first."""
    return [FileFacts(path=file.path, size=file.size, duration_s=file.duration) for file in scene.files]


class MatchStep:
    """Match every open work of a batch, tell ``MatchScored`` of each, and set its targets or its failure.

    ``wake`` is called after each look for new items, which scenes may be waiting for.
    """

    def __init__(
        self,
        plex: PlexTarget,
        stash: StashClient,
        ledger: Ledger,
        pins: Pins,
        *,
        allow_low_confidence: bool,
        wake: Callable[[], object],
        tell: Callable[[MatchScored], None] = emit,
        drain_id: str,
        clock: Callable[[], float],
    ) -> None:
        self._plex = plex
        self._wake = wake
        self._tell = tell
        self._pins = pins
        self._owners = Owners(stash, ledger, pins, self._match)
        self._allow_low = allow_low_confidence
        self._drain_id = drain_id
        self._clock = clock

    def run(self, works: Iterable[Work], under_way: Mapping[int, Work]) -> None:
        """``owners`` are items that others are about to write (ratingKey → scene id). One index refresh at most, for all scenes that were not found for certain; raises what Plex being away raises."""
        waiting = [work for work in works if work.open and work.scene is not None]
        for work in waiting:
            self._look(work)
        doubtful = [work for work in waiting if self._is_doubtful(work)]
        patience = (
            FRESH_ENOUGH_IN_BULK_S if all(work.job.priority >= RUN for work in waiting) else FRESH_ENOUGH_S
        )
        if doubtful:
            self._look_at_plex(doubtful, lambda: self._look_for_new_items(patience))
        for work in waiting:
            if work.open:
                self._decide(work)
        self._owners.settle(self._plex.server, [work for work in waiting if work.open], under_way)

    def look_again(self, works: list[Work], under_way: Mapping[int, Work]) -> None:
        """Match once more after the index was found stale; ``match_scored`` was told already. Sets targets or a failure."""
        self._look_at_plex(works, self._refresh)
        for work in works:
            if work.open:
                self._choose(work)
        self._owners.settle(self._plex.server, [work for work in works if work.open], under_way)

    def _look_at_plex(self, works: list[Work], refresh: Callable[[], bool]) -> None:
        """Match these again if Plex has news. When it does not list them, they wait, and do not keep the others waiting."""
        try:
            news = refresh()
        except TransientError as error:
            self._plex.client.probe()
            for work in works:
                work.postponed = error
            return
        if news:
            for work in works:
                self._look(work)

    def _refresh(self) -> bool:
        self._plex.index.refresh()
        self._wake()
        return True

    def _is_doubtful(self, work: Work) -> bool:
        """Not found, or not certain: before that is said, the index must be fresh."""
        confidence = work.match.confidence if work.match else "high"
        return confidence == "none" or (confidence == "low" and not self._allow_low)

    def _look(self, work: Work) -> None:
        assert work.scene is not None  # noqa: S101 -- run() keeps the others out
        with work.step():
            work.match = self._match(work.scene)

    def _match(self, scene: Scene) -> MatchResult:
        """By the scene's pin, if it has one, else by evidence."""
        pin = self._pins.of_scene(self._plex.server, scene.id)
        if pin is None:
            return self._plex.matcher.match(file_facts(scene))
        match, now = follow(self._plex.index, pin, scene)
        if now != pin:
            self._pins.put(self._plex.server, now, self._clock())
        return match

    def _look_for_new_items(self, max_age_s: float) -> bool:
        """Refresh the index unless that was done a moment ago; wake the scenes that waited for what is new."""
        result = self._plex.index.ensure(max_age_s)
        if result is None:
            return False
        self._wake()
        return bool(result.new or result.changed or result.removed or result.full)

    def _decide(self, work: Work) -> None:
        match = work.match
        assert match is not None  # noqa: S101 -- _look has set it
        self._tell(self._scored(work, match))
        self._choose(work)

    def _choose(self, work: Work) -> None:
        match = work.match
        assert match is not None  # noqa: S101 -- _look has set it
        if match.confidence == "high" or (match.confidence == "low" and self._allow_low):
            work.targets = [Target(row=row, entry=None) for row in match.targets]
            return
        if work.scene is not None:
            work.looked_for = [self._plex.path_in_plex(file.path) for file in work.scene.files]
        if match.method == GONE:
            work.failure = PlexNotFound(
                "Plex does not have the item to which the scene is pinned; pin it to another, or unpin it"
            )
        elif match.confidence == "none":
            work.failure = PlexNotFound(f"no item in {self._libraries()} has this file")
        else:
            work.failure = _ambiguous(match)

    def _scored(self, work: Work, match: MatchResult) -> MatchScored:
        return MatchScored(
            scene_id=work.job.scene_id,
            title=work.title,
            path=work.path,
            attempt=work.job.attempts + 1,
            drain_id=self._drain_id,
            at=self._clock(),
            trigger=work.job.trigger,
            confidence=match.confidence,
            score=match.score,
            method=match.method,
            candidates=tuple(
                Candidate(
                    rating_key=c.row.rating_key,
                    title=c.row.title,
                    path=c.row.path,
                    score=c.score,
                    evidence=c.evidence,
                )
                for c in match.candidates
            ),
            targets=tuple(row.rating_key for row in match.targets),
            cached=match.cached,
        )

    def _libraries(self) -> str:
        return " or ".join(repr(section.title) for section in self._plex.sections)


def _ambiguous(match: MatchResult) -> AmbiguousMatch:
    if len(match.candidates) == 1:
        return AmbiguousMatch(
            f"Plex has one possible item and it is not certain: {_shown(match)}",
            cause=f"Plex has one possible item and it is not certain ({match.method})",
        )
    return AmbiguousMatch(
        f"Plex has {len(match.candidates)} possible items and none is certain: {_shown(match)}",
        cause=f"Plex has several possible items and none is certain ({match.method})",
    )


def _shown(match: MatchResult) -> str:
    parts = [
        f"{c.row.title!r} ({c.row.path}, score {c.score:.2f}, {c.evidence})"
        for c in match.candidates[:SHOWN_CANDIDATES]
    ]
    more = len(match.candidates) - SHOWN_CANDIDATES
    return "; ".join(parts) + (f"; and {more} more" if more > 0 else "")
