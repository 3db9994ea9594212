"""How close a full run comes to Plex's own speed: ``python benchmarks/throughput.py [--quick]``.

The floor is a bare loop: as many threads as there are writers send the very requests that the run sent (the same edits, the
same pictures) over one pooled session to a Plex of the same size, and do nothing else. Both simulated servers take 20 ms for
each request. The floor is measured before and after each run.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import (
    LATENCY_S,
    Installation,
    Remote,
    folder,
    log_to_nowhere,
    options,
    table,
    verdict,
)
from benchmarks.library import COVER_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable

BOUND = 0.85
WRITERS = 2


def sent_again(plex: Remote, writes: Iterable[list[Any]]) -> float:
    """Seconds in which so many threads send these writes, each as soon as it can."""
    session = requests.Session()
    session.trust_env = False
    session.headers["X-Plex-Token"] = plex.where["token"]
    picture = b"\xff\xd8\xff\xe0" + b"same" * (COVER_BYTES // 4)

    def send(write: list[Any]) -> None:
        method, path, pairs, length = write
        query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
        url = f"{plex.where['url']}{path}?{query}" if query else f"{plex.where['url']}{path}"
        session.request(method, url, data=picture[:length] if length else None).raise_for_status()

    start = time.perf_counter()
    with session, ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(send, writes))
    return time.perf_counter() - start


def measure(scenes: int, *, covers: bool) -> tuple[int, float, float]:
    """Writes, seconds of a first run over changed scenes, and seconds of the bare loop: the mean of one before and one after."""
    with Remote("stash") as stash, Remote("plex") as plex, Remote("plex") as other, folder() as data:
        ids = stash.ask("add", first=0, count=scenes, covers=covers)
        for server in (plex, other):
            server.ask("add", first=0, count=scenes)
        with Installation(stash, plex, data, writers=WRITERS) as installed:
            installed.sync(
                ids
            )  # items are met for the first time: their pictures are read once in their life
            before = plex.ask("writes")
            plex.ask("forget")
            stash.ask("edit", ids=ids, edition=" again")
            if covers:
                stash.ask("covers", ids=ids, edition=2)
            for server in (plex, other):
                server.ask("latency", seconds=LATENCY_S)
            floors = [sent_again(other, before)]
            ours = installed.sync(ids)
            writes = plex.ask("writes")
            floors.append(sent_again(other, writes))
    assert len(writes) == len(before) == scenes * (3 if covers else 1), (len(writes), len(before))
    return len(writes), ours, sum(floors) / 2


def main() -> int:
    """Print the table; 1 when the bound of the full form does not hold."""
    quick = options(__doc__).quick
    log_to_nowhere()
    rows, worst = [], 1.0
    for name, scenes, covers in (
        ("edits", 300 if quick else 2000, False),
        ("edits and two pictures each", 100 if quick else 400, True),
    ):
        writes, ours, floor = measure(scenes, covers=covers)
        worst = min(worst, floor / ours)
        rate = f"{scenes / ours:.0f}"
        rows.append(
            (name, f"{scenes:,}", f"{writes:,}", f"{floor:.1f}", f"{ours:.1f}", rate, f"{floor / ours:.0%}")
        )
    table(
        ("", "scenes", "writes", "bare loop, s", "PlexSync, s", "scenes/s", "of the bare loop's speed"), rows
    )
    if quick:
        print(
            f"\nThe bound of {BOUND:.0%} is for the full form: the start of a run weighs more in a small one."
        )
        return 0
    return verdict(f"Bound: at least {BOUND:.0%}", holds=worst >= BOUND)


if __name__ == "__main__":
    sys.exit(main())
