"""How soon a save shows in Plex: ``python benchmarks/save_to_plex.py [--quick]``.

Everything is real: Stash runs the hook and the task as processes, the watcher runs beside them, and Plex is asked for the
title until it is the new one. The time is from the moment in which the save is sent to Stash; it includes Stash's own work.
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import LATENCY_S, ROOT, Remote, folder, options, table, verdict

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIGURE = 'mutation($i:Map!){configurePlugin(plugin_id:"StashPlexSync",input:$i)}'
SAVE = "mutation($i:SceneUpdateInput!){sceneUpdate(input:$i){id}}"
IDLE_BOUND_S, BUSY_BOUND_S = 2.0, 10.0
PATIENCE_S = 60.0


class House:
    """A Stash with the plugin in it, a Plex, and one scene that both have."""

    def __init__(self, stack: ExitStack) -> None:
        self._data = stack.enter_context(folder())
        self.plex = stack.enter_context(Remote("plex"))
        environment = {"PLEXSYNC_DATA_DIR": str(self._data)}
        self.stash = stack.enter_context(
            Remote("stash", plugin_dir=str(ROOT), config_dir=str(self._data), env=environment)
        )
        settings = {"plex_url": self.plex.where["url"], "plex_token": self.plex.where["token"]}
        self.stash.ask("graphql", query=CONFIGURE, variables={"i": settings})
        (self._scene,) = self.stash.ask("add", first=0, count=1)
        (self._key,) = self.plex.ask("add", first=0, count=1)
        self.plex.ask("latency", seconds=LATENCY_S)
        self._number = 0
        stack.callback(self._remove_queue)

    def save(self) -> tuple[float, float]:
        """Seconds until Stash has answered the save, and until Plex shows it."""
        self._number += 1
        title = f"Title number {self._number}"
        start = time.perf_counter()
        self.stash.ask("graphql", query=SAVE, variables={"i": {"id": self._scene, "title": title}})
        saved = time.perf_counter() - start
        while self.plex.ask("title", key=self._key) != title:
            assert time.perf_counter() - start < PATIENCE_S, "it never came"
            time.sleep(0.005)
        return saved, time.perf_counter() - start

    def settle(self) -> None:
        """Until nobody drains any more."""
        self.stash.ask("idle")
        time.sleep(1.5)

    def _remove_queue(self) -> None:
        for path in self._data.glob("queue.sqlite*"):
            path.unlink(missing_ok=True)


def several(
    action: Callable[[], tuple[float, float]], rounds: int, settle: Callable[[], None]
) -> tuple[float, float, float]:
    """The medians of both times, and the longest that it took to show."""
    figures = []
    for _ in range(rounds):
        settle()
        figures.append(action())
    saved, shown = zip(*figures, strict=True)
    return median(saved), median(shown), max(shown)


def main() -> int:
    """Print the table; 1 when a bound does not hold."""
    rounds = 3 if options(__doc__).quick else 8
    with ExitStack() as stack:
        house = House(stack)
        house.save()
        idle = several(house.save, rounds, house.settle)
        house.stash.ask("block")
        busy = several(house.save, rounds, lambda: time.sleep(2.5))
    table(
        ("", "save answered, ms", "shows in Plex, s", "at the latest, s", "bound"),
        [
            (name, f"{saved * 1000:.0f}", f"{shown:.2f}", f"{latest:.2f}", f"{bound:.0f} s")
            for name, (saved, shown, latest), bound in (
                ("Stash is idle: a task drains", idle, IDLE_BOUND_S),
                ("Stash is busy with a long job: the watcher drains", busy, BUSY_BOUND_S),
            )
        ],
    )
    return verdict("Bounds", holds=idle[2] <= IDLE_BOUND_S and busy[2] <= BUSY_BOUND_S)


if __name__ == "__main__":
    sys.exit(main())
