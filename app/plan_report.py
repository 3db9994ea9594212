"""The report of a preview in the data folder: a JSON Lines file that grows scene by scene, and a page made of it at the end.

docs/preview.md describes the keys. Each line of a scene begins with what it is filtered by, so that a reader need not
parse a hundred thousand of them to find a few (``app.plan_reading``).
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TextIO

from app.plan_page import write_page
from app.plan_reading import DRAFT, folder_of, kind_of, scenes_in
from app.plan_totals import KEPT, PlanTotals, shortened
from stash.redact import Secrets
from sync_queue.database import storable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from worker.scene_plan import ScenePlan

FORMAT = 1
KEPT_REPORTS = 10
"""Reports of each kind that are kept, the newest."""
PREVIEW, PART, DRY_RUN, EDITS = KINDS = ("preview", "preview-part", "dry-run", "dry-run-edits")
"""Previews of the whole library, and of a part of it; dry runs of what somebody asked for, and of single edits and scans:
kinds are apart so that many small reports do not push out a large one."""
TICKS = 65_536
"""Four hexadecimal digits of a second."""
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
    """One report on its way. ``finish`` or ``discard`` it. It shows none of these ``secrets``. Raises OSError."""

    def __init__(
        self,
        data_dir: Path,
        *,
        kind: str,
        scope: str,
        at: float,
        secrets: Secrets | None = None,
    ) -> None:
        folder = folder_of(data_dir)
        folder.mkdir(mode=0o700, exist_ok=True)
        self.id, self._file = begun(folder, kind, at)
        self._folder = folder
        self._kind = kind
        self._secrets = secrets or Secrets()
        self._draft, self._page_draft = (folder / f"{self.id}.{end}{DRAFT}" for end in ("jsonl", "html"))
        self.totals = PlanTotals()
        self.head = {"kind": "preview", "format": FORMAT, "report": self.id, "at": at, "scope": scope}
        self._write(self.head)

    def add(self, plan: ScenePlan) -> None:
        """One more scene; nothing of it is kept in memory."""
        self.totals.add(plan)
        self._write(_line(plan))

    def finish(self, *, complete: bool = True) -> Report:
        """Write totals and page, and forget the oldest reports. ``complete`` is False for one that was stopped.

        When this raises there is no report, nor a part of one.
        """
        try:
            return self._finished(complete=complete)
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """As if it had never been begun."""
        with contextlib.suppress(OSError):  # a full disk refuses what is still to be written once more
            self._file.close()
        for draft in (self._draft, self._page_draft):
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)

    def _finished(self, *, complete: bool) -> Report:
        # As a reader of the file has them, so that page, log and answer show no more than the file.
        totals = shortened(json.loads(self._text(self.totals.to_dict(complete=complete))))
        self._write({"kind": "totals", **totals})
        self._file.close()
        data, page = (self._folder / f"{self.id}.{end}" for end in ("jsonl", "html"))
        with private(self._page_draft) as out:
            write_page(out, self.head, totals, scenes_in(self._draft), source=data.name)
        self._page_draft.replace(page)
        self._draft.replace(data)
        prune(self._folder, self._kind, finished=self.id)
        return Report(id=self.id, json=str(data), html=str(page), totals=totals)

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(self._text(line) + "\n")

    def _text(self, line: dict[str, Any]) -> str:
        """The line as JSON. Secrets are looked for in the texts themselves: beside a text's last quotation mark, which a search
        through JSON takes for the beginning of a value, every tag "Password:" would be one.
        """
        together = "\n".join(_texts(line))
        if self._secrets.scrub(together) != together:
            line = self._secrets.scrub_value(line)
        return storable(json.dumps(line, ensure_ascii=False, separators=(",", ":")))


def _texts(value: Any) -> Iterator[str]:
    """Every text in it, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts(one)


def begun(folder: Path, kind: str, at: float) -> tuple[str, TextIO]:
    """A report's name, which nobody else has, and its draft.

    Names sort as the reports were begun, within a second, too: their end is the part of the second in 65,536ths. One that
    is begun at the moment of another counts as begun a moment later.
    """
    tick = int(at * TICKS)
    while True:
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(tick // TICKS))
        name = f"{kind}-{stamp}-{tick % TICKS:04x}"
        if not (folder / f"{name}.jsonl").exists():
            with contextlib.suppress(FileExistsError):
                return name, private(folder / f"{name}.jsonl{DRAFT}")
        tick += 1


def private(path: Path) -> TextIO:
    """A new file that only this user may read. Raises FileExistsError."""
    return os.fdopen(
        os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8", newline="\n"
    )


def prune(folder: Path, kind: str, *, finished: str = "") -> None:
    """Forget all but the newest reports of this kind, and what processes that were killed have left half done.

    The one that was just ``finished`` stays, be the clock that named the others ahead of it.
    """
    ends = {path.name for path in folder.glob(f"{kind}-*")}
    names = sorted(
        {end.partition(".")[0] for end in ends if kind_of(end.partition(".")[0]) == kind}, reverse=True
    )
    whole = [name for name in names if f"{name}.jsonl" in ends]
    half = [name for name in names if ends.isdisjoint({f"{name}.jsonl", f"{name}.jsonl{DRAFT}"})]
    for name in {*whole[KEPT_REPORTS:], *half} - {finished}:
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
    for name in ("cause", "remedy"):
        if not about[name]:
            del about[name]
    for item in about["items"]:
        for line in item["changes"]:
            if line["size"] is None:
                del line["size"]
    return {"kind": "scene", "result": plan.result, "fields": fields, "kept": kept, **about}
