"""Previews on the page: which there are, their scenes page by page, and "apply these"."""

from __future__ import annotations

import re
import time
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from app.arguments import CallError
from app.page.actions import acted
from app.page.asked import server_of, text_of, whole_of
from app.plan_reading import DRAFT, TROUBLE_KEY, ends_of, file_of, folder_of, newest, page_of, to_change
from sync_queue.intake import MANY, enqueue_many
from sync_queue.meta import get_meta

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from app.page.preview_shapes import Previews, PreviewScene, PreviewScenes, PreviewSummary
    from app.page.shapes import Acted
    from app.session import Session

PAGE, MOST = 25, 100
AT_ONCE = 1000
LONGEST_TEXT = 2000
"""Characters of a value that are shown."""
ALIVE_S = 120.0
"""A draft that nobody has written to for longer belongs to a process that was killed."""
WORD = re.compile(r"[a-z_]{0,40}", re.ASCII)


def previews(session: Session, _args: Mapping[str, Any]) -> Previews:
    """All reports that are kept, the newest first, with their totals, and whether one is being made."""
    reports = [found for path in newest(session.folder) if (found := _summary(path))]
    trouble = get_meta(session.db, TROUBLE_KEY)
    known = isinstance(trouble, dict) and {"at", "message"} <= trouble.keys()
    return {
        "reports": reports,
        "running": _is_running(session.folder),
        "trouble": {"at": trouble["at"], "message": trouble["message"]} if known else None,
    }


def preview(session: Session, args: Mapping[str, Any]) -> PreviewScenes:
    """A page of the scenes of ``report``: from the place ``at`` on, those of a ``field`` and a ``reason``."""
    field, reason = (_word_of(args, name) for name in ("field", "reason"))
    scenes, next_at = page_of(
        _file_of(session, args),
        at=whole_of(args, "at", default=0),
        limit=whole_of(args, "limit", default=PAGE, most=MOST),
        field=field,
        reason=reason,
    )
    return {
        "scenes": [_scene(one) for one in scenes],
        "next_at": next_at,
        "machine_identifier": server_of(session),
    }


def apply(session: Session, args: Mapping[str, Any]) -> Acted:
    """Queue exactly the scenes that ``report`` says would be changed; the watcher syncs them. Returns how many."""
    ids, count = to_change(_file_of(session, args)), 0
    while some := list(islice(ids, AT_ONCE)):
        count += enqueue_many(session.db, some, trigger="preview", priority=MANY, now=session.clock())
    return acted(session, count, start=count > 0)


def _file_of(session: Session, args: Mapping[str, Any]) -> Path:
    report = text_of(args, "report")
    path = file_of(session.folder, report)
    if path is None:
        raise CallError(f"there is no preview {report!r:.80} (any more); make a new one.")
    return path


def _word_of(args: Mapping[str, Any], name: str) -> str:
    word = text_of(args, name)
    if not WORD.fullmatch(word):
        raise CallError(f"{name} is {word!r:.80}; it must be one that the preview's totals name.")
    return word


def _is_running(data_dir: Path) -> bool:
    for draft in folder_of(data_dir).glob(f"preview-*{DRAFT}"):
        try:
            if time.time() - draft.stat().st_mtime < ALIVE_S:
                return True
        except OSError:
            continue  # it has just been finished
    return False


def _summary(path: Path) -> PreviewSummary | None:
    """None for a file that is no report, or is gone."""
    try:
        head, totals = ends_of(path)
        found = {
            "report": head["report"],
            "at": head["at"],
            "scope": head["scope"],
            "dry_run": head["report"].startswith("dry-run"),
            "complete": totals["complete"],
            "scenes": totals["scenes"],
            "change": totals["change"],
            "fields": [{"field": name, **counts} for name, counts in totals["by_field"].items()],
            "why": totals["by_why"],
            "skipped": [
                {"reason": reason, "scenes": about["scenes"], "examples": about["examples"]}
                for reason, about in totals["skipped"].items()
            ],
            "html": str(path.with_suffix(".html")),
        }
    except (OSError, ValueError, KeyError, IndexError):
        return None
    return cast("PreviewSummary", found)


def _scene(one: dict[str, Any]) -> PreviewScene:
    found = {
        "scene_id": one["scene_id"],
        "title": _cut(one["title"]),
        "path": one["path"],
        "result": one["result"],
        "detail": _cut(one["detail"]),
        "items": [
            {
                "rating_key": item["rating_key"],
                "library": item["library"],
                "changes": [
                    {**line, "old": _cut(line["old"]), "new": _cut(line["new"]), "size": line.get("size")}
                    for line in item["changes"]
                ],
                "kept": [
                    {**kept, "plex": _cut(kept["plex"]), "stash": _cut(kept["stash"])}
                    for kept in item["kept"]
                ],
            }
            for item in one["items"]
        ],
        "notes": one["notes"],
    }
    return cast("PreviewScene", found)


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{value[:LONGEST_TEXT]}…"
    return value
