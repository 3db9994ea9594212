"""The state of everything, gathered once and shown in three ways: JSON, lines in Stash's log, a table on a terminal."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from sync_queue import runners
from sync_queue.meta import get_meta
from worker.breaker import Breaker

if TYPE_CHECKING:
    from app.session import Session

SHOWN_FAILURES = 3


def gather(session: Session) -> dict[str, Any]:
    """The answer to the operation ``{"mode": "status"}``. Reads the database only: it works while Stash and Plex are away."""
    counts, outage = session.queue.count(), Breaker(session.db, clock=session.clock).outage()
    now = session.clock()
    server = get_meta(session.db, "plex_server")
    known = server if isinstance(server, dict) else {}
    return {
        "queue": {
            "pending": counts.pending,
            "in_flight": counts.in_flight,
            "deferred": counts.deferred,
            "waiting_for_plex": counts.waiting_for_plex,
            "held": counts.held,
            "paused": session.queue.paused,
            "next_due_at": session.queue.next_due_at(),
        },
        "dead_letters": {
            "total": session.dead.count(),
            "by_type": session.dead.get_error_summary(),
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
                for letter in session.dead.get_recent(SHOWN_FAILURES)
            ],
        },
        "stats": _stats(session),
        "worker": {
            "draining": runners.is_fresh(session.db, "drain", now),
            "asked": runners.is_fresh(session.db, "ask", now),
            "synced_items": session.ledger.count(),
        },
        "plex": {
            "state": "down" if outage else "up" if known else "unknown",
            "down_since": outage.since if outage else None,
            "reason": outage.reason if outage else None,
            "machine_identifier": known.get("server"),
            "version": known.get("version"),
            "libraries": [section["title"] for section in known.get("sections", [])],
        },
        "observers": _observers(get_meta(session.db, "observer_figures")),
        "data_dir": str(session.folder),
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


def _stats(session: Session) -> dict[str, Any]:
    """What the JSON persister wrote last: the newest session's figures, and all of them together."""
    try:
        stats = json.loads((session.folder / "stats.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"session": {}, "cumulative": {}}
    if not isinstance(stats, dict):
        return {"session": {}, "cumulative": {}}
    return {"session": stats.get("session") or {}, "cumulative": stats.get("cumulative") or {}}


def lines(state: dict[str, Any]) -> list[str]:
    """The same for a person, in at most 15 lines."""
    queue, dead, plex = state["queue"], state["dead_letters"], state["plex"]
    told = [
        f"Queue: {queue['pending']} pending, {queue['in_flight']} in flight, {queue['deferred']} deferred, "
        f"{queue['waiting_for_plex']} waiting for Plex to find the file"
        + (", PAUSED ('Resume Syncing' goes on)" if queue["paused"] else ""),
        _worker_line(state),
        _plex_line(plex),
        _figures_line("Last run", state["stats"]["session"]),
        _figures_line("All runs", state["stats"]["cumulative"]),
    ]
    if dead["total"]:
        kinds = ", ".join(f"{count} {kind}" for kind, count in dead["by_type"].items())
        told.append(f"Failed: {dead['total']} scenes ({kinds}); 'Retry Failed Scenes' tries them again")
        told.extend(
            f"  scene {one['scene_id']} {one['title']!r} ({one['path']}): {one['error_type']}: {one['message']}. {one['hint']}"
            for one in dead["recent"]
        )
    else:
        told.append("Failed: none")
    if state["observers"]:
        told.append(f"Observers: {'; '.join(map(_observer, state['observers']))}")
    told.append(f"Data folder: {state['data_dir']}")
    return told


def _observer(one: dict[str, Any]) -> str:
    name = one["name"].replace("\\", "/").rpartition("/")[2]
    if one["left_out"]:
        return f"{name} is left out ({one['left_out']})"
    return f"{name} {one['calls']} calls, {one['failures']} failures, {one['seconds'] * 1000:.0f} ms in the last drain"


def _worker_line(state: dict[str, Any]) -> str:
    worker = state["worker"]
    doing = "draining now" if worker["draining"] else "asked for, not begun" if worker["asked"] else "idle"
    due = state["queue"]["next_due_at"]
    when = f"; next look at {time.strftime('%d %b %H:%M:%S', time.localtime(due))}" if due else ""
    return f"Worker: {doing}; {worker['synced_items']} Plex items are in step with Stash{when}"


def _plex_line(plex: dict[str, Any]) -> str:
    if plex["state"] == "down":
        since = time.strftime("%d %b %H:%M:%S", time.localtime(plex["down_since"]))
        return f"Plex: away since {since} ({plex['reason']}); it is looked for every few seconds while scenes are queued"
    if plex["state"] == "unknown":
        return "Plex: not met yet; run 'Check Setup'"
    return f"Plex: version {plex['version']}, libraries {', '.join(plex['libraries'])}"


def _figures_line(name: str, figures: dict[str, Any]) -> str:
    if not figures:
        return f"{name}: nothing yet"
    return (
        f"{name}: {figures.get('jobs_succeeded', 0)} of {figures.get('jobs_processed', 0)} succeeded, {figures.get('jobs_failed', 0)} failures, "
        f"{figures.get('jobs_to_dlq', 0)} given up"
    )
