"""Into the queue: one row for a hook, many for a run. Light: the hook comes through here while a person waits."""

import os
import sqlite3

from sync_queue.database import chunks, transaction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PERSON, MANY, RUN = 0, 1, 2
"""Priorities: one edit by a person; scans and edits of many scenes at once; runs over the whole library."""

FRESH_S = 10.0
"""A runner that has not been heard of for longer is void: its job was cancelled, Stash restarted, or it was killed."""
AHEAD_S = 5.0
"""A time further in the future is void too: the clock was set back since."""
CHUNK = 1000

# A new edit makes the row due at once and gives it fresh tries. A row in flight or held stays where it is: its
# generation tells the drain that the scene has changed meanwhile. One that nobody has looked at since it was made stays new.
UPSERT = """
INSERT INTO jobs (scene_id, state, trigger, priority, due_at, again_at, queued_at, changed_at, deleted, force)
VALUES (:scene_id, 'pending', :trigger, :priority, :due_at, :again_at, :now, :now, :deleted, :force)
ON CONFLICT (scene_id) DO UPDATE SET
    state = CASE WHEN state IN ('in_flight', 'held') THEN state ELSE 'pending' END,
    trigger = CASE WHEN state = 'pending' AND trigger = 'Scene.Create.Post' AND waiting_since IS NULL AND NOT excluded.deleted
                   THEN trigger ELSE excluded.trigger END,
    priority = min(priority, excluded.priority),
    due_at = CASE WHEN state IN ('pending', 'held') THEN min(due_at, excluded.due_at) ELSE excluded.due_at END,
    again_at = CASE WHEN excluded.again_at IS NULL THEN again_at ELSE max(coalesce(again_at, excluded.again_at), excluded.again_at) END,
    generation = generation + 1,
    attempts = 0,
    changed_at = excluded.changed_at,
    deleted = excluded.deleted,
    force = max(force, excluded.force)
"""
# A dead letter that is closed is told of by the next drain: whoever closes it may be a hook, which emits nothing.
NOTE_CLOSED = """
INSERT OR REPLACE INTO closed_letters (scene_id, error_type, cause, title, path, died_at, closed_at, trigger)
SELECT scene_id, error_type, cause, title, path, died_at, :now, :trigger FROM dead_letters
"""
CLOSE_LETTER = "DELETE FROM dead_letters WHERE scene_id = :scene_id"


def enqueue(
    db: sqlite3.Connection,
    scene_id: int,
    *,
    trigger: str,
    priority: int,
    now: float,
    due_at: "float | None" = None,
    again_at: "float | None" = None,
    deleted: bool = False,
    force: bool = False,
    asker: "str | None" = None,
    pid: int = 0,
) -> bool:
    """Note that a scene has changed, in one committed transaction; a dead letter of that scene is thereby closed.

    ``again_at`` has it looked at once more after that time (epoch seconds). With ``asker`` the same transaction answers
    whether the caller must see to a drain: True when none is at work and nobody was asked within ten seconds. The ask is
    then the caller's, and no other process is told so until it is void. A drain that ends looks for due rows in one
    transaction, too, so a row is either seen by it or finds it gone. Raises DatabaseUnusable; then nothing was written.
    """
    row = _row(scene_id, trigger, priority, now, deleted=deleted, force=force)
    row["again_at"] = again_at
    if due_at is not None:
        row["due_at"] = due_at
    with transaction(db):
        db.execute(UPSERT, row)
        close_letters(db, [row])
        return asker is not None and claim_ask(db, asker, pid, now)


ERRAND = """
INSERT INTO errands (kind, id, change, trigger, due_at) VALUES (:kind, :id, :change, :trigger, :due_at)
ON CONFLICT (kind, id) DO UPDATE SET
    change = CASE WHEN 'gone' IN (change, excluded.change) THEN 'gone'
                  WHEN change = excluded.change THEN change ELSE 'shown' END,
    trigger = excluded.trigger,
    due_at = min(due_at, excluded.due_at),
    generation = generation + 1,
    after = 0,
    attempts = 0
"""


def enqueue_errand(
    db: sqlite3.Connection,
    kind: str,
    object_id: int,
    *,
    change: str,
    trigger: str,
    now: float,
    asker: "str | None" = None,
    pid: int = 0,
) -> bool:
    """Note that a performer, studio, tag or group has changed; its scenes are looked up and queued by the next drain.

    As ``enqueue`` otherwise: one committed transaction, the answer to ``asker``, and two changes of one are one errand.
    """
    row = {"kind": kind, "id": object_id, "change": change, "trigger": trigger, "due_at": now}
    with transaction(db):
        db.execute(ERRAND, row)
        return asker is not None and claim_ask(db, asker, pid, now)


def enqueue_many(
    db: sqlite3.Connection,
    scene_ids: "Iterable[int]",
    *,
    trigger: str,
    priority: int,
    now: float,
    force: bool = False,
    deleted: bool = False,
) -> int:
    """Queue many scenes, a thousand in a transaction; returns how many. One that waits for Plex is looked at again."""
    ids = list(scene_ids)
    for chunk in chunks(ids, CHUNK):
        rows = [_row(one, trigger, priority, now, deleted=deleted, force=force) for one in chunk]
        with transaction(db):
            db.executemany(UPSERT, rows)
            close_letters(db, rows)
    return len(ids)


def _row(
    scene_id: int, trigger: str, priority: int, now: float, *, deleted: bool, force: bool
) -> "dict[str, str | int | float | None]":
    """What UPSERT takes, for a scene that is due now and is looked at once."""
    return {
        "scene_id": scene_id,
        "trigger": trigger,
        "priority": priority,
        "due_at": now,
        "again_at": None,
        "now": now,
        "deleted": int(deleted),
        "force": int(force),
    }


def close_letters(db: sqlite3.Connection, rows: "Iterable[Mapping[str, object]]") -> None:
    """Within the caller's transaction: dead letters of these scenes are gone; ``rows`` have scene_id, trigger and now."""
    if db.execute("SELECT 1 FROM dead_letters LIMIT 1").fetchone() is None:
        return
    for row in rows:
        if db.execute(f"{NOTE_CLOSED} WHERE scene_id = :scene_id", row).rowcount:
            db.execute(CLOSE_LETTER, row)


def claim_ask(db: sqlite3.Connection, token: str, pid: int, now: float) -> bool:
    """Whether the caller must see to a drain, since nobody was heard of; the ask is then noted as the caller's."""
    with transaction(db):
        heard = "SELECT kind, pid FROM runners WHERE at BETWEEN ? AND ?"
        rows = db.execute(heard, (now - FRESH_S, now + AHEAD_S)).fetchall()
        if not all(is_killed(kind, pid) for kind, pid in rows):
            return False
        note = "INSERT OR REPLACE INTO runners (kind, token, pid, at) VALUES ('ask', ?, ?, ?)"
        db.execute(note, (token, pid, now))
        return True


def is_killed(kind: str, pid: int) -> bool:
    """Whether a runner that was heard of is surely gone: its row stands for ten seconds more, and nobody need wait for that.

    Never true of an ask, whose process has ended long since, nor on Windows, where looking at a process can end it.
    """
    if kind == "ask" or os.name != "posix":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def release_ask(db: sqlite3.Connection, token: str) -> None:
    """Take an ask back that led to nothing, so that the watcher need not wait until it is void."""
    with transaction(db):
        db.execute("DELETE FROM runners WHERE kind = 'ask' AND token = ?", (token,))
