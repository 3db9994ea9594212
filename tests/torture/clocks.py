"""A clock that is set back an hour, or forward a year: during an outage, before a retry, and while a watcher waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.torture.outcome import Outcome
from tests.torture.trial import Trial, trial
from tests.worker.outage_world import watch

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.torture.library import Library
    from tests.torture.story import Stage

NONE = 1_000_000
"""No scene of the library must be given up."""
HOUR_S, YEAR_S = 3600.0, 365 * 86_400.0
BACK_WITHIN_S = 15.0


def during_an_outage(made: Trial, chance: random.Random, jump_s: float) -> float:
    """Plex is away when the clock jumps."""
    made.plex.refuse()
    made.drain()
    made.later(jump_s)
    return watch(made, broken_s=chance.uniform(10.0, 60.0), mend=made.plex.resume)


def before_a_retry(made: Trial, chance: random.Random, jump_s: float) -> float:
    """Some scenes have failed and are to be tried again when the clock jumps."""
    made.plex.faults.add("status", match=lambda r: r.method == "PUT" and chance.random() < 0.3, status=500)
    made.drain()
    made.plex.faults.clear()
    made.later(jump_s)
    return watch(made, broken_s=0.0, mend=lambda: None)


def while_a_watcher_waits(made: Trial, chance: random.Random, jump_s: float) -> float:
    """A watcher waits for Stash, which was away before the jump and is there after it."""
    made.stash.refuse()

    def mend() -> None:
        made.later(jump_s)
        made.stash.resume()

    return watch(made, broken_s=chance.uniform(10.0, 60.0), mend=mend)


MOMENTS = (during_an_outage, before_a_retry, while_a_watcher_waits)


def jumps(jump_s: float) -> Callable[[Stage, int], Outcome]:
    """One jump, at another moment each turn; afterwards the clock is right again, which is a jump too."""

    def play(stage: Stage, turn: int) -> Outcome:
        chance = stage.chance()
        chance.seed(f"{stage.seed} {jump_s} {turn}")
        moment = MOMENTS[(turn + stage.seed) % len(MOMENTS)]
        with trial(stage.folder / f"clock{jump_s:.0f}-{turn}", chance) as (made, library):
            library.fill(stage.of(full=20, short=8), doomed=NONE, first=1)
            _edited(made, library)
            took = moment(made, chance, jump_s)
            wrong = [text for scene in library.keys if (text := library.wrong(scene))]
            made.later(-jump_s)
            _edited(made, library)
            took = max(took, watch(made, broken_s=0.0, mend=lambda: None))
            wrong += [text for scene in library.keys if (text := library.wrong(scene))]
            problems = [f"all was right {took:.0f} s after it"] if took > BACK_WITHIN_S else []
            problems += [f"{len(made.buried())} scenes were given up"] if made.buried() else []
            return Outcome(2 * len(library.keys), wrong, problems, made.repeated(), took)

    return play


def _edited(made: Trial, library: Library) -> None:
    for scene in library.keys:
        library.edit(scene)
        made.put(scene)


JUMPS = {
    "the clock is set back an hour": jumps(-HOUR_S),
    "the clock is set forward a year": jumps(YEAR_S),
}
