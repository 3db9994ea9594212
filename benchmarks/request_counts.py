"""How many requests a run costs, counted by the simulators: ``python benchmarks/request_counts.py [--quick]``.

The same promises stand as tests (``tests/worker/test_request_counts.py``), over smaller libraries.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import Installation, folder, log_to_nowhere, options, servers, table, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PICTURES = "GET /library/metadata/{id}/{plural}"
UPLOADS = "POST /library/metadata/{id}/{plural}"
EDITS = "PUT /library/sections/{section}/all"


class Cost(NamedTuple):
    """Of one run: requests to Plex, and GraphQL calls to Stash."""

    edits: int
    uploads: int
    pictures: int
    reads: int
    calls: int


@contextmanager
def library(
    scenes: int, *, in_plex: int | None = None, covers: bool = False
) -> Iterator[tuple[Installation, list[int]]]:
    """A library with PlexSync between its two sides."""
    with (
        servers(scenes, in_plex=in_plex, covers=covers) as (stash, plex, ids),
        folder() as data,
        Installation(stash, plex, data) as installed,
    ):
        yield installed, ids


def cost(installed: Installation, ids: Sequence[int]) -> Cost:
    """What a run over these scenes costs."""
    plex, stash = installed.plex, installed.stash
    plex.ask("forget")
    calls = stash.ask("calls")["graphql"]
    installed.sync(ids)
    counts: dict[str, int] = plex.ask("counts")
    reads = sum(number for name, number in counts.items() if name.startswith("GET") and name != PICTURES)
    return Cost(
        counts.get(EDITS, 0),
        counts.get(UPLOADS, 0),
        counts.get(PICTURES, 0),
        reads,
        stash.ask("calls")["graphql"] - calls,
    )


def row(name: str, scenes: int, found: Cost, bound: str) -> tuple[object, ...]:
    """One line of the table."""
    return (name, f"{scenes:,}", found.edits, found.uploads, found.pictures, found.reads, found.calls, bound)


def main() -> int:
    """Print the table; 1 when a bound does not hold."""
    quick = options(__doc__).quick
    log_to_nowhere()
    n = 500 if quick else 2000
    some, there = (1200, 300) if quick else (12_000, 3_000)
    rows, within = [], True
    with library(n) as (installed, ids):
        first = cost(installed, ids)
        reads = 2 * ceil(n / 100) + ceil(n / 1000) + 10
        rows.append(row("first run", n, first, f"{reads} reads, {ceil(n / 100) + 5} calls"))
        within &= (
            (first.edits, first.uploads) == (n, 0) and first.reads <= reads and first.calls <= n / 100 + 5
        )
        second = cost(installed, ids)
        rows.append(row("second run, nothing changed", n, second, f"{ceil(n / 1000) + 5} reads"))
        within &= second.edits == 0 and second.reads <= n / 1000 + 5 and second.calls <= n / 100 + 5
        installed.stash.ask("edit", ids=ids[:1], edition=" once more")
        one = cost(installed, ids[:1])
        rows.append(row("one saved scene, warm", 1, one, "3 in all"))
        within &= one.edits + one.reads <= 3
    with library(n // 10, covers=True) as (installed, ids):
        covers = cost(installed, ids)
        rows.append(row("first run, each with a cover", n // 10, covers, "a look for each picture replaced"))
        within &= covers.uploads == 2 * len(ids) and covers.pictures <= covers.uploads
        installed.stash.ask("covers", ids=ids, edition=2)
        again = cost(installed, ids)
        rows.append(row("another cover for each", n // 10, again, "no look any more"))
        within &= again.uploads == 2 * len(ids) and again.pictures == 0
    with library(some, in_plex=there) as (installed, ids):
        missing = cost(installed, ids)
        most = 2 * ceil(there / 100) + ceil(there / 1000) + 10
        rows.append(
            row(
                f"first run, {there:,} of them in Plex",
                some,
                missing,
                f"{most} reads, {ceil(some / 100) + 5} calls",
            )
        )
        within &= missing.edits == there and missing.reads <= most + 20 and missing.calls <= some / 100 + 5
    table(
        ("", "scenes", "edits", "uploads", "looks at pictures", "other reads", "GraphQL calls", "bound"), rows
    )
    return verdict("Bounds", holds=within)


if __name__ == "__main__":
    sys.exit(main())
