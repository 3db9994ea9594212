"""What a save waits for: the whole process of a hook against a bare Python. ``python benchmarks/hook_time.py [--quick]``.

Measured as Stash waits: from the start of the process until its standard output has ended and it is reaped. The manifest
starts Python with ``-S``; the floor is ``python -c pass`` without it. The commit is durable (``synchronous=FULL``).
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import (
    ENTRY,
    PYTHON,
    ROOT,
    Remote,
    connection_json,
    folder,
    interleaved,
    options,
    run,
    table,
    verdict,
)
from sync_queue.database import connect
from sync_queue.intake import RUN, enqueue_many

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

BOUND = 2.5
QUEUED = 100_000
SETTLED_S = 0.5
"""What a watcher takes to come up; the next save is not measured meanwhile."""
CONFIGURE = 'mutation($i:Map!){configurePlugin(plugin_id:"StashPlexSync",input:$i)}'


class Hooks:
    """Hooks for a Stash, with a data folder in which they write."""

    def __init__(self, port: int, data: Path) -> None:
        self._port, self.data = port, data
        self._scene = 0
        self._drains: sqlite3.Connection | None = None

    def save(self) -> float:
        """Seconds that the save of another scene waits."""
        self._scene += 1
        context = {
            "id": self._scene,
            "type": "Scene.Update.Post",
            "input": {
                "id": str(self._scene),
                "title": "Another title",
                "details": None,
                "tag_ids": ["1", "2"],
            },
            "inputFields": ["id", "title", "tag_ids"],
        }
        payload = connection_json(self._port, self.data, hookContext=context)
        return run([PYTHON, "-S", str(ENTRY)], payload, PLEXSYNC_DATA_DIR=str(self.data))

    def first_of_all(self) -> float:
        """The first save of an idle time: nobody drains, so the hook starts the watcher."""
        self.end_the_drain()
        took = self.save()
        time.sleep(SETTLED_S)
        return took

    def next_one(self) -> float:
        """A save during a bulk edit, of which the first has long started a drain."""
        if self._drains is None:
            self._drains = connect(self.data / "queue.sqlite")  # a drain has the file open
        note = "INSERT OR REPLACE INTO runners VALUES ('drain', 'benchmark', 1, ?)"
        self._drains.execute(note, (time.time(),))
        return self.save()

    def end_the_drain(self) -> None:
        """Nobody drains, and nobody was asked to."""
        db = self._drains or connect(self.data / "queue.sqlite")
        db.execute("DELETE FROM runners")
        db.close()
        self._drains = None

    def close(self) -> None:
        """A watcher ends when its queue is gone."""
        self.end_the_drain()
        for path in self.data.glob("queue.sqlite*"):
            path.unlink(missing_ok=True)


def hanging(stack: ExitStack) -> Callable[[], float]:
    """Saves in a real Stash whose drain waits for a Plex that accepts connections and never answers."""
    data = stack.enter_context(folder())
    plex = stack.enter_context(Remote("plex"))
    stash = stack.enter_context(
        Remote("stash", plugin_dir=str(ROOT), config_dir=str(data), env={"PLEXSYNC_DATA_DIR": str(data)})
    )
    settings = {"plex_url": plex.where["url"], "plex_token": plex.where["token"]}
    stash.ask("graphql", query=CONFIGURE, variables={"i": settings})
    stash.ask("add", first=0, count=500)
    plex.ask("hang")
    hooks = Hooks(stash.where["port"], data)
    hooks.save()
    time.sleep(2.0)  # by now the task is at work, and hangs
    stack.callback(hooks.close)
    return hooks.save


def bulk(stack: ExitStack, saves: int) -> Callable[[], float]:
    """The saves after so many of one bulk edit."""
    hooks = Hooks(1, stack.enter_context(folder()))
    stack.callback(hooks.close)
    for _ in range(saves):
        hooks.next_one()
    return hooks.next_one


def main() -> int:
    """Print the table; 1 when the bound does not hold."""
    quick = options(__doc__).quick
    rounds, saves = (12, 100) if quick else (40, 999)
    with ExitStack() as stack:
        stash = stack.enter_context(Remote("stash"))
        empty = Hooks(stash.where["port"], stack.enter_context(folder()))
        full = Hooks(stash.where["port"], stack.enter_context(folder()))
        db = connect(full.data / "queue.sqlite")
        enqueue_many(db, range(1, QUEUED + 1), trigger="benchmark", priority=RUN, now=time.time())
        db.close()
        cases = {
            "`python -c pass`": lambda: run([PYTHON, "-c", "pass"]),
            "empty queue, a drain is at work": empty.next_one,
            "empty queue, 1st hook of a bulk edit: starts the watcher": empty.first_of_all,
            f"{saves + 1:,}th hook of a bulk edit": bulk(stack, saves),
            f"{QUEUED:,} queued jobs": full.next_one,
            f"{QUEUED:,} queued jobs, starts the watcher": full.first_of_all,
            "Plex hangs": hanging(stack),
        }
        took = interleaved(cases, rounds)
        empty.close()
        full.close()
    floor = took["`python -c pass`"]
    table(("", "ms", "ratio"), [(name, f"{s * 1000:.1f}", f"{s / floor:.2f}") for name, s in took.items()])
    worst = max(took.values()) / floor
    return verdict(f"Bound: at most {BOUND} times a bare Python, in every row", holds=worst <= BOUND)


if __name__ == "__main__":
    sys.exit(main())
