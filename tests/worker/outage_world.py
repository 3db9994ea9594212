"""A watcher over a world in which something is broken for a while, on the world's own clock."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sync_queue.locks import watcher_lock
from tests.support import PATIENCE_S
from worker.breaker import Breaker
from worker.watcher import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stash.scene import Scene
    from tests.worker.conftest import World

WATCHED_S = 3 * 3600.0
"""A watcher that is not done by then will never be."""
SHORT_S, TOO_LONG_S = 0.3, 15.0


def watch(
    world: World,
    *,
    broken_s: float,
    mend: Callable[[], object],
    on_idle: Callable[[], object] = lambda: None,
    in_spite: bool = False,
) -> float:
    """Let a watcher work until nothing is left; ``mend`` is called when it has slept for so long.

    Returns how long it slept after that until all was done, in seconds; while it sleeps, time passes. Nothing must be
    done before, unless ``in_spite`` allows it: then the result is below zero, and nothing was mended.
    """
    slept, mended = 0.0, not broken_s

    def sleep(seconds: float) -> None:
        nonlocal slept, mended
        world.later(seconds)
        slept += seconds
        if slept >= broken_s and not mended:
            mended = True
            mend()
        assert slept < broken_s + WATCHED_S, "the watcher does not come to an end"

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
    assert mended or in_spite, "it was done before anything was mended"
    return slept - broken_s


def too_much_for_stash(world: World) -> None:
    """The next time that Stash is asked for scenes it takes longer than anybody waits; for all else there is time enough."""
    client = world.stash_client
    session, give = (
        client._session,
        client.scenes,
    )  # the timeout of a single question, which nobody else needs
    client.version()  # so that the scenes are the next that is asked for
    world.stash.faults.add("hang", match=r"findScenes\(ids", seconds=TOO_LONG_S, times=1)

    def scenes(ids: Iterable[int]) -> dict[int, Scene]:
        client.scenes = give  # type: ignore[method-assign] # once
        before, session.timeout = session.timeout, (PATIENCE_S, SHORT_S)
        try:
            return give(ids)
        finally:
            session.timeout = before

    client.scenes = scenes  # type: ignore[method-assign] # and back again


def lines(caplog) -> list[str]:
    """What an owner is told of the state of things: no debug lines, none of single scenes."""
    return lines_of(caplog.records)


def lines_of(records: Iterable[logging.LogRecord]) -> list[str]:
    """The same of any records."""
    return [
        record.getMessage()
        for record in records
        if record.name.startswith("plexsync.") and record.levelno >= logging.INFO
    ]
