"""Trouble on demand: what a server, a proxy before it or the network between can do to a request."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["status", "latency", "reset", "lost", "hang", "html", "cut", "empty"]
AFTER = {"lost", "cut", "empty"}
"""Kinds in which Stash does what was asked, and only the answer suffers."""


@dataclass(slots=True, eq=False)
class Fault:
    """One kind of trouble for the requests that match; ``hits`` counts them. ``times`` None: until it is removed.

    status: an error with ``status`` · latency: ``seconds`` later · reset: the connection breaks before anything is
    done · lost: it is done, and the connection breaks before the answer · hang: no answer for ``seconds``, then the
    connection ends · html: a page with 200, as a captive portal gives · cut: an answer that ends too early ·
    empty: 200 and nothing.
    """

    kind: Kind
    match: str
    status: int = 500
    seconds: float = 0.0
    times: int | None = 1
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
        match: str = "",
        status: int = 500,
        seconds: float = 0.0,
        times: int | None = None,
    ) -> Fault:
        """Set up trouble. ``match`` is a regular expression, searched for in ``METHOD /path`` followed by the GraphQL
        text. Raises ValueError for a kind that is not known.
        """
        if kind not in get_args(Kind):
            raise ValueError(f"no trouble of the kind {kind!r}; there is {', '.join(get_args(Kind))}")
        fault = Fault(kind, match, status, seconds, times)
        with self._lock:
            self._faults.append(fault)
        return fault

    def append(self, simple: tuple[str, float]) -> None:
        """For one request, whatever it is: ("status", 500), ("latency", seconds), ("reset", 0)."""
        kind, value = simple
        known: dict[str, Kind] = {name: name for name in get_args(Kind)}
        if kind not in known:
            raise ValueError(f"no trouble of the kind {kind!r}")
        self.add(known[kind], status=int(value) or 500, seconds=value, times=1)

    def __iadd__(self, several: Iterable[tuple[str, float]]) -> Self:
        for one in several:
            self.append(one)
        return self

    def remove(self, fault: Fault) -> None:
        """Take one back; no matter if it is gone."""
        with self._lock:
            self._faults = [one for one in self._faults if one is not fault]

    def clear(self) -> None:
        """Take all back."""
        with self._lock:
            self._faults.clear()

    def take(self, subject: str) -> list[Fault]:
        """What befalls this request: every latency up to the first trouble of another kind, and that one."""
        found = []
        with self._lock:
            for fault in list(self._faults):
                if not re.search(fault.match, subject):
                    continue
                fault.hits += 1
                found.append(fault)
                if fault.times is not None and fault.hits >= fault.times:
                    self._faults.remove(fault)
                if fault.kind != "latency" or fault.times is not None:
                    break
        return found
