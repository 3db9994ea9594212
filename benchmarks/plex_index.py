"""The index over a library of 100,000 items: ``python benchmarks/plex_index.py [--quick]``.

The floor of the first build is a bare download of the same pages, one after the other, over a pooled session, which throws
away what comes. Each request takes the simulated Plex 20 ms and its own work; the last row shows a Plex that takes no time
but for its own work, where reading the XML is all that counts.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
from pathlib import Path

import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import (
    LATENCY_S,
    PYTHON,
    Remote,
    environment,
    folder,
    interleaved,
    options,
    table,
    verdict,
)
from benchmarks.library import path_of
from plex.client import PlexClient
from plex.index import PlexIndex

ITEMS, QUICK_ITEMS = 100_000, 20_000
PAGE = 1000
BUILD_BOUND, RSS_BOUND_MB, LOOKUP_BOUND_US, REFRESH_BOUND = 1.3, 150, 50, 3
LOOKUPS = 20_000
CHILD = "build"


def download(plex: Remote, items: int) -> float:
    """Seconds of a bare download of the whole listing."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers["X-Plex-Token"] = plex.where["token"]
        url = f"{plex.where['url']}/library/sections/{plex.where['section']}/all?type=1&sort=id"
        start = time.perf_counter()
        for page in range(0, items, PAGE):
            container = {"X-Plex-Container-Start": str(page), "X-Plex-Container-Size": str(PAGE)}
            assert session.get(url, headers=container).content
        return time.perf_counter() - start


def opened(plex_url: str, token: str, file: Path) -> tuple[PlexClient, PlexIndex]:
    """A client and an index over the server's one library."""
    client = PlexClient(plex_url, token, client_identifier="benchmark")
    return client, PlexIndex(client, file, client.sections())


def build(plex: Remote) -> float:
    """Seconds of a first build, in a process of its own as a drain is."""
    with folder() as data:
        command = [
            PYTHON,
            __file__,
            CHILD,
            plex.where["url"],
            plex.where["token"],
            str(data / "index.sqlite"),
        ]
        done = subprocess.run(command, capture_output=True, env=environment(), check=True, text=True)
    took, megabytes = map(float, done.stdout.split())
    peaks.append(megabytes)
    return took


peaks: list[float] = []


def child(plex_url: str, token: str, file: str) -> None:
    """Build once; tell the seconds and the megabytes that this process had at its largest."""
    client, index = opened(plex_url, token, Path(file))
    start = time.perf_counter()
    index.ensure_built()
    took = time.perf_counter() - start
    index.close()
    client.close()
    print(took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def lookups(index: PlexIndex, items: int) -> float:
    """Seconds of a lookup by path, of files all over the library."""
    chance = random.Random(7)  # noqa: S311 -- repeatable on purpose
    paths = [path_of(chance.randrange(items)) for _ in range(LOOKUPS)]
    start = time.perf_counter()
    for path in paths:
        assert index.by_path(path)
    return (time.perf_counter() - start) / LOOKUPS


def main() -> int:
    """Print the table; 1 when a bound does not hold."""
    quick = options(__doc__).quick
    items, rounds = (QUICK_ITEMS, 3) if quick else (ITEMS, 3)
    with Remote("plex") as plex, folder() as data:
        plex.ask("add", first=0, count=items)
        plex.ask("latency", seconds=LATENCY_S)
        actions = {"bare": lambda: download(plex, items), "ours": lambda: build(plex)}
        slow = interleaved(actions, rounds)
        plex.ask("latency", seconds=0)
        fast = interleaved(actions, 1 if quick else 2)
        client, index = opened(plex.where["url"], plex.where["token"], data / "index.sqlite")
        index.ensure_built()
        lookup = lookups(index, items)
        plex.ask("add", first=items, count=10)
        plex.ask("forget")
        start = time.perf_counter()
        found = index.refresh()
        refresh = time.perf_counter() - start
        index.close()
        client.close()
    ratio = slow["ours"] / slow["bare"]
    table(
        (f"{items:,} items", "measured", "bound"),
        [
            ("bare download, 20 ms a request", f"{slow['bare']:.2f} s", ""),
            ("first build, 20 ms a request", f"{slow['ours']:.2f} s", ""),
            ("ratio", f"{ratio:.2f}", f"{BUILD_BOUND}"),
            ("peak memory of the process that builds", f"{max(peaks):.0f} MB", f"{RSS_BOUND_MB} MB"),
            ("lookup by path", f"{lookup * 1e6:.0f} µs", f"{LOOKUP_BOUND_US} µs"),
            (
                "refresh after 10 new items",
                f"{found.requests} requests, {refresh * 1000:.0f} ms",
                f"{REFRESH_BOUND} requests",
            ),
            ("bare download, no latency", f"{fast['bare']:.2f} s", ""),
            ("first build, no latency", f"{fast['ours']:.2f} s", ""),
        ],
    )
    assert found.new == 10, found
    within = ratio <= BUILD_BOUND and max(peaks) <= RSS_BOUND_MB
    within &= lookup * 1e6 <= LOOKUP_BOUND_US and found.requests <= REFRESH_BOUND
    return verdict("Bounds", holds=within)


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        child(*sys.argv[2:])
    else:
        sys.exit(main())
