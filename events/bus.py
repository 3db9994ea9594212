"""Telling subscribers: each one guarded, none able to stop the job or another subscriber.

blinker's own ``send`` ends at the first receiver that raises, on purpose; and it holds receivers weakly unless told
otherwise, so a method of an object that nobody keeps would be gone at once.
"""

from __future__ import annotations

import inspect
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from events.signals import SIGNAL_OF, namespace

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from blinker import NamedSignal

    from events.messages import Event

    Receiver = Callable[..., Any]

log = logging.getLogger("plexsync.Events")

TOO_MANY_IN_A_ROW = 20
MOST_LOGGED = 20
"""Tracebacks of one receiver: one that fails every other time would otherwise fill the log of a long drain."""
PREFIX = "on_"


@dataclass(slots=True)
class ReceiverStats:
    """How the receivers of one name fared since the process began; ``seconds`` is the time that they took in all."""

    name: str
    calls: int = 0
    failures: int = 0
    seconds: float = 0.0


_stats: dict[str, ReceiverStats] = {}
_in_a_row: dict[Hashable, int] = {}
"""Failures since the last success, for connections that are failing now: two objects of one class are two receivers."""


def emit(event: Event) -> None:
    """Tell every subscriber of the event's signal; one that raises costs nobody else anything.

    It is logged with its name and counted; after 20 failures in a row it is disconnected, with one warning. Returns
    when all have been told: subscribers run in the caller's thread. KeyboardInterrupt and SystemExit pass.
    """
    signal = SIGNAL_OF[type(event)]
    if signal.is_muted:
        return
    for receiver in list(signal.receivers_for(None)):
        _tell(signal, receiver, event)


def _tell(signal: NamedSignal, receiver: Receiver, event: Event) -> None:
    name, key = name_of(receiver), _key(signal, receiver)
    stats = _stats.setdefault(name, ReceiverStats(name))
    stats.calls += 1
    start = time.perf_counter()
    try:
        receiver(None, event=event)
    except Exception as error:  # noqa: BLE001 -- an observer may raise anything; a job must not notice
        stats.failures += 1
        _say_failure(stats, signal, error)
        _in_a_row[key] = _in_a_row.get(key, 0) + 1
        if _in_a_row[key] >= TOO_MANY_IN_A_ROW:
            del _in_a_row[key]
            signal.disconnect(receiver)
            log.warning(
                "observer %s failed %d times in a row and is not told of %s any more",
                name,
                TOO_MANY_IN_A_ROW,
                signal.name,
            )
    else:
        _in_a_row.pop(key, None)
    finally:
        stats.seconds += time.perf_counter() - start


def _say_failure(stats: ReceiverStats, signal: NamedSignal, error: Exception) -> None:
    level = logging.ERROR if stats.failures <= MOST_LOGGED else logging.DEBUG
    log.log(
        level,
        "observer %s failed on %s (failure %d)",
        stats.name,
        signal.name,
        stats.failures,
        exc_info=error,
    )


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
