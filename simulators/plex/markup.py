"""XML as Plex writes it: everything in attributes, absent means not set, and only what XML 1.0 can carry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simulators.plex.wire import Response

if TYPE_CHECKING:
    from collections.abc import Iterable

Value = str | int | float | bool | None

SPECIAL = re.compile("[&<>\"\n\r\t\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def escape(text: str) -> str:
    """Text for an attribute. White space is kept by references, as parsers turn a raw newline into a space."""
    return SPECIAL.sub(lambda match: ESCAPES.get(match.group(), ""), text)


def attributes(pairs: Iterable[tuple[str, Value]]) -> str:
    """`` name="value"`` for each pair whose value is not None; a truth value is 1 or 0."""
    return "".join([f' {name}="{_text(value)}"' for name, value in pairs if value is not None])


def element(name: str, pairs: Iterable[tuple[str, Value]], inner: str = "") -> str:
    """One element; ``inner`` is markup already."""
    opening = f"<{name}{attributes(pairs)}"
    return f"{opening}>{inner}</{name}>" if inner else f"{opening}/>"


def container(children: Iterable[str], *pairs: tuple[str, Value], headers: dict[str, str] | None = None) -> Response:
    """The answer that every read gives: a MediaContainer with the count of what is in it."""
    listed = list(children)
    body = element("MediaContainer", [("size", len(listed)), *pairs], "".join(listed))
    return Response(body=b'<?xml version="1.0" encoding="UTF-8"?>\n' + body.encode(), headers=headers or {})


def _text(value: Value) -> str:
    if isinstance(value, str):
        return escape(value)
    return str(int(value)) if isinstance(value, bool) else str(value)
