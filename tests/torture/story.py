"""The frame of the fault suite (``make torture``): what a story is given, and the rows of the table that it returns.

How a story is added: make a module in ``tests/torture/stories/``; nothing else has to be changed. It has a docstring
whose first line says what is broken, and one function::

    def run(stage: Stage) -> Iterator[Row]:
        rounds = stage.of(full=200, short=20)
        chance = stage.chance()
        with house(stage.folder) as house: ...
        yield Row(fault="killed at a random moment", provoked=rounds, jobs_in=3000, right=3000, duplicates=0)

A row is one fault: how often it was provoked, how many jobs were in, how many came out right (what is *right* the story
says: the Plex item shows what Stash has, or the scene stands among the dead letters where it belongs there), and how
many writes Plex got twice. Whatever else must hold goes into ``problems``, one sentence for each thing that did not;
figures that a reader wants beside the table go into ``facts``. ``make torture`` runs ``stage.of``'s full counts and
prints one table; ``make test`` runs every story in its short form (at most about 15 seconds each) and asks that each
row be ``ok``. Outages of minutes and hours run on a clock that the story moves; the seconds-long ones in real time.

    python -m tests.torture --only kills --short --seed 7

runs one story. ``--write`` puts the table into docs/reliability.md.
"""

from __future__ import annotations

import importlib
import pkgutil
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PACKAGE = "tests.torture.stories"
FOLDER = Path(__file__).parent / "stories"
PAUSES_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. ``recover_s`` is the longest time from the end of the fault until all was right, in seconds."""

    fault: str
    provoked: int
    jobs_in: int
    right: int
    duplicates: int = 0
    recover_s: float | None = None
    problems: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()

    @property
    def lost(self) -> int:
        """Jobs that did not come to what they should have come to."""
        return self.jobs_in - self.right

    @property
    def ok(self) -> bool:
        """Nothing is lost, and everything else held."""
        return not self.lost and not self.problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a story is given: an empty folder of its own, how much to do, and chance that can be repeated."""

    folder: Path
    short: bool
    seed: int

    def of(self, *, full: int, short: int) -> int:
        """How many, in this form."""
        return short if self.short else full

    def chance(self) -> random.Random:
        """Random numbers of this run's seed."""
        return random.Random(self.seed)  # noqa: S311 -- repeatable on purpose

    def within(self, seconds: float) -> float:
        """How long something may take. The short form runs beside other tests, on a machine that stops whom it likes."""
        return seconds + PAUSES_S if self.short else seconds

    def say(self, text: str) -> None:
        """Tell whoever waits how far it is."""
        sys.stderr.write(f"  {text}\n")
        sys.stderr.flush()


class Story(Protocol):
    """The ``run`` of a module in ``stories``."""

    def __call__(self, stage: Stage) -> Iterable[Row]: ...


def stories() -> dict[str, Story]:
    """Every story by the name of its module, in the order of the names."""
    names = sorted(module.name for module in pkgutil.iter_modules([str(FOLDER)]))
    return {name: importlib.import_module(f"{PACKAGE}.{name}").run for name in names}


def told(name: str, story: Story, stage: Stage) -> Iterator[Row]:
    """The story's rows; what it raises becomes a row with the problem, so that the others are told all the same."""
    try:
        yield from story(stage)
    except Exception as error:  # noqa: BLE001 -- see above
        yield Row(
            fault=name, provoked=0, jobs_in=0, right=0, problems=(f"the story broke: {_traced(error)}",)
        )


def _traced(error: BaseException) -> str:
    import traceback  # noqa: PLC0415 -- only then

    return "".join(traceback.format_exception(error)).rstrip()
