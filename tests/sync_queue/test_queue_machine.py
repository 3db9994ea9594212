"""Any sequence of calls leaves the queue as the plain model has it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sync_queue import runners
from sync_queue.database import connect
from sync_queue.dead_letters import DeadLetterQueue
from sync_queue.intake import enqueue, enqueue_many
from sync_queue.jobs import SyncQueue
from tests.support import Clock
from tests.sync_queue.model import Model
from tests.sync_queue.queue_steps import NOON

if TYPE_CHECKING:
    from sync_queue.jobs import Job

SCENES = st.integers(1, 6)
NAMES = st.frozensets(st.sampled_from(["a.mp4", "b.mp4", "c.mp4"]), min_size=1)
PRIORITIES = st.integers(0, 2)
SOON = st.none() | st.sampled_from([-100.0, 0.0, 60.0, 500.0, 90_000.0])


class QueueMachine(RuleBasedStateMachine):
    """Every job that was ever claimed may be settled at any time, as a drain that is late would."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.db = connect(self.folder / "queue.sqlite")
        self.db.execute("PRAGMA synchronous = OFF")
        self.clock = Clock(NOON)
        self.queue = SyncQueue(self.db, clock=self.clock)
        self.dead = DeadLetterQueue(self.db, self.clock)
        self.model = Model()
        self.jobs: dict[int, Job] = {}

    def teardown(self) -> None:
        self.db.close()
        shutil.rmtree(self.folder)

    @rule(scene=SCENES, priority=PRIORITIES, due_in=SOON, again_in=SOON, deleted=st.booleans())
    def edit(
        self, scene: int, priority: int, due_in: float | None, again_in: float | None, deleted: bool
    ) -> None:
        now = self.clock.now
        due_at = None if due_in is None else now + due_in
        again_at = None if again_in is None else now + again_in
        enqueue(
            self.db,
            scene,
            trigger="t",
            priority=priority,
            now=now,
            due_at=due_at,
            again_at=again_at,
            deleted=deleted,
        )
        self.model.enqueue(scene, now, priority, due_at=due_at, again_at=again_at, deleted=deleted)

    @rule(scenes=st.lists(SCENES, max_size=6), force=st.booleans())
    def run_over_many(self, scenes: list[int], force: bool) -> None:
        enqueue_many(self.db, scenes, trigger="all", priority=2, now=self.clock.now, force=force)
        for scene in scenes:
            self.model.enqueue(scene, self.clock.now, 2, force=force)

    @rule(limit=st.integers(0, 6), highest=st.none() | PRIORITIES)
    def claim(self, limit: int, highest: int | None) -> None:
        claimed = self.queue.claim(limit, max_priority=highest)
        assert [job.scene_id for job in claimed] == self.model.claim(self.clock.now, limit, highest)
        for job in claimed:
            row = self.model.rows[job.scene_id]
            assert (job.attempts, job.generation, job.force, job.again_at) == (
                row.attempts,
                row.generation,
                row.force,
                row.again_at,
            )
            self.jobs[job.scene_id] = job

    @rule(scene=SCENES)
    def done(self, scene: int) -> None:
        assert self.queue.done(scene) == self.model.done(scene, self.clock.now)

    @precondition(lambda self: self.jobs)
    @rule(data=st.data(), due_in=st.sampled_from([0.0, 5.0, 300.0, 1e7]))
    def fail(self, data: st.DataObject, due_in: float) -> None:
        job = data.draw(st.sampled_from(sorted(self.jobs.values(), key=lambda job: job.scene_id)))
        now = self.clock.now
        put = self.queue.retry(job, due_at=now + due_in, error_type="TransientError", message="500")
        assert put == self.model.put_back(job.scene_id, now, "pending", now + due_in, 1, frozenset())

    @precondition(lambda self: self.jobs)
    @rule(data=st.data(), due_in=st.sampled_from([0.0, 300.0, 86_400.0, 1e7]), names=NAMES)
    def wait(self, data: st.DataObject, due_in: float, names: frozenset[str]) -> None:
        job = data.draw(st.sampled_from(sorted(self.jobs.values(), key=lambda job: job.scene_id)))
        now = self.clock.now
        put = self.queue.wait_for_plex(
            job, due_at=now + due_in, names=names, error_type="PlexNotFound", message=""
        )
        assert put == self.model.put_back(job.scene_id, now, "waiting_for_plex", now + due_in, 0, names)

    @precondition(lambda self: self.jobs)
    @rule(data=st.data(), name=st.sampled_from(["a.mp4", "b.mp4"]))
    def bury(self, data: st.DataObject, name: str) -> None:
        job = data.draw(st.sampled_from(sorted(self.jobs.values(), key=lambda job: job.scene_id)))
        buried = self.queue.bury(job, "no", 1, error_type="PlexNotFound", path=f"/a/{name}")
        assert buried == self.model.bury(job.scene_id, self.clock.now, name)
        if buried:
            self.model.dead[job.scene_id] = (job.force, name)

    @rule(scenes=st.sets(SCENES))
    def release(self, scenes: set[int]) -> None:
        self.queue.release(scenes)
        self.model.to_pending(scenes, "in_flight")

    @rule()
    def take_over(self) -> None:
        self.model.pull_in(self.clock.now)
        assert self.queue.take_over() == self.model.to_pending(set(range(10)), "in_flight")
        self.model.clock_went_back(self.clock.now)

    @rule(names=NAMES)
    def wake(self, names: frozenset[str]) -> None:
        assert self.queue.wake_waiting(names) == self.model.wake(names, self.clock.now)

    @rule(scene=SCENES)
    def hold(self, scene: int) -> None:
        self.queue.hold([scene])
        self.model.hold(scene, self.clock.now)

    @rule(scenes=st.none() | st.sets(SCENES))
    def unhold(self, scenes: set[int] | None) -> None:
        chosen = set(range(10)) if scenes is None else scenes
        for scene in chosen & self.model.rows.keys():
            if self.model.rows[scene].state == "held":
                self.model.rows[scene].attempts = 0
        assert self.queue.unhold(scenes) == self.model.to_pending(chosen, "held", due_at=self.clock.now)

    @rule(scene=SCENES)
    def retry_the_dead(self, scene: int) -> None:
        forced = self.model.dead.get(scene)
        assert self.dead.retry(scene) == (forced is not None)
        if forced is not None:
            self.model.enqueue(scene, self.clock.now, 1, force=forced[0])

    @rule(pause=st.booleans())
    def pause(self, pause: bool) -> None:
        if pause:
            self.queue.pause("the machine")
        else:
            self.queue.resume()
        self.model.paused = pause

    @rule(seconds=st.sampled_from([1.0, 5.0, 60.0, 600.0, 86_400.0, 1e8, -3.0, -3600.0, -1e8]))
    def time_passes_or_jumps(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule()
    def end_if_idle(self) -> None:
        if not self.model.paused:
            self.model.pull_in(self.clock.now)
        idle = runners.end_if_idle(self.db, "drain", self.clock.now)
        assert idle == (self.model.paused or not self.model.due(self.clock.now))

    @rule()
    def has_due(self) -> None:
        self.model.pull_in(self.clock.now)
        assert self.queue.has_due() == self.model.due(self.clock.now)

    @invariant()
    def every_row_is_as_the_model_has_it(self) -> None:
        for scene in range(1, 7):
            row, found = self.model.rows.get(scene), self.queue.describe(scene)
            if row is None:
                assert found is None
                continue
            assert found is not None
            assert {**found, "deleted": bool(found["deleted"]), "force": bool(found["force"])}.items() >= {
                "state": row.state,
                "priority": row.priority,
                "due_at": row.due_at,
                "again_at": row.again_at,
                "generation": row.generation,
                "claimed_generation": row.claimed,
                "attempts": row.attempts,
                "waiting_since": row.waiting_since,
                "deleted": row.deleted,
                "force": row.force,
            }.items(), (scene, row)

    @invariant()
    def a_scene_is_queued_or_dead_and_the_counts_agree(self) -> None:
        counts = self.queue.count()
        states = [row.state for row in self.model.rows.values()]
        assert counts.pending + counts.deferred == states.count("pending")
        assert (counts.in_flight, counts.held) == (states.count("in_flight"), states.count("held"))
        assert counts.waiting_for_plex == states.count("waiting_for_plex")
        assert {letter.scene_id for letter in self.dead.get_recent(99)} == self.model.dead.keys()
        assert not self.model.dead.keys() & self.model.rows.keys()

    @invariant()
    def something_is_due_within_the_cap_of_every_clock(self) -> None:
        due_at = self.queue.next_due_at()
        there_is = any(row.state in {"pending", "waiting_for_plex"} for row in self.model.rows.values())
        assert (due_at is not None) == there_is
        assert due_at is None or due_at <= self.clock.now + 86_400


QueueMachine.TestCase.settings = settings(max_examples=120, stateful_step_count=50, deadline=None)
test_any_sequence_of_calls = QueueMachine.TestCase
