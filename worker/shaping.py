"""A cover of 16:9 made fit for a poster's place of 2:3, with the ffmpeg that Stash uses.

``letterbox`` shows the whole cover between two bars, ``crop`` its middle. Without an ffmpeg, or where it fails, a picture
stays as it is: a poster of the wrong shape is better than none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import NamedTuple

from plex.fields import one_line
from plex.images import jpeg_size, sniff

ORIGINAL, LETTERBOX, CROP = SHAPES = ("original", "letterbox", "crop")
WIDTH, HEIGHT = 1000, 1500
"""Pixels of a poster: 2:3, as large as Plex shows any."""
TIME_LIMIT_S = 20.0
"""A 4K cover takes a tenth of a second; this is for a machine that does much else."""
LONGEST_COMPLAINT = 160

FILTERS = {
    LETTERBOX: f"scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=decrease,pad={WIDTH}:{HEIGHT}:-1:-1:black",
    CROP: f"scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=increase,crop={WIDTH}:{HEIGHT}",
}
DEMUXERS = {"jpeg": "jpeg_pipe", "png": "png_pipe", "webp": "webp_pipe", "gif": "gif"}
"""Named for ffmpeg, by our own look at the content: it need not guess, and nothing else is ever opened."""


class Shaped(NamedTuple):
    """A picture with the shape that it has now, and why that is not the one that was wanted."""

    data: bytes
    shape: str
    problem: str = ""


class Shaping(NamedTuple):
    """What a kind of picture shall look like. ``ffmpeg`` is a path or a name; "" says that there is none."""

    wanted: str = ORIGINAL
    ffmpeg: str = ""
    time_limit_s: float = TIME_LIMIT_S

    @property
    def shape(self) -> str:
        """The shape that pictures get as things stand."""
        return self.wanted if self.ffmpeg else ORIGINAL

    def apply(self, data: bytes) -> Shaped:
        """The picture in its shape. May be called from several threads; takes up to ``time_limit_s`` seconds."""
        if self.shape == ORIGINAL:
            return Shaped(data, ORIGINAL)
        demuxer = DEMUXERS.get(sniff(data) or "")
        if demuxer is None:
            return Shaped(data, ORIGINAL, "it is no picture that ffmpeg is given")
        try:
            done = subprocess.run(
                self._command(demuxer),
                input=data,
                capture_output=True,
                check=False,
                timeout=self.time_limit_s,
                creationflags=0x08000000 if os.name == "nt" else 0,  # CREATE_NO_WINDOW
            )
        except subprocess.TimeoutExpired:
            return Shaped(data, ORIGINAL, f"ffmpeg took longer than {self.time_limit_s:g} s")
        except OSError as error:
            return Shaped(data, ORIGINAL, f"ffmpeg could not be started ({type(error).__name__})")
        if done.returncode == 0 and jpeg_size(done.stdout) == (WIDTH, HEIGHT):
            return Shaped(done.stdout, self.wanted)
        return Shaped(data, ORIGINAL, _complaint(done))

    def _command(self, demuxer: str) -> list[str]:
        quiet = ["-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1"]
        source = ["-protocol_whitelist", "pipe", "-f", demuxer, "-i", "pipe:0"]
        picture = ["-frames:v", "1", "-vf", f"{FILTERS[self.wanted]},setsar=1", "-pix_fmt", "yuvj420p"]
        return [self.ffmpeg, *quiet, *source, *picture, "-c:v", "mjpeg", "-q:v", "2", "-f", "mjpeg", "pipe:1"]


def usable(ffmpeg: str) -> str:
    """The path of an ffmpeg that can be started; "" when there is none of that name."""
    return shutil.which(ffmpeg) or "" if ffmpeg else ""


def _complaint(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    said = f": {one_line(lines[-1])[:LONGEST_COMPLAINT]}" if lines else ""
    if done.returncode:
        return f"ffmpeg ended with {done.returncode}{said}"
    return f"ffmpeg made no picture of {WIDTH} x {HEIGHT}{said}"
