"""How far a comparison of the library is, when the last one ended, and what the queue knows of scenes that it looks at."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from sync_queue.database import rows_in, transaction
from sync_queue.meta import delete_meta, get_meta, set_meta

if TYPE_CHECKING:
    import sqlite3

POSITION, ENDED, EVERY_HOURS = "reconcile_position", "reconcile_ended", "reconcile_hours"
TRIED, REFUSED = "reconcile_tried", "reconcile_refused"
KEPT_S = 86_400.0
"""A comparison that was broken off longer ago begins anew: what it has found is no longer so."""
PAUSE_S = 600.0
"""Between two tries of one that starts by itself."""


@dataclass(slots=True, kw_only=True)
class Position:
    """Scenes up to and with ``after`` are done. ``newest`` and ``since`` are times that Stash gave; the rest epoch seconds.

    ``found`` is kind → how many, ``examples`` kind → up to three of (scene id, title). ``by_itself``: the watcher goes on.
    ``confirmed``: a person has said that scenes which are gone from Stash are meant to be.
    """

    deep: bool
    since: str
    newest: str
    total: int
    at: float
    after: int = 0
    done: int = 0
    queued: int = 0
    by_itself: bool = False
    confirmed: bool = False
    found: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[list[Any]]] = field(default_factory=dict)


def load(db: sqlite3.Connection, now: float) -> Position | None:
    """Where one was broken off within a day, or None."""
    row = get_meta(db, POSITION)
    if not isinstance(row, dict) or set(row) != set(Position.__slots__):
        return None
    position = Position(**row)
    return position if 0 <= now - position.at <= KEPT_S else None


def save(db: sqlite3.Connection, position: Position) -> None:
    """Remember it; in the transaction that queues what was found up to here."""
    set_meta(db, POSITION, asdict(position))


def end(db: sqlite3.Connection, position: Position, now: float) -> None:
    """It is through. One of all scenes, or since the last one, is what "since the last one" counts from."""
    with transaction(db):
        delete_meta(db, POSITION)
        set_meta(db, ENDED, {"at": now, "newest": position.newest, **_found_by(position)})


def describe(db: sqlite3.Connection, now: float) -> dict[str, dict[str, Any] | None]:
    """For the status: ``under_way`` is one that is at work, or was broken off, ``last`` the last one that is through.

    Each is None when there is none; ``found`` is kind → how many scenes.
    """
    position, ended = load(db, now), get_meta(db, ENDED)
    through = isinstance(ended, dict) and "found" in ended
    return {
        "under_way": None
        if position is None
        else {"at": position.at, "total": position.total, **_found_by(position)},
        "last": {name: value for name, value in ended.items() if name != "newest"} if through else None,
    }


def _found_by(position: Position) -> dict[str, Any]:
    return {
        "scenes": position.done,
        "queued": position.queued,
        "deep": position.deep,
        "recent": bool(position.since),
        "found": dict(position.found),
    }


def last_newest(db: sqlite3.Connection) -> str:
    """The newest change that the last one knew of, as Stash wrote it; "" when there was none."""
    row = get_meta(db, ENDED)
    return str(row.get("newest") or "") if isinstance(row, dict) else ""


def remember_hours(db: sqlite3.Connection, hours: int) -> None:
    """The setting, for processes that have not read the settings."""
    if get_meta(db, EVERY_HOURS) != hours:
        set_meta(db, EVERY_HOURS, hours)


def put_off(db: sqlite3.Connection, now: float) -> None:
    """One that starts by itself could not be done now."""
    set_meta(db, TRIED, now)


def is_to_say(db: sqlite3.Connection, now: float) -> bool:
    """Whether one that starts by itself is to say that it was refused: once a day, or every try would. Noted as said now."""
    said = get_meta(db, REFUSED)
    if isinstance(said, (int, float)) and 0 <= now - said < KEPT_S:
        return False
    set_meta(db, REFUSED, now)
    return True


def forget_all(db: sqlite3.Connection) -> None:
    """Another Stash has taken this one's place: where a comparison was, and when the last one ended, means nothing there."""
    with transaction(db):
        for key in (POSITION, ENDED, TRIED, REFUSED):
            delete_meta(db, key)


def is_due(db: sqlite3.Connection, now: float) -> bool:
    """Whether one is to start, or to go on, by itself. A time in the future (a clock that jumped) counts for nothing."""
    tried = get_meta(db, TRIED)
    if isinstance(tried, (int, float)) and 0 <= now - tried < PAUSE_S:
        return False
    position = load(db, now)
    if position is not None and position.by_itself:
        return True
    hours, ended = get_meta(db, EVERY_HOURS), get_meta(db, ENDED)
    if not isinstance(hours, int) or hours <= 0:
        return False
    return not isinstance(ended, dict) or not 0 <= now - ended["at"] < hours * 3600


def known_states(db: sqlite3.Connection, scene_ids: list[int]) -> dict[int, str]:
    """Scene → the state of its row, or ``dead``; those that the queue knows nothing of are absent."""
    marks = rows_in(scene_ids)
    dead = db.execute(f"SELECT scene_id FROM dead_letters WHERE scene_id IN ({marks})", scene_ids)  # noqa: S608 -- question marks
    states = {int(row[0]): "dead" for row in dead}
    rows = db.execute(f"SELECT scene_id, state FROM jobs WHERE scene_id IN ({marks})", scene_ids)  # noqa: S608 -- as above
    states.update({int(row[0]): str(row[1]) for row in rows})
    return states
