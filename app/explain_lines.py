"""An explanation for a person: the verdict first, then what it rests on."""

from __future__ import annotations

from typing import Any

from app.status import moment
from stash.text import clean

SHOWN_CANDIDATES = 5
LONGEST_VALUE = 60


def lines(found: dict[str, Any]) -> list[str]:
    """One fact in a line, harmless whatever a title holds."""
    told = [
        f"Scene {found['scene_id']} {found['title']!r} ({found['path'] or 'no file known'})",
        f"{found['state']}: {found['why'].rstrip('.')}.",
    ]
    if found["advice"]:
        told.append(f"-> {found['advice'].rstrip('.')}.")
    told += [
        f"Last trigger: {_trigger(found['trigger'])}",
        f"Queue: {_queue(found['queue'])}",
        *_last_result(found["last_result"]),
        *_paths(found["paths"]),
        *_match(found["match"]),
        *(line for item in found["items"] for line in _item(item)),
        *_changes(found["changes"]),
        *(f"Could not be looked up: {one['part']}: {one['reason']}" for one in found["not_looked_up"]),
    ]
    return [clean(line) for line in told]


def _trigger(trigger: dict[str, Any] | None) -> str:
    return f"{trigger['what']}, {moment(trigger['at'])}" if trigger else "not known (any more)"


def _queue(job: dict[str, Any] | None) -> str:
    if job is None:
        return "not queued"
    failed = f"; last error {job['last_error_type']}: {job['last_error']}" if job["last_error_type"] else ""
    return f"{job['state']} since {moment(job['changed_at'])}, due {moment(job['due_at'])}, {job['attempts']} failed tries{failed}"


def _last_result(last: dict[str, Any] | None) -> list[str]:
    if last is None:
        return []
    said = {
        "changed": f"wrote {', '.join(last.get('changed') or ())}",
        "unchanged": "nothing to write",
        "skipped": f"skipped: {last.get('detail') or last.get('reason')}",
    }.get(
        last["result"], f"{last['result'].replace('_', ' ')}: {last.get('error_type')}: {last.get('message')}"
    )
    tried = f" (tried: {last['tried']})" if last.get("tried") else ""
    notes = f"; {'; '.join(last['notes'])}" if last.get("notes") else ""
    return [f"Last try: {moment(last['at'])}, {said}{tried}{notes}"]


def _paths(paths: list[dict[str, Any]]) -> list[str]:
    return [
        f"Path: {one['stash']} is {one['plex']} for Plex ({'rule ' + one['rule'] if one['rule'] else 'no rule of path_map fits'})"
        for one in paths
    ]


def _match(match: dict[str, Any] | None) -> list[str]:
    if match is None:
        return ["Match: not looked for"]
    when = (
        f"by the index of {moment(match['at'])}"
        if match["source"] == "index"
        else f"at the last try, {moment(match['at'])}"
    )
    if match["confidence"] == "none":
        nearest = "; what comes nearest:" if match["candidates"] else ""
        told = [f"Match: none, Plex has no item with this file ({when}){nearest}"]
    else:
        told = [f"Match: {match['confidence']}, score {match['score']:.2f}, {match['method']} ({when})"]
    told += [
        f"  Plex item {one['rating_key']} {one['title']!r} ({one['path']}): score {one['score']:.2f}, {one['evidence']}"
        for one in match["candidates"][:SHOWN_CANDIDATES]
    ]
    more = len(match["candidates"]) - SHOWN_CANDIDATES
    return told + ([f"  … and {more} more"] if more > 0 else [])


def _item(item: dict[str, Any]) -> list[str]:
    synced = f"synced {moment(item['synced_at'])}" if item["synced_at"] else "never synced"
    before = (
        f"its state before PlexSync is kept since {moment(item['snapshot_at'])}"
        if item["snapshot_at"]
        else "no snapshot"
    )
    library = f" in {item['library']!r}" if item["library"] else ""
    told = [
        f"Plex item {item['rating_key']}{library}: {synced}; {before}; locked by us: {_names(item['our_locks'])}"
    ]
    told += [f"  {line}" for line in _fields(item["fields"])]
    if item["open_writes"]:
        told.append(f"  announced, and not seen yet: {_names(item['open_writes'])}")
    return told + [f"  {line}" for line in _now(item["now"])]


def _fields(fields: dict[str, dict[str, Any]]) -> list[str]:
    """One line for each outcome and time: of most fields both are the same."""
    groups: dict[tuple[str, float], list[str]] = {}
    for name, one in fields.items():
        written = (
            f" (written {moment(one['written_at'])})"
            if one["written_at"] and one["outcome"] != "changed"
            else ""
        )
        groups.setdefault((one["outcome"], one["at"]), []).append(name + written)
    return [f"{outcome} {moment(at)}: {', '.join(names)}" for (outcome, at), names in groups.items()]


def _now(now: dict[str, Any] | None) -> list[str]:
    if now is None:
        return []
    if now["gone"]:
        return ["now: gone from Plex"]
    told = [
        f"now: {name} is {_value(values['plex'])} in Plex and {_value(values['stash'])} in Stash"
        for name, values in now["differs"].items()
    ]
    if now["kept"]:
        told.append(f"left alone: {_names(now['kept'])}")
    if now["their_locks"]:
        told.append(f"locked by somebody else: {_names(now['their_locks'])}")
    return told


def _changes(changes: list[dict[str, Any]]) -> list[str]:
    if not changes:
        return []
    return ["Last changes:"] + [
        f"  {moment(one['at'])} item {one['rating_key']}, {one['field']}: {_value(one['old'])} -> {_value(one['new'])}"
        for one in changes
    ]


def _names(names: list[str]) -> str:
    return ", ".join(names) or "nothing"


def _value(value: Any) -> str:
    text = ", ".join(value) if isinstance(value, list) else str(value)
    short = text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
    return repr(short) if short else "nothing"
