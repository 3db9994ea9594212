"""Step one of a batch: the scenes as Stash has them now, in as few calls as Stash can answer in time."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from stash.exceptions import StashDown, StashGarbled, StashOdd, StashSlow
from sync_queue.ledger import shown_in

if TYPE_CHECKING:
    from stash.client import StashClient
    from stash.scene import Scene
    from worker.work import Work

log = logging.getLogger("plexsync.Worker")

FEW = 10
"""Scenes in a call to a Stash that did not answer for a whole batch in time."""


def shows(scene: Scene) -> str:
    """The scene's performers, studio, tags and groups, as the ledger keeps them: by it they are found once Stash has none.

    So are the studio and the tags above its own, where the settings make it show something of them.
    """
    studio, tags = scene.studio, scene.tags
    return shown_in(
        performer=(performer.id for performer in scene.performers),
        studio=() if studio is None else (one for one in (studio.id, studio.parent_id) if one),
        tag=(one for tag in tags for one in (tag.id, *tag.parent_ids)),
        group=scene.group_ids,
    )


class SceneReader:
    """Remembers for its life, a drain, that Stash is slow: the next batch does not wait for the timeout again."""

    def __init__(self, stash: StashClient) -> None:
        self._stash = stash
        self._slow = False

    def read(self, works: list[Work]) -> dict[int, Scene]:
        """One call for all; if an odd scene spoils it, one for each, and the odd one fails alone.

        When all of several fail, it is no scene's fault, and raised: Stash rejects the query, or gives no answer to it.
        """
        try:
            return self._together([work.job.scene_id for work in works])
        except StashOdd as error:
            first = error
        scenes: dict[int, Scene] = {}
        for work in works:
            with work.step():
                scenes.update(self._stash.scenes([work.job.scene_id]))
        if len(works) > 1 and not any(work.open for work in works):
            for work in works:
                work.failure = None
            if isinstance(first, StashGarbled):
                raise StashDown(f"{first}, for none of {len(works)} scenes") from first
            raise first
        return scenes

    def _together(self, ids: list[int]) -> dict[int, Scene]:
        if not self._slow:
            try:
                return self._stash.scenes(ids)
            except StashSlow as error:
                if len(ids) <= FEW:
                    raise
                log.debug("%s: %d scenes at a time from now on", error, FEW)
                self._slow = True
        scenes: dict[int, Scene] = {}
        for start in range(0, len(ids), FEW):
            scenes.update(self._stash.scenes(ids[start : start + FEW]))
        return scenes
