"""Trouble on demand: what a server, a proxy before it or the network between can do to a request."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.plex.messages import Request

Kind = Literal[
    "status", "latency", "reset", "lost", "torn", "late_status", "hang", "html", "cut", "empty", "maintenance"
]  # fmt: skip
BEFORE = {"status", "reset", "hang", "html", "maintenance"}
"""Kinds in which Plex never does what was asked; with the others it does, and only the answer suffers."""


@dataclass(slots=True, eq=False)
class Fault:
    """One kind of trouble for the requests that match; ``hits`` counts them. ``times`` None: until it is removed.

    status: an error with ``status`` · latency: ``seconds`` later · reset: the connection breaks before anything is
    done · lost: it is done, and the connection breaks before the answer · torn: it is done, and breaks in the middle of
    the answer · late_status: it is done, and the answer is an error · hang: no answer for ``seconds``, then the
    connection ends · html: a page with 200, as a captive portal gives · cut: XML that ends too early · empty: 200 and
    nothing · maintenance: Plex's own 503, for everything but /identity.
    """

    kind: Kind
    matches: Callable[[Request], bool]
    status: int = 500
    seconds: float = 0.0
    times: int | None = None
    hits: int = 0


class Faults:
    """The trouble that is set up, in the order in which it was added."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self,
        kind: Kind,
        *,
        match: str | Callable[[Request], bool] | None = None,
        status: int = 500,
        seconds: float = 0.0,
        times: int | None = None,
    ) -> Fault:
        """Set up trouble. ``match`` is searched for in ``METHOD /path`` (without the query), or gets the Request;
        None means every request. Raises ValueError for a kind that is not known.
        """
        if kind not in get_args(Kind):
            raise ValueError(f"no trouble of the kind {kind!r}; there is {', '.join(get_args(Kind))}")
        fault = Fault(kind, _matcher(match), status, seconds, times)
        if kind == "maintenance":
            fault.status = 503
        with self._lock:
            self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Take one back; no matter if it is gone."""
        with self._lock:
            self._faults = [known for known in self._faults if known is not fault]

    def clear(self) -> None:
        """No trouble any more."""
        with self._lock:
            self._faults.clear()

    def met_by(self, request: Request) -> list[Fault]:
        """What this request runs into: latency as often as it was set up, and the first of the other kinds."""
        met: list[Fault] = []
        with self._lock:
            for fault in list(self._faults):
                slow = fault.kind == "latency"
                if not slow and any(known.kind != "latency" for known in met):
                    continue
                if fault.kind == "maintenance" and request.path == "/identity":
                    continue
                if fault.matches(request):
                    met.append(fault)
                    self._use(fault)
        return met

    def _use(self, fault: Fault) -> None:
        fault.hits += 1
        if fault.times is not None and fault.hits >= fault.times:
            self._faults.remove(fault)


def _matcher(match: str | Callable[[Request], bool] | None) -> Callable[[Request], bool]:
    if match is None:
        return lambda _request: True
    if callable(match):
        return match
    pattern = re.compile(match)
    return lambda request: pattern.search(f"{request.method} {request.path}") is not None
