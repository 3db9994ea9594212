"""The dead letter queue: scenes that were given up, with everything that a person needs to see why."""

from __future__ import annotations

import json
import re
import traceback
from typing import TYPE_CHECKING, Any, NamedTuple

from sync_queue.causes import Cause, cause_of, count_causes, describe_cause
from sync_queue.database import chunks, storable, transaction
from sync_queue.intake import MANY, NOTE_CLOSED, enqueue
from sync_queue.names import Search
from sync_queue.stored import read_json
from sync_queue.waiting import base_name

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from sync_queue.job import Job

LONGEST_TRACE = 20_000
"""Characters. The end of a trace is kept: there stands what was raised."""
COLUMNS = "id, scene_id, trigger, error_type, error_message, stack_trace, retry_count, title, path, hint, died_at, job, cause"
CHUNK = 500
OF_CAUSE = "WHERE error_type = :kind AND cause = :cause"
# The chain of a trace goes back to what requests raised, whose text may hold a whole URL.
SECRET = re.compile(r"(?i)(x-plex-token|apikey|api_key|token|session)(['\"]?\s*[=:]\s*['\"]?)[^\s&'\",;)]+")


class DeadLetter(NamedTuple):
    """One scene that was given up. ``died_at`` is in epoch seconds, ``retry_count`` the tries that it had."""

    id: int
    scene_id: int
    trigger: str
    error_type: str
    error_message: str
    stack_trace: str
    retry_count: int
    title: str
    path: str
    hint: str
    died_at: float
    job: dict[str, Any]
    cause: str
    """What it has in common with all letters of the same trouble."""


class ClosedLetter(NamedTuple):
    """A dead letter that is gone, and by what: ``trigger`` is what queued its scene, or discard, purge or hold."""

    scene_id: int
    error_type: str
    cause: str
    title: str
    path: str
    died_at: float
    closed_at: float
    trigger: str


class DeadLetterQueue:
    """A scene has at most one dead letter: the newest."""

    def __init__(self, db: sqlite3.Connection, clock: Callable[[], float]) -> None:
        self._db = db
        self._clock = clock

    def add(
        self,
        job: Job,
        error: BaseException | str,
        retry_count: int,
        *,
        error_type: str | None = None,
        hint: str = "",
        title: str = "",
        path: str = "",
    ) -> None:
        """Give a scene up. To take it out of the queue in the same step, use ``SyncQueue.bury``."""
        with transaction(self._db) as db:
            insert(
                db,
                job,
                error,
                retry_count,
                error_type=error_type,
                hint=hint,
                title=title,
                path=path,
                now=self._clock(),
            )

    def get_recent(self, limit: int = 10) -> list[DeadLetter]:
        """The newest, newest first."""
        newest = f"SELECT {COLUMNS} FROM dead_letters ORDER BY died_at DESC, id DESC LIMIT ?"  # noqa: S608 -- a constant
        rows = self._db.execute(newest, (limit,))
        return [_letter(row) for row in rows]

    def get_error_summary(self) -> dict[str, int]:
        """How many of each error type, the most frequent first."""
        rows = self._db.execute(
            "SELECT error_type, count(*) FROM dead_letters GROUP BY error_type ORDER BY count(*) DESC, error_type"
        )
        return {str(row[0]): int(row[1]) for row in rows}

    def count(self) -> int:
        """How many scenes are given up."""
        return int(self._db.execute("SELECT count(*) FROM dead_letters").fetchone()[0])

    def get(self, scene_id: int) -> DeadLetter | None:
        """The dead letter of a scene, or None."""
        one = f"SELECT {COLUMNS} FROM dead_letters WHERE scene_id = ?"  # noqa: S608 -- a constant
        row = self._db.execute(one, (scene_id,)).fetchone()
        return None if row is None else _letter(row)

    def count_causes(self) -> dict[tuple[str, str], int]:
        """How many scenes each cause, an (error type, cause), has stopped; the hundred most frequent ones."""
        return count_causes(self._db)

    def describe_cause(self, error_type: str, cause: str) -> Cause | None:
        """One cause with its blast radius, or None when it is over."""
        return describe_cause(self._db, error_type, cause)

    def of_cause(self, error_type: str, cause: str, *, limit: int, offset: int = 0) -> list[DeadLetter]:
        """A page of the letters of one cause, the newest first."""
        page = f"SELECT {COLUMNS} FROM dead_letters {OF_CAUSE} ORDER BY died_at DESC, id DESC LIMIT :limit OFFSET :offset"  # noqa: S608 -- constants
        values = {"kind": error_type, "cause": cause, "limit": limit, "offset": offset}
        return [_letter(row) for row in self._db.execute(page, values)]

    def count_of_cause(self, error_type: str, cause: str) -> int:
        """How many scenes one cause has stopped."""
        query = f"SELECT count(*) FROM dead_letters {OF_CAUSE}"  # noqa: S608 -- a constant
        return int(self._db.execute(query, {"kind": error_type, "cause": cause}).fetchone()[0])

    def search(self, text: str, of: tuple[str, str] | None = None) -> dict[tuple[str, str], list[int]]:
        """The scenes that a text means (``names.Search``) by cause, or those of one cause; the newest first."""
        search = Search.of(text)
        where, values = ("", ()) if of is None else ("WHERE error_type = ? AND cause = ?", of)
        # The plus keeps SQLite from walking by time, which would read every letter in full.
        names = f"SELECT error_type, cause, scene_id, title, path FROM dead_letters {where} ORDER BY +died_at DESC, id DESC"  # noqa: S608 -- constants
        found: dict[tuple[str, str], list[int]] = {}
        for kind, cause, scene_id, title, path in self._db.execute(names, values):
            if search.means(scene_id, title, path):
                found.setdefault((kind, cause), []).append(scene_id)
        return found

    def of_scenes(self, scene_ids: Iterable[int]) -> list[DeadLetter]:
        """The letters of these scenes, in their order; a scene without one is left out."""
        return [letter for scene_id in scene_ids if (letter := self.get(scene_id)) is not None]

    # --- again, or no more ---

    def retry(self, scene_id: int) -> bool:
        """Back into the queue with fresh tries; False when the scene has no dead letter."""
        return bool(self.retry_many([scene_id]))

    def retry_many(self, scene_ids: Iterable[int]) -> list[int]:
        """The same for these scenes; returns those that had a dead letter."""
        return self._each(scene_ids, self._retry)

    def retry_type(self, error_type: str) -> int:
        """The same for all of one type; returns how many."""
        return len(self._retry("WHERE error_type = :kind", {"kind": error_type}))

    def retry_cause(self, error_type: str, cause: str) -> int:
        """The same for all of one cause; returns how many."""
        return len(self._retry(OF_CAUSE, {"kind": error_type, "cause": cause}))

    def retry_all(self) -> int:
        """The same for all; returns how many."""
        return len(self._retry("", {}))

    def _retry(self, where: str, values: dict[str, Any]) -> list[int]:
        now = self._clock()
        with transaction(self._db) as db:
            select = f"SELECT scene_id, job FROM dead_letters {where}"  # noqa: S608 -- constants of ours
            letters = db.execute(select, values).fetchall()
            for scene_id, job in letters:  # enqueue closes the dead letter
                forced = bool(read_json(job).get("force"))
                enqueue(db, scene_id, trigger="retry", priority=MANY, now=now, force=forced)
        return [int(letter[0]) for letter in letters]

    def discard(self, scene_id: int) -> bool:
        """Forget the dead letter of a scene; False when there was none."""
        return bool(self.discard_many([scene_id]))

    def discard_many(self, scene_ids: Iterable[int]) -> list[int]:
        """The same for these scenes; returns those that had a dead letter."""
        return self._each(scene_ids, self._forget)

    def discard_type(self, error_type: str) -> int:
        """Forget all of one type; returns how many."""
        return len(self._forget("WHERE error_type = :kind", {"kind": error_type}))

    def discard_cause(self, error_type: str, cause: str) -> int:
        """Forget all of one cause; returns how many."""
        return len(self._forget(OF_CAUSE, {"kind": error_type, "cause": cause}))

    def discard_all(self) -> int:
        """Forget them all; returns how many."""
        return len(self._forget("", {}))

    def purge(self, older_than_s: float) -> int:
        """Forget those that died longer ago than that; returns how many."""
        before = {"before": self._clock() - older_than_s}
        return len(self._forget("WHERE died_at < :before", before, trigger="purge"))

    def _forget(self, where: str, values: dict[str, Any], trigger: str = "discard") -> list[int]:
        with transaction(self._db) as db:
            found = f"SELECT scene_id FROM dead_letters {where}"  # noqa: S608 -- constants of ours
            gone = [int(row[0]) for row in db.execute(found, values).fetchall()]
            db.execute(f"{NOTE_CLOSED} {where}", {**values, "now": self._clock(), "trigger": trigger})
            db.execute(f"DELETE FROM dead_letters {where}", values)  # noqa: S608 -- as above
        return gone

    def _each(self, scene_ids: Iterable[int], act: Callable[[str, dict[str, Any]], list[int]]) -> list[int]:
        found: list[int] = []
        with transaction(self._db):
            for chunk in chunks(list(dict.fromkeys(scene_ids)), CHUNK):
                marks = ", ".join(f":id{number}" for number in range(len(chunk)))
                found += act(f"WHERE scene_id IN ({marks})", {f"id{n}": one for n, one in enumerate(chunk)})
        return sorted(found)

    def take_closed(self, limit: int = 500) -> list[ClosedLetter]:
        """Up to ``limit`` letters that are gone and were not told of, the first closed first; what is returned is told now."""
        if self._db.execute("SELECT 1 FROM closed_letters LIMIT 1").fetchone() is None:
            return []
        with transaction(self._db) as db:
            rows = db.execute("SELECT * FROM closed_letters ORDER BY id LIMIT ?", (limit,)).fetchall()
            db.executemany("DELETE FROM closed_letters WHERE id = ?", [(row["id"],) for row in rows])
        return [ClosedLetter(**{name: row[name] for name in ClosedLetter._fields}) for row in rows]


def insert(
    db: sqlite3.Connection,
    job: Job,
    error: BaseException | str,
    retry_count: int,
    *,
    error_type: str | None,
    hint: str,
    title: str,
    path: str,
    now: float,
    cause: str = "",
) -> None:
    """Write the dead letter within the caller's transaction.

    ``error_type`` is the error's class when it is empty, ``cause`` is made of the message then.
    """
    trace = "".join(traceback.format_exception(error)) if isinstance(error, BaseException) else ""
    kind = error_type or (type(error).__name__ if isinstance(error, BaseException) else "Unknown")
    where = storable(path or job.path)
    values = {
        "scene_id": job.scene_id,
        "trigger": job.trigger,
        "error_type": kind,
        "error_message": _clean(str(error)),
        "stack_trace": _clean(trace)[-LONGEST_TRACE:],
        "retry_count": retry_count,
        "title": storable(title or job.title),
        "path": where,
        "hint": hint,
        "died_at": now,
        "job": json.dumps(job._asdict()),
        "name": base_name(where),
        "cause": _clean(cause or cause_of(str(error), path or job.path)),
    }
    db.execute(
        "INSERT OR REPLACE INTO dead_letters (scene_id, trigger, error_type, error_message, stack_trace, retry_count, title, path, hint, "
        "died_at, job, name, cause) VALUES (:scene_id, :trigger, :error_type, :error_message, :stack_trace, :retry_count, :title, :path, :hint, "
        ":died_at, :job, :name, :cause)",
        values,
    )


def _clean(text: str) -> str:
    """Fit for the file and for a person's eyes: no secret, no character that UTF-8 lacks."""
    return SECRET.sub(r"\1\2…", storable(text))


def _letter(row: sqlite3.Row) -> DeadLetter:
    return DeadLetter(**{**dict(row), "job": read_json(row["job"])})
