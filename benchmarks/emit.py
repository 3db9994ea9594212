"""What a guarded emit costs: ``python benchmarks/emit.py [rounds]`` prints a Markdown table and exits with 1 beyond the bound.

Each subscriber does nothing, so the figures are the bus's own. Its cost is told as a multiple of calling the same
subscribers directly, measured in the same run and interleaved with it, because a machine's speed changes from minute to
minute; of each pair the best of several rounds counts, since nothing makes code faster than it is.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from events import JobSucceeded, emit, job_succeeded, subscribe

if TYPE_CHECKING:
    from collections.abc import Callable

SUBSCRIBERS = (0, 1, 4, 16)
BOUND_AT, BOUND = 4, 8.0
ROUNDS, CALLS = 15, 20_000
EVENT = JobSucceeded(
    scene_id=7,
    title="A Day at the Lake",
    path="/media/lake.mkv",
    attempt=1,
    drain_id="d1",
    at=1_000.0,
    duration_s=0.125,
)


class Trivial:
    """A subscriber that costs nothing but its call."""

    def on_job_succeeded(self, _sender: object, *, event: JobSucceeded) -> None:
        """Hear it."""


def nanoseconds(action: Callable[[], None]) -> float:
    """For one call, as the mean of many."""
    start = perf_counter()
    for _ in range(CALLS):
        action()
    return (perf_counter() - start) / CALLS * 1e9


def measure(count: int, rounds: int) -> tuple[float, float, float]:
    """Nanoseconds of calling so many subscribers directly, of an emit to them, and of blinker's own ``send``."""
    observers = [Trivial() for _ in range(count)]
    subscriptions = [subscribe(observer) for observer in observers]
    methods = [observer.on_job_succeeded for observer in observers]

    def directly() -> None:
        for method in methods:
            method(None, event=EVENT)

    def by_emit() -> None:
        emit(EVENT)

    def by_send() -> None:
        job_succeeded.send(None, event=EVENT)

    best = [float("inf")] * 3
    for _ in range(rounds):
        best = [min(*pair) for pair in zip(best, map(nanoseconds, (directly, by_emit, by_send)), strict=True)]
    for subscription in subscriptions:
        subscription.close()
    return best[0], best[1], best[2]


def main(arguments: list[str]) -> int:
    """Print the table; 1 when the bound does not hold."""
    rounds = int(arguments[0]) if arguments else ROUNDS
    print(
        "| subscribers | called directly | guarded emit | ratio | blinker's `send` (no guard, no clock) |",
        "|---:|---:|---:|---:|---:|",
        sep="\n",
    )
    within = True
    for count in SUBSCRIBERS:
        direct, emitted, sent = measure(count, rounds)
        ratio = emitted / direct
        shown = f"{ratio:.1f}" if count else ""
        print(
            f"| {count} | {direct:.0f} ns | {emitted:.0f} ns | {shown} | {sent:.0f} ns |".replace(
                "|  |", "| |"
            )
        )
        within &= count != BOUND_AT or ratio <= BOUND
    print(
        f"\nBound: an emit to {BOUND_AT} costs at most {BOUND:.0f} times {BOUND_AT} direct calls: {'holds' if within else 'BROKEN'}."
    )
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
