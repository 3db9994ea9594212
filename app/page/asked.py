"""What the page asks with, checked before anything is done, and the server that it links to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.arguments import CallError
from sync_queue.meta import get_meta

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.session import Session

LARGEST = 2**53
"""The largest whole number that a browser keeps exactly."""
LONGEST_SEARCH = 200
"""Characters."""


def text_of(args: Mapping[str, Any], name: str) -> str:
    """A text; absent is empty. Raises CallError."""
    value = args.get(name) or ""
    if not isinstance(value, str):
        raise CallError(f"{name} is {value!r:.80}; it must be a text.")
    return value


def search_of(args: Mapping[str, Any]) -> str:
    """What a person looks for: words of title or path, or a number; empty where there is no word. Raises CallError."""
    search = text_of(args, "search").strip()
    if len(search) > LONGEST_SEARCH:
        raise CallError(
            f"search is {search!r:.40}… and too long; at most {LONGEST_SEARCH} characters are taken."
        )
    return search


def whole_of(args: Mapping[str, Any], name: str, *, default: int, most: int = LARGEST) -> int:
    """A whole number from 0 to ``most``, or the default. Raises CallError."""
    value = args.get(name)
    if value is None:
        return default
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise CallError(f"{name} is {value!r:.80}; it must be a whole number from 0 to {most}.")
    return value


def server_of(session: Session) -> str | None:
    """Plex's machineIdentifier, for a link to an item; None while no Plex was met."""
    known = get_meta(session.db, "plex_server")
    server = known.get("server") if isinstance(known, dict) else None
    return server if isinstance(server, str) else None
