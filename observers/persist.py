"""The JSON persister: ``stats.json`` in the data folder, for machines and for the next start.

``cumulative`` holds all sessions but no event twice: what a session has already added to it is kept beside it by the
session's id, so saving again replaces that session's part and adds nothing. Whatever is wrong with the file is said
once and never stops a sync.
"""

from __future__ import annotations

import json
import logging
import os
import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from events import SyncStats

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from events import DrainFinished, DrainProgress, JobDlq, JobFailed, JobSkipped, JobSucceeded, PlexDown

log = logging.getLogger("plexsync.Stats")

SCHEMA = 1
KEPT_SESSIONS = 50
"""Sessions whose part can still be replaced; an older one has long ended, and its part is simply in the sum."""
LOCK_WAIT_S = 2.0


class JsonPersister:
    """Saves at each batch and at the end of a drain."""

    def __init__(self, *, data_dir: Path) -> None:
        self._path = data_dir / "stats.json"
        self._stats = SyncStats()
        self._session_id = uuid.uuid4().hex
        self._dirty = False
        self._complained = False

    def on_job_succeeded(self, _sender: object, *, event: JobSucceeded) -> None:
        """Count it."""
        self._apply(event)

    def on_job_skipped(self, _sender: object, *, event: JobSkipped) -> None:
        """Count it."""
        self._apply(event)

    def on_job_failed(self, _sender: object, *, event: JobFailed) -> None:
        """Count it."""
        self._apply(event)

    def on_job_dlq(self, _sender: object, *, event: JobDlq) -> None:
        """Count it."""
        self._apply(event)

    def on_plex_down(self, _sender: object, *, event: PlexDown) -> None:
        """Count it."""
        self._apply(event)

    def on_drain_progress(self, _sender: object, *, event: DrainProgress) -> None:  # noqa: ARG002 -- a batch is done
        """Save what the batch added."""
        self.save()

    def on_drain_finished(self, _sender: object, *, event: DrainFinished) -> None:  # noqa: ARG002 -- the drain is done
        """Save the rest."""
        self.save()

    def _apply(self, event: JobSucceeded | JobSkipped | JobFailed | JobDlq | PlexDown) -> None:
        self._stats.apply(event)
        self._dirty = True

    def save(self) -> None:
        """Merge this session into the file and replace it whole; a failure is said once and tried again at the next save."""
        if not self._dirty:
            return
        try:
            with _locked(self._path):
                _replace(self._path, self._merged(_load(self._path)))
        except OSError as error:
            if not self._complained:
                log.warning(
                    "%s cannot be written (%s): the figures of this run stay in the log", self._path, error
                )
                self._complained = True
        else:
            self._dirty = False

    def _merged(self, known: dict[str, Any] | None) -> dict[str, Any]:
        known = known or {}
        parts: dict[str, Any] = dict(known.get("sessions") or {})
        older = SyncStats.from_dict(known.get("older") or {"session_start": self._stats.session_start})
        parts[self._session_id] = self._stats.to_dict()
        while len(parts) > KEPT_SESSIONS:  # dicts keep their order: the first is the oldest
            older = older.merge(SyncStats.from_dict(parts.pop(next(iter(parts)))))
        total = older
        for part in parts.values():
            total = total.merge(SyncStats.from_dict(part))
        return {
            "schema": SCHEMA,
            "session": {**self._stats.to_dict(), **_rates(self._stats)},
            "cumulative": {**total.to_dict(), **_rates(total)},
            "updated_at": time.time(),
            "older": older.to_dict(),
            "sessions": parts,
        }


def _rates(stats: SyncStats) -> dict[str, float]:
    return {
        "success_rate": round(stats.success_rate, 1),
        "avg_processing_time": round(stats.avg_processing_time, 6),
    }


def _load(path: Path) -> dict[str, Any] | None:
    """What is there; None when there is nothing, or nothing usable, which is then set aside."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["schema"] != SCHEMA:
            raise ValueError(f"it has schema {data['schema']!r}, and this version knows {SCHEMA}")
        SyncStats.from_dict(data.get("older") or {})
        for part in data["sessions"].values():
            SyncStats.from_dict(part)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        aside = path.with_name(f"{path.name}.aside-{int(time.time())}")
        path.replace(aside)
        log.warning(
            "%s could not be used (%s) and is kept as %s; counting begins anew", path, error, aside.name
        )
        return None
    else:
        return dict(data)


def _replace(path: Path, data: dict[str, Any]) -> None:
    """All of the new file or all of the old one, whatever happens in between."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with os.fdopen(
            os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8"
        ) as file:
            json.dump(data, file, indent=1, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Two processes that save at once do so one after the other. Raises OSError when the other takes too long."""
    from filelock import FileLock, Timeout  # noqa: PLC0415 -- only when there is something to save

    lock = FileLock(path.with_name(path.name + ".lock"), mode=0o600, fallback_to_soft=False)
    try:
        lock.acquire(timeout=LOCK_WAIT_S)
    except Timeout as error:
        raise OSError("another process is writing it") from error
    try:
        yield
    finally:
        lock.release()
