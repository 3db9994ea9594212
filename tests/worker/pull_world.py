"""A world in which Pull From Plex is at work: one pass, what Stash has afterwards, and what people do meanwhile."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from worker.pull import Puller
from worker.pull_rules import PullOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.worker.conftest import World
    from worker.pull import Outcome

RATING = "userRating"
PUT = ("PUT", "/library/sections/{section}/all")


def with_pulled_ratings(world: World) -> World:
    """Ratings are pulled, so the sync leaves those made in Plex alone. Stash's clock is the test's."""
    world.set(pulled=frozenset({RATING}))
    world.plex.library.clock = world.clock
    world.stash.store._clock = world.clock
    return world


def pull(
    world: World, *, stop_after: int = 10**9, meanwhile: Callable[[], object] = lambda: None, **options: Any
) -> Outcome:
    """One pass over everything, in a process of its own as it were. ``meanwhile`` happens once, when the scenes were read."""
    target = world.plex_target()
    wanted: dict[str, Any] = {"ratings": True, "plays": True, "places": True, **options}
    asked, once = iter(range(stop_after)), iter([meanwhile])

    def go_on() -> bool:
        next(once, lambda: None)()
        return next(asked, None) is not None

    return Puller(
        world.db,
        world.ledger,
        target,
        world.stash_client,
        PullOptions(**wanted),
        clock=world.clock,
        go_on=go_on,
    ).run()


def in_step(world: World, name: str = "one.mp4", **values: Any) -> tuple[int, int]:
    """A scene that was synced; afterwards a minute goes by."""
    scene, key = world.scene(name, title=name, **values)
    world.sync(scene)
    world.later(60)
    return scene, key


def stash_has(world: World, scene: int) -> tuple[Any, list[str], Any]:
    """Rating, plays and place."""
    values = world.stash.store.scenes[scene].values
    return values.get("rating100"), sorted(values.get("play_history") or ()), values.get("resume_time")


def utc(at: float) -> str:
    return dt.datetime.fromtimestamp(int(at), dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def edited(world: World, scene: int, **values: Any) -> None:
    """By a person, without a hook."""
    row = world.stash.store.scenes[scene]
    row.values.update(values)
    world.stash.store.touch(row)


def played_in_stash(world: World, scene: int, at: float) -> None:
    row = world.stash.store.scenes[scene]
    row.values["play_history"] = [*(row.values.get("play_history") or ()), utc(at)]


def in_two_libraries(world: World) -> tuple[int, int, int]:
    """A scene whose file lies in two libraries, synced with 80; afterwards a hundred seconds go by."""
    second = world.plex.add_section("Second", locations=("/media",))
    scene, key = world.scene(title="T", rating100=80)
    other = world.plex.add_item(second.id, "/media/one.mp4", size=1000, duration_ms=60_000)
    world.sync(scene)
    world.later(100)
    return scene, key, other
