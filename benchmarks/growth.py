"""From 1,000 to 10,000 to 100,000 scenes: ``python benchmarks/growth.py [--quick | --large]``.

Each library is on both sides; nothing is slowed down, so that all that is seen is work. "Changed scenes" are met for the first
time: read, matched, compared, written, read back. The run in which nothing is to be written compares every scene of the
library; at 100,000 it and the run that leads to it take minutes, and are made with ``--large`` only.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import PYTHON, Installation, Remote, environment, folder, log_to_nowhere, table

SIZES, CHANGED = (1_000, 10_000, 100_000), 500
WHOLE_RUN_UP_TO = 10_000
CHILD = "child"


def peak_mb() -> float:
    """Megabytes that this process had at its largest."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def grown(size: int, *, whole: bool) -> tuple[str, ...]:
    """One column of the table."""
    log_to_nowhere()
    with Remote("stash") as stash, Remote("plex") as plex, folder() as data:
        ids = stash.ask("add", first=0, count=size)
        plex.ask("add", first=0, count=size)
        with Installation(stash, plex, data) as installed:
            first = installed.sync(ids[:1])
            changed = installed.sync(ids[1 : 1 + CHANGED])
            stash.ask("edit", ids=ids[:1], edition=" once more")
            plex.ask("forget")
            one = installed.sync(ids[:1])
            requests = sum(plex.ask("counts").values())
            small_mb = peak_mb()
            again = per_scene = listing = "not measured"
            if whole:
                installed.sync(ids)
                plex.ask("forget")
                calls = stash.ask("calls")["graphql"]
                took = installed.sync(ids)
                again, per_scene = f"{took:.1f} s", f"{took / size * 1000:.2f} ms"
                counts = plex.ask("counts")
                assert all(name.startswith("GET") for name in counts), counts
                listing = f"{sum(counts.values())} and {stash.ask('calls')['graphql'] - calls}"
    return (
        f"{first:.2f} s",
        f"{one * 1000:.0f} ms",
        f"{requests}",
        f"{changed / CHANGED * 1000:.1f} ms",
        f"{small_mb:.0f} MB",
        again,
        per_scene,
        listing,
        f"{peak_mb():.0f} MB" if whole else "not measured",
    )


NAMES = (
    "first drain of all: the index is built, one scene synced",
    "one saved scene, warm: from the drain's start until it is settled",
    "… requests to Plex",
    f"{CHANGED} changed scenes, each",
    "… peak memory so far",
    "whole library, nothing to write",
    "… each scene",
    "… requests to Plex, calls to Stash",
    "… peak memory",
)


def column(size: int, *, whole: bool) -> list[str]:
    """Measured in a process of its own, so that its memory is its own."""
    command = [PYTHON, __file__, CHILD, str(size), str(int(whole))]
    done = subprocess.run(command, stdout=subprocess.PIPE, env=environment(), check=True, text=True)
    return done.stdout.rstrip("\n").split("\t")


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="up to 10,000 scenes")
    parser.add_argument("--large", action="store_true", help="the whole run at 100,000 scenes, too: minutes")
    given = parser.parse_args()
    sizes = SIZES[:2] if given.quick else SIZES
    up_to = SIZES[-1] if given.large else SIZES[0] if given.quick else WHOLE_RUN_UP_TO
    start = time.perf_counter()
    columns = [column(size, whole=size <= up_to) for size in sizes]
    table(
        ("", *(f"{size:,} scenes" for size in sizes)),
        [(name, *cells) for name, *cells in zip(NAMES, *columns, strict=True)],
    )
    print(f"\nMeasured in {time.perf_counter() - start:.0f} s.")
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        print("\t".join(grown(int(sys.argv[2]), whole=sys.argv[3] == "1")))
    else:
        sys.exit(main())
