"""What a log line is about: the drain that it belongs to and the scene that it concerns, without every call saying so.

The worker says it once (``with about(scene_id=7): …``), and each line that anybody logs meanwhile carries it: Plex's
and Stash's rooms know of no drain. A context does not follow into a new thread: give a pool ``adopt`` as its
initializer, with what ``facts`` says in the thread that makes it.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator, Mapping

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_about: ContextVar[Mapping[str, Any]] = ContextVar("plexsync_log_is_about", default=_NOTHING)


@contextmanager
def about(**facts: Any) -> Iterator[None]:
    """Every line that this thread logs inside carries these facts, and those from around it."""
    token = _about.set({**_about.get(), **facts})
    try:
        yield
    finally:
        _about.reset(token)


def facts() -> Mapping[str, Any]:
    """What holds in this thread now."""
    return _about.get()


def adopt(around: Mapping[str, Any]) -> None:
    """Let this thread's lines carry the facts of the thread that started it, for as long as it lives."""
    _about.set(around)


def fill_in(record: logging.LogRecord) -> None:
    """Give the record what it is about; what the call itself has said through ``extra`` goes before."""
    for name, value in _about.get().items():
        record.__dict__.setdefault(name, value)
