"""Reconcile: compare every scene of Stash with the ledger and with what Plex lists, and queue what differs.

It writes to Plex nothing itself. What is wanted is worked out from scenes read in pages and compared by its hash; what Plex
shows is compared by the listing's digests, which are read anew first, or, in its deep form, by each item's details. It
finds what no hook tells: merges, auto tag, hooks that were lost, edits in Plex, scenes that are gone.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Literal

from plex.exceptions import PlexError
from stash.exceptions import StashOdd, StashSlow
from sync_queue import reconciling
from sync_queue.database import chunks, transaction
from sync_queue.intake import RUN, enqueue_many
from sync_queue.ledger import NOBODY
from sync_queue.pins import Pins
from worker.collapse import check_scenes_are_there
from worker.comparing import difference
from worker.judging import TO_QUEUE, TO_QUEUE_IF_UNKNOWN, judge_entries
from worker.mapping import desired_of, state_hash
from worker.matching import file_facts
from worker.pinned import follow

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from plex.items import PlexItem
    from plex.matcher import MatchResult
    from stash.client import StashClient
    from stash.scene import Scene
    from sync_queue.ledger import Entry, Ledger
    from sync_queue.reconciling import Position
    from worker.judging import Kind
    from worker.options import WorkerOptions
    from worker.plex_target import PlexTarget

log = logging.getLogger("plexsync.Reconcile")

PAGE, FEW = 100, 10
"""Scenes read with one call, and from a Stash that does not answer for so many in time."""
SHOWN_EXAMPLES = 3
LAST = 2**63 - 1
TRIGGER = "reconcile"

End = Literal["done", "stopped"]


class Reconciler:
    """One pass. ``plex`` is not opened yet; ``go_on`` is asked between two pages, ``progress`` is told 0 to 1."""

    def __init__(
        self,
        db: sqlite3.Connection,
        ledger: Ledger,
        plex: PlexTarget,
        stash: StashClient,
        options: WorkerOptions,
        *,
        clock: Callable[[], float],
        go_on: Callable[[], bool] = lambda: True,
        progress: Callable[[float], None] = lambda _done: None,
    ) -> None:
        self._db = db
        self._ledger = ledger
        self._pins = Pins(db)
        self._plex = plex
        self._stash = stash
        self._options = options
        self._clock = clock
        self._go_on = go_on
        self._progress = progress
        self._page = PAGE

    def run(self, position: Position) -> End:
        """Go on from the position, page by page; afterwards it holds all that was found, up to the end or the stop.

        At least one page is compared: a pass begins with a listing of all that Plex has, which must not be for nothing.
        Each page is queued and remembered in one transaction. Raises what Plex or Stash being away raises,
        and ScenesGone for a Stash that has lost half of them, unless the position says that this is meant.
        """
        self._stash.ask_for(self._options.mapping.reads)
        try:
            self._plex.open()
            if not (position.since or position.confirmed):
                check_scenes_are_there(self._stash, self._ledger, self._plex.server)
            self._plex.relist()
            return self._run(position)
        finally:
            self._plex.close()

    def _run(self, position: Position) -> End:
        pages = self._stash.scene_ids(updated_since=position.since or None, after=position.after)
        begun = False
        for ids in pages:
            for chunk in chunks(ids, PAGE):
                if begun and not self._go_on():
                    return "stopped"
                begun = True
                self._look_at(chunk, position)
        gone = self._gone(position, LAST, set())
        with transaction(self._db):
            self._queue_gone(position, gone)
        reconciling.end(self._db, position, self._clock())
        return "done"

    def _look_at(self, ids: list[int], position: Position) -> None:
        scenes, unreadable = self._read(ids)
        judged = self._judge([scenes[one] for one in ids if one in scenes], position)
        judged |= {one: "unreadable" for one in ids if one in unreadable}
        states = reconciling.known_states(self._db, ids)
        for one, state in states.items():
            if state == "held" and one in judged:
                judged[one] = "held"
        queue = [one for one, kind in judged.items() if self._is_to_queue(kind, states.get(one))]
        gone = self._gone(position, ids[-1], set(ids))
        with transaction(self._db):
            for one, kind in judged.items():
                _note(position, kind, one, _name(scenes.get(one)))
            position.queued += enqueue_many(self._db, queue, trigger=TRIGGER, priority=RUN, now=self._clock())
            self._queue_gone(position, gone)
            position.after = ids[-1]
            position.done += len(ids)
            position.at = self._clock()
            reconciling.save(self._db, position)
        self._progress(min(1.0, position.done / max(1, position.total)))

    def _is_to_queue(self, kind: Kind, state: str | None) -> bool:
        if kind == "missing_in_plex" and self._options.ignore_missing:
            return False
        return kind in TO_QUEUE or (kind in TO_QUEUE_IF_UNKNOWN and state is None)

    # --- Stash ---

    def _read(self, ids: Iterable[int]) -> tuple[dict[int, Scene], set[int]]:
        """The scenes as they are now, and those that Stash has and cannot give: one may spoil the call for the others."""
        unreadable: set[int] = set()
        found: dict[int, Scene] = {}
        todo = list(chunks(list(ids), self._page))
        while todo:
            some = todo.pop(0)
            try:
                found.update(self._stash.scenes(some))
            except StashSlow:
                if len(some) <= FEW:
                    raise
                self._page = FEW
                todo[:0] = chunks(some, FEW)
            except StashOdd as error:
                if len(some) == 1:
                    log.debug("Scene %d could not be read: %s", some[0], error)
                    unreadable.add(some[0])
                todo[:0] = [[one] for one in some] if len(some) > 1 else []
        return found, unreadable

    def _gone(self, position: Position, last: int, there: set[int]) -> list[int]:
        """Scenes of the ledger, from the position up to the last one of a page, that Stash no longer has.

        Asked for once more: one may have been made since the page was read. A pass over some scenes cannot tell.
        """
        if position.since:
            return []
        known = self._ledger.scene_ids(self._plex.server, position.after, last)
        missing = [one for one in known if one not in there]
        still, unreadable = self._read(missing)
        return [one for one in missing if one not in still and one not in unreadable]

    def _queue_gone(self, position: Position, gone: list[int]) -> None:
        """The queue cleans up after them, as after a deletion that a hook tells of."""
        for one in gone:
            _note(position, "orphaned", one, "")
        position.queued += enqueue_many(
            self._db, gone, trigger=TRIGGER, priority=RUN, now=self._clock(), deleted=True
        )

    # --- Plex ---

    def _judge(self, scenes: list[Scene], position: Position) -> dict[int, Kind]:
        matches = {scene.id: self._match(scene) for scene in scenes if scene.files}
        keys = [row.rating_key for match in matches.values() for row in match.targets]
        entries = self._with_living_owners(self._ledger.get_many(self._plex.server, keys), matches)
        judged: dict[int, Kind] = {}
        in_step: dict[int, tuple[Scene, list[Entry]]] = {}
        for scene in scenes:
            match = matches.get(scene.id)
            judged[scene.id] = self._kind(scene, match, entries)
            if judged[scene.id] == "in_step" and match is not None:
                mine = [entries[row.rating_key] for row in match.targets if row.rating_key in entries]
                in_step[scene.id] = (scene, [entry for entry in mine if entry.scene_id == scene.id])
        if position.deep and in_step:
            judged |= self._look_into(in_step)
        return judged

    def _with_living_owners(
        self, entries: dict[int, Entry], matches: dict[int, MatchResult]
    ) -> dict[int, Entry]:
        """Without the items of scenes that are gone, by a merge say: they are free for the scene that has their file now."""
        others = {entry.scene_id for entry in entries.values()} - set(matches) - {NOBODY}
        living, unreadable = self._read(others)
        gone = others - set(living) - unreadable | {NOBODY}
        return {key: one for key, one in entries.items() if one.scene_id not in gone}

    def _match(self, scene: Scene) -> MatchResult:
        pin = self._pins.of_scene(self._plex.server, scene.id)
        if pin is not None:
            return follow(self._plex.index, pin, scene)[0]
        return self._plex.matcher.match(file_facts(scene))

    def _kind(self, scene: Scene, match: MatchResult | None, entries: dict[int, Entry]) -> Kind:
        if match is None:
            return "no_files"
        if match.confidence == "none":
            return "missing_in_plex"
        if match.confidence == "low" and not self._options.allow_low_confidence:
            return "uncertain"
        known = [entries.get(row.rating_key) for row in match.targets]
        mine = [entry for entry in known if entry is None or entry.scene_id == scene.id]
        if not mine:
            return "shared_item"
        return judge_entries(mine, self._wanted(scene), self._plex.index.digest)

    def _wanted(self, scene: Scene) -> str:
        desired, _ = desired_of(scene, self._options.mapping)
        return state_hash(desired, self._options.mapping, **self._options.rules)

    def _look_into(self, in_step: dict[int, tuple[Scene, list[Entry]]]) -> dict[int, Kind]:
        """Those of them whose items, read in full, show something else than they should."""
        keys = [entry.rating_key for _, entries in in_step.values() for entry in entries]
        items = self._details(keys)
        found: dict[int, Kind] = {}
        for scene, entries in in_step.values():
            desired, _ = desired_of(scene, self._options.mapping)
            for entry in entries:
                item = items.get(entry.rating_key)
                if item is None or difference(desired, item, entry.record, self._options).writes:
                    found[scene.id] = "changed_in_plex"
        return found

    def _details(self, keys: list[int]) -> dict[int, PlexItem]:
        """One by one after an answer that could be the fault of one of them."""
        try:
            return self._plex.client.details(keys)
        except PlexError as error:
            if _concerns_all(error):
                raise
        self._plex.client.probe()
        items: dict[int, PlexItem] = {}
        for key in keys:
            try:
                items.update(self._plex.client.details([key]))
            except PlexError as error:
                if _concerns_all(error):
                    raise
                log.debug("Plex item %d could not be read: %s", key, error)
        return items


def _name(scene: Scene | None) -> str:
    """What a person knows the scene by: its title, else its file's name."""
    if scene is None:
        return ""
    path = scene.files[0].path if scene.files else ""
    return scene.title or path.replace("\\", "/").rpartition("/")[2]


def _concerns_all(error: PlexError) -> bool:
    return error.opens_breaker or error.stops_drain


def _note(position: Position, kind: Kind, scene_id: int, title: str) -> None:
    """Count it, and keep the first few by name."""
    position.found[kind] = position.found.get(kind, 0) + 1
    examples = position.examples.setdefault(kind, [])
    if kind != "in_step" and len(examples) < SHOWN_EXAMPLES:
        examples.append([scene_id, title])
