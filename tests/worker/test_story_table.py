"""Each line of the story tables in docs/observers.md, compared with the signals of a real run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from events import job_succeeded, namespace
from simulators.planted import WRONG_TOKEN
from sync_queue.database import connect
from sync_queue.intake import enqueue
from worker.options import DAY_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.worker.conftest import World

PAGE = (Path(__file__).parents[2] / "docs" / "observers.md").read_text(encoding="utf-8")


def rows(head: str) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """What stands under this head line: for each story the signals with what is said of each in brackets."""
    table = PAGE.partition(f"| {head} | signals, in order |\n|---|---|\n")[2].partition("\n\n")[0]
    found = {}
    for line in table.splitlines():
        _, story, cell, _ = (part.strip() for part in line.split("|"))
        told = re.findall(r"`(\w+)`(?: \(([^)]*)\))?", cell)
        found[story] = [(name, tuple(filter(None, facts.split(", ")))) for name, facts in told]
    return found


SCENES, DRAINS = rows("story"), rows("story of a drain")


# --- the stories, played: ``begin`` is called where the signals of interest begin ---


def sync(world: World, **values: Any) -> int:
    scene, _ = world.scene(**values)
    world.sync(scene)
    return scene


def success(world, begin):
    sync(world, title="A")


def no_change(world, begin):
    scene = sync(world, title="A")
    begin()
    world.sync(scene)


def gone(world, begin):
    world.sync(999)


def no_file(world, begin):
    world.sync(world.stash.store.add_scene(title="No file"))


def shared(world, begin):
    sync(world, title="Owner")
    second = world.stash.store.add_scene(path="/media/one.mp4", size=1000, duration=60.0, title="Other")
    begin()
    world.sync(second)


def ignored(world, begin):
    world.set(ignore_missing=True)
    sync(world, in_plex=False)


def not_found(world, begin):
    sync(world, in_plex=False)


def in_vain(world, begin):
    sync(world, in_plex=False)
    begin()
    world.later(DAY_S + 1)
    world.drain()


def scanned(world, begin):
    sync(world, in_plex=False, title="Late")
    begin()
    world.plex.add_item(world.section, "/media/one.mp4", size=1000, duration_ms=60_000)
    world.later(60)
    world.drain()


def never_found(world, begin):
    sync(world, in_plex=False)
    begin()
    world.later(8 * DAY_S)
    world.drain()


def ambiguous(world, begin):
    for copy in ("a", "b"):
        world.plex.add_item(world.section, f"/other/{copy}/one.mp4", size=1000, duration_ms=60_000)
    sync(world, in_plex=False)


def transient(world, begin):
    world.plex.faults.add("status", match="PUT /library/sections", status=500, times=1)
    sync(world, title="A")


def second_try(world, begin):
    transient(world, begin)
    begin()
    world.later(5)
    world.drain()


def to_the_end(world, begin):
    world.plex.faults.add("status", match="PUT /library/sections", status=500)
    sync(world, title="A")
    for _ in range(4):
        begin()
        world.later(601)
        world.drain()


def permanent(world, begin):
    world.plex.faults.add("status", match="PUT /library/sections", status=400)
    return sync(world, title="A")


def edited_meanwhile(world, begin):
    scene, _ = world.scene(title="A")
    edits = iter([scene])

    def edit(request):
        if request.method == "PUT":
            for one in edits:
                world.stash.store.scenes[one].values["title"] = "B"
                put_by_a_hook(world, one)
        return request.method == "PUT"

    world.plex.faults.add("status", match=edit, status=400, times=1)
    world.put(scene)
    world.drain()


def put_by_a_hook(world, scene):
    """A hook is another process, with a connection of its own."""
    db = connect(world.folder / "queue.sqlite")
    enqueue(db, scene, trigger="Scene.Update.Post", priority=0, now=world.clock())
    db.close()


def edited_later(world, begin):
    scene = permanent(world, begin)
    world.plex.faults.clear()
    begin()
    world.edit(scene, title="B")
    world.drain()


def observer_raises(world, begin):
    def careless(sender: object, *, event: object) -> None:
        raise RuntimeError("careless")

    with job_succeeded.connected_to(careless):
        sync(world, title="A")


def plex_goes_down(world, begin):
    world.plex.refuse()
    sync(world, title="A")


def stays_away(world, begin):
    plex_goes_down(world, begin)
    begin()
    world.later(30)
    world.drain()


def is_back(world, begin):
    plex_goes_down(world, begin)
    begin()
    world.plex.resume()
    world.later(30)
    world.drain()


def dry_run(world, begin):
    world.set(dry_run=True)
    sync(world, title="A")


def refused(world, begin):
    world.token = WRONG_TOKEN
    sync(world, title="A")


def paused(world, begin):
    world.queue.pause("test")
    sync(world, title="A")


def stash_is_away(world, begin):
    scene, _ = world.scene(title="A")
    world.stash.refuse()
    world.sync(scene)


PLAYED: dict[str, Callable[[Any, Callable[[], None]], object]] = {
    "success": success,
    "no change: Plex was already right": no_change,
    "skipped: the scene is gone": gone,
    "skipped: the scene has no file": no_file,
    "skipped: another scene owns the Plex item": shared,
    "skipped: not in Plex, with `ignore_missing`": ignored,
    "not found": not_found,
    "… looked at again in vain": in_vain,
    "… Plex has scanned the file": scanned,
    "… not found for `not_found_days`": never_found,
    "ambiguous": ambiguous,
    "transient": transient,
    "… at the time that `next_try_at` has told": second_try,
    "transient to the end: the last of the tries": to_the_end,
    "permanent": permanent,
    "… the scene was edited while it was worked on": edited_meanwhile,
    "… given up, and edited later": edited_later,
    "a dry run looks at it": dry_run,
    "an observer raises": observer_raises,
    "one scene": success,
    "Plex goes down": plex_goes_down,
    "… it stays away, each time that it is looked for": stays_away,
    "… it is back": is_back,
    "the token is refused": refused,
    "syncing is paused": paused,
    "Stash does not answer": stash_is_away,
}


def holds(fact: str, event: Any) -> bool:
    """Whether this word of the table is true of the event."""
    if fact.startswith("attempt "):
        return bool(event.attempt == int(fact.removeprefix("attempt ")))
    if fact in {"will_retry", "not will_retry"}:
        return bool(event.will_retry == (fact == "will_retry"))
    if fact in {"changed", "nothing changed"}:
        return bool(event.changed) == (fact == "changed")
    return fact in {getattr(event, name, None) for name in ("confidence", "reason", "error_type", "runner")}


def test_every_story_of_the_page_is_played_and_every_signal_is_in_one():
    assert set(SCENES) | set(DRAINS) == set(PLAYED)
    assert {name for told in (*SCENES.values(), *DRAINS.values()) for name, _ in told} == set(namespace)


@pytest.mark.parametrize("story", [*SCENES, *DRAINS])
def test_a_story_is_told_in_the_order_that_the_page_says(world, heard, story):
    PLAYED[story](world, heard.clear)
    expected = SCENES.get(story) or DRAINS[story]
    told = [event for event in heard if story in DRAINS or not namespace_name(event).startswith("drain_")]
    assert [namespace_name(event) for event in told] == [name for name, _ in expected]
    for event, (_, facts) in zip(told, expected, strict=True):
        assert [fact for fact in facts if not holds(fact, event)] == [], event


def namespace_name(event: object) -> str:
    """The signal of an event: its class in the other way of writing."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
