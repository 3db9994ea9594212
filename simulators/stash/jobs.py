"""Stash's job queue (pkg/job): one job at a time, whatever it is."""

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
"""How many ended jobs ``findJob`` still knows."""
UNKNOWN_PROGRESS = -1.0


class JobError(Exception):
    """Ends a job as FAILED with this text."""


@dataclass(slots=True, eq=False)
class Job:
    """A job; ``run`` does its work and may look at ``cancelled``. ``progress`` is 0 to 1, or -1 while unknown."""

    id: int
    description: str
    run: Callable[[Job], None]
    status: str = "READY"
    progress: float = UNKNOWN_PROGRESS
    error: str | None = None
    added: float = field(default_factory=time.time)
    started: float | None = None
    ended: float | None = None
    process: subprocess.Popen[bytes] | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)

    def started_as(self, process: subprocess.Popen[bytes]) -> None:
        """Note the job's process; it is killed at once when somebody has stopped the job already."""
        self.process = process
        if self.cancelled.is_set():
            process.kill()

    def as_graphql(self) -> dict[str, Any]:
        """The job as the schema has it."""
        return {
            "id": str(self.id),
            "status": self.status,
            "description": self.description,
            "progress": None if self.progress == UNKNOWN_PROGRESS else self.progress,
            "addTime": stamp(self.added),
            "startTime": stamp(self.started) if self.started else None,
            "endTime": stamp(self.ended) if self.ended else None,
            "error": self.error,
        }


class JobQueue:
    """A thread that works the queue off; ``finished`` keeps the last ten."""

    def __init__(self, on_error: Callable[[str], None] = lambda _text: None) -> None:
        self.finished: list[Job] = []
        self._on_error = on_error
        self._changed = threading.Condition()
        self._queue: list[Job] = []
        self._ids = itertools.count(1)
        self._closed = False
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
            self._cancel(job)
            if job.status == "READY":
                job.status = "CANCELLED"
                self._queue.remove(job)
                self._keep(job)
                self._changed.notify_all()
            else:
                job.status = "STOPPING"

    def stop_all(self) -> None:
        """What waits first, so that none of it starts."""
        for job in reversed(self.queue()):
            self.stop(job.id)

    def forget(self) -> None:
        """As after a restart of Stash: the queue is gone, with what ran in it, nothing is known of it, and the ids
        begin anew.
        """
        with self._changed:
            for job in self._queue:
                self._cancel(job)
            self._queue = []
            self.finished = []
            self._ids = itertools.count(1)
            self._changed.notify_all()

    def wait_until_idle(self, timeout: float = 60.0) -> bool:
        """Whether nothing runs or waits within that time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue, timeout)

    def close(self) -> None:
        """End the thread, and whatever runs."""
        self.forget()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(timeout=60)

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
                self._on_error(f"task failed due to error: {error}")
            self._end(job)

    def _end(self, job: Job) -> None:
        with self._changed:
            if job.status == "STOPPING":
                job.status = "CANCELLED"
            else:
                job.status = "FAILED" if job.error else "FINISHED"
            job.ended = time.time()
            if job in self._queue:  # not after forget()
                self._queue.remove(job)
                self._keep(job)
            self._changed.notify_all()

    @staticmethod
    def _cancel(job: Job) -> None:
        job.cancelled.set()
        if job.process is not None:
            job.process.kill()

    def _keep(self, job: Job) -> None:
        self.finished = [*self.finished, job][-KEPT:]
