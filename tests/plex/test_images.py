from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plex.images import MAX_BYTES, content_hash, picture_problem, sniff

JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 40
SVG = b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (JPEG, "jpeg"),
        (b"\x89PNG\r\n\x1a\n....", "png"),
        (b"GIF89a....", "gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", None),
        (SVG, "svg"),
        (b"\xef\xbb\xbf  <SVG>", "svg"),
        (b"<?xml version='1.0'?><rss/>", None),
        (b"<!DOCTYPE html><html><svg/></html>", None),
        (b"", None),
    ],
)
def test_a_format_is_known_by_its_first_bytes(data: bytes, kind: str | None) -> None:
    assert sniff(data) == kind


@pytest.mark.parametrize(
    ("content_type", "data", "word"),
    [
        ("image/jpeg", b"", "empty"),
        ("image/svg+xml", SVG, "SVG"),
        ("text/html; charset=utf-8", b"<!DOCTYPE html><html>login</html>", "text/html)"),
        (None, b"what", "nothing"),
        ("image/jpeg", JPEG + b"\0" * MAX_BYTES, "10.5 MB"),
    ],
)
def test_a_picture_that_plex_would_not_take_is_refused_with_its_reason(
    content_type: str | None, data: bytes, word: str
) -> None:
    problem = picture_problem(content_type, data)
    assert problem is not None
    assert word in problem


def test_a_picture_is_taken_whatever_its_content_type_says() -> None:
    """Stash guesses the type; the bytes do not."""
    assert picture_problem("application/octet-stream", JPEG) is None
    assert picture_problem(None, JPEG + b"\0" * (MAX_BYTES - len(JPEG))) is None


@given(st.binary(max_size=600))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    assert (sniff(data) in {"jpeg", "png", "webp", "gif"}) == (picture_problem(None, data) is None)


def test_the_same_bytes_have_the_same_hash() -> None:
    assert content_hash(JPEG) == hashlib.sha256(JPEG).hexdigest()
