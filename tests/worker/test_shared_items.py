"""Two scenes with one Plex item, worked on at once or one after the other: it shows one of them as a whole, and the ledger says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from events import JobFailed, JobSkipped, JobSucceeded
from sync_queue.intake import RUN
from sync_queue.pins import Pin, Pins
from tests.worker.restore_world import restore, state

if TYPE_CHECKING:
    from tests.worker.conftest import World

OTHERS = 12


@pytest.fixture
def busy(world, monkeypatch):
    """A whole run is under way that writes slowly; the drain looks up at each chance."""
    monkeypatch.setattr("worker.drain.LOOK_AT_STASH_S", 0.0)
    world.plex.faults.add("latency", match="PUT", seconds=0.02)
    return world


def rivals(world: World, number: int = 0) -> tuple[int, int, int]:
    """(weak, strong, ratingKey): the weak scene has a copy of the item's file elsewhere, the strong one the file itself."""
    key = world.plex.add_item(
        world.section, f"/media/rival{number}.mp4", size=5000 + number, duration_ms=60_000, summary="At first"
    )
    paths = (f"/elsewhere/rival{number}.mp4", f"/media/rival{number}.mp4")
    weak, strong = (
        world.stash.store.add_scene(
            path=path,
            size=5000 + number,
            duration=60.0,
            title=f"{name} {number}",
            tags=[name],
            details=detail,
        )
        for path, name, detail in zip(paths, ("Weak", "Strong"), ("Of the weak", None), strict=True)
    )
    return weak, strong, key


def shows_as_a_whole(world: World, key: int) -> int:
    """Item and ledger say the same, of one scene and nothing of another; returns which scene that is."""
    item = world.plex.item(key)
    entry = world.ledger.get(world.plex.options.machine_identifier, key)
    assert entry is not None
    row, tags = world.stash.store.scenes[entry.scene_id], world.stash.store.tables["tag"]
    wanted = {"title": row.values["title"], "summary": row.values["details"] or ""}
    shown = {name: item.fields.get(name, "") for name in wanted}
    if not wanted["summary"]:  # what was there at first, or has been cleared since one of them had something
        shown["summary"] = shown["summary"] if shown["summary"] not in {"", "At first"} else ""
    assert shown == wanted
    genres = [tags[one].name for one in row.tag_ids]
    assert item.tags["genre"] == genres
    assert entry.record.intent is None
    assert (entry.record.base["title"], entry.record.base["genre"]) == (row.values["title"], genres)
    assert entry.synced_at is not None
    return entry.scene_id


def writes_nothing_again(world: World) -> None:
    """A run over the library finds everything as it should be."""
    writes = len(world.plex.writes())
    for one in world.stash.store.scenes:
        world.put(one, priority=RUN, trigger="sync_all")
    world.drain()
    assert len(world.plex.writes()) == writes


def test_an_edit_that_takes_over_an_item_after_the_run_has_written_it_keeps_it(busy, heard):
    weak, strong, key = rivals(busy)
    at_first = state(busy, key)
    busy.put(weak, priority=RUN, trigger="sync_all")
    for number in range(OTHERS):
        busy.put(busy.scene(f"{number}.mp4", title="T")[0], priority=RUN, trigger="sync_all")
    waiting = [strong]

    def look() -> str:
        if waiting and busy.plex.item(key).fields["title"] == "Weak 0":
            busy.put(waiting.pop())
        return ""

    busy.drain(must_stop=look)
    assert waiting == []
    assert [event for event in heard if isinstance(event, JobFailed)] == []
    ends = [(event.scene_id, type(event)) for event in heard if isinstance(event, (JobSucceeded, JobSkipped))]
    assert (strong, JobSucceeded) in ends
    assert (weak, JobSkipped) in ends
    assert shows_as_a_whole(busy, key) == strong
    writes_nothing_again(busy)
    restore(busy)
    assert state(busy, key) == at_first


def test_the_farewell_to_a_deleted_scene_takes_no_lock_from_the_scene_that_has_its_item_now(busy):
    """As after a merge, while a run has looked at the one that stays and the other one's deletion comes in between."""
    gone, key = busy.scene("merged.mp4", title="Merged")
    busy.sync(gone)
    locks = busy.plex.item(key).locks
    busy.set(deleted_scenes="unlock")
    stays = busy.stash.store.add_scene(path="/media/merged.mp4", size=1000, duration=60.0, title="Merged")
    del busy.stash.store.scenes[gone]
    busy.put(stays, priority=RUN, trigger="sync_all")
    for number in range(OTHERS):
        busy.put(busy.scene(f"{number}.mp4", title="T")[0], priority=RUN, trigger="sync_all")
    waiting, before = [gone], len(busy.plex.writes())
    busy.later(60)

    def look() -> str:
        if waiting and len(busy.plex.writes()) > before + 2:
            busy.put(waiting.pop(), trigger="Scene.Destroy.Post")
        return ""

    busy.drain(must_stop=look)
    assert waiting == []
    assert busy.plex.item(key).locks == locks
    assert busy.ledger.owner(busy.plex.options.machine_identifier, key) == stays


def begin_anew(world: World) -> None:
    """Nothing is left of the example before, also when it failed."""
    for item in world.plex.items(world.section):
        world.plex.delete_item(item.rating_key)
    world.stash.store.scenes.clear()
    for table in ("jobs", "ledger", "dead_letters", "pins"):
        world.db.execute(f"DELETE FROM {table}")  # noqa: S608 -- one of these
    world.later(60)  # else Plex would not be asked for what is new


EDIT = st.tuples(
    st.sampled_from(["weak", "strong", "pin weak", "delete weak", "delete strong"]), st.integers(0, 2)
)


class Rivalry:
    """Three items with two scenes each, and what happens to them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.pairs = [rivals(world, 2 * number) for number in range(3)]
        self.scenes = [one for weak, strong, _ in self.pairs for one in (weak, strong)]
        self._pinned: set[int] = set()

    def shown(self) -> list[Any]:
        return [state(self._world, key) for _, _, key in self.pairs]

    def there(self, number: int) -> list[int]:
        """Those of an item's scenes that are in Stash still, the weak one first."""
        return [one for one in self.pairs[number][:2] if one in self._world.stash.store.scenes]

    def expected(self, number: int) -> int:
        there = self.there(number)
        return there[0] if there[0] in self._pinned else there[-1]

    def happens(self, what: str, number: int) -> None:
        world, (weak, strong, key) = self._world, self.pairs[number]
        scene = strong if what.endswith("strong") else weak
        if scene not in self.there(number):
            return
        if what.startswith("delete"):
            self._delete(scene, self.there(number))
            return
        if what == "pin weak":
            self._pinned.add(weak)
            Pins(world.db).put(world.plex.options.machine_identifier, Pin(scene, key, ""), world.clock())
        world.later(1)
        world.edit(scene, title=f"Edit {world.clock()}", details=f"By {scene}")

    def _delete(self, scene: int, there: list[int]) -> None:
        """As a merge of the two does; the last one stays."""
        if len(there) > 1:
            del self._world.stash.store.scenes[scene]
            for one in there:
                self._world.put(one)


@example(edits=[(3, ("strong", 0))], first=[0], how=(100, "keep"))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edits=st.lists(st.tuples(st.integers(0, 5), EDIT), max_size=8),
    first=st.lists(st.integers(0, 5), unique=True),
    how=st.tuples(st.sampled_from([2, 4, 100]), st.sampled_from(["keep", "unlock", "leave_collections"])),
)
def test_whoever_overtakes_whom_each_item_shows_one_scene_as_a_whole(busy, heard, edits, first, how):
    """``edits``: so many looks after the run's begin, something happens to one of the two scenes of an item."""
    world = busy
    world.set(batch_size=how[0], deleted_scenes=how[1], writers=1)
    begin_anew(world)
    heard.clear()
    rivalry = Rivalry(world)
    at_first = rivalry.shown()
    others = [world.scene(f"{rivalry.scenes[0]} {number}.mp4", title="T")[0] for number in range(OTHERS)]
    for scene in [*(rivalry.scenes[number] for number in first), *others]:
        world.put(scene, priority=RUN, trigger="sync_all")
    looks, due = iter(range(10**9)), sorted(edits)

    def look() -> str:
        now = next(looks)
        while due and due[0][0] <= now:
            rivalry.happens(*due.pop(0)[1])
        return ""

    world.drain(must_stop=look)
    for _, edit in due:
        rivalry.happens(*edit)
    for number, (_, _, key) in enumerate(rivalry.pairs):
        for scene in rivalry.there(
            number
        ):  # who was refused for the other one's sake is found by a comparison
            world.put(scene, priority=RUN)
        world.drain()
        assert shows_as_a_whole(world, key) == rivalry.expected(number)
    assert [event for event in heard if isinstance(event, JobFailed)] == []
    writes_nothing_again(world)
    restore(world)
    assert rivalry.shown() == at_first
