"""Pictures made and looked at by the real ffmpeg. Where there is none, its tests are left out and say so."""

from __future__ import annotations

import shutil
import subprocess

import pytest

FFMPEG = shutil.which("ffmpeg") or ""
needs_ffmpeg = pytest.mark.skipif(not FFMPEG, reason="there is no ffmpeg here")


def run(*args: str, data: bytes = b"") -> bytes:
    command = [FFMPEG, "-loglevel", "error", *args]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def cover(codec: str, size: str = "640x360", muxer: str = "image2pipe") -> bytes:
    """A white picture with a red third in its middle."""
    white, red = f"color=white:s={size}", "drawbox=x=iw/3:y=0:w=iw/3:h=ih:c=red:t=fill"
    return run("-f", "lavfi", "-i", f"{white},{red}", "-frames:v", "1", "-c:v", codec, "-f", muxer, "pipe:1")


def pixel(data: bytes, x: int, y: int) -> tuple[bool, bool]:
    """Whether a point has red in it, and whether it has green."""
    crop = f"crop=2:2:{x}:{y}"
    raw = run("-i", "pipe:0", "-vf", crop, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1", data=data)
    return raw[0] > 128, raw[1] > 128
