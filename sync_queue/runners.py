"""Who works or was asked to: rows with a time, never flags. Hooks read them to learn whether somebody drains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_queue import due
from sync_queue.database import transaction
from sync_queue.intake import AHEAD_S, FRESH_S, claim_ask, is_killed
from sync_queue.jobs import PAUSED
from sync_queue.meta import get_meta

if TYPE_CHECKING:
    import sqlite3


def ask(db: sqlite3.Connection, token: str, pid: int, now: float) -> bool:
    """Whether the caller must see to a drain, as ``enqueue`` answers it, without a row; the ask is then the caller's."""
    return claim_ask(db, token, pid, now)


def note_ask(db: sqlite3.Connection, token: str, pid: int, now: float) -> bool:
    """Whoever calls is about to drain, so that nobody else begins beside it; ``release_ask`` takes that back.

    Whether nobody had been asked within ten seconds: then nobody has started a watcher for it either.
    """
    with transaction(db):
        news = not is_fresh(db, "ask", now)
        _note(db, "ask", token, pid, now)
        return news


def register_drain(db: sqlite3.Connection, token: str, pid: int, now: float) -> None:
    """A drain is at work from now on, and an ask has led to it."""
    with transaction(db):
        _note(db, "drain", token, pid, now)
        db.execute("DELETE FROM runners WHERE kind = 'ask'")


def beat(db: sqlite3.Connection, token: str, now: float) -> None:
    """The drain is still at work. Nothing happens when another one has registered since."""
    with transaction(db):
        db.execute("UPDATE runners SET at = ? WHERE kind = 'drain' AND token = ?", (now, token))


def end_if_idle(db: sqlite3.Connection, token: str, now: float) -> bool:
    """End the drain in the transaction that finds nothing due; False when there is something, and it stays registered.

    So whoever enqueues is either seen here or finds no drain, and asks for one. While paused nothing counts as due.
    """
    with transaction(db):
        if get_meta(db, PAUSED) is None:
            due.pull_in(db, now)
            if due.is_due(db, now):
                return False
        end(db, token)
        return True


def end(db: sqlite3.Connection, token: str) -> None:
    """The drain has ended, whatever is left."""
    with transaction(db):
        db.execute("DELETE FROM runners WHERE kind = 'drain' AND token = ?", (token,))


def note_probe(db: sqlite3.Connection, token: str, pid: int, now: float) -> None:
    """Plex is being looked for, or a watcher waits for the owner to mend the settings: whoever enqueues meanwhile need
    not ask for a drain.
    """
    with transaction(db):
        _note(db, "probe", token, pid, now)


def clear_probe(db: sqlite3.Connection) -> None:
    """Plex is back, or nobody waits any longer."""
    with transaction(db):
        db.execute("DELETE FROM runners WHERE kind = 'probe'")


def drop_ask(db: sqlite3.Connection) -> None:
    """The task that was asked for has come and could do nothing: whoever waits for it need not wait longer."""
    with transaction(db):
        db.execute("DELETE FROM runners WHERE kind = 'ask'")


def is_fresh(db: sqlite3.Connection, kind: str, now: float) -> bool:
    """Whether a runner of this kind was heard of within ten seconds; a time in the future is void, for clocks are set back.

    So is one whose process was killed.
    """
    return token_of(db, kind, now) is not None


def token_of(db: sqlite3.Connection, kind: str, now: float) -> str | None:
    """The token of the runner of this kind that is fresh, or None when there is none."""
    row = db.execute("SELECT at, pid, token FROM runners WHERE kind = ?", (kind,)).fetchone()
    fresh = (
        row is not None and now - FRESH_S <= row["at"] <= now + AHEAD_S and not is_killed(kind, row["pid"])
    )
    return str(row["token"]) if fresh else None


def _note(db: sqlite3.Connection, kind: str, token: str, pid: int, now: float) -> None:
    db.execute(
        "INSERT OR REPLACE INTO runners (kind, token, pid, at) VALUES (?, ?, ?, ?)", (kind, token, pid, now)
    )
