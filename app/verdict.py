"""The verdict of an explanation: one word for scripts, why, and what to do. A pure function of what was found."""

from __future__ import annotations

from typing import Any

from app.status import moment

VERDICTS = {
    "failed": "it was given up",
    "in_work": "it is being worked on",
    "held": "it was restored or unlocked in Plex, and is held",
    "waiting_for_plex": "Plex does not have its file yet",
    "waiting_for_retry": "a try has failed, and the next one is due later",
    "queued": "it waits for its turn",
    "not_in_stash": "Stash does not have it",
    "no_files": "it has no file",
    "not_in_plex": "Plex does not have its file, and nothing is queued",
    "uncertain": "no Plex item is certain, and nothing is queued",
    "shared_item": "its Plex item shows another scene",
    "gone": "its Plex item is gone",
    "differs": "Plex shows something else, and nothing is queued",
    "in_step": "Plex shows what Stash has",
    "synced": "it was in step when it was synced last",
    "never_synced": "it was never synced",
    "unknown": "nothing is known of it",
}
"""Every word that ``state`` can be, and what it means."""
SAVE_IT = "Save the scene in Stash, or run 'Sync All Scenes'"

Verdict = dict[str, str]


def verdict(found: dict[str, Any], now: float) -> Verdict:
    """``state``, ``why`` and ``advice``; the latter is empty where there is nothing to do."""
    return (
        _of_letter(found["dead_letter"])
        or _of_queue(found, now)
        or _of_stash(found)
        or _of_match(found)
        or _of_items(found)
        or _said("unknown", "Nothing is known of it: it was never queued here", SAVE_IT)
    )


def _said(state: str, why: str, advice: str = "") -> Verdict:
    return {"state": state, "why": why, "advice": advice}


def _of_letter(letter: dict[str, Any] | None) -> Verdict | None:
    if letter is None:
        return None
    others = letter["scenes_with_this_cause"] - 1
    shared = f"; {others} more scenes have the same cause" if others > 0 else ""
    why = (
        f"Given up on {moment(letter['died_at'])} after {_tries(letter['tries'])}: {letter['error_type']}: "
        f"{letter['message'].rstrip('.')}{shared}"
    )
    return _said("failed", why, f"{letter['hint']}. Then save the scene, or run 'Retry Failed Scenes'")


def _of_queue(found: dict[str, Any], now: float) -> Verdict | None:
    job = found["queue"]
    if job is None:
        return None
    failed = f"{job['last_error_type']}: {job['last_error']}".rstrip(".") if job["last_error_type"] else ""
    if job["state"] == "held":
        why = "It was restored or unlocked in Plex, and is held: edits in Stash are noted and not synced"
        return _said("held", why, "'Resume Syncing' lets all held scenes go, 'resume' with scene_id this one")
    if job["state"] == "previewed":
        why = "A dry run has looked at it, and it is synced once that is over"
        return _said("queued", why, "Turn the setting dry_run off; its report says what would be written")
    if job["state"] == "in_flight":
        return _said("in_work", "A drain has it in hand now")
    if job["state"] == "waiting_for_plex":
        since = f" since {moment(job['waiting_since'])}" if job["waiting_since"] else ""
        why = f"Waiting for Plex to find the file{since}; it is looked for when Plex has new items, at the latest on {moment(job['due_at'])}"
        return _said("waiting_for_plex", why, "Let Plex scan the library; if it has the file, see path_map")
    if job["due_at"] > now:
        failures = f"{_tries(job['attempts'])} failed" if job["attempts"] else "It is put off"
        why = f"{failures}, and the next one is due on {moment(job['due_at'])}"
        return _said("waiting_for_retry", f"{why}: {failed}" if failed else why)
    return _of_due_job(found, failed)


def _of_due_job(found: dict[str, Any], failed: str) -> Verdict:
    if found["paused"]:
        return _said("queued", "It is queued, and syncing is paused", "Run 'Resume Syncing'")
    if found["plex_away"]:
        since, reason = moment(found["plex_away"]["since"]), found["plex_away"]["reason"]
        return _said("queued", f"It is queued, and Plex is away since {since}: {reason}")
    why = "It is queued and waits for its turn" + (f"; before, {failed}" if failed else "")
    return _said("queued", why, "If nothing happens, run 'Sync Queued Scenes' and look at the log")


def _of_stash(found: dict[str, Any]) -> Verdict | None:
    if found["in_stash"] is False:
        return _said("not_in_stash", "Stash has no scene of this id")
    if found["in_stash"] and not found["path"]:
        return _said("no_files", "The scene has no file, so nothing in Plex can be it")
    return None


def _of_match(found: dict[str, Any]) -> Verdict | None:
    """What hinders a sync before an item is even compared. Evidence of an earlier try says nothing about now."""
    match = found["match"]
    if match is None or match["source"] != "index":
        return None
    if match["confidence"] == "none":
        looked = " or ".join(path["plex"] for path in found["paths"])
        why = f"Plex has no item with its file; it was looked for as {looked}"
        return _said("not_in_plex", why, "Let Plex scan the library; if it has the file, correct path_map")
    if not match["targets"]:
        why = f"Plex has {len(match['candidates'])} possible items, and none is certain ({match['method']})"
        return _said("uncertain", why, "Set path_map so that paths agree, or remove the duplicate in Plex")
    others = [target for target in match["targets"] if target.get("owner") is not None]
    if others and not found["items"]:
        items = ", ".join(f"{target['rating_key']} shows scene {target['owner']}" for target in others)
        why = f"Plex item {items}: one item can show one scene only"
        return _said("shared_item", why, "If they are versions of one film, that is as it should be")
    return None


def _of_items(found: dict[str, Any]) -> Verdict | None:
    items = found["items"]
    if not items:
        return None
    keys = ", ".join(str(item["rating_key"]) for item in items)
    synced = [item["synced_at"] for item in items if item["synced_at"] is not None]
    seen = [item["now"] for item in items if item["now"] is not None]
    if any(now["gone"] for now in seen):
        return _said("gone", f"Plex item {keys} is gone, or shows another file now", SAVE_IT)
    if not synced:
        return _said("never_synced", f"It matches Plex item {keys} and was never synced", SAVE_IT)
    differing = list(dict.fromkeys(name for now in seen for name in now["differs"]))
    if differing:
        why = f"Plex item {keys} shows something else in {', '.join(differing)}, and nothing is queued"
        return _said(
            "differs", f"{why}: somebody changed it in Plex, or the change in Stash fired no hook", SAVE_IT
        )
    when = moment(max(synced))
    if not seen or found["in_stash"] is None:
        return _said(
            "synced", f"Plex item {keys} was in step on {when}; whether it still is could not be looked up"
        )
    kept = list(dict.fromkeys(name for now in seen for name in now["kept"]))
    leaving = (
        f", but for {', '.join(kept)}, which were locked or changed in Plex and are left alone"
        if kept
        else ""
    )
    return _said("in_step", f"Plex item {keys} shows what Stash has{leaving}; synced on {when}")


def _tries(number: int) -> str:
    return "1 try" if number == 1 else f"{number} tries"
