"""Which scene an item of Plex belongs to: two scenes that wrote one item would overwrite each other for ever.

A pin decides. Without one the better evidence does, and of equal evidence the scene that has the item already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_queue.ledger import NOBODY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from plex.matcher import MatchResult
    from stash.client import StashClient
    from stash.scene import Scene
    from sync_queue.ledger import Entry, Ledger
    from sync_queue.pins import Pins
    from worker.work import Work


class Owners:
    """Settles whose the items of a batch are. ``match`` is how a scene is matched now."""

    def __init__(
        self, stash: StashClient, ledger: Ledger, pins: Pins, match: Callable[[Scene], MatchResult]
    ) -> None:
        self._stash = stash
        self._ledger = ledger
        self._pins = pins
        self._match = match

    def settle(self, server: str, works: list[Work], under_way: Mapping[int, Work]) -> None:
        """Look the items up in the ledger; an item that is another scene's is not written by this one.

        ``under_way`` are items that are about to be written for other works: one of this batch that has more right to
        such an item gives way now, and has it when its turn comes again. A work whose rival Stash cannot give fails.
        """
        keys = [target.rating_key for work in works for target in work.targets]
        entries = self._ledger.get_many(server, keys)
        claimed: dict[int, int] = {}
        for work in sorted(works, key=_weakness):
            with work.step():
                self._settle_one(server, work, entries, claimed, under_way)
            if not work.open and work.skip is None:
                # Whose its items are is not known: nobody is refused one of them for its sake.
                claimed = {key: one for key, one in claimed.items() if one != work.job.scene_id}

    def _settle_one(
        self,
        server: str,
        work: Work,
        entries: Mapping[int, Entry],
        claimed: dict[int, int],
        under_way: Mapping[int, Work],
    ) -> None:
        mine = []
        for target in work.targets:
            key = target.rating_key
            entry, writer = entries.get(key), under_way.get(key)
            if writer is not None:
                work.gives_way |= self._beats(server, work, writer, key)
                claimed[key] = writer.job.scene_id
            elif key not in claimed:
                claimed[key] = self._owner(server, entry, work, key)
            if claimed[key] == work.job.scene_id:
                target.entry = entry
                mine.append(target)
            else:
                work.notes.append(f"Plex item {key} shows scene {claimed[key]} already")
        work.targets = [] if work.gives_way else mine
        if not mine and not work.gives_way:
            work.skip = ("shared_item", "; ".join(work.notes))

    def _beats(self, server: str, work: Work, writer: Work, rating_key: int) -> bool:
        pinned = self._pins.scene_of(server, rating_key)
        if pinned in {work.job.scene_id, writer.job.scene_id}:
            return pinned == work.job.scene_id
        return _weakness(work) < _weakness(writer)

    def _owner(self, server: str, entry: Entry | None, work: Work, rating_key: int) -> int:
        mine, pinned = work.job.scene_id, self._pins.scene_of(server, rating_key)
        if pinned == mine:
            return mine
        if pinned is not None and self._alive(pinned) is not None:
            return pinned
        if entry is None or entry.scene_id in {mine, NOBODY}:
            return mine
        if self._ledger.is_held(entry.scene_id):
            return entry.scene_id  # what was restored stays so, be its scene deleted or not
        other = self._alive(entry.scene_id)
        if other is None:
            return mine
        theirs = self._match(other)
        still = rating_key in {row.rating_key for row in theirs.targets}
        return entry.scene_id if still and theirs.score >= -_weakness(work) else mine

    def _alive(self, scene_id: int) -> Scene | None:
        """The scene, if it is in Stash still and has a file."""
        scene = self._stash.scenes([scene_id]).get(scene_id)
        return scene if scene is not None and scene.files else None


def _weakness(work: Work) -> float:
    return -work.match.score if work.match is not None else 0.0
