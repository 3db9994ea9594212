"""Take over what had to be kept in another file, because the data folder could not be written."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from sync_queue.database import DatabaseError, connect, transaction
from sync_queue.intake import ERRAND, close_letters

if TYPE_CHECKING:
    import os
    import sqlite3

log = logging.getLogger("plexsync.Queue")

# The same coalescing as that of two edits: the row of the other file is one edit more. What it was doing there counts
# as not done, and what is held in either file is held.
JOB = """
INSERT INTO jobs (scene_id, state, trigger, priority, due_at, again_at, generation, attempts, queued_at, changed_at,
    waiting_since, deleted, force, last_error_type, last_error, title, path)
VALUES (:scene_id, CASE WHEN :state = 'held' THEN 'held' ELSE 'pending' END, :trigger, :priority, :due_at, :again_at,
    :generation, :attempts, :queued_at, :changed_at, :waiting_since, :deleted, :force, :last_error_type, :last_error,
    :title, :path)
ON CONFLICT (scene_id) DO UPDATE SET
    state = CASE WHEN excluded.state = 'held' OR state = 'held' THEN 'held'
                 WHEN state = 'in_flight' THEN 'in_flight' ELSE 'pending' END,
    priority = min(priority, excluded.priority),
    due_at = min(due_at, excluded.due_at),
    again_at = CASE WHEN excluded.again_at IS NULL THEN again_at ELSE max(coalesce(again_at, excluded.again_at), excluded.again_at) END,
    generation = generation + 1,
    attempts = 0,
    queued_at = min(queued_at, excluded.queued_at),
    deleted = CASE WHEN excluded.changed_at > changed_at THEN excluded.deleted ELSE deleted END,
    changed_at = max(changed_at, excluded.changed_at),
    force = max(force, excluded.force)
"""
# What was written from the other file is ours there and nowhere else; without it our values would pass for a person's.
LEDGER = """
INSERT INTO ledger (server, rating_key, scene_id, section_id, state_hash, record, listing_digest, synced_at, outcomes, shows)
VALUES (:server, :rating_key, :scene_id, :section_id, :state_hash, :record, :listing_digest, :synced_at, :outcomes, :shows)
ON CONFLICT (server, rating_key) DO UPDATE SET
    scene_id = excluded.scene_id, section_id = excluded.section_id, state_hash = excluded.state_hash,
    record = excluded.record, listing_digest = excluded.listing_digest, synced_at = excluded.synced_at,
    outcomes = excluded.outcomes, shows = excluded.shows
WHERE coalesce(excluded.synced_at, 0) >= coalesce(synced_at, 0)
"""
SNAPSHOT = """
INSERT INTO snapshots (server, rating_key, taken_at, item) VALUES (:server, :rating_key, :taken_at, :item)
ON CONFLICT (server, rating_key) DO UPDATE SET taken_at = excluded.taken_at, item = excluded.item
WHERE excluded.taken_at < taken_at
"""
DEAD_LETTER = """
INSERT OR REPLACE INTO dead_letters (scene_id, trigger, error_type, error_message, stack_trace, retry_count, title, path,
    hint, died_at, job, name, cause)
SELECT :scene_id, :trigger, :error_type, :error_message, :stack_trace, :retry_count, :title, :path, :hint, :died_at, :job,
    :name, :cause
WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE scene_id = :scene_id)
"""
KEEPSAKES = (("ledger", LEDGER), ("snapshots", SNAPSHOT), ("dead_letters", DEAD_LETTER), ("errands", ERRAND))


def adopt(db: sqlite3.Connection, other: str | os.PathLike[str], *, busy_timeout_s: float = 30.0) -> int:
    """Move every job of the file ``other`` into this one, and its ledger, snapshots and dead letters; returns how many jobs.

    A kill in between leaves a job in both files, never in none. A file that cannot be opened stays as it is, with a
    warning. Raises DatabaseUnusable when either file fails later; then nothing is lost.
    """
    here, there = Path(db.execute("PRAGMA database_list").fetchone()["file"]), Path(other)
    if not there.exists() or there.samefile(here):
        return 0
    try:
        source = connect(other, busy_timeout_s=busy_timeout_s)
    except DatabaseError as error:
        log.warning(
            "What was noted while the data folder could not be written is not taken over yet: %s", error
        )
        return 0
    try:
        return _move(source, db)
    finally:
        source.close()


def _move(source: sqlite3.Connection, db: sqlite3.Connection) -> int:
    tables = ("jobs", *(table for table, _ in KEEPSAKES))
    if not any(source.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in tables):  # noqa: S608 -- constants
        return 0
    # The source is locked all the while, so that no hook writes there what would be deleted unseen.
    with transaction(source):
        with transaction(db):
            jobs = _copy(source, db, "jobs", JOB)
            close_letters(db, [{**dict(row), "now": row["changed_at"]} for row in jobs])
            for table, sql in KEEPSAKES:
                _copy(source, db, table, sql)
        for table in tables:
            source.execute(f"DELETE FROM {table}")  # noqa: S608 -- constants
    return len(jobs)


def _copy(source: sqlite3.Connection, db: sqlite3.Connection, table: str, sql: str) -> list[sqlite3.Row]:
    rows: list[sqlite3.Row] = source.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 -- a constant
    db.executemany(sql, [dict(row) for row in rows])
    return rows
