"""The JSON persister: ``stats.json`` in the data folder, for the status page and for the next start.

``cumulative`` holds all sessions and no event twice: what each drain has added is kept in ``parts`` under its own id,
and saving again replaces that part. Old parts are folded into ``older``; a drain that is still at work is never among
them, because only one drain works at a time and the newest parts stay.
"""

from __future__ import annotations

import logging
import time
import uuid
from typing import TYPE_CHECKING, Any

from events import SyncStats
from observers.stats_file import StatsFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from events import DrainFinished, DrainProgress, Event
    from observers.stats_file import Document

log = logging.getLogger("plexsync.StatsFile")

KEPT_PARTS = 50
LOCK_WAIT_S = 2.0


class JsonPersister:
    """Saves at each batch and at the end of a drain. Whatever is wrong with the file is said once and stops nothing."""

    def __init__(
        self, *, data_dir: Path, session_id: str | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._file = StatsFile(data_dir / "stats.json", clock=clock)
        self._clock = clock
        self._session_id = session_id or uuid.uuid4().hex
        self._session = SyncStats(session_start=clock())
        self._drains = 0
        self._begin_part()
        self._dirty = False
        self._complained = False

    def _begin_part(self) -> None:
        self._part = SyncStats(session_start=self._session.session_start)
        self._part_id = f"{self._session_id}-{self._drains}"
        self._part_used = False
        self._drains += 1

    def _count(self, _sender: object, *, event: Event) -> None:
        self._session.apply(event)
        self._part.apply(event)
        self._dirty = self._part_used = True

    on_job_succeeded = on_job_skipped = on_job_failed = on_job_dlq = on_plex_down = _count

    def on_drain_progress(self, _sender: object, *, event: DrainProgress) -> None:  # noqa: ARG002 -- a batch is a batch
        """Save, unless another process is just saving: the next batch comes soon."""
        self.save(wait_s=0.0)

    def on_drain_finished(self, _sender: object, *, event: DrainFinished) -> None:  # noqa: ARG002 -- an end is an end
        """Save. What could not be saved stays in the part, and the next drain's end saves both."""
        if self.save():
            self._begin_part()

    def cumulative(self) -> SyncStats:
        """All sessions together: what the file holds, and what this one has not saved yet."""
        document = self._file.read()
        return _total(document["older"], self._parts_with_ours(document))

    def save(self, *, wait_s: float = LOCK_WAIT_S) -> bool:
        """Merge this session into the file, which is replaced as a whole; True when the file holds all of it.

        Never raises for what is wrong with the file or its folder: that is one warning.
        """
        if not self._dirty:
            return True
        try:
            with self._file.locked(wait_s):
                self._file.write(self._merged(self._file.load()))
        except OSError as error:
            if wait_s or not isinstance(error, TimeoutError):
                self._complain(error)
            return False
        self._dirty = False
        return True

    def _complain(self, error: OSError) -> None:
        level = logging.DEBUG if self._complained else logging.WARNING
        log.log(level, "The figures are not saved, syncing goes on: %s: %s", self._file.path, error)
        self._complained = True

    def _merged(self, document: Document) -> dict[str, Any]:
        older, parts = document["older"], self._parts_with_ours(document)
        while len(parts) > KEPT_PARTS:
            oldest = parts.pop(next(iter(parts)))
            older = older.merge(oldest) if older else oldest
        return {
            "session": {"id": self._session_id, **_shown(self._session)},
            "cumulative": _shown(_total(older, parts)),
            "updated_at": self._clock(),
            "older": older.to_dict() if older else None,
            "parts": {part_id: part.to_dict() for part_id, part in parts.items()},
        }

    def _parts_with_ours(self, document: Document) -> dict[str, SyncStats]:
        """Ours comes last: the order is that of the latest save, and the first to be folded is the oldest."""
        parts = dict(document["parts"])
        parts.pop(self._part_id, None)
        if self._part_used:
            parts[self._part_id] = self._part
        return parts


def _total(older: SyncStats | None, parts: dict[str, SyncStats]) -> SyncStats:
    known = [*([older] if older else []), *parts.values()]
    total = known[0].copy() if known else SyncStats()
    for stats in known[1:]:
        total = total.merge(stats)
    return total


def _shown(stats: SyncStats) -> dict[str, Any]:
    rates = {
        "success_rate": round(stats.success_rate, 1),
        "avg_processing_time": round(stats.avg_processing_time, 6),
    }
    return {**stats.to_dict(), **rates}
