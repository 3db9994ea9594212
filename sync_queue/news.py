"""What Plex was found to have while scenes are in flight.

A scene that is looked for, and not found, is noted as waiting only when its whole batch is done. A file that appears in
between is told to those that wait, and this one does not yet: it would miss the call, and wait for a day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_queue.folding import folded

if TYPE_CHECKING:
    from collections.abc import Iterable


class News:
    """One drain's memory: who is told of new files and who claims rows is the same process."""

    def __init__(self) -> None:
        self._calls = 0
        self._called: dict[str, int] = {}
        self._claimed: dict[int, int] = {}

    def begin(self) -> None:
        """Nothing is in flight: nobody can have missed anything."""
        self._called.clear()
        self._claimed.clear()

    def claim(self, scene_ids: Iterable[int]) -> None:
        """These scenes are looked for from now on."""
        self._claimed.update(dict.fromkeys(scene_ids, self._calls))

    def settled(self, scene_id: int) -> None:
        """This scene is in flight no more: in a run over a whole library something always is, so nothing else forgets it."""
        self._claimed.pop(scene_id, None)

    def call(self, names: Iterable[str]) -> None:
        """Plex has files of these base names."""
        self._calls += 1
        self._called.update({folded(name): self._calls for name in names})

    def missed_by(self, scene_id: int, names: Iterable[str]) -> bool:
        """Whether one of these names was called since the scene, in flight, was claimed."""
        since = self._claimed.get(scene_id, self._calls)
        return any(self._called.get(folded(name), 0) > since for name in names)
