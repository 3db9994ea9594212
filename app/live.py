"""``PlexSync.py watch``: looks at the database every moment and shows it, without ever being in anybody's way."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.live import Live

from app.live_view import screen, trouble
from app.places import queue_file
from app.state import read_state
from sync_queue.database import DatabaseError
from sync_queue.reading import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rich.console import RenderableType

MOST_RESULTS = 200
QUIT = frozenset("qQ\x04")
"""q, and the end of input."""
WINDOWS_POLL_S = 0.05


def watch(folder: Path, *, interval_s: float) -> int:
    """Show the state of this data folder until q or Ctrl-C; on a pipe, or a terminal that knows no cursor, once."""
    console = Console(highlight=False)
    if not console.is_terminal or console.is_dumb_terminal:
        console.print(look(folder, height=None))
        return 0
    with (
        _calm_signals(),
        keyboard() as next_key,
        Live(console=console, screen=True, auto_refresh=False) as live,
    ):
        try:
            while True:
                foot = f"q ends  ·  every {interval_s:g} s"
                live.update(look(folder, height=console.height, foot=foot), refresh=True)
                if next_key(interval_s) in QUIT:
                    return 0
        except KeyboardInterrupt:
            return 0


def look(folder: Path, *, height: int | None, foot: str = "") -> RenderableType:
    """One picture. The database is opened for it alone: it may be moved away, replaced or upgraded in between."""
    file = queue_file(str(folder))
    if not os.path.exists(file):  # noqa: PTH110 -- queue_file speaks in texts
        return trouble(
            f"Nothing was queued yet: there is no {file}. PLEXSYNC_DATA_DIR names the data folder.", foot=foot
        )
    try:
        with reading(file) as db:
            state = read_state(db, folder, time.time, results=height or MOST_RESULTS)
    except DatabaseError as error:
        return trouble(str(error), foot=foot)
    return screen(state, height=height, foot=foot)


@contextmanager
def _calm_signals() -> Iterator[None]:
    """Being ended by a service manager gives the terminal back as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


@contextmanager
def keyboard() -> Iterator[Callable[[float], str]]:
    """Keys one by one, without Return and without echo: a function that waits so long (seconds) and gives one, or nothing.

    Afterwards the terminal is as it was. Where standard input is none, it only waits.
    """
    if not sys.stdin.isatty():
        yield _no_key
    elif os.name == "nt":
        yield _windows_key
    else:
        with _cbreak(sys.stdin.fileno()) as next_key:
            yield next_key


@contextmanager
def _cbreak(descriptor: int) -> Iterator[Callable[[float], str]]:
    import termios  # noqa: PLC0415 -- Windows has none
    import tty  # noqa: PLC0415

    before: Any = termios.tcgetattr(descriptor)

    def next_key(wait_s: float) -> str:
        ready, _, _ = select.select([descriptor], [], [], wait_s)
        if not ready:
            return ""
        data = os.read(descriptor, 32)
        return data.decode(errors="replace")[:1] if data else "\x04"

    try:
        tty.setcbreak(descriptor)
        yield next_key
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _no_key(wait_s: float) -> str:
    time.sleep(wait_s)
    return ""


def _windows_key(wait_s: float) -> str:
    import msvcrt  # noqa: PLC0415 -- only Windows has it

    keys: Any = msvcrt
    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline:
        if keys.kbhit():
            return str(keys.getwch())
        time.sleep(WINDOWS_POLL_S)
    return ""
