"""What was done lately, for whoever looks: the last result of each scene, and the last drains. Bounded by number and age.

The drain's observer writes it after the fact: nothing depends on it, and a kill costs the last batch's lines at most.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from sync_queue.database import storable, transaction
from sync_queue.names import note_names
from sync_queue.stored import read_json

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

KEPT_RESULTS = 5_000
KEPT_DRAINS = 5_000
KEPT_S = 180 * 86_400.0
NOTE = """
INSERT OR REPLACE INTO results (scene_id, at, drain_id, trigger, result, title, path, detail)
SELECT :scene_id, :at, :drain_id, :trigger, :result, :title, :path, :detail
WHERE :result <> 'unchanged' OR :trigger NOT LIKE 'sync%' OR EXISTS (SELECT 1 FROM results WHERE scene_id = :scene_id)
"""


class Result(NamedTuple):
    """How a scene's last try ended: ``result`` is changed, unchanged, skipped, failed or given_up.

    ``detail`` has JSON values: what the event of that end carried, and the evidence of the match.
    """

    scene_id: int
    at: float
    drain_id: str
    trigger: str
    result: str
    title: str
    path: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainRow:
    """A drain. ``finished_at`` is None while it is at work, and for ever when it was killed; times in epoch seconds.

    ``counts`` are its jobs by result, in the words of ``Result``.
    """

    drain_id: str
    runner: str
    started_at: float
    seen_at: float
    finished_at: float | None = None
    reason: str = ""
    message: str = ""
    done: int = 0
    total: int = 0
    counts: dict[str, int] = field(default_factory=dict)


class History:
    """Every method is one transaction, or part of the one that its caller has open."""

    def __init__(
        self, db: sqlite3.Connection, *, kept_results: int = KEPT_RESULTS, kept_drains: int = KEPT_DRAINS
    ) -> None:
        self._db = db
        self._kept_results = kept_results
        self._kept_drains = kept_drains

    def note(self, results: Iterable[Result], drain: DrainRow | None) -> None:
        """Keep the newest result of each scene, how it is called now, and how the drain stands.

        That a run over the library found a scene in order is kept only in place of what was known of it before: thousands
        of those would push out what somebody looks for.
        """
        with transaction(self._db) as db:
            found = list(results)
            db.executemany(NOTE, [_values(result) for result in found])
            note_names(db, [(result.scene_id, result.title, result.path) for result in found])
            if drain is not None:
                self._note_drain(drain)
            self._forget_the_oldest("results", "at", self._kept_results)

    def _note_drain(self, drain: DrainRow) -> None:
        if (
            not drain.done
        ):  # a watcher may meet the same trouble every ten seconds: one row for each kind will do
            self._db.execute("DELETE FROM drains WHERE done = 0 AND reason = ?", (drain.reason,))
        values = {
            **{name: getattr(drain, name) for name in DrainRow.__slots__},
            "message": storable(drain.message),
            "counts": json.dumps(drain.counts),
        }
        self._db.execute(
            "INSERT OR REPLACE INTO drains (drain_id, runner, started_at, seen_at, finished_at, reason, message, done, total, counts) "
            "VALUES (:drain_id, :runner, :started_at, :seen_at, :finished_at, :reason, :message, :done, :total, :counts)",
            values,
        )
        self._forget_the_oldest("drains", "started_at", self._kept_drains)

    def _forget_the_oldest(self, table: str, column: str, kept: int) -> None:
        newest = f"SELECT {column} FROM {table} ORDER BY {column} DESC LIMIT 1"  # noqa: S608 -- our own names
        row = self._db.execute(f"{newest} OFFSET ?", (kept,)).fetchone()
        latest = self._db.execute(newest).fetchone()
        if latest is not None:
            cut = latest[0] - KEPT_S if row is None else max(row[0], latest[0] - KEPT_S)
            self._db.execute(f"DELETE FROM {table} WHERE {column} <= ?", (cut,))  # noqa: S608 -- as above

    def result_of(self, scene_id: int) -> Result | None:
        """The last result of a scene, or None when it is not kept (any more)."""
        row = self._db.execute("SELECT * FROM results WHERE scene_id = ?", (scene_id,)).fetchone()
        return None if row is None else _result(row)

    def recent_results(self, limit: int = 20) -> list[Result]:
        """The newest first."""
        rows = self._db.execute("SELECT * FROM results ORDER BY at DESC LIMIT ?", (limit,))
        return [_result(row) for row in rows]

    def recent_drains(self, limit: int = 10) -> list[DrainRow]:
        """The newest first."""
        rows = self._db.execute("SELECT * FROM drains ORDER BY started_at DESC LIMIT ?", (limit,))
        return [_drain(row) for row in rows]

    def drain(self, drain_id: str) -> DrainRow | None:
        """One drain, or None while it has done nothing."""
        row = self._db.execute("SELECT * FROM drains WHERE drain_id = ?", (drain_id,)).fetchone()
        return None if row is None else _drain(row)

    def drains_since(self, at: float) -> list[DrainRow]:
        """Those that began after that time, the newest first."""
        rows = self._db.execute("SELECT * FROM drains WHERE started_at > ? ORDER BY started_at DESC", (at,))
        return [_drain(row) for row in rows]


def _values(result: Result) -> dict[str, Any]:
    return {
        **result._asdict(),
        "title": storable(result.title),
        "path": storable(result.path),
        "detail": storable(json.dumps(result.detail, ensure_ascii=False, separators=(",", ":"))),
    }


def _result(row: sqlite3.Row) -> Result:
    return Result(**{**dict(row), "detail": read_json(row["detail"])})


def _drain(row: sqlite3.Row) -> DrainRow:
    return DrainRow(**{**dict(row), "counts": read_json(row["counts"])})
