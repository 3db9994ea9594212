"""The report of a preview in the data folder: a JSON Lines file that grows scene by scene, and a page made of it at the end.

docs/preview.md describes the keys. Each line of a scene begins with what it is filtered by, so that a reader need not
parse a hundred thousand of them to find a few (``app.plan_reading``).
"""

from __future__ import annotations

import contextlib
import json
import os
import time
import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TextIO

from app.plan_page import write_page
from app.plan_reading import DRAFT, NAME, folder_of, scenes_in
from app.plan_totals import KEPT, PlanTotals
from sync_queue.database import storable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from worker.scene_plan import ScenePlan

FORMAT = 1
KEPT_REPORTS = 10
"""Reports of each kind that are kept, the newest."""
PREVIEW, DRY_RUN = "preview", "dry-run"
DRAFT_KEPT_S = 86_400.0
"""A draft that is older belongs to a process that was killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A finished one."""

    id: str
    json: str
    html: str
    totals: dict[str, Any]

    def told(self) -> dict[str, Any]:
        """As an operation answers it."""
        return {"report": self.id, "json": self.json, "html": self.html, "totals": self.totals}


class PlanReport:
    """One report on its way. ``finish`` or ``discard`` it. ``scrub`` takes secrets out of a text. Raises OSError."""

    def __init__(
        self,
        data_dir: Path,
        *,
        kind: str,
        scope: str,
        at: float,
        scrub: Callable[[str], str] = lambda text: text,
    ) -> None:
        folder = folder_of(data_dir)
        folder.mkdir(mode=0o700, exist_ok=True)
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(at))
        self.id = f"{kind}-{stamp}-{uuid.uuid4().hex[:4]}"
        self._folder = folder
        self._kind = kind
        self._scrub = scrub
        self._draft = folder / f"{self.id}.jsonl{DRAFT}"
        self._file = private(self._draft)
        self.totals = PlanTotals()
        self.head = {"kind": "preview", "format": FORMAT, "report": self.id, "at": at, "scope": scope}
        self._write(self.head)

    def add(self, plan: ScenePlan) -> None:
        """One more scene; nothing of it is kept in memory."""
        self.totals.add(plan)
        self._write(_line(plan))

    def finish(self, *, complete: bool = True) -> Report:
        """Write totals and page, and forget the oldest reports. ``complete`` is False for one that was stopped."""
        totals = self.totals.to_dict(complete=complete)
        self._write({"kind": "totals", **totals})
        self._file.close()
        data, page = (self._folder / f"{self.id}.{end}" for end in ("jsonl", "html"))
        draft = page.with_name(page.name + DRAFT)
        with private(draft) as out:
            write_page(out, self.head, totals, scenes_in(self._draft), source=data.name)
        draft.replace(page)
        self._draft.replace(data)
        prune(self._folder, self._kind)
        return Report(id=self.id, json=str(data), html=str(page), totals=totals)

    def discard(self) -> None:
        """As if it had never been begun."""
        self._file.close()
        self._draft.unlink(missing_ok=True)

    def _write(self, line: dict[str, Any]) -> None:
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        self._file.write(storable(self._scrub(text)) + "\n")


def private(path: Path) -> TextIO:
    """A new file that only this user may read."""
    return os.fdopen(
        os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8", newline="\n"
    )


def prune(folder: Path, kind: str) -> None:
    """Forget all but the newest reports of this kind, and drafts that nobody finishes any more."""
    names = sorted({path.name.partition(".")[0] for path in folder.glob(f"{kind}-*")}, reverse=True)
    finished = [name for name in names if NAME.fullmatch(name) and (folder / f"{name}.jsonl").exists()]
    for name in finished[KEPT_REPORTS:]:
        for end in ("html", "jsonl"):
            with contextlib.suppress(OSError):  # on Windows a file that is looked at stays
                (folder / f"{name}.{end}").unlink(missing_ok=True)
    for draft in folder.glob(f"*{DRAFT}"):
        with contextlib.suppress(OSError):
            if time.time() - draft.stat().st_mtime > DRAFT_KEPT_S:
                draft.unlink(missing_ok=True)


def _line(plan: ScenePlan) -> dict[str, Any]:
    fields = list(dict.fromkeys(line.field for item in plan.items for line in item.changes))
    kept = list(dict.fromkeys(KEPT[one.why] for item in plan.items for one in item.kept))
    about = asdict(plan)
    del about["result"]
    for item in about["items"]:
        for line in item["changes"]:
            if line["size"] is None:
                del line["size"]
    return {"kind": "scene", "result": plan.result, "fields": fields, "kept": kept, **about}
