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

from plex.fields import same_value
from stash import played
from stash.exceptions import StashOdd
from sync_queue.database import transaction
from sync_queue.intake import RUN, enqueue
from sync_queue.pulled import Pulled, PulledStore
from worker.mapping import plex_rating
from worker.pull_news import PullNews
from worker.pull_rules import (
    RATING,
    Decision,
    agree_on,
    as_if_announced,
    new_plays,
    overruled,
    place_of,
    plays_of,
    rating_of,
    same_memory,
    settles,
    text_of,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from stash.client import StashClient
    from stash.played import Played
    from sync_queue.ledger import Ledger
    from worker.plex_target import PlexTarget
    from worker.pull_rules import PullOptions, Seen

log = logging.getLogger("plexsync.Pull")

MOST_CHANGES = 1000
"""Decisions that are kept for the answer: a first pull may have one for each scene of a library."""


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

    def run(self) -> Outcome:
        """Look at every item, and bring what is new. Raises PlexError and StashError that concern more than one scene."""
        plex, outcome = self._plex, Outcome()
        try:
            plex.open()
            self._store = PulledStore(self._db, plex.server)
            began = self._clock()
            self._news = PullNews(self._db, self._ledger, plex, self._store, self._options, clock=self._clock)
            through = all(self._bring(scenes, outcome) for scenes in self._news.scenes())
            outcome.items = self._news.items
            if through and self._options.plays and not (self._options.preview or outcome.failed):
                self._store.end(began)
        finally:
            plex.close()
        if through and self._news.collapsed:
            outcome.vanished = self._news.collapsed
            log.warning(
                "%d ratings are gone from Plex, most or all that there were: they stay in Stash. Does plex_token belong to "
                "another account now? If it is meant, take them away in Stash",
                outcome.vanished,
            )
        return outcome

    def _bring(self, scenes: dict[int, list[Seen]], outcome: Outcome) -> bool:
        """Decide and tell Stash; False when it was broken off."""
        for one, stash in self._read(scenes, outcome).items():
            if not self._go_on():
                return False
            if self._ledger.is_held(one):
                continue  # it was restored since the listing was read
            try:
                done = self._bring_one([self._news.with_older_plays(item) for item in scenes[one]], stash)
            except StashOdd as error:
                self._failed(one, stash.title, error, outcome)
                continue
            if done is not None:
                self._count(*done, outcome)
        return True

    def _read(self, scenes: dict[int, list[Seen]], outcome: Outcome) -> dict[int, Played]:
        """As Stash has them now, in one call; if an odd scene spoils it, one for each, and the odd one fails alone.

        When all of several fail it is no scene's fault: that is raised.
        """
        try:
            return played.read(self._stash, scenes)
        except StashOdd as error:
            first = error
        found: dict[int, Played] = {}
        odd: dict[int, StashOdd] = {}
        for one in scenes:
            try:
                found.update(played.read(self._stash, [one]))
            except StashOdd as error:
                odd[one] = error
        if len(odd) == len(scenes) > 1:
            raise first
        for one, reason in odd.items():
            self._failed(one, scenes[one][0].item.title, reason, outcome)
        return found

    def _failed(self, scene_id: int, title: str, error: StashOdd, outcome: Outcome) -> None:
        outcome.failed += 1
        log.warning(
            "Scene %d (%s): what was found in Plex could not be brought to Stash: %s. The next pull tries again",
            scene_id,
            title,
            error,
            extra={"error_type": error.error_type},
        )

    def _bring_one(self, seen: list[Seen], stash: Played) -> tuple[Played, Decision] | None:
        """What became of a scene, with what Stash had before; None when it was deleted meanwhile.

        Others of the hundred that were read together come first: a person may have edited this one since. So what is to be
        written is decided once more by what Stash has in that moment.
        """
        decision = self._decide(seen, stash)
        if self._options.preview:
            return stash, decision
        if decision.writes:
            fresh = played.read(self._stash, [stash.id]).get(stash.id)
            if fresh is None:
                return None
            stash, decision = fresh, self._decide(seen, fresh)
        self._write(stash, decision)
        self._remember(seen, stash, decision)
        return stash, decision

    def _decide(self, seen: list[Seen], stash: Played) -> Decision:
        options = self._options
        rating, rating_kept = None, False
        times, undated = tuple[float, ...](), 0
        place, place_kept = None, False
        if options.ratings:
            rating, rating_kept = rating_of(seen, stash, pushed=options.pushed, conflicts=options.conflicts)
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
        """Stash has it now. A rating in Plex that did not win is the sync's to replace, and no longer a person's to be kept."""
        seen, options = list(seen), self._options
        rating100 = stash.rating100 if decision.rating100 is None else decision.rating100
        with transaction(self._db):
            for one in seen:
                self._store.put(self._after(one, stash, decision))
            if options.ratings and options.pushed:
                if settles(seen, decision):
                    self._agree(stash.id, seen, rating100)
                else:
                    for one in overruled(seen, rating100):
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

    def _agree(self, scene_id: int, seen: Iterable[Seen], rating100: int) -> None:
        """Both sides have this rating now. Items of the scene that show another one are the sync's to write.

        One of which a sync has learned something since it was read stays as that has left it.
        """
        right, differs = plex_rating(rating100), False
        fresh = {one.item.rating_key: one for one in seen}
        for entry in self._ledger.of_scene(self._plex.server, scene_id):
            one = fresh.get(entry.rating_key)
            if entry.synced_at is None:
                continue
            if one is not None and (one.doubtful or not same_memory(one.record, entry.record)):
                continue
            shown = text_of(one.item.rating) if one is not None else str(entry.record.base.get(RATING, ""))
            agree_on(entry.record, right, shown=shown)
            self._ledger.put(entry)
            differs |= not same_value(RATING, shown, right)
        if differs:
            self._have_it_written(scene_id)

    def _let_stash_win(self, scene_id: int, seen: Seen) -> None:
        entry = self._ledger.get(self._plex.server, seen.item.rating_key)
        if entry is not None and entry.synced_at is not None:
            as_if_announced(entry.record, text_of(seen.item.rating))
            self._ledger.put(entry)
        self._have_it_written(scene_id)

    def _have_it_written(self, scene_id: int) -> None:
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
