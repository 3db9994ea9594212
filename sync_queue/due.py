"""Which rows are due. Every question is a few steps down an index, however many rows are put off to later.

The index is (state, priority, due_at). Asking for each priority that occurs, instead of for all at once, is what keeps
a thousand put-off rows of an urgent priority from being walked over on the way to the due ones of the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_queue.database import transaction

if TYPE_CHECKING:
    import sqlite3

CAP_S = 600.0
"""No retry is further ahead than this: a due time that is was made by a clock that jumped."""
LOOK_CAP_S = 86_400.0
"""The same for a scene that waits for Plex: it is looked at once a day."""
LONG_GAP_S = 30 * 86_400.0
SLACK_S = 5.0
"""A clock that is corrected by less than this is no clock that jumped."""
CAPS = {"pending": CAP_S, "waiting_for_plex": LOOK_CAP_S}


def priorities(db: sqlite3.Connection, state: str, highest: int | None = None) -> list[int]:
    """The priorities that occur among the rows of a state, the most urgent first, up to and with ``highest``."""
    found: list[int] = []
    after = "SELECT min(priority) FROM jobs WHERE state = ? AND priority > ?"
    last = -1
    while True:
        lowest = db.execute(after, (state, last)).fetchone()[0]
        if lowest is None or (highest is not None and lowest > highest):
            return found
        last = int(lowest)
        found.append(last)


def first_due(db: sqlite3.Connection, state: str, highest: int | None = None) -> float | None:
    """The earliest due time among the rows of a state, or None when there are none."""
    first = "SELECT min(due_at) FROM jobs WHERE state = ? AND priority = ?"
    times = [
        db.execute(first, (state, priority)).fetchone()[0] for priority in priorities(db, state, highest)
    ]
    return min(times, default=None)


def is_due(db: sqlite3.Connection, now: float, highest: int | None = None) -> bool:
    """Whether there is work: a row that is due, counting those that wait for Plex, or scenes to be looked up.

    ``highest`` asks for pending rows up to this priority only.
    """
    if highest is None and errand_is_due(db, now):
        return True
    states = ("pending",) if highest is not None else ("pending", "waiting_for_plex")
    times = [first_due(db, state, highest) for state in states]
    return any(time is not None and time <= now for time in times)


def errand_is_due(db: sqlite3.Connection, now: float) -> bool:
    """Whether scenes are to be looked up. One put off for longer than any backoff is due: the clock was ahead then."""
    first = db.execute("SELECT min(due_at) FROM errands").fetchone()[0]
    if first is None:
        return False
    last = db.execute("SELECT max(due_at) FROM errands").fetchone()[0]
    return bool(first <= now or last > now + CAP_S + SLACK_S)


def pull_in(db: sqlite3.Connection, now: float) -> None:
    """Bring due times back that no backoff can have made; the clock was ahead when they were written.

    Writes only when there are such rows, so that it may stand in what is asked every other second.
    """
    last = "SELECT max(due_at) FROM jobs WHERE state = ? AND priority = ?"
    update = (
        "UPDATE jobs SET due_at = :at, waiting_since = min(waiting_since, :now) "
        "WHERE state = :state AND priority = :priority AND due_at > :at"
    )
    for state, cap_s in CAPS.items():
        for priority in priorities(db, state):
            if db.execute(last, (state, priority)).fetchone()[0] > now + cap_s + SLACK_S:
                with transaction(db):
                    db.execute(update, {"at": now + cap_s, "now": now, "state": state, "priority": priority})


def clock_went_back(db: sqlite3.Connection, now: float) -> None:
    """Rows of a time to come, as the clock has it now, are due: it was ahead when they were written.

    Walks over all rows that are put off: for a start, and not for what is asked every other second.
    """
    update = (
        "UPDATE jobs SET due_at = :now, changed_at = :now WHERE state = 'pending' AND priority = :priority "
        "AND due_at > :now AND changed_at > :ahead"
    )
    for priority in priorities(db, "pending"):
        db.execute(update, {"now": now, "ahead": now + SLACK_S, "priority": priority})


def look_again(db: sqlite3.Connection, now: float) -> None:
    """Scenes that wait for Plex and whose daily look is due are pending again.

    A look that is overdue by more than a month says that the clock has jumped, or that nobody was there at all: that time
    counts for nothing, or a scene would be given up for it.
    """
    update = (
        "UPDATE jobs SET state = 'pending', "
        "waiting_since = CASE WHEN :now - due_at > :gap THEN waiting_since + :now - due_at ELSE waiting_since END "
        "WHERE state = 'waiting_for_plex' AND priority = :priority AND due_at <= :now"
    )
    for priority in priorities(db, "waiting_for_plex"):
        db.execute(update, {"now": now, "priority": priority, "gap": LONG_GAP_S})


def due_rows(
    db: sqlite3.Connection, columns: str, now: float, limit: int, highest: int | None = None
) -> list[sqlite3.Row]:
    """Up to ``limit`` pending rows that are due: by priority, then the longest due first."""
    select = (
        f"SELECT {columns} FROM jobs WHERE state = 'pending' AND priority = ? AND due_at <= ? "  # noqa: S608 -- a constant of ours
        "ORDER BY due_at, scene_id LIMIT ?"
    )
    found: list[sqlite3.Row] = []
    for priority in priorities(db, "pending", highest):
        if len(found) >= limit:
            break
        found += db.execute(select, (priority, now, limit - len(found)))
    return found


def how_many_are_due(db: sqlite3.Connection, now: float) -> int:
    """The pending rows that are due."""
    count = "SELECT count(*) FROM jobs WHERE state = 'pending' AND priority = ? AND due_at <= ?"
    return sum(db.execute(count, (priority, now)).fetchone()[0] for priority in priorities(db, "pending"))
