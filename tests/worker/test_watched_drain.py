"""Whoever watches a drain sees it move, and is in nobody's way."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from app.state import read_state
from events import subscribe
from observers.history import HistoryKeeper
from sync_queue.history import DrainRow, History, Result
from sync_queue.reading import reading
from tests.support import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable


class Store:
    """As the composer makes it; ``noted`` is called when a batch stands in the file."""

    def __init__(self, db: Any, noted: Callable[[], None]) -> None:
        self._history = History(db)
        self._noted = noted

    def note(self, results: list[dict[str, Any]], drain: dict[str, Any]) -> None:
        self._history.note([Result(**result) for result in results], DrainRow(**drain))
        self._noted()


def test_a_worker_drains_while_somebody_watches_without_a_break(world, heard):
    world.set(batch_size=10)
    pairs = [world.scene(f"{n}.mp4", title=f"Title {n}") for n in range(60)]
    for scene, _ in pairs:
        world.put(scene)
    done, states = threading.Event(), []

    def watch() -> None:
        while not done.is_set():
            with reading(world.folder / "queue.sqlite") as db:
                states.append(read_state(db, world.folder, world.clock))

    def look() -> None:
        """Return when the one who watches has looked once more, from a beginning that lies behind this call."""
        before = len(states)
        wait_for(lambda: len(states) >= before + 2, "nobody watches")

    watcher = threading.Thread(target=watch)
    subscription = subscribe(HistoryKeeper(store=Store(world.db, look)))
    watcher.start()
    try:
        assert world.drain().reason == "empty"
    finally:
        done.set()
        watcher.join()
        subscription.close()
    assert [world.plex.item(key).fields["title"] for _, key in pairs] == [f"Title {n}" for n in range(60)]
    seen = [state["worker"]["drain"]["done"] for state in states if state["worker"]["drain"]]
    assert seen == sorted(seen)
    assert set(seen) >= {10, 20, 30, 40, 50}
    with reading(world.folder / "queue.sqlite") as db:
        after = read_state(db, world.folder, world.clock)
    assert after["worker"]["last_drain"]["counts"] == {"changed": 60}
    assert after["worker"]["drain"] is None
    assert len(after["results"]) == 10
    assert not world.db.in_transaction
