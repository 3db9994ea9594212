"""Restores over the worker's world, as the task does them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync_queue import restoring
from worker.restore import Restorer
from worker.restore_before import ToBefore
from worker.restore_original import ToOriginal, Unlocked
from worker.restore_plans import PAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.worker.conftest import World
    from worker.restore_report import Report


def restore(
    world: World,
    *,
    scene: int | None = None,
    drain: str = "",
    change: int = 0,
    unlock: bool = False,
    only_look: bool = False,
    go_on: Callable[[], bool] = lambda: True,
) -> Report:
    """All, one scene, one drain or one change."""
    target = world.plex_target()
    try:
        target.open()
        plan: Any
        if unlock:
            plan = Unlocked(world.ledger, target.server, scene_id=scene)
        elif drain:
            plan = ToBefore(
                world.db, world.ledger, restoring.pages_of_drain(world.db, target.server, drain, PAGE)
            )
        elif change:
            row = restoring.change(world.db, change)
            assert row is not None
            plan = ToBefore(world.db, world.ledger, [[row]])
        else:
            plan = ToOriginal(world.db, world.ledger, target.server, scene_id=scene)
        restorer = Restorer(
            world.db,
            world.ledger,
            target,
            restore_id="restore-00000001",
            clock=world.clock,
            go_on=go_on,
            only_look=only_look,
        )
        restorer.run(plan)
        return restorer.report
    finally:
        target.close()


def state(world: World, key: int) -> dict[str, Any]:
    """What Plex shows of an item: fields, lists, texts under names, locks and the pictures that are selected.

    The year follows the date by itself.
    """
    item = world.plex.item(key)
    return {
        "fields": {name: value for name, value in item.fields.items() if name != "year"},
        "tags": {kind: tags if kind == "actor" else sorted(tags) for kind, tags in item.tags.items()},
        "roles": item.roles,
        "locks": item.locks,
        "poster": item.poster,
        "art": item.art,
    }


def last_drain(world: World) -> str:
    """The id of the drain that wrote last."""
    (row,) = world.ledger.journal.recent(limit=1)
    return row.drain_id
