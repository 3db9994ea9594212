"""Reading the reports of previews: what there is, a page of scenes, and which scenes would change. Standard library only.

A line of a scene begins with what it is filtered by, so a hundred thousand are gone through in a moment: only those that
are wanted are parsed.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = "reports"
TROUBLE_KEY = "preview_trouble"
"""The row that says why the last preview could not be made."""
DRAFT = ".part"
NAME = re.compile(r"(preview|preview-part|dry-run|dry-run-edits)-[0-9]{8}-[0-9]{6}-[0-9a-f]{4}", re.ASCII)
TAIL_BYTES = 262_144
"""The last line, with the totals, is shorter."""
HEAD = re.compile(
    rb'\{"kind":"scene","result":"([a-z_]+)","fields":\[([^\]]*)\],"kept":\[([^\]]*)\],"scene_id":([0-9]+),'
)
"""How each line of a scene begins."""


def folder_of(data_dir: Path) -> Path:
    """Where reports are."""
    return data_dir / FOLDER


def kind_of(report: str) -> str:
    """Which kind of report has this name; empty when none has."""
    named = NAME.fullmatch(report)
    return named[1] if named else ""


def newest(data_dir: Path) -> list[Path]:
    """The finished reports, the newest first."""
    found = [path for path in folder_of(data_dir).glob("*.jsonl") if NAME.fullmatch(path.stem)]
    return sorted(found, key=lambda path: path.stem.split("-")[-3:], reverse=True)


def file_of(data_dir: Path, report: str) -> Path | None:
    """The file of this report; None when there is none (any more), or the name is none of ours."""
    path = folder_of(data_dir) / f"{report}.jsonl"
    return path if NAME.fullmatch(report) and path.is_file() else None


def ends_of(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The head and the totals. Raises ValueError for a file that is none of ours."""
    with path.open("rb") as file:
        head = json.loads(file.readline())
        file.seek(0, 2)
        file.seek(max(0, file.tell() - TAIL_BYTES))
        totals = json.loads(file.read().splitlines()[-1])
    return head, totals


def scenes_in(path: Path) -> Iterator[dict[str, Any]]:
    """The scenes of a report, one after the other."""
    with path.open("rb") as file:
        for line in file:
            if HEAD.match(line):
                yield json.loads(line)


def page_of(
    path: Path, *, at: int, limit: int, field: str = "", reason: str = ""
) -> tuple[list[dict[str, Any]], int | None]:
    """Scenes from a place in the file on (0: its beginning), and the place where the next page begins; None behind the last.

    ``field``: those that would be changed in it; ``reason``: those with this result, or with a field kept for it.
    """
    wanted = f'"{field}"'.encode()
    why, kept_why = reason.encode(), f'"{reason}"'.encode()
    found: list[dict[str, Any]] = []
    with path.open("rb") as file:
        file.seek(at)
        while line := file.readline():
            head = HEAD.match(line)
            if head is None or (field and wanted not in head[2]):
                continue
            if reason and head[1] != why and kept_why not in head[3]:
                continue
            if len(found) == limit:
                return found, file.tell() - len(line)
            found.append(json.loads(line))
    return found, None


def to_change(path: Path) -> Iterator[int]:
    """The scenes that would be changed."""
    with path.open("rb") as file:
        for line in file:
            head = HEAD.match(line)
            if head is not None and head[1] == b"change":
                yield int(head[4])
