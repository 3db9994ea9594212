"""The observers' share of a drain: ``python benchmarks/observers_share.py [scenes] [rounds]`` prints Markdown tables.

The drain is one that changes nothing, in which the worker has least to do and the observers weigh most. Stash and Plex
are the simulators, in a process of their own, so that their work does not thin out the observers'. Drains without
observers, with the four of the design and with all that PlexSync ships take turns, and medians are told; what each observer
took is what the bus has counted, waits for the disk included.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.compose import Composition
from app.session import Session
from app.settings import Settings
from app.stopping import Stop
from benchmarks.harness import log_to_nowhere
from events import receiver_stats
from observers.dlq import DlqReporter
from observers.persist import JsonPersister
from observers.stats import StatsAccumulator
from observers.summary import BatchSummarizer
from simulators.plex import PlexSimulator
from simulators.stash import StashSimulator
from stash.runtime import parse
from sync_queue.intake import RUN, enqueue_many

SCENES, ROUNDS = 10_000, 5
SERVE = "serve"
ZERO = (0, 0.0)
NONE, FOUR, ALL = "none", "the four of the design", "all that are shipped"


def serve(scenes: int) -> None:
    """Both simulators with a library in which Plex is right already; where they listen goes to standard output."""
    with PlexSimulator() as plex, StashSimulator() as stash:
        section = plex.add_section("Scenes", locations=("/media",))
        for number in range(scenes):
            path, title = f"/media/{number:05}.mp4", f"Scene {number}"
            plex.add_item(section.id, path, size=1000, duration_ms=60_000, title=title, locks=["title"])
            stash.store.add_scene(path=path, size=1000, duration=60.0, title=title)
        told = {"plex": plex.url, "token": plex.token, "stash": stash.port, "ids": list(stash.store.scenes)}
        print(json.dumps(told), flush=True)
        sys.stdin.read()  # until the benchmark ends


class Bench:
    """Drains over the served library, with or without observers."""

    def __init__(self, served: dict[str, Any], folder: str) -> None:
        connection = {
            "Scheme": "http",
            "Host": "127.0.0.1",
            "Port": served["stash"],
            "SessionCookie": None,
            "Dir": "",
            "PluginDir": "",
        }
        described = json.dumps({"server_connection": connection, "args": {}})
        self._session = Session(parse(described).connection, folder=folder)
        self._settings = Settings(plex_url=served["plex"], plex_token=served["token"])
        self._ids: list[int] = served["ids"]

    def drain(self, observers: str) -> tuple[float, float]:
        """Seconds by the clock and of this process's own work, from the first claim to the end."""
        session = self._session
        enqueue_many(session.db, self._ids, trigger="benchmark", priority=RUN, now=time.time())
        composition = Composition(session, self._settings)
        if observers != ALL:
            composition.close()
        if observers == FOUR:
            for observer in self._four():
                composition.listen(observer)
        start, worked = time.perf_counter(), time.process_time()
        result = composition.drain(self._settings, runner="benchmark", stop=Stop())
        took = time.perf_counter() - start, time.process_time() - worked
        composition.close()
        assert (result.reason, result.processed) == ("empty", len(self._ids)), result
        return took

    def _four(self) -> list[object]:
        return [
            StatsAccumulator(),
            BatchSummarizer(),
            DlqReporter(dead_letters=self._session.dead),
            JsonPersister(data_dir=self._session.folder),
        ]

    def close(self) -> None:
        """Give database and connections back."""
        self._session.close()


def by_observer(figures: dict[str, tuple[int, float]]) -> list[tuple[str, int, float]]:
    """Calls and seconds of each observer over all its methods, the dearest first."""
    together: dict[str, tuple[int, float]] = {}
    for name, (calls, seconds) in figures.items():
        observer = name.rpartition(".")[0].rpartition(".")[2]
        known = together.get(observer, ZERO)
        together[observer] = (known[0] + calls, known[1] + seconds)
    return sorted(((name, *both) for name, both in together.items()), key=lambda row: -row[2])


def counted() -> dict[str, tuple[int, float]]:
    """What the bus has counted so far."""
    return {stats.name: (stats.calls, stats.seconds) for stats in receiver_stats()}


def measure(bench: Bench, rounds: int) -> None:
    """Print what drains cost with and without observers, and what each observer took."""
    bench.drain(NONE)  # the first one fills the ledger
    took: dict[str, list[tuple[float, float]]] = {NONE: [], FOUR: [], ALL: []}
    spent: dict[str, tuple[int, float]] = {}
    for _ in range(rounds):
        for observers in (NONE, FOUR):
            took[observers].append(bench.drain(observers))
        since = counted()
        took[ALL].append(bench.drain(ALL))
        spent = {
            name: (now[0] - since.get(name, ZERO)[0], now[1] - since.get(name, ZERO)[1])
            for name, now in counted().items()
        }
    wall = {observers: median(clock for clock, _ in times) for observers, times in took.items()}
    work = {observers: median(own for _, own in times) for observers, times in took.items()}
    print(
        "| observers | by the clock | of its own work | more than without |", "|---|---:|---:|---:|", sep="\n"
    )
    for observers in took:
        more = "" if observers == NONE else f"{100 * (work[observers] / work[NONE] - 1):.1f} %"
        print(f"| {observers} | {wall[observers]:.2f} s | {work[observers]:.2f} s | {more} |")
    print("\n| observer | calls | time | of the drain |", "|---|---:|---:|---:|", sep="\n")
    for name, calls, seconds in by_observer(spent):
        print(f"| {name} | {calls} | {seconds * 1000:.0f} ms | {100 * seconds / wall[ALL]:.1f} % |")


def main(arguments: list[str]) -> None:
    """Serve, or start the server and measure."""
    if arguments[:1] == [SERVE]:
        serve(int(arguments[1]))
        return
    scenes = int(arguments[0]) if arguments else SCENES
    rounds = int(arguments[1]) if len(arguments) > 1 else ROUNDS
    log_to_nowhere()
    command = [sys.executable, str(Path(__file__).resolve()), SERVE, str(scenes)]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
    ):
        assert server.stdin is not None
        assert server.stdout is not None
        bench = Bench(json.loads(server.stdout.readline()), folder)
        try:
            measure(bench, rounds)
        finally:
            bench.close()
            server.stdin.close()


if __name__ == "__main__":
    main(sys.argv[1:])
