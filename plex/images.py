"""Whether the bytes that Stash gave for a cover are a picture that Plex can take."""

from __future__ import annotations

import hashlib

MAX_BYTES = 10_480_000
"""Above about 10 MB Plex answers an upload with 500, or with 413."""

NAMES = ("JPEG", "PNG", "WebP", "GIF")
"""Formats that Plex takes."""

_HEAD_BYTES = 512

MARKER = 0xFF
FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The segments of a JPEG that begin with its size; the three left out are tables."""


def sniff(data: bytes) -> str | None:
    """The format by the first bytes: ``jpeg``, ``png``, ``webp``, ``gif``, ``svg``; None when it is none of these.

    The content type is not asked: Stash sends what it guessed, and an address without a login gives HTML with 200.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    head = data[:_HEAD_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if (
        head.startswith((b"<?xml", b"<!--", b"<!doctype svg", b"<svg"))
        and b"<svg" in data[: 8 * _HEAD_BYTES].lower()
    ):
        return "svg"
    return None


def picture_problem(content_type: str | None, data: bytes) -> str | None:
    """Why these bytes cannot go up to Plex, in words for a person; None when they can.

    SVG is what Stash draws for a scene that has no cover of its own: the reason then has the word SVG in it.
    """
    if not data:
        return "the picture is empty"
    kind = sniff(data)
    if kind == "svg":
        return "the picture is an SVG drawing, which Plex does not take (Stash draws one for a scene without a cover)"
    if kind is None:
        said = (content_type or "").partition(";")[0].strip() or "nothing"
        return f"the picture is none of {', '.join(NAMES)} (its content type says {said})"
    if len(data) > MAX_BYTES:
        return f"the picture has {len(data) / 1e6:.1f} MB, and Plex takes no more than 10 MB"
    return None


def content_hash(data: bytes) -> str:
    """SHA-256 (hex) of a picture: the same bytes are not uploaded twice."""
    return hashlib.sha256(data).hexdigest()


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a JPEG in pixels, as its header has them; None when it is none, or cut short before that."""
    if sniff(data) != "jpeg":
        return None
    at = 2
    while at + 9 < len(data) and data[at] == MARKER:
        code, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if code in FRAME_HEADERS:
            height, width = int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 7 : at + 9])
            return width, height
        at += 2 + length
    return None
