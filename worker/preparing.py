"""The first half of a batch: read the scenes, match them, compare; what differs then stands in the works' targets.

It writes nothing to Plex, apart from what ``part`` does with the items of deleted scenes: the sync goes on from here, and
so does a preview.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from plex.exceptions import PlexNotFound
from worker.work import shared_time

if TYPE_CHECKING:
    from worker.comparing import CompareStep
    from worker.matching import MatchStep
    from worker.scenes import SceneReader
    from worker.work import Work


class Part(Protocol):
    """What is done for works whose scene is deleted; ``under_way`` are items of others by now."""

    def __call__(self, works: list[Work], under_way: dict[int, Work]) -> None: ...  # noqa: D102 -- see the class


class Preparation:
    """Steps one to three, in their order."""

    def __init__(self, scenes: SceneReader, part: Part, match: MatchStep, compare: CompareStep) -> None:
        self._scenes = scenes
        self._part = part
        self._match = match
        self._compare = compare

    def run(self, works: list[Work], *, trust_listing: bool, under_way: dict[int, Work]) -> None:
        """Afterwards each work has its changes, its skip or its failure. Raises what Plex or Stash being away raises."""
        self._read(works)
        self._part(works, under_way)
        self._match.run(works, under_way)
        self._compare.run(works, trust_listing=trust_listing)
        self._look_again([work for work in works if work.open and work.stale], under_way)

    def _read(self, works: list[Work]) -> None:
        # Stash logs an error for each id that it does not have: what a hook told to be deleted is not asked for.
        there = [work for work in works if not work.job.deleted]
        with shared_time(works):
            scenes = self._scenes.read(there)
        for work in works:
            work.scene = scenes.get(work.job.scene_id)
            if not work.open:
                continue
            if work.scene is None:
                work.skip = ("deleted", "the scene is no longer in Stash")
            elif not work.scene.files:
                work.skip = ("no_files", "the scene has no file, so nothing in Plex can be it")

    def _look_again(self, stale: list[Work], under_way: dict[int, Work]) -> None:
        """Items that the index named were gone: once more with a fresh index, and what is gone then is not found."""
        if not stale:
            return
        self._match.look_again(stale, under_way)
        self._compare.run(stale, trust_listing=False)
        for work in stale:
            if work.open and not work.targets:
                work.failure = PlexNotFound("the Plex item that showed this file is gone")
