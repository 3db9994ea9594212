"""Outages in real time, with PlexSync in processes of its own: away for a minute, slow, and frozen.

Each is a function of the story's folder, so that they can wait side by side.
"""

from __future__ import annotations

import threading
import time
from random import Random
from typing import TYPE_CHECKING

from tests.torture.house import house
from tests.torture.library import Library
from tests.torture.story import Row

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulators.plex import Request
    from tests.torture.house import House

    Play = Callable[..., Row]

PATIENCE_S = 120.0
BETWEEN_SAVES_S = 3.0
LOOK_S = 0.05
NONE = 1_000_000
"""No scene of the library must be given up."""


def away_for_a_minute(folder: Path, *, short: bool) -> Row:
    """Connections are refused, and people go on saving scenes: each save runs its hook, as Stash runs it."""
    away_s = 6.0 if short else 60.0
    with house(folder, plugin=True) as made:
        library = Library(made, Random(1))  # noqa: S311 -- repeatable on purpose
        library.fill(int(away_s / BETWEEN_SAVES_S) + 1, doomed=NONE, first=1)
        made.plex.refuse()
        end = time.monotonic() + away_s
        saved = []
        for scene in sorted(library.keys):
            library.edit(scene)
            made.save(scene)
            saved.append(scene)
            time.sleep(max(0.0, min(BETWEEN_SAVES_S, end - time.monotonic())))
        made.plex.resume()
        took = seconds_until_right(library, saved)
        failed = [str(run.error) for run in made.stash.hook_runs if run.code or run.error]
        return row("back after 60 s, with real processes", made, library, saved, took, failed[:1])


def slow(folder: Path, *, short: bool) -> Row:
    """Every answer takes twenty seconds, for a while."""
    return serve(
        "answers take 20 s, with real processes",
        folder,
        strike=lambda made: made.plex.faults.add("latency", seconds=1.0 if short else 20.0),
        broken_s=3.0 if short else 50.0,
        mend=lambda made: made.plex.faults.clear(),
    )


def frozen(folder: Path, *, short: bool) -> Row:
    """Plex stands still with all that it was asked, longer than anybody waits for an answer, and then goes on."""
    thawed = threading.Event()

    def stands(_request: Request) -> bool:
        thawed.wait()
        return False

    def thaw(made: House) -> None:
        thawed.set()
        made.plex.faults.clear()

    try:
        return serve(
            "Plex stands still for 70 s and goes on, with real processes",
            folder,
            strike=lambda made: made.plex.faults.add("latency", match=stands),
            broken_s=3.0 if short else 70.0,
            mend=thaw,
        )
    finally:
        thawed.set()


REAL: tuple[Play, ...] = (away_for_a_minute, slow, frozen)


def serve(
    fault: str,
    folder: Path,
    *,
    strike: Callable[[House], object],
    broken_s: float,
    mend: Callable[[House], object],
) -> Row:
    """A service works while Plex is struck and mended."""
    with house(folder) as made:
        library = Library(made, Random(1))  # noqa: S311 -- repeatable on purpose
        library.fill(8, doomed=NONE, first=1)
        strike(made)
        process = made.service()
        for scene in library.keys:
            made.put(scene)
        time.sleep(broken_s)
        mend(made)
        took = seconds_until_right(library, sorted(library.keys))
        ended = [] if process.poll() is None else [f"the service ended with {process.poll()}"]
        return row(fault, made, library, sorted(library.keys), took, ended)


def seconds_until_right(library: Library, scenes: list[int]) -> float:
    """Wait until Plex shows every scene as it should."""
    start = time.monotonic()
    while any(library.wrong(scene) for scene in scenes) and time.monotonic() - start < PATIENCE_S:
        time.sleep(LOOK_S)
    return time.monotonic() - start


def told_of_plex(made: House) -> tuple[int, int]:
    """How often it was told that Plex was away, and that it was back: what a process says comes after what it did."""
    end = time.monotonic() + PATIENCE_S
    while True:
        lines = told(made)
        away, back = (sum(f"Plex is {what}" in line for line in lines) for what in ("away", "back"))
        if away == back or time.monotonic() > end:
            return away, back
        time.sleep(LOOK_S)


def told(made: House) -> list[str]:
    """What was said of it: in Stash's log, kept for that, or on the service's own."""
    kept = [str(row[0]) for row in made.db.execute("SELECT message FROM said ORDER BY id")]
    return [line.message for line in made.stash.logs] + kept + made.errors().splitlines()


def row(
    fault: str, made: House, library: Library, scenes: list[int], took: float, problems: list[str]
) -> Row:
    """The line of the table. Tries are never spent on it, and it is told once or, when it was hardly noticed, not at all."""
    wrong = [text for scene in scenes if (text := library.wrong(scene))]
    away, back = told_of_plex(made)
    if away > 1 or back != away:
        problems.append(f"it was told {away} times that Plex was away, and {back} times that it was back")
    if made.buried():
        problems.append(f"{len(made.buried())} scenes were given up")
    problems += [line for line in told(made) if "PlexTemporaryError" in line][:1]
    return Row(
        fault=fault,
        provoked=1,
        jobs_in=len(scenes),
        right=len(scenes) - len(wrong),
        recover_s=took,
        problems=(*wrong[:3], *problems),
    )
