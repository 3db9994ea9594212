"""A claimed row of the queue as a value, and how many rows there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3

COLUMNS = "scene_id, trigger, priority, attempts, generation, queued_at, changed_at, waiting_since, deleted, force, again_at, path, title"


class Job(NamedTuple):
    """A claimed row. ``attempts`` counts the failed tries before this one; times are epoch seconds."""

    scene_id: int
    trigger: str
    priority: int
    attempts: int
    generation: int
    queued_at: float
    changed_at: float
    waiting_since: float | None
    deleted: bool
    force: bool
    again_at: float | None
    path: str
    title: str


class Counts(NamedTuple):
    """Rows by state; ``pending`` is what is due now, ``deferred`` what is pending but due later.

    ``previewed`` was looked at by a dry run, and is due when that is over.
    """

    pending: int
    deferred: int
    in_flight: int
    waiting_for_plex: int
    held: int
    previewed: int
    dead: int


def job_from(row: sqlite3.Row | dict[str, Any], now: float) -> Job:
    """The row as it is claimed: a second look whose time has come is part of this one."""
    values = dict(row)
    if values["again_at"] is not None and values["again_at"] <= now:
        values["again_at"] = None
    return Job(**{**values, "deleted": bool(row["deleted"]), "force": bool(row["force"])})
