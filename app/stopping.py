"""Being asked to stop: by the service manager, by Ctrl-C, by a terminal that closes. (Stash's own Stop is a SIGKILL.)

The first signal asks: the scenes at hand are finished, the rest goes back to the queue, observers hear the end of the
drain, and ``stats.json`` is saved. The second insists: what is under way is broken off where it stands, and all of that is
done too. After that the system's own handling is back, and a third one ends the process.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Those that the system has: SIGHUP is POSIX's, SIGBREAK Windows', which has no SIGTERM that could be caught."""
SAID_AT_ONCE = b"\nstopping after the scenes at hand; once more stops at once\n"


class Stop:
    """Catches signals while its ``with`` block runs; ``signal`` is the name of the first one, or an empty string.

    The second one raises KeyboardInterrupt in the main thread, which this block swallows. Signals that were ignored when
    it began stay so (``nohup``); outside the main thread nothing is caught.
    """

    def __init__(self) -> None:
        self.signal = ""
        self._insisted = False
        self._asleep = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for name in NAMES:
                number = getattr(signal, name, None)
                if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._caught)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        self._restore()
        return self._insisted and kind is not None and issubclass(kind, KeyboardInterrupt)

    def asked(self) -> bool:
        """Whether a signal has come. Costs nothing."""
        return bool(self.signal)

    def sleep(self, seconds: float) -> None:
        """As ``time.sleep``, but a signal ends it, and after one it does not begin."""
        try:
            self._asleep = True
            if not self.signal:
                time.sleep(seconds)
            self._asleep = False
        except _Woken:  # also when it came just after the sleep
            self._asleep = False

    def _caught(self, number: int, _frame: object) -> None:
        """Runs between two steps of the main thread: it must not log, which that thread may be doing."""
        if not self.signal:
            self.signal = signal.Signals(number).name
            if self._asleep:
                raise _Woken
            if sys.stderr is not None and sys.stderr.isatty():
                with contextlib.suppress(OSError):
                    os.write(sys.stderr.fileno(), SAID_AT_ONCE)
            return
        self._insisted = True
        _insisted.set()
        self._restore()
        raise KeyboardInterrupt

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}


class _Woken(BaseException):
    """Leaves ``time.sleep``, which otherwise goes on after a signal."""


_insisted = threading.Event()


def end(code: int) -> int:
    """The exit code of a process that has nothing more to do.

    After a second signal this does not return: the interpreter would wait for a thread whose request hangs.
    """
    if _insisted.is_set():
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(code)
    return code
