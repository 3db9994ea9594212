"""A watcher over a world in which something is broken for a while, on the world's own clock."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sync_queue.locks import watcher_lock
from worker.breaker import Breaker
from worker.watcher import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.worker.conftest import World

PATIENCE_S = 3 * 3600.0
"""A watcher that is not done by then will never be."""


def watch(
    world: World, *, broken_s: float, mend: Callable[[], object], on_idle: Callable[[], object] = lambda: None
) -> float:
    """Let a watcher work until nothing is left; ``mend`` is called when the time is up.

    Returns how long after that all was done, in seconds of the world's clock. Each sleep lets time pass.
    """
    ends_at, mended = world.clock.now + broken_s, False

    def sleep(seconds: float) -> None:
        nonlocal mended
        world.later(seconds)
        if world.clock.now >= ends_at and not mended:
            mended = True
            mend()
        assert world.clock.now < ends_at + PATIENCE_S, "the watcher does not come to an end"

    watcher = Watcher(
        world.db,
        world.queue,
        Breaker(world.db, clock=world.clock),
        watcher_lock(world.folder),
        world.drain,
        obsolete=lambda: False,
        on_idle=lambda: (on_idle(), None)[1],
        clock=world.clock,
        sleep=sleep,
    )
    assert watcher.run() == "nothing is left"
    assert mended, "it was done before anything was mended"
    return world.clock.now - ends_at


def lines(caplog) -> list[str]:
    """What an owner is told of the state of things: no debug lines, none of single scenes."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("plexsync.") and record.levelno >= logging.INFO
    ]
