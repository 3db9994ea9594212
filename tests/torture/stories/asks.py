"""An ask that leads to no drain, because its job was cancelled or Stash has forgotten it, and saves while the watcher sleeps."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync_queue.intake import enqueue
from sync_queue.locks import watcher_lock
from tests.torture.house import house
from tests.torture.library import Library
from tests.torture.story import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.torture.house import House
    from tests.torture.story import Stage

MADE_GOOD_S = 15.0
SHOWN_S, SHOWN_BUSY_S = 2.0, 10.0
"""How soon a save shows in Plex while Stash is idle, and while it is busy."""
LATER_S = 500.0
LOOK_S = 0.002
PATIENCE_S = 60.0


FAULTS: dict[str, Callable[[House], None]] = {
    "the asked task is cancelled": lambda made: made.stash.jobs.stop_all(),
    "Stash restarts and forgets the ask": lambda made: made.stash.restart(forget_sessions=False),
}


def run(stage: Stage) -> Iterator[Row]:
    """Both kinds of lost asks in houses side by side, for each takes ten seconds of waiting; then the sleeping watcher."""
    times = stage.of(full=4, short=1)
    with ThreadPoolExecutor(2 * times) as pool:
        running = {
            fault: [
                pool.submit(_made_good, stage.folder / f"{number}-{turn}", strike) for turn in range(times)
            ]
            for number, (fault, strike) in enumerate(FAULTS.items())
        }
        took = {fault: [one.result() for one in some] for fault, some in running.items()}
    for fault, seconds in took.items():
        late = sum(one > stage.within(MADE_GOOD_S) for one in seconds)
        yield Row(
            fault=fault,
            provoked=times,
            jobs_in=times,
            right=sum(one < PATIENCE_S for one in seconds),
            recover_s=max(seconds),
            problems=(f"{late} of {times} were made good later than {MADE_GOOD_S:g} s",) if late else (),
        )
    yield _with_a_sleeping_watcher(stage)


def _made_good(folder: Path, strike: Callable[[House], None]) -> float:
    """Save a scene, strike the task down as soon as Stash has it, and return the seconds until Plex shows the scene."""
    with house(folder, plugin=True) as made:
        scene, key = made.scene("one.mp4", title="In spite of it")
        start = time.monotonic()
        made.save(scene)
        while not made.stash.jobs.queue():
            assert time.monotonic() - start < PATIENCE_S, "nobody was asked"
            time.sleep(LOOK_S)
        strike(made)
        return _shown_after(made, key, "In spite of it", start)


def _shown_after(made: House, key: int, title: str, start: float) -> float:
    while made.plex.item(key).title != title:
        if time.monotonic() - start > PATIENCE_S:
            return PATIENCE_S
        time.sleep(LOOK_S)
    return time.monotonic() - start


def _with_a_sleeping_watcher(stage: Stage) -> Row:
    """The same saves with a watcher that sleeps and without one, while Stash is idle and while it is busy."""
    times = stage.of(full=6, short=2)
    with house(stage.folder / "sleeping", plugin=True) as made:
        library = Library(made, stage.chance())
        library.fill(times * 3 + 1, doomed=1000, with_pictures=1000)
        later, *saved = sorted(library.keys)
        scenes = iter(saved)
        alone = [_saved(made, library, next(scenes)) for _ in range(times)]
        with _watcher_asleep(made, later):
            beside = [_saved(made, library, next(scenes)) for _ in range(times)]
            busy = made.stash.add_blocking_job()
            while_busy = [_saved(made, library, next(scenes)) for _ in range(times)]
            made.stash.stop_job(busy.id)
        wrong = [text for scene in saved if (text := library.wrong(scene))]
        hooks = [run.seconds for run in made.stash.hook_runs]
    shown, shown_busy = max(beside), max(while_busy)
    problems = []
    if shown > max(stage.within(SHOWN_S), 1.5 * max(alone)):
        problems.append(
            f"beside a sleeping watcher a save took {shown:.1f} s, and {max(alone):.1f} s without one"
        )
    if shown_busy > stage.within(SHOWN_BUSY_S):
        problems.append(f"while Stash was busy a save took {shown_busy:.1f} s")
    return Row(
        fault="saves while the watcher sleeps",
        provoked=2 * times,
        jobs_in=3 * times,
        right=3 * times - len(wrong),
        recover_s=max(shown, shown_busy),
        problems=(*wrong[:3], *problems),
        facts=(
            (
                f"a save shows after {statistics.median(alone):.1f} s with no watcher there, "
                f"{statistics.median(beside):.1f} s beside a sleeping one, "
                f"{statistics.median(while_busy):.1f} s beside one while Stash is busy; "
                f"the hooks took {statistics.median(hooks[:times]):.3f}, {statistics.median(hooks[times : 2 * times]):.3f} "
                f"and {statistics.median(hooks[2 * times :]):.3f} s"
            ),
        ),
    )


def _saved(made: House, library: Library, scene: int) -> float:
    """Edit and save a scene, with Stash as idle as it will be; the seconds until Plex shows it."""
    _wait_for(lambda: not made.task_pids())
    library.edit(scene)
    start = time.monotonic()
    made.save(scene)
    title = made.stash.store.scenes[scene].values["title"]
    return _shown_after(made, library.keys[scene], title, start)


@contextmanager
def _watcher_asleep(made: House, scene: int) -> Iterator[None]:
    """A watcher that has nothing to do for some minutes, because the one scene that is queued is to be tried then."""
    now = time.time()
    enqueue(made.db, scene, trigger="later", priority=0, now=now, due_at=now + LATER_S)
    made.watcher()  # it ends by itself where the one of the last save is still there
    time.sleep(4.0)  # for its first seconds it looks more often
    lock = watcher_lock(made.data)
    if lock.try_acquire():
        lock.release()
        raise AssertionError("no watcher is there")
    yield


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition() and time.monotonic() < deadline:
        time.sleep(LOOK_S)
