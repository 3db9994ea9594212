"""Covers in the shape of a poster, by the real ffmpeg; and what happens when it is none, hangs, or talks nonsense."""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.poster_check import ONE_PIXEL as GIF
from plex.images import jpeg_size, sniff
from tests.worker.ffmpeg_pictures import FFMPEG, cover, needs_ffmpeg, pixel
from worker.shaping import CROP, HEIGHT, LETTERBOX, ORIGINAL, WIDTH, Shaping, usable

if TYPE_CHECKING:
    from pathlib import Path

BLACK, RED, WHITE = (False, False), (True, False), (True, True)


@needs_ffmpeg
@pytest.mark.parametrize("codec", ["mjpeg", "png", "gif", "libwebp"])
def test_a_letterbox_shows_the_whole_cover_between_bars(codec: str) -> None:
    data = cover(codec, muxer="gif" if codec == "gif" else "image2pipe")
    shaped = Shaping(LETTERBOX, FFMPEG).apply(data)
    assert (shaped.shape, shaped.problem, sniff(shaped.data)) == (LETTERBOX, "", "jpeg")
    assert jpeg_size(shaped.data) == (WIDTH, HEIGHT)
    assert [pixel(shaped.data, WIDTH // 2, y) for y in (10, HEIGHT // 2, HEIGHT - 10)] == [BLACK, RED, BLACK]
    assert [pixel(shaped.data, x, HEIGHT // 2) for x in (20, WIDTH - 20)] == [WHITE, WHITE]


@needs_ffmpeg
def test_a_crop_shows_the_middle_of_the_cover_and_no_bars() -> None:
    shaped = Shaping(CROP, FFMPEG).apply(cover("mjpeg"))
    assert (shaped.shape, jpeg_size(shaped.data)) == (CROP, (WIDTH, HEIGHT))
    assert [pixel(shaped.data, WIDTH // 2, y) for y in (10, HEIGHT // 2, HEIGHT - 10)] == [RED, RED, RED]


@needs_ffmpeg
@pytest.mark.parametrize("size", ["360x640", "200x2000", "2000x20", "1000x1500", "16x9", "3840x2160"])
@pytest.mark.parametrize("shape", [LETTERBOX, CROP])
def test_a_cover_of_any_form_becomes_a_poster(size: str, shape: str) -> None:
    assert jpeg_size(Shaping(shape, FFMPEG).apply(cover("mjpeg", size)).data) == (WIDTH, HEIGHT)


@needs_ffmpeg
def test_the_same_cover_gives_the_same_poster() -> None:
    """Or an upload that was interrupted could not be recognised in Plex."""
    data = cover("mjpeg")
    assert Shaping(LETTERBOX, FFMPEG).apply(data) == Shaping(LETTERBOX, FFMPEG).apply(data)


def test_without_an_ffmpeg_or_a_wish_a_picture_stays_as_it_is() -> None:
    for shaping in (Shaping(), Shaping(LETTERBOX, ""), Shaping(ORIGINAL, "/usr/bin/ffmpeg")):
        shaped = shaping.apply(GIF)
        assert (shaping.shape, shaped.data, shaped.shape, shaped.problem) == (ORIGINAL, GIF, ORIGINAL, "")


@pytest.fixture
def program(tmp_path):
    """A program that is called ffmpeg and does something else."""

    def write(script: str) -> str:
        path: Path = tmp_path / "ffmpeg"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    return write


@pytest.mark.skipif(os.name != "posix", reason="a shell script stands in for ffmpeg")
@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("echo 'pipe:0: Invalid data' >&2; exit 1", "ffmpeg ended with 1: pipe:0: Invalid data"),
        ("exit 3", "ffmpeg ended with 3"),
        ("exit 0", "ffmpeg made no picture of 1000 x 1500"),
        ("cat", "ffmpeg made no picture of 1000 x 1500"),
        ("cat >/dev/null; printf 'some text'", "ffmpeg made no picture of 1000 x 1500"),
    ],
)
def test_an_ffmpeg_that_fails_leaves_the_picture_as_it_is_and_says_why(
    program, script: str, problem: str
) -> None:
    shaped = Shaping(LETTERBOX, program(script)).apply(GIF)
    assert (shaped.data, shaped.shape, shaped.problem) == (GIF, ORIGINAL, problem)


@pytest.mark.skipif(os.name != "posix", reason="a shell script stands in for ffmpeg")
def test_an_ffmpeg_that_hangs_is_ended_and_leaves_the_picture_as_it_is(program) -> None:
    start = time.monotonic()
    shaped = Shaping(LETTERBOX, program("exec sleep 120"), time_limit_s=0.5).apply(GIF)
    assert (shaped.data, shaped.shape, shaped.problem) == (GIF, ORIGINAL, "ffmpeg took longer than 0.5 s")
    assert time.monotonic() - start < 60


def test_an_ffmpeg_that_is_not_there_is_told(tmp_path) -> None:
    shaped = Shaping(LETTERBOX, str(tmp_path / "nothing")).apply(GIF)
    assert shaped.problem == "ffmpeg could not be started (FileNotFoundError)"
    assert (usable(""), usable(str(tmp_path / "nothing"))) == ("", "")


def test_what_is_no_picture_is_given_to_nobody() -> None:
    """A playlist, for example, could make ffmpeg open files and addresses."""
    shaped = Shaping(LETTERBOX, "/bin/false").apply(b"#EXTM3U\nfile:///etc/passwd")
    assert shaped.problem == "it is no picture that ffmpeg is given"


@given(st.binary(max_size=60))
def test_any_bytes_have_a_size_or_none(data: bytes) -> None:
    jpeg_size(data)
    jpeg_size(b"\xff\xd8\xff" + data)
