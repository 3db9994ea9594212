"""Telling subscribers: each one guarded, none able to stop the job or another subscriber.

blinker's own ``send`` ends at the first receiver that raises, on purpose; and it holds receivers weakly unless told
otherwise, so a method of an object that nobody keeps would be gone at once.
"""

from __future__ import annotations

import inspect
import logging
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from events.signals import SIGNAL_OF, namespace

if TYPE_CHECKING:
    from blinker import NamedSignal

    from events.messages import Event

    Receiver = Callable[..., Any]

log = logging.getLogger("plexsync.Events")

TOO_MANY_IN_A_ROW = 20
MOST_LOGGED = 5
"""Tracebacks of one receiver: one that fails on every second event would otherwise fill the log of a long drain."""
PREFIX = "on_"


@dataclass(slots=True)
class ReceiverStats:
    """How the receivers of one name fared since the process began; ``seconds`` is the time that they took in all."""

    name: str
    calls: int = 0
    failures: int = 0
    seconds: float = 0.0


_Line = tuple[Callable[..., Any], ReceiverStats, Hashable]
"""A receiver, where its figures are kept, and the key of its connection."""

_stats: dict[str, ReceiverStats] = {}
_lines: dict[NamedSignal, tuple[_Line, ...]] = {}
"""Who is told of a signal, worked out when its connections change: blinker's own walk costs more than the receivers do."""
_weakly: set[NamedSignal] = set()
"""Signals that somebody was connected to weakly: to keep their lines would keep that receiver alive, so they have none."""
_in_a_row: dict[Hashable, int] = {}
"""Failures since the last success, for connections that are failing now: two objects of one class are two receivers."""


def emit(event: Event) -> None:
    """Tell every subscriber of the event's signal; one that raises costs nobody else anything.

    It is logged with its name and counted; after 20 failures in a row it is disconnected, with one warning. Returns
    when all have been told: subscribers run in the caller's thread. KeyboardInterrupt passes; SystemExit, which only a
    subscriber itself can have raised here, is a failure like any other.
    """
    signal = SIGNAL_OF[type(event)]
    if not signal.receivers or signal.is_muted:
        return
    start = time.perf_counter()
    for receiver, stats, key in _lines.get(signal) or _look_up(signal):
        stats.calls += 1
        try:
            receiver(None, event=event)
        except (Exception, SystemExit) as error:  # noqa: BLE001 -- an observer may raise anything; a job must not notice
            _note_failure(signal, receiver, stats, key, error)
        else:
            if _in_a_row:
                _in_a_row.pop(key, None)
        # The end of one is the start of the next: a look at the clock costs as much as a small receiver.
        end = time.perf_counter()
        stats.seconds += end - start
        start = end


def _look_up(signal: NamedSignal) -> tuple[_Line, ...]:
    lines = tuple(
        (receiver, _stats_of(receiver), _key(signal, receiver)) for receiver in signal.receivers_for(None)
    )
    if signal not in _weakly:
        _lines[signal] = lines
    return lines


def _stats_of(receiver: Receiver) -> ReceiverStats:
    name = name_of(receiver)
    return _stats.setdefault(name, ReceiverStats(name))


def _connected(signal: NamedSignal, *, receiver: Receiver, weak: bool, **_more: object) -> None:
    """Called by blinker after each ``connect``, whoever made it. One that stands where another one stood begins at zero."""
    _lines.pop(signal, None)
    _in_a_row.pop(_key(signal, receiver), None)
    if weak:
        _weakly.add(signal)


def _disconnected(signal: NamedSignal, **_more: object) -> None:
    """Called by blinker after each ``disconnect``."""
    _lines.pop(signal, None)
    if not signal.receivers:
        _weakly.discard(signal)


for _signal in SIGNAL_OF.values():
    _signal.receiver_connected.connect(_connected)
    _signal.receiver_disconnected.connect(_disconnected)


def _note_failure(
    signal: NamedSignal, receiver: Receiver, stats: ReceiverStats, key: Hashable, error: BaseException
) -> None:
    stats.failures += 1
    _say_failure(stats, signal, error)
    _in_a_row[key] = _in_a_row.get(key, 0) + 1
    if _in_a_row[key] >= TOO_MANY_IN_A_ROW:
        del _in_a_row[key]
        signal.disconnect(receiver)
        log.warning(
            "observer %s failed %d times in a row and is not told of %s any more in this run",
            stats.name,
            TOO_MANY_IN_A_ROW,
            signal.name,
        )


def _say_failure(stats: ReceiverStats, signal: NamedSignal, error: BaseException) -> None:
    level = logging.ERROR if stats.failures <= MOST_LOGGED else logging.DEBUG
    kind = type(error).__name__
    log.log(
        level,
        "observer %s failed on %s (failure %d): %s: %s. Syncing goes on; mend the observer, or take it away",
        stats.name,
        signal.name,
        stats.failures,
        kind,
        words_of(error),
        exc_info=error,
        extra={"error_type": kind},
    )


def words_of(error: BaseException) -> str:
    """The text of somebody else's exception; making it may fail as well."""
    try:
        return str(error)
    except Exception as worse:  # noqa: BLE001 -- see above
        return f"it cannot be told ({type(worse).__name__})"


def _key(signal: NamedSignal, receiver: Receiver) -> Hashable:
    # A bound method is a new object at each look: it is its function and its owner that stay.
    return signal.name, id(getattr(receiver, "__func__", receiver)), id(getattr(receiver, "__self__", None))


def name_of(receiver: Receiver) -> str:
    """The module and name under which a receiver is known in logs and statistics."""
    kind = type(receiver)
    module = getattr(receiver, "__module__", None) or kind.__module__
    return f"{module}.{getattr(receiver, '__qualname__', None) or kind.__qualname__}"


def receiver_stats() -> list[ReceiverStats]:
    """Calls, failures and time of every receiver that was told anything in this process."""
    return list(_stats.values())


class Subscription:
    """Holds an observer's connections, and the observer itself, until ``close``."""

    def __init__(self, connections: list[tuple[NamedSignal, Receiver]]) -> None:
        self._connections = connections

    def close(self) -> None:
        """Disconnect; the observer hears nothing more. Closing twice is fine."""
        for signal, receiver in self._connections:
            signal.disconnect(receiver)
            _in_a_row.pop(_key(signal, receiver), None)
        self._connections = []


def subscribe(observer: object) -> Subscription:
    """Connect each ``on_<signal>`` method of the observer to its signal; a receiver is called as ``method(sender, *, event)``.

    Raises TypeError as ``receivers_of`` does, and then has connected nothing.
    """
    connections = receivers_of(observer)
    for signal, receiver in connections:
        signal.connect(receiver, weak=False)
    return Subscription(connections)


def receivers_of(observer: object) -> list[tuple[NamedSignal, Receiver]]:
    """The signals that an observer listens to, each with the method that hears it.

    Raises TypeError for what would otherwise stay silent: an ``on_…`` that is no signal (the text names those that
    exist), an observer without any, and a method that cannot be called with ``(sender, *, event)``.
    """
    kind = type(observer).__qualname__
    methods = {name: getattr(observer, name) for name in dir(observer) if name.startswith(PREFIX)}
    unknown = sorted(name for name in methods if name.removeprefix(PREFIX) not in namespace)
    if unknown or not methods:
        trouble = f"has {', '.join(unknown)}, which is no signal" if unknown else "listens to no signal"
        raise TypeError(f"{kind} {trouble}; there are {', '.join(PREFIX + name for name in namespace)}")
    for name, method in methods.items():
        if reason := _unfit(method):
            raise TypeError(f"{kind}.{name} {reason}; it must be a function of (self, sender, *, event)")
    return [(namespace[name.removeprefix(PREFIX)], method) for name, method in methods.items()]


def _unfit(method: object) -> str:
    """Why this cannot be called as a receiver is, or an empty string."""
    if not callable(method):
        return "cannot be called"
    if inspect.iscoroutinefunction(method):
        return "is async, and nobody would await it"
    try:
        inspect.signature(method).bind(None, event=None)
    except TypeError as error:
        return f"cannot be called as a receiver: {error}"
    except ValueError:  # a function of C's that does not know its signature: it will tell when it is called
        pass
    return ""
