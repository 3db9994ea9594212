"""Into the queue: one row for a hook, many for a run. Light: the hook comes through here while a person waits."""

import sqlite3

from sync_queue.database import chunks, transaction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

FRESH_S = 10.0
"""A runner that has not been heard of for longer is void: its job was cancelled, Stash restarted, or it was killed."""
AHEAD_S = 5.0
"""A time further in the future is void too: the clock was set back since."""
CHUNK = 1000

# A new edit makes the row due at once and gives it fresh tries. A row in flight or held stays where it is: its
# generation tells the drain that the scene has changed meanwhile.
UPSERT = """
INSERT INTO jobs (scene_id, state, trigger, priority, due_at, again_at, queued_at, changed_at, deleted, force)
VALUES (:scene_id, 'pending', :trigger, :priority, :due_at, :again_at, :now, :now, :deleted, :force)
ON CONFLICT (scene_id) DO UPDATE SET
    state = CASE WHEN state IN ('in_flight', 'held') THEN state ELSE 'pending' END,
    trigger = excluded.trigger,
    priority = min(priority, excluded.priority),
    due_at = CASE WHEN state = 'pending' THEN min(due_at, excluded.due_at) ELSE excluded.due_at END,
    again_at = CASE WHEN excluded.again_at IS NULL THEN again_at ELSE max(coalesce(again_at, 0), excluded.again_at) END,
    generation = generation + 1,
    attempts = 0,
    changed_at = excluded.changed_at,
    deleted = excluded.deleted,
    force = max(force, excluded.force)
"""


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
    asker: "str | None" = None,
    pid: int = 0,
) -> bool:
    """Note that a scene has changed, in one committed transaction; a dead letter of that scene is thereby closed.

    With ``asker`` the same transaction answers whether the caller must see to a drain: True when none is at work and
    nobody was asked within ten seconds. The ask is then the caller's, and no other process is told so until it is void.
    A drain that ends looks for due rows in one transaction, too, so a row is either seen by it or finds it gone.
    """
    row = {
        "scene_id": scene_id,
        "trigger": trigger,
        "priority": priority,
        "due_at": now if due_at is None else due_at,
        "again_at": again_at,
        "now": now,
        "deleted": int(deleted),
        "force": 0,
    }
    with transaction(db):
        db.execute(UPSERT, row)
        db.execute("DELETE FROM dead_letters WHERE scene_id = ?", (scene_id,))
        if asker is None or _somebody_is_fresh(db, now):
            return False
        db.execute(
            "INSERT OR REPLACE INTO runners (kind, token, pid, at) VALUES ('ask', ?, ?, ?)", (asker, pid, now)
        )
        return True


def enqueue_many(
    db: sqlite3.Connection,
    scene_ids: "Iterable[int]",
    *,
    trigger: str,
    priority: int,
    now: float,
    force: bool = False,
) -> int:
    """Queue many scenes, a thousand in a transaction; returns how many. One that waits for Plex is looked at again."""
    ids = list(scene_ids)
    for chunk in chunks(ids, CHUNK):
        with transaction(db):
            for scene_id in chunk:
                row = {
                    "scene_id": scene_id,
                    "trigger": trigger,
                    "priority": priority,
                    "due_at": now,
                    "again_at": None,
                    "now": now,
                    "deleted": 0,
                    "force": int(force),
                }
                db.execute(UPSERT, row)
                db.execute("DELETE FROM dead_letters WHERE scene_id = ?", (scene_id,))
    return len(ids)


def release_ask(db: sqlite3.Connection, token: str) -> None:
    """Take an ask back that led to nothing, so that the watcher need not wait until it is void."""
    with transaction(db):
        db.execute("DELETE FROM runners WHERE kind = 'ask' AND token = ?", (token,))


def _somebody_is_fresh(db: sqlite3.Connection, now: float) -> bool:
    found = db.execute(
        "SELECT 1 FROM runners WHERE at BETWEEN ? AND ?", (now - FRESH_S, now + AHEAD_S)
    ).fetchone()
    return found is not None
