"""Stash away, slow or odd in the middle of the work, scenes that change between hook and drain, and covers that are none.

Each fault is a function that gets a round: scenes of which half were in step before, all edited and queued since.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from events import JobSkipped
from simulators.stash import jpeg
from tests.torture.outcome import Outcome, row_of
from tests.torture.trial import Trial, trial
from tests.worker.outage_world import too_much_for_stash, watch

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

    from simulators.plex import Request
    from tests.torture.library import Library
    from tests.torture.story import Row, Stage

    Fault = Callable[["Round"], None]

NONE = 1_000_000
"""No scene of the library must be given up."""
BACK_WITHIN_S = 15.0
RETRY_S = 601.0
HOUR_S = 3600.0
PLEX_LIST_S = 60.0
"""After so long an item that is new in Plex is looked for."""
MANY = 40
COVERS = "GET /scene"


@dataclass
class Round:
    """One time that a fault is provoked. ``gone`` are scenes of which Plex must keep what it shows, by their title there."""

    made: Trial
    library: Library
    chance: random.Random
    problems: list[str] = field(default_factory=list)
    gone: dict[int, str] = field(default_factory=dict)
    doomed: set[int] = field(default_factory=set)
    took_s: float | None = None

    @property
    def scenes(self) -> list[int]:
        """All of the library."""
        return sorted(self.library.keys)

    def some(self, number: int = 3) -> list[int]:
        """A few of them by chance."""
        return self.chance.sample(self.scenes, number)

    def drains(self, expected: str = "empty") -> None:
        """Drain, which must end so."""
        ended = self.made.drain().reason
        if ended != expected:
            self.problems.append(f"the drain ended with {ended!r} and not {expected!r}")

    def watched(self, broken_s: float, mend: Callable[[], object], **how: Callable[[], object]) -> None:
        """Let a watcher wait for the end of it."""
        self.took_s = watch(self.made, broken_s=broken_s, mend=mend, **how)  # type: ignore[arg-type] # on_idle alone
        if self.took_s > BACK_WITHIN_S:
            self.problems.append(f"the work was done {self.took_s:.0f} s after the end of it")

    def until_settled(self) -> None:
        """Drain as often as tries are allowed, with the longest pause in between."""
        for _ in range(6):
            self.made.drain()
            self.made.later(RETRY_S)

    def at_some_edit(self, action: Callable[[], object]) -> None:
        """Plex is asked for edits; at one of them something happens elsewhere."""
        left = self.chance.randint(2, len(self.scenes) // 3)

        def matches(request: Request) -> bool:
            nonlocal left
            if request.method == "PUT":
                left -= 1
                if left == 0:
                    action()
            return False

        self.made.plex.faults.add("status", match=matches)

    def no_tries(self) -> None:
        """It is nobody's fault."""
        if self.made.tries_spent():
            self.problems.append(f"{self.made.tries_spent()} tries were spent")

    def wrong(self) -> list[str]:
        """What is not as it should be, a sentence for a scene."""
        return [text for scene in self.scenes if (text := self._wrong(scene))]

    def _wrong(self, scene: int) -> str:
        if scene in self.doomed:
            return "" if scene in self.made.buried() else f"scene {scene} is not among the dead letters"
        if scene in self.made.buried():
            return f"scene {scene} was given up"
        if self.made.queue.describe(scene):
            return f"scene {scene} is still queued"
        if scene not in self.gone:
            return self.library.wrong(scene)
        shown = self.made.plex.item(self.library.keys[scene]).title
        return "" if shown == self.gone[scene] else f"of scene {scene}, which is gone, Plex shows {shown!r}"


# --- Stash itself ---


def restarts(it: Round) -> None:
    it.at_some_edit(it.made.stash.restart)
    if it.made.drain().reason == "stash_away":  # it was asked in the very moment in which nobody listened
        it.watched(0.0, lambda: None)
    it.no_tries()


def goes_away(it: Round) -> None:
    it.at_some_edit(it.made.stash.refuse)
    it.drains("stash_away")
    it.watched(it.chance.uniform(20.0, 600.0), it.made.stash.resume)
    it.no_tries()
    told = it.made.lines()
    if len(told) != 2 or "does not answer" not in told[0] or "answers again" not in told[1]:
        it.problems.append(f"told: {told}")


def cookie_expires(it: Round) -> None:
    it.made.later(HOUR_S + it.chance.uniform(1.0, 10 * HOUR_S))
    for _ in range(3):
        it.drains("refused")
        it.made.later(10.0)
    if it.made.queue.count().pending != len(it.scenes) or len(it.made.lines()) != 1:
        it.problems.append(f"{it.made.queue.count().pending} jobs stayed; told: {it.made.lines()}")
    it.no_tries()
    it.made.connect_stash()
    it.drains()


def cookie_is_kept(it: Round) -> None:
    it.made.stash.session_age_s = HOUR_S / 6
    it.made.plex.refuse()
    client = it.made.stash_client
    it.watched(HOUR_S / 2, it.made.plex.resume, on_idle=lambda: client.keep_alive(HOUR_S / 24))
    it.no_tries()


def is_slow(it: Round) -> None:
    too_much_for_stash(it.made)
    it.drains()
    it.no_tries()


def answers_garbage(it: Round) -> None:
    kind = it.chance.choice(["html", "empty", "cut", "reset", "status"])
    match = it.chance.choice([r"findScenes\(ids", "POST /graphql"])
    it.made.stash.faults.add(kind, match=match, status=502)  # type: ignore[arg-type] # its kinds
    it.watched(it.chance.uniform(20.0, HOUR_S / 2), it.made.stash.faults.clear)
    it.no_tries()


# --- scenes ---


def one_id_fails(it: Round) -> None:
    (odd,) = it.doomed = set(it.some(1))
    file = it.made.stash.store.scenes[odd].files[0]
    file.duration = "odd"  # type: ignore[assignment] # a broken row in Stash's database
    it.until_settled()
    it.problems += it.wrong()
    file.duration, it.doomed = 60.0, set()
    it.library.edit(odd)
    it.made.put(odd)
    it.until_settled()


def deleted(it: Round) -> None:
    for scene in it.some():
        it.gone[scene] = it.made.plex.item(it.library.keys[scene]).title
        del it.made.stash.store.scenes[scene]
    it.drains()
    _skipped(it)


def without_files(it: Round) -> None:
    for scene in it.some():
        it.gone[scene] = it.made.plex.item(it.library.keys[scene]).title
        it.made.stash.store.scenes[scene].files.clear()
    it.drains()
    _skipped(it)


def _skipped(it: Round) -> None:
    it.no_tries()
    skipped = {event.scene_id for event in it.made.heard if isinstance(event, JobSkipped)}
    if skipped != it.gone.keys():
        it.problems.append(f"skipped were {sorted(skipped)} and not {sorted(it.gone)}")


def two_files(it: Round) -> None:
    for number, scene in enumerate(it.some()):
        it.made.stash.store.add_file(scene, f"/elsewhere/{scene}.mp4", size=5, duration=60.0)
        if number % 2 == 0:
            it.made.stash.store.scenes[scene].files.reverse()
    it.drains()
    it.no_tries()


def moved(it: Round) -> None:
    for scene in it.some():
        file = it.made.stash.store.scenes[scene].files[0]
        file.path = f"/media/moved/{scene}/{file.basename}"
        it.made.plex.move_item(it.library.keys[scene], file.path)
    it.made.later(PLEX_LIST_S)
    it.drains()


def moved_and_not_seen(it: Round) -> None:
    for scene in it.some():
        file = it.made.stash.store.scenes[scene].files[0]
        file.path = f"/media/moved/{scene}/{file.basename}"
    it.drains()


# --- covers ---


def cover_is(data: bytes) -> Fault:
    """Plex cannot take it: it is left out, and the rest arrives."""

    def play(it: Round) -> None:
        bare = [scene for scene in it.scenes if it.made.stash.store.scenes[scene].cover is None]
        for scene in it.chance.sample(bare, 3):
            it.made.stash.store.scenes[scene].cover = data
            it.library.no_cover.add(scene)
        it.until_settled()

    return play


def cover_comes_later(*kinds: str) -> Fault:
    """Stash gives something else for a while, and then the cover."""

    def play(it: Round) -> None:
        for scene in it.some():
            it.made.stash.store.scenes[scene].cover = jpeg(f"a cover of {it.chance.random()}")
        it.made.stash.faults.add(it.chance.choice(kinds), match=COVERS, status=500)  # type: ignore[arg-type] # its kinds
        it.made.drain()
        it.made.stash.faults.clear()
        it.made.later(RETRY_S)
        it.until_settled()

    return play


FAULTS: dict[str, Fault] = {
    "Stash restarts in the middle of a drain": restarts,
    "Stash is away for minutes": goes_away,
    "the cookie has expired": cookie_expires,
    "Plex is away for longer than a cookie lives": cookie_is_kept,
    "Stash takes too long for a batch": is_slow,
    "Stash answers garbage": answers_garbage,
    "Stash fails on one scene of a batch": one_id_fails,
    "scenes are deleted between hook and drain": deleted,
    "scenes have no file": without_files,
    "scenes have two files": two_files,
    "files have moved": moved,
    "files have moved, and Plex has not seen it": moved_and_not_seen,
    "a cover is missing for a while": cover_comes_later("status", "empty", "reset"),
    "a cover is truncated on its way": cover_comes_later("cut"),
    "a page of HTML comes for a cover": cover_comes_later("html"),
    "a cover is HTML": cover_is(b"<!DOCTYPE html><html><body>no picture</body></html>"),
    "a cover is an SVG": cover_is(b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "a cover has 30 MB": cover_is(jpeg("x", 30_000_000)),
}

IN_THE_MIDDLE = (restarts, goes_away, is_slow)
"""They need a drain that asks Stash for more than a few scenes."""


def run(stage: Stage) -> Iterator[Row]:
    """One fault after the other, each several times in an installation of its own."""
    for number, (name, fault) in enumerate(FAULTS.items()):
        turns = stage.of(full=6, short=1)
        yield row_of(name, [_round(stage, f"{number}-{turn}", fault) for turn in range(turns)])
        if number % 6 == 5:
            stage.say(f"{number + 1} of {len(FAULTS)}")


def _round(stage: Stage, name: str, fault: Fault) -> Outcome:
    chance = stage.chance()
    chance.seed(f"{stage.seed} {name}")
    with trial(stage.folder / name, chance, login="cookie" in fault.__name__) as (made, library):
        library.fill(MANY if fault in IN_THE_MIDDLE else stage.of(full=MANY, short=8), doomed=NONE, first=1)
        for scene in chance.sample(sorted(library.keys), len(library.keys) // 2):
            made.put(scene)
        made.drain()
        for scene in library.keys:
            library.edit(scene)
            made.put(scene)
        made.fresh()
        it = Round(made, library, chance)
        fault(it)
        return Outcome(len(it.scenes), it.wrong(), it.problems, made.repeated(), it.took_s)
