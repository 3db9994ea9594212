"""What only the owner can mend: a token that is refused or not the owner's, a library that was renamed or has vanished.

The drain stops with one line that names the remedy, however often and long it is tried; every job stays, no try is
spent, and the next start after the remedy goes on. Hours of it pass on the story's clock; beside them each fault is
provoked once in a Stash that runs the plugin's own hooks and tasks.
"""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from simulators.planted import OWNER_TOKEN
from tests.app.installed import RUN
from tests.torture.house import House, house
from tests.torture.library import Library
from tests.torture.outcome import Outcome, row_of, timely
from tests.torture.real_outages import seconds_until_right, told
from tests.torture.trial import Trial, trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.torture.story import Row, Stage

NEW_TOKEN = f"{OWNER_TOKEN}-anew"
LIBRARIES_KEPT_S = 601.0
"""So long the list of libraries is not asked for again while all goes well."""
GOES_ON_WITHIN_S = 15.0
PATIENCE_S = 120.0
TRIES = 20
HOURS_S = 6 * 3600.0
SAID_AGAIN_S = 3600.0
"""What lasts is said again after an hour."""
NONE = 1_000_000
"""No scene of the library must be given up."""


@dataclass(frozen=True)
class Fault:
    """How it comes and goes, in a trial as in a house; and what the line that tells of it must say."""

    strike: Callable[[Trial | House, Library], None]
    mend: Callable[[Trial | House, Library], None]
    remedy: tuple[str, ...]


def revoke(made: Trial | House, library: Library) -> None:
    """The token that was entered is good no more, for its owner has another one now."""
    made.plex.token = NEW_TOKEN


def demote(made: Trial | House, library: Library) -> None:
    """The token that was entered may look from now on, and not edit."""
    made.plex.guest_token, made.plex.token = OWNER_TOKEN, NEW_TOKEN


def enter_token(made: Trial | House, library: Library) -> None:
    """The owner's own, as it is now."""
    if isinstance(made, House):
        made.settings(plex_token=made.plex.token, plex_library="Scenes")
    else:
        made.token = made.plex.token


def named(before: str, after: str) -> Callable[[Trial | House, Library], None]:
    """Somebody gives the library another name in Plex."""

    def rename(made: Trial | House, library: Library) -> None:
        (section,) = [one for one in made.plex.library.sections.values() if one.title == before]
        section.title = after
        if isinstance(made, Trial):
            made.later(LIBRARIES_KEPT_S)

    return rename


def vanish(made: Trial | House, library: Library) -> None:
    """The library is deleted in Plex, with all its items."""
    made.plex.remove_section(made.section)
    made.plex.add_section("Holidays", locations=("/holidays",))


def come_back(made: Trial | House, library: Library) -> None:
    """It is made anew, and Plex scans the same files: they are other items now."""
    made.section = made.plex.add_section("Scenes", locations=("/media",)).id
    for scene in library.keys:
        path = made.stash.store.scenes[scene].files[0].path
        library.keys[scene] = made.plex.add_item(made.section, path, size=1000, duration_ms=60_000)


FAULTS = {
    "the token is refused": Fault(revoke, enter_token, ("Check Plex authentication token",)),
    "the token may look and not edit": Fault(
        demote, enter_token, ("only the owner's token may edit", "Check Plex authentication token")
    ),
    "the library was renamed": Fault(
        named("Scenes", "Films"), named("Films", "Scenes"), ("'Scenes'", "'Films'", "Correct plex_library")
    ),
    "the library has vanished": Fault(
        vanish, come_back, ("'Scenes'", "Correct plex_library, or make the library in Plex")
    ),
}

SOON_NOTICED = [name for name in FAULTS if name != "the library was renamed"]
"""A library that has another name and all its items serves on for ten minutes; then its name is looked at."""


def run(stage: Stage) -> Iterator[Row]:
    """The houses wait side by side; meanwhile the hours go by."""
    chance = stage.chance()
    real = [chance.choice(SOON_NOTICED)] if stage.short else SOON_NOTICED
    with ThreadPoolExecutor(2) as pool:
        waiting = {name: pool.submit(_real, stage.folder / f"house-{name}", FAULTS[name]) for name in real}
        for number, (name, fault) in enumerate(FAULTS.items()):
            outcomes = [
                _on_a_clock(stage, f"{number}-{turn}", fault) for turn in range(stage.of(full=6, short=1))
            ]
            outcomes += [waiting[name].result()] if name in waiting else []
            stage.say(name)
            yield timely(row_of(name, outcomes), stage.within(GOES_ON_WITHIN_S))


def _on_a_clock(stage: Stage, name: str, fault: Fault) -> Outcome:
    """Hours of it, with a drain again and again, as each save starts one."""
    chance = stage.chance()
    chance.seed(f"{stage.seed} {name}")
    with trial(stage.folder / name, chance, libraries=("Scenes",)) as (made, library):
        library.fill(stage.of(full=30, short=8), doomed=NONE, first=1)
        for scene in chance.sample(sorted(library.keys), len(library.keys) // 2):
            made.put(scene)
        made.drain()
        made.fresh()
        fault.strike(made, library)
        began, said_at = made.clock(), []
        for number in range(TRIES):
            for scene in library.keys if number == 0 else chance.sample(sorted(library.keys), 2):
                library.edit(scene)
                made.put(scene)
            before = len(made.lines())
            ended = made.drain().reason
            said_at += [made.clock()] * (len(made.lines()) - before)
            made.later(chance.uniform(0.0, 2 * HOURS_S / TRIES))
        problems = list(_problems(made, library, fault, said_at))
        problems += [f"the drain ended with {ended!r}"] if ended != "refused" else []
        fault.mend(made, library)
        made.drain()
        wrong = [text for scene in library.keys if (text := library.wrong(scene))]
        problems += _said_that_it_is_over(made, made.clock() - began)
        return Outcome(len(library.keys), wrong, problems, made.repeated())


def _problems(made: Trial, library: Library, fault: Fault, said_at: list[float]) -> Iterator[str]:
    pending = made.queue.count().pending
    if pending != len(library.keys):
        yield f"{pending} of {len(library.keys)} jobs stayed"
    if made.tries_spent() or made.buried():
        yield f"{made.tries_spent()} tries were spent, and {len(made.buried())} scenes were given up"
    if any(write.applied for write in made.plex.writes()):
        yield "something was written"
    lines = made.lines()
    if any(part not in line for line in lines for part in fault.remedy) or not lines:
        yield f"the line does not name the remedy: {lines[:1]}"
    pauses = [after - before for before, after in itertools.pairwise(said_at)]
    if any(pause < SAID_AGAIN_S for pause in pauses):
        yield f"it was said {len(said_at)} times, {min(pauses):.0f} s apart"


def _said_that_it_is_over(made: Trial, lasted_s: float) -> list[str]:
    last = made.lines()[-1]
    right = f"Syncing goes on, after {lasted_s:.0f} s in which it was stopped"
    return [] if last == right else [f"the last line is {last!r} and not {right!r}"]


def _real(folder: Path, fault: Fault) -> Outcome:
    """In a Stash that runs the plugin: saves, each with its hook; the owner's remedy; and one start of a task."""
    with house(folder, plugin=True, plex_library="Scenes") as made:
        library = Library(made, Random(1))  # noqa: S311 -- repeatable on purpose
        library.fill(4, doomed=NONE, first=1)
        scenes = sorted(library.keys)
        for scene in scenes[:2]:
            made.save(scene)
        seconds_until_right(library, scenes[:2])
        fault.strike(made, library)
        for scene in scenes:
            library.edit(scene)
            made.save(scene)
        _wait_for(lambda: any(_names(line, fault) for line in told(made)))
        kept = made.open_jobs()
        problems = [] if kept == len(scenes) else [f"{kept} of {len(scenes)} jobs stayed"]
        said = sum(_names(line, fault) for line in told(made))
        problems += [] if said == 1 else [f"it was said {said} times"]
        fault.mend(made, library)
        made.stash.graphql(RUN, {"t": "Sync Queued Scenes", "a": {}})
        took = seconds_until_right(library, scenes)
        wrong = [text for scene in scenes if (text := library.wrong(scene))]
        return Outcome(len(scenes), wrong, problems, took_s=took)


def _names(line: str, fault: Fault) -> bool:
    return all(part in line for part in fault.remedy)


def _wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
