"""Plex there and not right: one item that it cannot edit or read, an answer in ten that is an error, another server in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.torture.story import Row
from tests.torture.trial import trial
from tests.worker.outage_world import watch

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from simulators.plex import Request
    from tests.torture.library import Library
    from tests.torture.story import Stage
    from tests.torture.trial import Trial

    Matcher = Callable[[Request], bool]

NONE = 1_000_000
"""No scene of the library must be given up."""
ONE_IN_TEN = 0.1
BACK_WITHIN_S = 15.0
SHORTEST_S, LONGEST_S = 20.0, 50.0


def edit_of(key: int) -> Matcher:
    """An edit of this item."""
    return lambda request: request.method == "PUT" and request.get("id") == str(key)


def read_of(key: int) -> Matcher:
    """A read of this item, alone or among others."""
    start = "/library/metadata/"
    return lambda request: (
        request.path.startswith(start) and str(key) in request.path.removeprefix(start).split(",")
    )


def one_broken_item(stage: Stage) -> Row:
    """Plex answers 500 to one item for ever. It alone is given up, and arrives when it was mended and saved again."""
    made: Trial
    rounds, scenes = stage.of(full=6, short=2), stage.of(full=40, short=12)
    wrong, problems, repeated, chance = [], [], 0, stage.chance()
    for turn in range(rounds):
        with trial(stage.folder / f"item{turn}", chance) as (made, library):
            _filled(made, library, chance, scenes)
            bad = chance.choice(sorted(library.keys))
            struck = (edit_of, read_of)[turn % 2](library.keys[bad])
            made.plex.faults.add("status", match=struck)
            watch(made, broken_s=0.0, mend=lambda: None)
            others = [scene for scene in library.keys if scene != bad]
            wrong += [text for scene in others if (text := library.wrong(scene))]
            if made.buried() != {bad}:
                wrong.append(f"{len(made.buried())} scenes were given up and not the one alone")
            if any("Plex is away" in line for line in made.lines()):
                problems.append("Plex was said to be away for one item")
            repeated += made.repeated()
            made.plex.faults.clear()
            library.edit(bad)
            made.put(bad)
            watch(made, broken_s=0.0, mend=lambda: None)
            problems += [text for text in [library.wrong(bad)] if text]
            problems += [f"{len(made.buried())} dead letters are left"] if made.buried() else []
    return Row(
        fault="500 on one item for ever",
        provoked=rounds,
        jobs_in=rounds * scenes,
        right=rounds * scenes - len(wrong),
        duplicates=repeated,
        problems=(*wrong[:3], *problems[:3]),
        facts=(
            "the broken item alone becomes a dead letter, and arrives with the first save after its mending",
        ),
    )


def by_chance(stage: Stage) -> Row:
    """One request in ten is answered with 500: nothing is given up, though many scenes are tried again."""
    rounds, scenes = stage.of(full=4, short=1), stage.of(full=150, short=40)
    wrong, repeated, hits, chance = [], 0, 0, stage.chance()
    for turn in range(rounds):
        with trial(stage.folder / f"chance{turn}", chance) as (made, library):
            _filled(made, library, chance, scenes)
            edits_alone = turn % 2 == 0

            def struck(request: Request, edits_alone: bool = edits_alone) -> bool:
                return (request.method == "PUT" or not edits_alone) and chance.random() < ONE_IN_TEN

            fault = made.plex.faults.add("status", match=struck)
            watch(made, broken_s=0.0, mend=lambda: None)
            made.plex.faults.clear()
            hits += fault.hits
            wrong += [text for scene in library.keys if (text := library.wrong(scene))]
            wrong += [f"scene {scene} was given up" for scene in made.buried()]
            repeated += made.repeated()
    return Row(
        fault="500 to one request in ten",
        provoked=hits,
        jobs_in=rounds * scenes,
        right=rounds * scenes - len(wrong),
        duplicates=repeated,
        problems=tuple(wrong[:3]),
    )


def another_server(stage: Stage) -> Row:
    """Behind Plex's address another server answers for a while: nothing is written to it."""
    rounds, scenes = stage.of(full=6, short=1), stage.of(full=30, short=10)
    wrong, problems, slowest_s, chance = [], [], 0.0, stage.chance()
    for turn in range(rounds):
        with trial(stage.folder / f"server{turn}", chance) as (made, library):
            options = made.plex.options
            rightful = options.machine_identifier
            _filled(made, library, chance, scenes)
            made.plex.refuse()
            made.drain()
            made.plex.resume()
            options.machine_identifier = "another-machine"
            told: list[str] = []

            def mend(made: Trial = made, told: list[str] = told, rightful: str = rightful) -> None:
                told += made.lines() if not made.plex.writes() else ["it was written to"]
                made.plex.options.machine_identifier = rightful

            took = watch(made, broken_s=chance.uniform(SHORTEST_S, LONGEST_S), mend=mend)
            slowest_s = max(took, slowest_s)
            wrong += [text for scene in library.keys if (text := library.wrong(scene))]
            problems += [f"told: {told}"] if sum("another-machine" in line for line in told) != 1 else []
            problems += [f"back after {took:.0f} s"] if took > BACK_WITHIN_S else []
            problems += [f"{made.tries_spent()} tries were spent"] if made.tries_spent() else []
    return Row(
        fault="another server behind Plex's address",
        provoked=rounds,
        jobs_in=rounds * scenes,
        right=rounds * scenes - len(wrong),
        recover_s=slowest_s,
        problems=(*wrong[:3], *problems[:3]),
    )


def _filled(made: Trial, library: Library, chance: random.Random, scenes: int) -> None:
    """Scenes of which half were in step before, and all of which somebody has edited since."""
    library.fill(scenes, doomed=NONE, first=1)
    for scene in chance.sample(sorted(library.keys), scenes // 2):
        made.put(scene)
    made.drain()
    for scene in library.keys:
        library.edit(scene)
        made.put(scene)
    made.fresh()
