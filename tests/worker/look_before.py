"""A preview in a test's world, and whether the sync that follows does the same line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync_queue.intake import RUN, enqueue_many
from worker.plan import Planner, job_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.worker.conftest import World
    from worker.scene_plan import ScenePlan

PAGE = 100


def look(world: World, *ids: int) -> list[ScenePlan]:
    """A preview of these scenes, or of all, in a process of its own as it were; nothing changes anywhere."""
    before = state_of(world)
    plans = [plan for page in pages(world, *ids) for plan in page]
    assert state_of(world) == before
    return plans


def pages(world: World, *ids: int) -> Iterator[list[ScenePlan]]:
    """The same page by page."""
    target = world.plex_target()
    target.open()
    planner = Planner(world.db, target, world.stash_client, world.options, clock=world.clock)
    wanted = list(ids) or sorted(world.stash.store.scenes)
    try:
        for start in range(0, len(wanted), PAGE):
            yield planner.plan([job_for(one, world.clock()) for one in wanted[start : start + PAGE]])
    finally:
        planner.close()
        target.close()


def state_of(world: World) -> dict[str, Any]:
    """All that a preview must leave alone: every table but what is known of the server's libraries, and Plex's writes."""
    names = [row[0] for row in world.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    tables = {
        name: [tuple(row) for row in world.db.execute(f"SELECT * FROM {name}")]  # noqa: S608 -- a table of ours
        for name in names
        if name != "meta"
    }
    return {**tables, "writes": len(world.plex.writes())}


def sync(world: World, *ids: int) -> None:
    """The sync that follows: these scenes, or all."""
    wanted = list(ids) or sorted(world.stash.store.scenes)
    enqueue_many(world.db, wanted, trigger="sync_all", priority=RUN, now=world.clock())
    world.drain()


def planned_lines(plans: list[ScenePlan]) -> set[tuple[Any, ...]]:
    """What the journal is to say: a value that stays as it is (the cast's photos alone, say) is no line of it."""
    return {
        (plan.scene_id, item.rating_key, line.field, frozen(line.old), frozen(line.new))
        for plan in plans
        for item in plan.items
        for line in item.changes
        if line.what != "lock" and frozen(line.old) != frozen(line.new)
    }


def journal_lines(world: World, after_id: int = 0) -> set[tuple[Any, ...]]:
    """What was written since."""
    changes = world.ledger.journal.recent(limit=1_000_000)
    return {
        (one.scene_id, one.rating_key, one.field, frozen(one.old), frozen(one.new))
        for one in changes
        if one.id > after_id and one.done
    }


def planned_locks(plans: list[ScenePlan]) -> dict[int, tuple[list[str], list[str]]]:
    """By ratingKey the fields whose lock comes, and goes."""
    return {
        item.rating_key: (item.locks, item.unlocks)
        for plan in plans
        for item in plan.items
        if item.locks or item.unlocks
    }


def frozen(value: Any) -> Any:
    """As a set can hold it, and as Plex's pages give it back: an attribute of XML has no line ends."""
    if isinstance(value, str):
        return value.replace("\n", " ")
    return tuple(value) if isinstance(value, (list, tuple)) else value


def last_change(world: World) -> int:
    """The journal's newest row."""
    return int(world.db.execute("SELECT coalesce(max(id), 0) FROM changes").fetchone()[0])


def assert_the_sync_does_the_same(world: World, *ids: int) -> list[ScenePlan]:
    """Preview, then sync: the journal and the locks in Plex say what the preview said, and no other item was touched."""
    last, locks = last_change(world), {key: set(world.plex.item(key).locks) for key in keys(world)}
    plans = look(world, *ids)
    world.later(1)
    sync(world, *ids)
    said, done = planned_lines(plans), journal_lines(world, last)
    assert said == done, f"said {sorted(map(str, said - done))[:5]}, done {sorted(map(str, done - said))[:5]}"
    told = planned_locks(plans)
    for key, before in locks.items():
        came, went = told.get(key, ([], []))
        assert set(world.plex.item(key).locks) == (before | by_plex(came)) - by_plex(went), key
    return plans


def by_plex(names: list[str]) -> set[str]:
    """Fields by Plex's names."""
    from plex.fields import OUR_NAMES  # noqa: PLC0415

    return {plex for plex, ours in OUR_NAMES.items() if ours in names}


def keys(world: World) -> list[int]:
    """All items."""
    return [item.rating_key for item in world.plex.items(world.section)]
