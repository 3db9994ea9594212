"""The state of everything, as the database has it: for "Show Status", ``status --json``, ``watch`` and the page.

It only reads, in one transaction, so all of it is true of one moment; it works while Stash and Plex are away, and waits
for nobody. docs/status.md describes every key: scripts rely on them.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from app.observer_record import FIGURES_KEY
from sync_queue import dry_run, reconciling, runners
from sync_queue.dead_letters import DeadLetterQueue
from sync_queue.errands import Errands
from sync_queue.history import History
from sync_queue.jobs import SyncQueue
from sync_queue.ledger import Ledger
from sync_queue.meta import get_meta
from worker.breaker import STASH_KEY, Breaker

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    from sync_queue.causes import Cause
    from sync_queue.history import DrainRow, Result

HOUR_S = 3600.0
SHOWN_FAILURES, SHOWN_CAUSES, SHOWN_RESULTS = 3, 10, 10


def read_state(
    db: sqlite3.Connection, folder: Path, clock: Callable[[], float], *, results: int = SHOWN_RESULTS
) -> dict[str, Any]:
    """Everything, with so many of the last results. Raises DatabaseUnusable only where nothing can be read at all."""
    begun = not db.in_transaction
    if begun:
        db.execute("BEGIN")  # deferred: it reads a snapshot, and no writer waits for it
    try:
        return _read(db, folder, clock, results)
    finally:
        if begun:
            db.execute("ROLLBACK")


def _read(db: sqlite3.Connection, folder: Path, clock: Callable[[], float], results: int) -> dict[str, Any]:
    return {
        "at": clock(),
        "dry_run": dry_run.is_on(db),
        "queue": _queue(SyncQueue(db, clock=clock)),
        "errands": Errands(db, clock=clock).count(),
        "reconcile": reconciling.describe(db, clock()),
        "dead_letters": _dead_letters(DeadLetterQueue(db, clock)),
        "stats": read_stats(folder),
        "worker": _worker(db, clock),
        "results": [_result(one) for one in History(db).recent_results(results)],
        "plex": _plex(db, clock),
        "stash": {"away_since": get_meta(db, STASH_KEY)},
        "observers": _observers(get_meta(db, FIGURES_KEY)),
        "data_dir": str(folder),
    }


def _queue(queue: SyncQueue) -> dict[str, Any]:
    counts = queue.count()
    return {
        "pending": counts.pending,
        "in_flight": counts.in_flight,
        "deferred": counts.deferred,
        "waiting_for_plex": counts.waiting_for_plex,
        "held": counts.held,
        "previewed": counts.previewed,
        "paused": queue.paused,
        "next_due_at": queue.next_due_at(),
    }


def _dead_letters(dead: DeadLetterQueue) -> dict[str, Any]:
    counts = dead.count_causes()
    causes = [dead.describe_cause(*key) for key in list(counts)[:SHOWN_CAUSES]]
    return {
        "total": dead.count(),
        "by_type": dead.get_error_summary(),
        "causes": [_cause(cause) for cause in causes if cause is not None],
        "more_causes": max(0, len(counts) - SHOWN_CAUSES),
        "recent": [
            {
                "scene_id": letter.scene_id,
                "title": letter.title,
                "path": letter.path,
                "error_type": letter.error_type,
                "message": letter.error_message,
                "hint": letter.hint,
                "died_at": letter.died_at,
            }
            for letter in dead.get_recent(SHOWN_FAILURES)
        ],
    }


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "error_type": cause.error_type,
        "text": cause.text,
        "hint": cause.hint,
        "scenes": cause.count,
        "folder": cause.folder,
        "first_at": cause.first_at,
        "last_at": cause.last_at,
        "examples": [{"scene_id": scene_id, "title": title} for scene_id, title in cause.examples],
    }


def _worker(db: sqlite3.Connection, clock: Callable[[], float]) -> dict[str, Any]:
    now = clock()
    token = runners.token_of(db, "drain", now)
    history, server = History(db), get_meta(db, "plex_server")
    return {
        "draining": token is not None,
        "asked": runners.is_fresh(db, "ask", now),
        "synced_items": Ledger(db).count(str(server.get("server") if isinstance(server, dict) else "")),
        "drain": None if token is None else _running(token.rpartition("-")[2], history),
        "last_hour": _last_hour(history.drains_since(now - HOUR_S)),
        "last_drain": next(
            (_ended(row) for row in history.recent_drains(9) if row.finished_at is not None), None
        ),
    }


def _running(drain_id: str, history: History) -> dict[str, Any]:
    """The drain at work. Until its first batch is settled nothing is known but its id."""
    row = history.drain(drain_id)
    if row is None:
        return {
            "drain_id": drain_id,
            "runner": None,
            "started_at": None,
            "done": 0,
            "total": None,
            "rate": None,
        }
    took_s = row.seen_at - row.started_at
    return {
        "drain_id": drain_id,
        "runner": row.runner,
        "started_at": row.started_at,
        "done": row.done,
        "total": row.total,
        "rate": round(row.done / took_s, 2) if took_s > 0 else None,
    }


def _last_hour(drains: list[DrainRow]) -> dict[str, Any]:
    """What the drains that began within an hour have done."""
    counts: Counter[str] = Counter()
    for row in drains:
        counts.update(row.counts)
    return {"done": sum(row.done for row in drains), "counts": dict(counts)}


def _ended(row: DrainRow) -> dict[str, Any]:
    names = ("drain_id", "runner", "started_at", "finished_at", "reason", "message", "done", "counts")
    return {name: getattr(row, name) for name in names}


def _result(one: Result) -> dict[str, Any]:
    names = ("scene_id", "title", "path", "at", "trigger", "result")
    return {**{name: getattr(one, name) for name in names}, "text": in_words(one)}


def in_words(one: Result) -> str:
    """What came out, in a few words: the fields that were written, the reason of a skip, the error."""
    detail = one.detail
    if one.result == "changed":
        return ", ".join(detail.get("changed") or ())
    if one.result == "skipped":
        return str(detail.get("detail") or detail.get("reason") or "")
    if one.result in {"failed", "given_up"}:
        return f"{detail.get('error_type', 'Unknown')}: {detail.get('message', '')}"
    return "nothing to write"


def _plex(db: sqlite3.Connection, clock: Callable[[], float]) -> dict[str, Any]:
    outage = Breaker(db, clock=clock).outage()
    server = get_meta(db, "plex_server")
    known = server if isinstance(server, dict) else {}
    return {
        "state": "down" if outage else "up" if known else "unknown",
        "down_since": outage.since if outage else None,
        "reason": outage.reason if outage else None,
        "next_probe_at": outage.next_probe_at if outage else None,
        "machine_identifier": known.get("server"),
        "version": known.get("version"),
        "libraries": [section["title"] for section in known.get("sections", [])],
        "movie_libraries": get_meta(db, "plex_movie_libraries") or [],
    }


def _observers(kept: Any) -> list[dict[str, Any]]:
    """How third parties' observers fared in the last drain that did something; ``left_out`` is the reason for one that is not run."""
    if not isinstance(kept, dict):
        return []
    fared = [
        {"name": name, **{key: figures[key] for key in ("calls", "failures", "seconds")}, "left_out": None}
        for name, figures in kept.get("observers", {}).items()
    ]
    return fared + [
        {"name": name, "calls": 0, "failures": 0, "seconds": 0.0, "left_out": reason}
        for name, reason in kept.get("left_out", {}).items()
    ]


def read_stats(folder: Path) -> dict[str, Any]:
    """What the JSON persister wrote last: the newest session's figures, and all of them together."""
    try:
        stats = json.loads((folder / "stats.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        stats = {}
    parts = stats if isinstance(stats, dict) else {}
    return {
        name: part if isinstance(part := parts.get(name), dict) else {} for name in ("session", "cumulative")
    }
