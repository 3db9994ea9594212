"""A whole worker over real HTTP and real SQLite, with a clock that the test moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from plex.client import PlexClient
from plex.paths import PathMap
from simulators.planted import OWNER_TOKEN
from stash.client import StashClient
from stash.runtime import parse
from sync_queue.database import connect
from sync_queue.dead_letters import DeadLetterQueue
from sync_queue.intake import enqueue
from sync_queue.jobs import SyncQueue
from sync_queue.ledger import Ledger
from sync_queue.locks import drain_lock
from tests.support import PATIENCE_S
from tests.worker.pull_world import with_pulled_ratings
from worker.drain import Drain, Parts
from worker.options import WorkerOptions
from worker.plex_target import Libraries, PlexTarget

if TYPE_CHECKING:
    from pathlib import Path

    from simulators.plex import PlexSimulator
    from simulators.stash import StashSimulator
    from worker.drain import Result


@dataclass
class Clock:
    """Epoch seconds that pass only when the test says so."""

    now: float = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class World:
    """Stash, Plex and the worker between them. ``sync`` edits nothing: it queues a scene and drains."""

    plex: PlexSimulator
    stash: StashSimulator
    folder: Path
    section: int
    clock: Clock = field(default_factory=Clock)
    options: WorkerOptions = field(default_factory=lambda: WorkerOptions(linger_s=0.0))
    libraries: tuple[str, ...] = ()
    path_map: str = ""
    token: str = OWNER_TOKEN
    timeout: tuple[float, float] = (PATIENCE_S, PATIENCE_S)
    """For connecting to Plex and for each of its answers, in seconds: a busy machine is no Plex that does not answer."""
    edits_s: float = PATIENCE_S
    """For the answer to an edit of the drain's."""

    def __post_init__(self) -> None:
        self.db = connect(self.folder / "queue.sqlite")
        self.queue = SyncQueue(self.db, clock=self.clock)
        self.dead = DeadLetterQueue(self.db, self.clock)
        self.ledger = Ledger(self.db)
        self._stash_clients: list[StashClient] = []
        self.connect_stash()

    @property
    def stash_client(self) -> StashClient:
        """The newest."""
        return self._stash_clients[-1]

    def connect_stash(self, **client: Any) -> None:
        """As the next process would, with a cookie made now."""
        self._stash_clients.append(
            StashClient(parse(self.stash.connection_json()).connection, clock=self.clock, **client)
        )

    def close(self) -> None:
        """Give everything back."""
        for client in self._stash_clients:
            client.close()
        self.db.close()

    def scene(
        self,
        name: str = "one.mp4",
        *,
        in_plex: bool = True,
        size: int = 1000,
        duration: float = 60.0,
        **values: Any,
    ) -> tuple[int, int]:
        """A scene, and its Plex item under the same path; returns (scene id, ratingKey or 0)."""
        path = f"/media/{name}"
        key = (
            self.plex.add_item(self.section, path, size=size, duration_ms=int(duration * 1000))
            if in_plex
            else 0
        )
        return self.stash.store.add_scene(path=path, size=size, duration=duration, **values), key

    def put(self, scene_id: int, *, priority: int = 0, trigger: str = "Scene.Update.Post") -> None:
        """As a hook does."""
        enqueue(self.db, scene_id, trigger=trigger, priority=priority, now=self.clock())

    def edit(self, scene_id: int, **values: Any) -> None:
        """Change the scene in Stash without a hook, then queue it."""
        self.stash.store.scenes[scene_id].values.update(values)
        self.put(scene_id)

    def plex_client(self) -> PlexClient:
        """As a drain has it."""
        client = PlexClient(self.plex.url, self.token, client_identifier="test", timeout=self.timeout)
        if self.edits_s != PATIENCE_S:
            client.edit = partial(client.edit, timeout=(PATIENCE_S, self.edits_s))  # type: ignore[method-assign] # less patient
        return client

    def plex_target(self) -> PlexTarget:
        """Plex as the next process sees it; not opened yet."""
        return PlexTarget(
            self.plex_client(),
            Libraries(url=self.plex.url, names=self.libraries),
            self.db,
            index_file=self.folder / "index.sqlite",
            path_map=PathMap.parse(self.path_map),
            allow_low_confidence=self.options.allow_low_confidence,
            clock=self.clock,
        )

    def drain(self, **kwargs: Any) -> Result:
        """One drain as the task that a hook has asked for would run it."""
        parts = Parts(
            db=self.db,
            queue=self.queue,
            dead=self.dead,
            ledger=self.ledger,
            plex=self.plex_target(),
            stash=self.stash_client,
            lock=drain_lock(self.folder),
            options=self.options,
            clock=self.clock,
        )
        return Drain(parts, runner="task", **{"by_hand": False, **kwargs}).run()

    def sync(self, scene_id: int) -> Result:
        """Queue the scene and drain."""
        self.put(scene_id)
        return self.drain()

    def set(self, **options: Any) -> None:
        """Change the worker's options."""
        self.options = self.options._replace(**options)

    def later(self, seconds: float) -> None:
        """Time passes."""
        self.clock.now += seconds


@pytest.fixture
def world(tmp_path, plex_sim, stash_sim):
    """A world with one movie library over /media."""
    section = plex_sim.add_section("Scenes", locations=("/media",))
    made = World(plex_sim, stash_sim, tmp_path / "data", section.id)
    yield made
    made.close()


@pytest.fixture
def pulling(world):
    """A world in which ratings are pulled."""
    return with_pulled_ratings(world)
