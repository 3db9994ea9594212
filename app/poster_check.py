"""Whether posters get the shape that ``field_poster_shape`` asks for: a try with the ffmpeg that Stash names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.checks import Check
from worker.shaping import Shaping, usable

if TYPE_CHECKING:
    from app.settings import Settings
    from stash.client import StashClient

NAME = "Poster shape"
ONE_PIXEL = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x00\x00\x00\x00\x00,\x00\x00\x00\x00"
    b"\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
REMEDY = (
    "until then posters go up as they are: set the FFmpeg path in Stash under Settings > System (PlexSync uses the one that "
    "Stash names), or clear field_poster_shape"
)


def check_poster_shape(settings: Settings, stash: StashClient) -> Check:
    """Give a picture of one pixel its shape. Raises StashError."""
    named = stash.ffmpeg_path()
    if not named:
        return Check(NAME, ok=False, text="Stash names no ffmpeg", remedy=REMEDY)
    ffmpeg = usable(named)
    if not ffmpeg:
        return Check(
            NAME, ok=False, text=f"the ffmpeg that Stash names, {named}, cannot be started", remedy=REMEDY
        )
    shaped = Shaping(settings.field_poster_shape, ffmpeg).apply(ONE_PIXEL)
    if shaped.problem:
        return Check(NAME, ok=False, text=f"{ffmpeg} was tried: {shaped.problem}", remedy=REMEDY)
    return Check(NAME, ok=True, text=f"{shaped.shape} by {ffmpeg}")
