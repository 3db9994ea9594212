"""Sixteen saves at once, two thousand of them, while a worker drains: no save fails, and none waits long.

The hooks are run by Stash's plugin runtime, as processes that somebody waits for. What is slow for a machine that
starts sixteen processes at once is measured beside them: bare interpreters, started in the same way and the same minute.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from simulators.stash.manifest import Manifest
from tests.torture import machine
from tests.torture.house import house
from tests.torture.library import Library
from tests.torture.story import Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.torture.house import House
    from tests.torture.story import Stage

AT_ONCE = 16
BETWEEN_WAVES = 50
"""Saves between two waves of bare interpreters."""
BARE = "name: Bare\nversion: 1\ninterface: raw\nexec: [python, -c, pass]\n"
TIMES_BARE = 3.0
"""How much longer than the slowest bare interpreter the slowest hook may take."""
PATIENCE_S = 120.0
MOST_WORKERS = 3
"""The task, the watcher behind it, and for three seconds a spare watcher that finds the other one at work."""


def run(stage: Stage) -> Iterator[Row]:
    """The crowd."""
    saves = stage.of(full=2000, short=200)
    with house(stage.folder, plugin=True) as made, machine.WorkerCount(made.data, made.task_pids) as workers:
        library = Library(made, stage.chance())
        library.fill(saves, doomed=saves)
        for scene in library.keys:
            library.edit(scene)
        bare = _crowd(made, sorted(library.keys), stage.folder)
        end = time.monotonic()
        _wait_until_empty(made)
        recover_s = time.monotonic() - end
        hooks = sorted(run.seconds for run in made.stash.hook_runs)
        wrong = [text for scene in library.keys if (text := library.wrong(scene))]
        yield Row(
            fault="16 saves at once while a worker drains",
            provoked=len(hooks),
            jobs_in=saves,
            right=saves - len(wrong),
            recover_s=recover_s,
            problems=(*wrong[:3], *_problems(made, workers, hooks[-1], bare, stage)),
            facts=(
                (
                    f"the slowest hook took {hooks[-1] / bare:.1f} times the slowest of 16 bare interpreters "
                    f"({hooks[-1]:.2f} s and {bare:.2f} s), the median hook {hooks[len(hooks) // 2]:.2f} s"
                ),
                (
                    f"Stash was asked for a drain {_asked(made)} times; at most {workers.most} workers at once with "
                    f"{workers.most_kb / 1024:.0f} MB together"
                ),
            ),
        )


def _crowd(made: House, scenes: list[int], folder: Path) -> float:
    """Save every scene, sixteen at a time; the seconds of the slowest bare interpreter in between."""
    (folder / "bare.yml").write_text(BARE, encoding="utf-8")
    bare = Manifest.load(folder / "bare.yml")

    def start_bare(_number: int) -> float:
        return made.stash.runtime.run(bare, made.stash.payload({})).seconds

    slowest = 0.0
    with ThreadPoolExecutor(AT_ONCE) as people:
        for some in _batches(scenes, BETWEEN_WAVES):
            list(people.map(made.save, some))
            slowest = max(slowest, *people.map(start_bare, range(AT_ONCE)))
    return slowest


def _batches(scenes: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(scenes), size):
        yield scenes[start : start + size]


def _wait_until_empty(made: House) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while made.open_jobs() and time.monotonic() < deadline:
        time.sleep(0.05)


def _asked(made: House) -> int:
    return sum("runPluginTask" in text for text, _ in made.stash.requests)


def _problems(
    made: House, workers: machine.WorkerCount, slowest: float, bare: float, stage: Stage
) -> Iterator[str]:
    failed = [run for run in made.stash.hook_runs if run.code or run.error]
    if failed:
        yield f"{len(failed)} hooks failed: {failed[0].error}"
    told = [line.message for line in made.stash.logs if line.level in {"warning", "error"}]
    if told:
        yield f"{len(told)} warnings or errors: {told[0]}"
    if slowest > stage.within(TIMES_BARE * bare):
        yield f"the slowest hook took {slowest:.2f} s, and the slowest bare interpreter {bare:.2f} s"
    drains = made.db.execute("SELECT count(*) FROM drains").fetchone()[0]
    if _asked(made) > drains:  # an idle period ends with a drain, and each may have been asked for once
        yield f"Stash was asked {_asked(made)} times for {drains} drains"
    # A busy machine may be slower with the crowd than one drain takes: each drain then came with a watcher of its own.
    most = MOST_WORKERS * max(1, drains) + 1 if stage.short else MOST_WORKERS
    if workers.most > most:
        yield f"{workers.most} workers ran at once, in {drains} drains"
