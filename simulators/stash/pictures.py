"""Covers: bytes that look like pictures, and how Stash names their type (utils.ServeImage)."""

from __future__ import annotations

import base64
import hashlib

JPEG_START = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
JPEG_END = b"\xff\xd9"
DEFAULT_PICTURE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="16" height="9"><rect width="16" height="9"/></svg>'
)
"""What a scene without a cover shows, with 200."""
STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def jpeg(seed: str, size: int = 2000) -> bytes:
    """Bytes that anybody takes for a JPEG, different for each seed."""
    body = (seed.encode() * (size // max(1, len(seed.encode())) + 1))[:size]
    return JPEG_START + body + JPEG_END


def sniff(data: bytes) -> str:
    """The content type, guessed from the content as Go's http.DetectContentType does, with SVG for any plain text."""
    for start, kind in STARTS:
        if data.startswith(start):
            return kind
    if data.startswith(b"RIFF") and data[8:14] == b"WEBPVP":
        return "image/webp"
    head = data[:512].lstrip()
    if head[:14].upper() == b"<!DOCTYPE HTML" or head[:5].upper() == b"<HTML":
        return "text/html; charset=utf-8"
    if any(byte < 0x20 and byte not in b"\t\n\f\r\x1b" for byte in data[:512]):
        return "application/octet-stream"
    return "image/svg+xml"


def etag(data: bytes) -> str:
    """As Stash makes it: the MD5 in quotes."""
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'


def from_input(text: str) -> bytes:
    """The bytes of a ``cover_image``: base64, with or without the head of a data URL.

    Raises ValueError when it is neither; a URL, which Stash would fetch, is refused too.
    """
    if text.startswith(("http://", "https://")):
        raise ValueError("the simulator fetches no pictures")
    return base64.b64decode(text.rpartition(",")[2], validate=True)
