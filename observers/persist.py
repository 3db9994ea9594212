"""The JSON persister: ``stats.json`` in the data folder, for the status page and for the next start.

``cumulative`` holds all sessions and no event twice: what each drain has added is kept in ``parts`` under its own id,
and saving again replaces that part. So a save of which nobody knows whether it came through can be repeated. Old parts are
folded into ``older``; whoever finds its own part folded begins another one.
"""

from __future__ import annotations

import logging
import time
import uuid
from functools import reduce
from typing import TYPE_CHECKING, Any

from events import SyncStats
from observers.stats_file import StatsFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from events import DrainFinished, DrainProgress, Event
    from observers.stats_file import Document

log = logging.getLogger("plexsync.StatsFile")

KEPT_PARTS = 8
"""One is at work, and a few more may wait to be saved again; to keep many would make every save slower."""
LOCK_WAIT_S = 2.0
PERCENTILES = (50, 95, 99)


class JsonPersister:
    """Saves at each batch and at the end of a drain. What is wrong with the file is said once, until it works again, and stops nothing."""

    def __init__(
        self, *, data_dir: Path, session_id: str | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._file = StatsFile(data_dir / "stats.json", clock=clock)
        self._clock = clock
        self._session_id = session_id or uuid.uuid4().hex
        self._session = self._fresh = SyncStats(session_start=clock())
        self._parts = 0
        self._begin_part()
        self._empty_fresh()
        self._complained = False

    def _begin_part(self) -> None:
        self._part: SyncStats | None = None
        self._part_id = f"{self._session_id}-{self._parts}"
        self._parts += 1

    def _empty_fresh(self) -> None:
        self._fresh = SyncStats(session_start=self._session.session_start)
        self._dirty = False

    def _count(self, _sender: object, *, event: Event) -> None:
        self._fresh.apply(event)
        self._dirty = True

    on_job_succeeded = on_job_skipped = on_job_failed = on_job_dlq = on_plex_down = on_plex_up = _count

    def on_drain_progress(self, _sender: object, *, event: DrainProgress) -> None:
        """Save, unless another process is just saving: the next batch comes soon."""
        self._count_traffic(event)
        self.save(wait_s=0.0)

    def on_drain_finished(self, _sender: object, *, event: DrainFinished) -> None:
        """Save. What could not be saved is kept, and the next drain's end saves both."""
        self._count_traffic(event)
        if self.save() and self._part:
            self._begin_part()

    def _count_traffic(self, event: DrainProgress | DrainFinished) -> None:
        """A drain that did nothing but ask Plex whether it is there is not worth a save, or a session in the file."""
        self._fresh.apply(event)
        self._dirty |= self._part is not None and event.traffic.requests > 0

    def save(self, *, wait_s: float = LOCK_WAIT_S) -> bool:
        """Merge this session into the file, which is replaced as a whole; True when there is nothing more to save.

        Never raises for what is wrong with the file or its folder: that is one warning.
        """
        if not self._dirty:
            return True
        try:
            with self._file.locked(wait_s):
                document = self._file.load()
                if self._part and self._part_id not in document["parts"]:
                    self._begin_part()  # others have folded it, and nothing of it may be added again
                part = self._part.merge(self._fresh) if self._part else self._fresh.copy()
                session = self._session.merge(self._fresh)
                self._file.write(self._merged(document, part, session))
        except OSError as error:
            if wait_s or not isinstance(error, TimeoutError):
                self._complain(error)
            return False
        self._part, self._session = part, session
        self._empty_fresh()
        self._complained = False
        return True

    def _complain(self, error: OSError) -> None:
        level = logging.DEBUG if self._complained else logging.WARNING
        text = "The figures are not saved, syncing goes on: %s: %s. They are kept, and saved with the next ones once that is mended"
        log.log(level, text, self._file.path, error)
        self._complained = True

    def _merged(self, document: Document, part: SyncStats, session: SyncStats) -> dict[str, Any]:
        """The file's new content. Our part comes last: the order is that of the latest save, and the oldest is folded."""
        older, parts = document["older"], dict(document["parts"])
        parts.pop(self._part_id, None)
        parts[self._part_id] = part
        while len(parts) > KEPT_PARTS:
            oldest = parts.pop(next(iter(parts)))
            older = older.merge(oldest) if older else oldest
        return {
            "session": {"id": self._session_id, **_shown(session)},
            "cumulative": _shown(_total(older, parts)),
            "updated_at": self._clock(),
            "older": older.to_dict() if older else None,
            "parts": {part_id: stats.to_dict() for part_id, stats in parts.items()},
        }


def _total(older: SyncStats | None, parts: dict[str, SyncStats]) -> SyncStats:
    first, *rest = [*([older] if older else []), *parts.values()]
    return reduce(SyncStats.merge, rest, first)


def _shown(stats: SyncStats) -> dict[str, Any]:
    """The figures, and what a reader would have to work out of them; times in seconds."""
    worked_out = {
        "success_rate": round(stats.success_rate, 1),
        "avg_processing_time": round(stats.avg_processing_time, 6),
        **{f"p{percent}_processing_time": round(stats.percentile(percent), 6) for percent in PERCENTILES},
    }
    return {**stats.to_dict(), **worked_out}
