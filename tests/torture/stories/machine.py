"""The disk and the machine: read-only, full, a database that is damaged or of another time, clocks that jump, strangers.

Each fault is provoked in a Stash that runs the plugin's own hooks and tasks, in real processes and on real files; only the
clocks are the story's, and one of the full disks is a limit on the size of files.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.torture.clocks import JUMPS
from tests.torture.disks import CannotProvoke
from tests.torture.houses import GOES_ON_WITHIN_S, HOUSES
from tests.torture.limited_files import limited
from tests.torture.outcome import row_of, timely
from tests.torture.story import Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from tests.torture.outcome import Outcome
    from tests.torture.story import Stage

AT_ONCE = 2
IN_SHORT = 2


def run(stage: Stage) -> Iterator[Row]:
    """Houses side by side, and clocks meanwhile; the limit last, for it holds for whatever this process writes."""
    chance, times = stage.chance(), stage.of(full=3, short=1)
    played = chance.sample(list(HOUSES), IN_SHORT) if stage.short else list(HOUSES)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rounds = {
            name: [
                pool.submit(
                    HOUSES[name], stage.folder / f"{list(HOUSES).index(name)}-{turn}", stage.seed + turn
                )
                for turn in range(times)
            ]
            for name in played
        }
        for fault, play in JUMPS.items():
            yield row_of(fault, [play(stage, turn) for turn in range(stage.of(full=6, short=1))])
        for name, some in rounds.items():
            yield timely(_result(name, some), stage.within(GOES_ON_WITHIN_S))
            stage.say(name)
    yield row_of(
        "the disk is full while committing",
        [limited(stage, turn) for turn in range(stage.of(full=12, short=2))],
    )


def _result(name: str, rounds: list[Future[Outcome]]) -> Row:
    try:
        return row_of(name, [one.result() for one in rounds])
    except CannotProvoke as reason:
        return Row(
            fault=name, provoked=0, jobs_in=0, right=0, facts=(f"not provoked on this machine: {reason}",)
        )
