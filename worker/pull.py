"""Pull From Plex: ratings, plays and places in a film that people have made in Plex, brought to Stash.

One pass reads Plex's listing (a request for a thousand items) and what is new in its history, and asks Stash for the
scenes of those items alone that show something new. Only items that a sync has matched count, each for the scene that
owns it. What was brought is remembered after Stash has it, so a kill in between repeats a scene: a rating or a place that
is there already is left alone, and so is a play whose time Stash has. Nothing is written to Plex.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from plex.watched import pages_of, plays_since
from stash import played
from stash.exceptions import StashOdd
from sync_queue.database import transaction
from sync_queue.intake import RUN, enqueue
from sync_queue.pulled import Pulled, PulledStore
from sync_queue.reconciling import known_states
from worker.options import NEWEST
from worker.pull_rules import (
    Decision,
    Seen,
    as_if_ours,
    new_plays,
    place_of,
    plays_of,
    plex_moved,
    plex_rated,
    rating_of,
    text_of,
    vanished,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator

    from plex.watched import Watched
    from stash.client import StashClient
    from stash.played import Played
    from sync_queue.ledger import Entry, Ledger
    from worker.plex_target import PlexTarget

log = logging.getLogger("plexsync.Pull")

SCENES = 100
"""Scenes that are asked for together."""
MOST_CHANGES = 1000
"""Decisions that are kept for the answer: a first pull may have one for each scene of a library."""
OVERLAP_S = 86_400.0
"""The history is read from so long before the mark: a play may be entered later than it is dated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullOptions:
    """What is brought. ``pushed``: the sync writes ratings to Plex. ``preview``: nothing is written, here or in Stash."""

    ratings: bool = False
    plays: bool = False
    places: bool = False
    conflicts: str = NEWEST
    pushed: bool = True
    preview: bool = False


@dataclass(slots=True)
class Outcome:
    """What came of a pass; ``changes`` has a scene's decision with what Stash had before, of the first thousand scenes."""

    items: int = 0
    ratings: int = 0
    plays: int = 0
    places: int = 0
    kept: int = 0
    undated: int = 0
    failed: int = 0
    vanished: int = 0
    """Ratings that are gone from Plex, too many at once to be believed."""
    changes: list[tuple[Played, Decision]] = field(default_factory=list)
    more: int = 0
    """Scenes with a decision that are not among them."""


class Puller:
    """One pass. Between scenes ``go_on`` is asked; what is not done then is done by the next one."""

    def __init__(
        self,
        db: sqlite3.Connection,
        ledger: Ledger,
        plex: PlexTarget,
        stash: StashClient,
        options: PullOptions,
        *,
        clock: Callable[[], float],
        go_on: Callable[[], bool] = lambda: True,
        tell: Callable[[Played, Decision], None] = lambda _scene, _decision: None,
    ) -> None:
        self._db = db
        self._ledger = ledger
        self._plex = plex
        self._stash = stash
        self._options = options
        self._clock = clock
        self._go_on = go_on
        self._tell = tell
        self._history: dict[int, list[float]] = {}
        self._mark = 0.0
        self._rated_at: dict[int, float] = {}
        """Scenes that this pass has rated, and when that was done in Plex: Stash dates it now, and another item may be newer."""

    def run(self) -> Outcome:
        """Look at every item, and bring what is new. Raises PlexError and StashError that concern more than one scene."""
        plex, outcome = self._plex, Outcome()
        try:
            plex.open()
            self._store = PulledStore(self._db, plex.server)
            began = self._clock()
            if self._options.plays:
                self._mark = max(0.0, self._store.history_at - OVERLAP_S)
                self._history = plays_since(plex.client, self._mark)
            through = all(self._bring(scenes, outcome) for scenes in self._news(outcome))
            if through and self._options.plays and not (self._options.preview or outcome.failed):
                self._store.end(began)
        finally:
            plex.close()
        if outcome.vanished:
            log.warning(
                "%d ratings are gone from Plex, most that there were: they stay in Stash. Does plex_token belong to another "
                "account now? If it is meant, take them away in Stash",
                outcome.vanished,
            )
        return outcome

    def _news(self, outcome: Outcome) -> Iterator[dict[int, list[Seen]]]:
        """The scenes of items that show something new, some at a time; all items of a scene in one library are together."""
        for section in self._plex.sections:
            asked_at = self._clock()
            for page in pages_of(self._plex.client, section.id):
                outcome.items += len(page)
                scenes = self._new_of(page, asked_at, outcome)
                ids = sorted(scenes)
                for start in range(0, len(ids), SCENES):
                    yield {one: scenes[one] for one in ids[start : start + SCENES]}
                asked_at = self._clock()

    def _new_of(self, page: list[Watched], asked_at: float, outcome: Outcome) -> dict[int, list[Seen]]:
        keys = [item.rating_key for item in page]
        entries, known = self._ledger.get_many(self._plex.server, keys), self._store.get_many(keys)
        looked_at = [
            (entry.scene_id, self._seen(item, entry, known.get(item.rating_key), asked_at))
            for item in page
            if (entry := entries.get(item.rating_key)) is not None and entry.scene_id and entry.synced_at
        ]
        found: dict[int, list[Seen]] = {}
        for scene_id, seen in self._without_collapse(looked_at, outcome):
            if self._is_news(seen):
                found.setdefault(scene_id, []).append(seen)
        held = {one for one, state in known_states(self._db, list(found)).items() if state == "held"}
        return {one: seen for one, seen in found.items() if one not in held}

    def _without_collapse(self, seen: list[tuple[int, Seen]], outcome: Outcome) -> list[tuple[int, Seen]]:
        """A collapse is no removal: another account's token, or a Plex that was set up anew, knows no stars at all."""
        if not self._options.ratings:
            return seen
        gone = vanished([one for _, one in seen], pushed=self._options.pushed)
        outcome.vanished += len(gone)
        return [
            (scene_id, replace(one, doubtful=one.doubtful or one.item.rating_key in gone))
            for scene_id, one in seen
        ]

    def _seen(self, item: Watched, entry: Entry, known: Pulled | None, asked_at: float) -> Seen:
        """An item that belongs to another scene by now is one that was never looked at."""
        known = known if known is not None and known.scene_id == entry.scene_id else None
        dates = self._history.get(item.rating_key, [])
        doubtful = asked_at < (entry.synced_at or 0.0) <= self._clock()
        return Seen(item=item, known=known, record=entry.record, dates=tuple(dates), doubtful=doubtful)

    def _is_news(self, seen: Seen) -> bool:
        options = self._options
        return (
            (options.ratings and plex_rated(seen, pushed=options.pushed))
            or (options.plays and any(new_plays(seen)))
            or (options.places and plex_moved(seen))
        )

    def _bring(self, scenes: dict[int, list[Seen]], outcome: Outcome) -> bool:
        """Decide and tell Stash; False when it was broken off."""
        for one, stash in played.read(self._stash, scenes).items():
            if not self._go_on():
                return False
            if self._ledger.is_held(one):
                continue  # it was restored since the listing was read
            seen = [self._with_older_plays(one_item) for one_item in scenes[one]]
            decision = self._decide(seen, stash)
            try:
                if not self._options.preview:
                    self._write(stash, decision)
                    self._remember(seen, stash, decision)
            except StashOdd as error:
                outcome.failed += 1
                log.warning(
                    "Scene %d (%s): what was found in Plex could not be brought to Stash: %s. The next pull tries again",
                    one,
                    stash.title,
                    error,
                    extra={"error_type": error.error_type},
                )
                continue
            self._count(stash, decision, outcome)
        return True

    def _with_older_plays(self, seen: Seen) -> Seen:
        """An item that is new here may have plays from before the mark; they are asked for when some are missing."""
        first = self._options.plays and self._mark > 0 and (seen.known is None or not seen.known.viewed_at)
        if not first or len(seen.dates) >= seen.item.plays:
            return seen
        key = seen.item.rating_key
        dates = plays_since(self._plex.client, 0.0, rating_key=key).get(key, [])
        return replace(seen, dates=tuple(dates))

    def _decide(self, seen: list[Seen], stash: Played) -> Decision:
        options = self._options
        rating, rating_kept = None, False
        times, undated = tuple[float, ...](), 0
        place, place_kept = None, False
        if options.ratings:
            dated = replace(stash, updated_at=self._rated_at.get(stash.id, stash.updated_at))
            rating, rating_kept = rating_of(seen, dated, pushed=options.pushed, conflicts=options.conflicts)
            if rating is not None:
                self._rated_at[stash.id] = max(one.item.rated_at for one in seen)
        if options.plays:
            times, undated = plays_of(seen, stash)
        if options.places:
            place, place_kept = place_of(seen, stash, conflicts=options.conflicts)
        kept = {"rating": rating_kept, "place": place_kept}
        return Decision(
            rating100=rating,
            plays=times,
            undated=undated,
            resume_s=place,
            kept=tuple(name for name, stays in kept.items() if stays),
        )

    def _write(self, stash: Played, decision: Decision) -> None:
        if decision.plays:
            played.add_plays(self._stash, stash.id, decision.plays)
        if decision.resume_s is not None:
            played.save_place(self._stash, stash.id, decision.resume_s)
        if decision.rating100 is not None:
            played.rate(self._stash, stash.id, decision.rating100)

    def _remember(self, seen: Iterable[Seen], stash: Played, decision: Decision) -> None:
        """Stash has it now. A rating of Stash's that won is the sync's to write: Plex's is no longer a person's to be kept."""
        with transaction(self._db):
            for one in seen:
                self._store.put(self._after(one, stash, decision))
                if "rating" in decision.kept and self._options.pushed:
                    self._let_stash_win(stash.id, one)

    def _after(self, seen: Seen, stash: Played, decision: Decision) -> Pulled:
        """What is not brought stays as it was known, for the day on which it is."""
        item, options = seen.item, self._options
        after = seen.known or Pulled(rating_key=item.rating_key, scene_id=stash.id)
        if options.ratings and not seen.doubtful:
            after = replace(after, rating=item.rating)
        if options.plays:
            newest = max((after.viewed_at, item.viewed_at if item.plays else 0.0, *new_plays(seen)[0]))
            after = replace(after, plays=item.plays, viewed_at=newest)
        if options.places:
            place = stash.resume_s if decision.resume_s is None else decision.resume_s
            after = replace(after, resume_s=item.offset_s, stash_resume_s=place)
        return after

    def _let_stash_win(self, scene_id: int, seen: Seen) -> None:
        entry = self._ledger.get(self._plex.server, seen.item.rating_key)
        if entry is not None and entry.synced_at is not None:
            as_if_ours(entry.record, text_of(seen.item.rating))
            self._ledger.put(entry)
        enqueue(self._db, scene_id, trigger="pull", priority=RUN, now=self._clock(), force=True)

    def _count(self, stash: Played, decision: Decision, outcome: Outcome) -> None:
        outcome.ratings += decision.rating100 is not None
        outcome.plays += len(decision.plays)
        outcome.places += decision.resume_s is not None
        outcome.undated += decision.undated
        outcome.kept += len(decision.kept)
        if decision.writes or decision.kept:
            if len(outcome.changes) < MOST_CHANGES:
                outcome.changes.append((stash, decision))
            else:
                outcome.more += 1
            self._tell(stash, decision)
