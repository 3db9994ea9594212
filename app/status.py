"""The state for a person: at most 15 lines, in Stash's log as on a terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from app.state import read_state
from app.words import counted

if TYPE_CHECKING:
    from app.session import Session

SHOWN_CAUSES = 4
RESULTS = {
    "changed": "changed",
    "unchanged": "unchanged",
    "skipped": "skipped",
    "failed": "to be tried again",
    "given_up": "given up",
}
"""The words of a result, and how they read behind a number."""
ENDS = {
    "empty": "",
    "dry_run": "dry run, nothing was written",
    "handed_over": "made room for another job of Stash's",
    "paused": "paused",
    "plex_down": "Plex went away",
    "plex_trouble": "Plex was in trouble",
    "stash_away": "Stash went away",
    "refused": "refused",
    "stopped": "stopped",
}


def gather(session: Session) -> dict[str, Any]:
    """The answer to the operation ``{"mode": "status"}``."""
    return read_state(session.db, session.folder, session.clock)


def lines(state: dict[str, Any]) -> list[str]:
    """Queue, worker, Plex, figures, failures by cause with their remedies, observers: never more than 15 lines."""
    told = [_dry_run_line(state["queue"]["previewed"])] if state["dry_run"] else []
    told += [
        _queue_line(state["queue"]),
        _worker_line(state),
        _plex_line(state["plex"]),
        _drain_line(state["worker"]["last_drain"]),
        _figures_line(state["stats"]["cumulative"]),
    ]
    if state["stash"]["away_since"]:
        told.append(f"Stash: away since {moment(state['stash']['away_since'])}; every scene stays queued")
    told.extend(_failure_lines(state["dead_letters"]))
    if state["observers"]:
        told.append(f"Observers: {'; '.join(map(_observer, state['observers']))}")
    told.append(f"Data folder: {state['data_dir']}")
    return told


def _dry_run_line(previewed: int) -> str:
    waits = f"; {counted(previewed, 'scene')} looked at, to be synced when it is off" if previewed else ""
    return f"DRY RUN: the setting dry_run is on, and nothing is written to Plex{waits}"


def _queue_line(queue: dict[str, Any]) -> str:
    held = f", {queue['held']} held ('Resume Syncing' lets them go)" if queue["held"] else ""
    paused = ", PAUSED ('Resume Syncing' ends that first)" if queue["paused"] else ""
    return (
        f"Queue: {queue['pending']} pending, {queue['in_flight']} in flight, {queue['deferred']} deferred, "
        f"{queue['waiting_for_plex']} waiting for Plex to find the file{held}{paused}"
    )


def _worker_line(state: dict[str, Any]) -> str:
    worker, due = state["worker"], state["queue"]["next_due_at"]
    # What is due already is either being drained, or waits for something that another line tells.
    when = f"; next look at {moment(due)}" if due and due > time.time() and not worker["draining"] else ""
    return f"Worker: {doing(worker)}; {worker['synced_items']} Plex items are in step with Stash{when}"


def doing(worker: dict[str, Any]) -> str:
    """What the worker does now, in words."""
    drain = worker["drain"]
    if drain is None:
        return "asked for, not begun" if worker["asked"] else "idle"
    if drain["total"] is None:
        return "draining, in its first batch"
    rate = f", {drain['rate']:.3g} a second" if drain["rate"] else ""
    return f"draining ({drain['runner']}), {drain['done']} of {drain['total']} scenes done{rate}"


def _plex_line(plex: dict[str, Any]) -> str:
    if plex["state"] == "down":
        return (
            f"Plex: away since {moment(plex['down_since'])} ({plex['reason']}); it is looked for every few seconds "
            "while scenes are queued"
        )
    if plex["state"] == "unknown":
        return "Plex: not met yet; run 'Check Setup'"
    return f"Plex: version {plex['version']}, libraries {', '.join(plex['libraries'])}"


def _drain_line(drain: dict[str, Any] | None) -> str:
    return f"Last drain: {last_drain(drain)}" if drain else "Last drain: none yet"


def last_drain(drain: dict[str, Any]) -> str:
    """When, how many scenes, what became of them, and why it ended where that is not simply that nothing was left."""
    counts = drain["counts"]
    parts = ", ".join(f"{counts[word]} {shown}" for word, shown in RESULTS.items() if counts.get(word))
    ending = ENDS.get(drain["reason"], drain["reason"])
    message = f": {drain['message']}" if drain["message"] else ""
    took_s = max(0.0, drain["finished_at"] - drain["started_at"])
    return (
        f"{moment(drain['finished_at'])} ({drain['runner']}), {counted(drain['done'], 'scene')} in {took_s:.1f} s"
        + (f": {parts}" if parts else "")
        + (f"; {ending}{message}" if ending else "")
    )


def _figures_line(figures: dict[str, Any]) -> str:
    if not figures:
        return "All runs: nothing yet"
    return (
        f"All runs: {figures.get('jobs_succeeded', 0)} of {figures.get('jobs_processed', 0)} succeeded, {counted(figures.get('jobs_failed', 0), 'failure')}, "
        f"{figures.get('jobs_to_dlq', 0)} given up"
    )


def _failure_lines(dead: dict[str, Any]) -> list[str]:
    if not dead["total"]:
        return ["Failed: none"]
    kinds = ", ".join(f"{count} {kind}" for kind, count in dead["by_type"].items())
    told = [f"Failed: {counted(dead['total'], 'scene')} ({kinds}); 'Retry Failed Scenes' tries them again"]
    told.extend(f"  {cause_line(cause)}" for cause in dead["causes"][:SHOWN_CAUSES])
    more = len(dead["causes"]) - SHOWN_CAUSES + dead["more_causes"]
    if more > 0:
        told.append(f"  … and {more} more causes; 'status --json' has them")
    return told


def cause_line(cause: dict[str, Any]) -> str:
    """One cause: how many scenes, of what, where, examples, and what to do."""
    where = f", all below {cause['folder']}" if cause["folder"] and cause["scenes"] > 1 else ""
    return f"{cause['scenes']} {cause['error_type']}: {cause['text'].rstrip('.')}{where}: {examples(cause)}. {cause['hint']}"


def examples(cause: dict[str, Any]) -> str:
    """Some of a cause's scenes, and how many more there are."""
    named = [f"scene {one['scene_id']} {one['title']!r}" for one in cause["examples"]]
    more = cause["scenes"] - len(named)
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def _observer(one: dict[str, Any]) -> str:
    name = one["name"].replace("\\", "/").rpartition("/")[2]
    if one["left_out"]:
        return f"{name} is left out ({one['left_out']})"
    return f"{name} {one['calls']} calls, {counted(one['failures'], 'failure')}, {one['seconds'] * 1000:.0f} ms in the last drain"


def moment(at: float) -> str:
    """A time for a person, in this machine's zone."""
    return time.strftime("%d %b %H:%M:%S", time.localtime(at))
