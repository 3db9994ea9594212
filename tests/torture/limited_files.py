"""A disk that is full while the worker commits: no file grows, and what is there can be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_queue.database import DatabaseUnusable
from tests.support import full_disk
from tests.torture.outcome import Outcome
from tests.torture.trial import trial

if TYPE_CHECKING:
    from tests.torture.story import Stage

NONE = 1_000_000
"""No scene of the library must be given up."""
MOST_ROOM = 90_000


def limited(stage: Stage, turn: int) -> Outcome:
    """A drain that meets it at some commit, which must say so; and one with room, which must go on where that one was."""
    chance = stage.chance()
    chance.seed(f"{stage.seed} full {turn}")
    with trial(stage.folder / f"limited{turn}", chance) as (made, library):
        library.fill(30, doomed=NONE, first=1)
        for scene in library.keys:
            library.edit(scene)
            made.stash.store.scenes[scene].values["details"] = f"{'x' * 4000} {scene}"
            made.put(scene)
        said = ""
        with full_disk(made.folder, chance.randrange(MOST_ROOM)):
            try:
                made.drain()
            except DatabaseUnusable as error:
                said = str(error)
        problems = [] if "full" in said and "what was committed is safe" in said else [f"it said {said!r}"]
        made.drain()
        left = made.queue.count()
        problems += [f"{left.in_flight} jobs were left in flight"] if left.in_flight else []
        damage = made.db.execute("PRAGMA integrity_check").fetchone()[0]
        problems += [] if damage == "ok" else [damage]
        wrong = [text for scene in library.keys if (text := library.wrong(scene))]
        return Outcome(len(library.keys), wrong, problems, made.repeated())
