"""Plex away, or there and of no use, for minutes and hours: no scene pays for it, two lines tell of it, and the work goes on soon.

Each outage strikes everything that Plex is asked, or one kind of request alone: a server whose database is locked answers
every probe. Scenes that were in step before and scenes that Plex has never shown are edited, then Plex is broken, and mended
while a watcher waits for it. Those minutes pass on the story's clock; ``real_outages`` has the ones in real time.
"""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from events import PlexDown, PlexUp
from tests.support import PATIENCE_S
from tests.torture.outcome import timely
from tests.torture.plex_oddities import another_server, by_chance, one_broken_item
from tests.torture.real_outages import REAL
from tests.torture.story import Row
from tests.torture.trial import Trial, trial
from tests.worker.outage_world import watch

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

    from tests.torture.library import Library
    from tests.torture.story import Stage

    Strike = Callable[[Trial], object]

EDITS, ITEMS, LISTING = "^PUT", "GET /library/metadata", r"GET /library/sections/\d+/all"
BACK_WITHIN_S = 15.0
SHORTEST_S, A_MINUTE_S, MINUTES_S, HOURS_S = 20.0, 60.0, 400.0, 2 * 3600.0
FIRST_LOOKS, PAUSE_S = 6, 10.0
"""The pauses between two looks grow from a second to ten: so many looks come in the first half minute."""
LISTED_S = 60.0
"""After so long an item that is new in Plex is looked for."""
NONE = 1_000_000
"""No scene of the library must be given up."""
PATIENT_S, HANGS_S = 0.1, 0.15
"""What hangs is waited for for a shorter time than usual, so that the story takes no minutes."""


def faulty(kind: str, match: str | None = None, status: int = 500) -> Strike:
    """Trouble for the requests that match."""
    return lambda made: made.plex.faults.add(kind, match=match, status=status)  # type: ignore[arg-type] # one of its kinds


def all_hangs(made: Trial) -> None:
    """No answer at all."""
    made.timeout = (PATIENCE_S, PATIENT_S)
    made.plex.faults.add("hang", seconds=HANGS_S)


def edits_hang(made: Trial) -> None:
    """No answer to edits, and all others as ever."""
    made.edits_s = PATIENT_S
    made.plex.faults.add("hang", match=EDITS, seconds=HANGS_S)


@dataclass(frozen=True)
class Kind:
    """What is struck, in turn; and how long the first outage lasts and the longest of the others, in seconds."""

    strikes: tuple[Strike, ...]
    first_s: float = MINUTES_S
    longest_s: float = MINUTES_S


OUTAGES: dict[str, Kind] = {
    "connections are refused": Kind((lambda made: made.plex.refuse(),), first_s=HOURS_S),
    "Plex takes requests and never answers": Kind((all_hangs, edits_hang), A_MINUTE_S, A_MINUTE_S),
    "connections break in the middle of an answer": Kind(
        (faulty("torn"), faulty("torn", EDITS), faulty("reset"), faulty("lost", EDITS))
    ),
    "503: maintenance": Kind((faulty("maintenance"), faulty("status", EDITS, 503)), first_s=HOURS_S),
    "500 to every edit: the database is locked": Kind(
        (
            faulty("status", EDITS),
            faulty("late_status", EDITS),
            faulty("status", ITEMS),
            faulty("status", LISTING),
        )
    ),
    "a page of HTML with 200": Kind((faulty("html"), faulty("html", ITEMS), faulty("html", LISTING))),
    "cut XML": Kind((faulty("cut"), faulty("cut", ITEMS), faulty("cut", LISTING))),
    "empty answers with 200": Kind((faulty("empty"), faulty("empty", ITEMS), faulty("empty", LISTING))),
}


@dataclass
class Tally:
    """What a fault's outages have come to."""

    outages: int = 0
    jobs: int = 0
    wrong: list[str] = field(default_factory=list)
    repeated: int = 0
    slowest_s: float = 0.0
    problems: list[str] = field(default_factory=list)

    def row(self, fault: str) -> Row:
        """As a line of the table."""
        return Row(
            fault=fault,
            provoked=self.outages,
            jobs_in=self.jobs,
            right=self.jobs - len(self.wrong),
            duplicates=self.repeated,
            recover_s=self.slowest_s,
            problems=(*self.wrong[:3], *self.problems[:5]),
        )


def run(stage: Stage) -> Iterator[Row]:
    """The real outages wait for minutes; meanwhile the others are gone through."""
    with ThreadPoolExecutor(len(REAL)) as pool:
        real = [
            pool.submit(play, stage.folder / f"real{number}", short=stage.short)
            for number, play in enumerate(REAL)
        ]
        for number, (fault, kind) in enumerate(OUTAGES.items()):
            with trial(stage.folder / f"{number}", stage.chance()) as made:
                yield _struck(*made, stage, kind).row(fault)
            stage.say(fault)
        yield one_broken_item(stage)
        yield by_chance(stage)
        yield another_server(stage)
        stage.say("waiting for what takes its time")
        for one in real:
            yield timely(one.result(), stage.within(BACK_WITHIN_S))


def _struck(made: Trial, library: Library, stage: Stage, kind: Kind) -> Tally:
    """One outage after the other in the same installation, each meeting old scenes and new ones."""
    tally, chance = Tally(), stage.chance()
    library.fill(stage.of(full=20, short=6), doomed=NONE, first=1)
    for scene in library.keys:
        made.put(scene)
    made.drain()
    begin = chance.randrange(len(kind.strikes)) if stage.short else 0
    for turn in range(stage.of(full=6, short=1)):
        longest_s = A_MINUTE_S if stage.short else kind.longest_s
        broken_s = kind.first_s if not (turn or stage.short) else chance.uniform(SHORTEST_S, longest_s)
        _one_outage(made, library, chance, kind.strikes[(begin + turn) % len(kind.strikes)], tally, broken_s)
    return tally


def _one_outage(
    made: Trial, library: Library, chance: random.Random, strike: Strike, tally: Tally, broken_s: float
) -> None:
    """Edit, break, wait, mend, and look what became of it."""
    library.fill(2, doomed=NONE, first=len(library.keys) + 1)
    made.later(LISTED_S)
    scenes = sorted(
        {*sorted(library.keys)[-2:], *chance.sample(sorted(library.keys), len(library.keys) // 2)}
    )
    for scene in scenes:
        library.edit(scene)
        made.put(scene)
    made.fresh()
    strike(made)
    began = made.clock()
    # Where only the answers to edits are lost, the edits themselves arrive, and the work may be done before the end.
    took = watch(made, broken_s=broken_s, mend=lambda: _mend(made), in_spite=True)
    _mend(made)
    tally.outages += 1
    tally.jobs += len(scenes)
    tally.wrong += [text for scene in scenes if (text := library.wrong(scene))]
    tally.repeated += made.repeated()
    tally.slowest_s = max(tally.slowest_s, took)
    tally.problems += _problems(made, took, [at - began for at in made.looked_at if at - began < broken_s])


def _mend(made: Trial) -> None:
    made.timeout, made.edits_s = (PATIENCE_S, PATIENCE_S), PATIENCE_S
    made.plex.faults.clear()
    made.plex.resume()


def _problems(made: Trial, took: float, looks: list[float]) -> Iterator[str]:
    """Whatever else had to hold; ``looks`` are the seconds after which Plex was looked for in vain."""
    if took > BACK_WITHIN_S:
        yield f"the work was done {took:.0f} s after the end of the outage"
    if made.tries_spent():
        yield f"{made.tries_spent()} tries were spent on an outage of Plex's own"
    if made.buried():
        yield f"{len(made.buried())} scenes were given up"
    told = made.lines()
    if [line.partition(" is ")[2][:4] for line in told] != ["away", "back"]:
        yield f"instead of one line when it went and one when it came back: {told}"
    news = [type(event) for event in made.heard if isinstance(event, (PlexDown, PlexUp))]
    if news != [PlexDown, PlexUp]:
        yield f"the events were {news}"
    pauses = [after - before for before, after in itertools.pairwise(looks)]
    if any(pause < PAUSE_S for pause in pauses[FIRST_LOOKS:]):
        yield f"Plex was looked for too often, with pauses of {pauses} s"
    # One that hung was given up before its end.
    probes = [one for one in made.plex.seen() if one.path == "/library/sections" and one.fault != "hang"]
    if any(first.at + first.duration_s > second.at for first, second in itertools.pairwise(probes)):
        yield "Plex was probed by two at once"
