"""Trouble on demand: what a server, a proxy before it or the network does to a request."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.plex.wire import Request

Kind = Literal[
    "latency",
    "status",
    "maintenance",
    "reset",
    "hang",
    "html",
    "cut",
    "empty",
    "applied_then_reset",
    "applied_then_status",
]

MAINTENANCE = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Response code="503" title="Maintenance" '
    b'status="Plex Media Server is currently running startup maintenance tasks."/>'
)
FOREIGN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><p>Welcome &nbsp;<br></body></html>"


@dataclass(slots=True, kw_only=True)
class Fault:
    """One kind of trouble for the requests that match, for a number of ``times`` (None: until removed)."""

    match: Callable[[Request], bool]
    kind: Kind
    status: int
    times: int | None
    seconds: float
    hits: int = 0
    """How many requests it has met."""


class Faults:
    """All faults that are armed. They are asked in the order in which they were added; latencies add up."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self,
        match: str | Callable[[Request], bool] = "",
        kind: Kind = "status",
        *,
        status: int = 500,
        times: int | None = None,
        seconds: float = 0.0,
    ) -> Fault:
        """Arm a fault. ``match`` is a pattern searched in ``METHOD /path``, or a function of the request.

        ``latency`` waits ``seconds`` and goes on. ``status`` answers ``status`` with an HTML page. ``maintenance`` is
        the 503 of a server that starts. ``reset`` closes the connection hard. ``hang`` never answers (for ``seconds``
        if given, then closes). ``html`` answers 200 with somebody else's page, ``empty`` 200 with nothing; neither
        does what was asked. ``cut`` does it and loses the second half of the answer, ``applied_then_reset`` does it
        and loses the answer, ``applied_then_status`` does it and answers ``status``.
        """
        if kind not in get_args(Kind):
            raise ValueError(f"no such fault: {kind!r}")
        fault = Fault(match=_matcher(match), kind=kind, status=status, times=times, seconds=seconds)
        with self._lock:
            self._armed.append(fault)
        return fault

    def clear(self) -> None:
        """Disarm everything. A request that hangs goes on hanging."""
        with self._lock:
            self._armed.clear()

    def remove(self, fault: Fault) -> None:
        """Disarm one; nothing happens when it is spent already."""
        with self._lock:
            self._armed = [armed for armed in self._armed if armed is not fault]

    def meet(self, request: Request) -> list[Fault]:
        """What this request meets: any latencies and at most one of the other kinds."""
        met: list[Fault] = []
        with self._lock:
            for fault in self._armed:
                decided = bool(met) and met[-1].kind != "latency"
                if decided or not fault.match(request):
                    continue
                fault.hits += 1
                met.append(fault)
            self._armed = [fault for fault in self._armed if fault.times is None or fault.hits < fault.times]
        return met


def _matcher(match: str | Callable[[Request], bool]) -> Callable[[Request], bool]:
    if not isinstance(match, str):
        return match
    pattern = re.compile(match)
    return lambda request: pattern.search(request.line) is not None
