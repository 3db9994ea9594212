"""What a pin says in place of evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plex.evidence import Scored
from plex.matcher import MatchResult
from plex.paths import name_key
from sync_queue.pins import Pin

if TYPE_CHECKING:
    from plex.index import IndexRow, PlexIndex
    from stash.scene import Scene

PINNED, GONE = "pinned", "pinned to an item that is gone"


def follow(index: PlexIndex, pin: Pin, scene: Scene) -> tuple[MatchResult, Pin]:
    """The item of the pin, and the pin as it is true now.

    An item that Plex has taken up anew has another ratingKey: it is known by the file that it had.
    """
    rows = index.by_rating_key(pin.rating_key)
    if not rows and pin.path:
        at_path = index.by_path(pin.path)
        rows = at_path if len({row.rating_key for row in at_path}) == 1 else []
    if not rows:
        return MatchResult(confidence="none", score=0.0, method=GONE), pin
    row = _like_the_scenes(rows, scene)
    match = MatchResult(
        confidence="high", score=1.0, method=PINNED, targets=(row,), candidates=(Scored(row, 1.0, PINNED),)
    )
    same_file = pin.path in {one.path for one in rows}
    path = pin.path if same_file else row.path
    return match, Pin(scene_id=pin.scene_id, rating_key=row.rating_key, path=path)


def _like_the_scenes(rows: list[IndexRow], scene: Scene) -> IndexRow:
    """Of an item's files the one that has the name of one of the scene's, else the first."""
    names = {name_key(file.path) for file in scene.files}
    return next((row for row in rows if name_key(row.path) in names), rows[0])
