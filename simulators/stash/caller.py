"""Who asks: what every layer below the HTTP handler needs to know of the request that it works for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

Visit = tuple[str, str]
"""A plugin's id and a hook's type: one station of the way that led to this request."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """``base`` is the address that the request came by, and the one of the URLs in its answer. ``visited`` comes from
    its session cookie: a request with an API key has none, and so no protection from loops. ``gone`` tells whether
    whoever asked has closed the connection, which kills the hooks and operations that still run for it.
    """

    base: str = ""
    user: str = ""
    visited: tuple[Visit, ...] = ()
    gone: Callable[[], bool] = _never
