"""Where the time of a full run goes: ``python benchmarks/where_time_goes.py [--quick]``.

Every five milliseconds it is noted what each thread is at. A thread that waits (for an answer, for another thread, for the
clock) does no work; of the others counts the room of the innermost function of ours, or the library beneath it.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import LATENCY_S, ROOT, Installation, Remote, folder, log_to_nowhere, options, table

if TYPE_CHECKING:
    from types import FrameType

EVERY_S = 0.005
WAITS = frozenset(
    [
        "wait",
        "wait_for",
        "acquire",
        "readinto",
        "select",
        "sleep",
        "_wait_for_tstate_lock",
        "join",
        "poll",
        "_nothing_comes",
    ]
)
"""Innermost functions of a thread that waits; the last one sleeps until a drain may end."""
LIBRARIES = {
    "requests": "requests and urllib3",
    "urllib3": "requests and urllib3",
    "http": "requests and urllib3",
    "email": "requests and urllib3",
    "json": "json",
    "logging": "logging",
    "xml": "XML",
    "plexapi": "XML",
    "sqlite3": "sqlite3",
}


class Sampler(threading.Thread):
    """Looks at all other threads until it is stopped."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.working: Counter[str] = Counter()
        self.functions: Counter[str] = Counter()
        self.looks = 0
        self._over = threading.Event()

    def run(self) -> None:
        """Look, and look again."""
        while not self._over.wait(EVERY_S):
            self.looks += 1
            for thread, frame in sys._current_frames().items():  # noqa: SLF001 -- the one way to see what other threads are at
                if thread != self.ident and frame.f_code.co_name not in WAITS:
                    place, function = where(frame)
                    self.working[place] += 1
                    self.functions[function] += 1

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self.join()


def where(frame: FrameType | None) -> tuple[str, str]:
    """The library in which the work is done, or else our room; and the innermost function of ours."""
    library = ""
    while frame is not None:
        ours, name = belongs(frame.f_code.co_filename)
        if ours:
            return library or f"`{name.partition('/')[0]}/`", f"{name}:{frame.f_code.co_name}"
        library = library or name
        frame = frame.f_back
    return library or "Python itself", "?"


@cache
def belongs(file: str) -> tuple[bool, str]:
    """Whether a file is ours; its path in the project, or the library that it belongs to."""
    path = Path(file)
    if path.is_relative_to(ROOT) and "site-packages" not in path.parts:
        return True, path.relative_to(ROOT).as_posix()
    names = (part.partition(".")[0] for part in reversed(path.parts))
    return False, next((LIBRARIES[name] for name in names if name in LIBRARIES), "")


def main() -> int:
    """Print the tables."""
    scenes = 300 if options(__doc__).quick else 1000
    log_to_nowhere()
    with Remote("stash") as stash, Remote("plex") as plex, folder() as data:
        ids = stash.ask("add", first=0, count=scenes)
        plex.ask("add", first=0, count=scenes)
        plex.ask("latency", seconds=LATENCY_S)
        with Installation(stash, plex, data) as installed:
            for name in ("A first run: every scene is written", "A second one: nothing is"):
                sampler = Sampler()
                worked = time.process_time()
                sampler.start()
                took = installed.sync(ids)
                sampler.stop()
                worked = time.process_time() - worked
                told(name, scenes, took, worked, sampler)
    return 0


def told(name: str, scenes: int, took: float, worked: float, sampler: Sampler) -> None:
    """Print what was seen of one run."""
    print(
        f"{name}: {took / scenes * 1000:.1f} ms a scene, of which this process works {worked / scenes * 1000:.2f} ms "
        f"({worked / took:.0%} of one core).\n"
    )
    whole = sum(sampler.working.values())
    table(
        ("of the work", "share"),
        [(place, f"{number / whole:.0%}") for place, number in sampler.working.most_common(9)],
    )
    dear = ", ".join(
        f"`{function}` {number / whole:.0%}" for function, number in sampler.functions.most_common(6)
    )
    print(f"\nDearest functions of ours, with what they call: {dear}.\n")


if __name__ == "__main__":
    sys.exit(main())
