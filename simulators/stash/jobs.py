"""Stash's job queue: one job at a time, whatever it is."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulators.stash.store import stamp

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

KEPT = 10


@dataclass(slots=True)
class Job:
    """A job; ``run`` does its work and may look at ``cancelled``."""

    id: int
    description: str
    run: Callable[[Job], None]
    status: str = "READY"
    progress: float = -1.0
    error: str | None = None
    added: float = field(default_factory=time.time)
    started: float | None = None
    ended: float | None = None
    process: subprocess.Popen[bytes] | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)

    def as_graphql(self) -> dict[str, Any]:
        """The job as the schema has it."""
        return {
            "id": str(self.id),
            "status": self.status,
            "description": self.description,
            "progress": self.progress,
            "addTime": stamp(self.added),
            "startTime": stamp(self.started) if self.started else None,
            "endTime": stamp(self.ended) if self.ended else None,
            "error": self.error,
        }


class JobQueue:
    """A thread that works the queue off; ``finished`` keeps the last ten."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queue: list[Job] = []
        self._ids = itertools.count(1)
        self._closed = False
        self.finished: list[Job] = []
        self._thread = threading.Thread(target=self._work, daemon=True, name="stash-jobs")
        self._thread.start()

    def add(self, description: str, run: Callable[[Job], None]) -> Job:
        """Put a job at the end."""
        with self._changed:
            job = Job(next(self._ids), description, run)
            self._queue.append(job)
            self._changed.notify_all()
            return job

    def queue(self) -> list[Job]:
        """What runs and waits, in order."""
        with self._changed:
            return list(self._queue)

    def find(self, job_id: int) -> Job | None:
        """A job that waits, runs, or ended a short while ago."""
        with self._changed:
            return next((job for job in [*self._queue, *self.finished] if job.id == job_id), None)

    def stop(self, job_id: int) -> None:
        """Take a waiting job away, or kill a running one: SIGKILL at once, and its children live on."""
        with self._changed:
            job = next((one for one in self._queue if one.id == job_id), None)
            if job is None:
                return
            job.cancelled.set()
            if job.status == "READY":
                job.status = "CANCELLED"
                self._queue.remove(job)
                self._keep(job)
            else:
                job.status = "STOPPING"
                if job.process is not None:
                    job.process.kill()

    def forget(self) -> None:
        """A restart of Stash: what waited is gone, what ran was killed."""
        for job in self.queue():
            self.stop(job.id)

    def wait_until_idle(self, timeout: float = 30.0) -> bool:
        """Whether nothing runs or waits within that time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue, timeout)

    def close(self) -> None:
        """End the thread, and whatever runs."""
        self.forget()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(timeout=10)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closed)
                if self._closed:
                    return
                job = self._queue[0]
                job.status, job.started = "RUNNING", time.time()
            try:
                job.run(job)
            except Exception as error:  # noqa: BLE001 -- as Stash: a job that fails ends, and the next one runs
                job.error = str(error)
            with self._changed:
                job.status = "CANCELLED" if job.cancelled.is_set() else "FAILED" if job.error else "FINISHED"
                job.ended = time.time()
                if job in self._queue:
                    self._queue.remove(job)
                self._keep(job)
                self._changed.notify_all()

    def _keep(self, job: Job) -> None:
        self.finished = [*self.finished, job][-KEPT:]
