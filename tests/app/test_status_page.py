"""``docs/status.md`` names every key that scripts may rely on, and no other."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.observer_record import FIGURES_KEY
from app.state import read_state
from app.verdict import VERDICTS
from sync_queue import reconciling, runners
from sync_queue.database import connect
from sync_queue.history import DrainRow, History, Result
from sync_queue.intake import enqueue
from sync_queue.jobs import SyncQueue
from sync_queue.meta import set_meta
from sync_queue.reconciling import Position

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).parents[2] / "docs" / "status.md").read_text(encoding="utf-8")
MAPPINGS = {
    "dead_letters.by_type",
    "stats.session",
    "stats.cumulative",
    "worker.last_hour.counts",
    "worker.last_drain.counts",
    "reconcile.under_way.found",
    "reconcile.last.found",
    "plex.libraries",
    "plex.movie_libraries",
}
"""What is in them is data, not keys."""


def part(name: str) -> str:
    return PAGE.partition(f"<!-- {name} -->")[2].partition(f"<!-- end of {name} -->")[0]


def names(value: Any, before: str = "") -> Iterator[str]:
    """Every key, as ``a.b`` and, inside lists, ``a[].b``."""
    if before:
        yield before
    if before in MAPPINGS:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from names(inner, f"{before}.{key}" if before else key)
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, dict):
                for key, deeper in inner.items():
                    yield from names(deeper, f"{before}[].{key}")


def test_every_key_of_the_status_stands_on_the_page_and_no_other(tmp_path: Path) -> None:
    db = connect(tmp_path / "queue.sqlite")
    queue = SyncQueue(db, clock=lambda: 100.0)
    enqueue(db, 1, trigger="t", priority=0, now=99.0)
    queue.bury(queue.claim(1)[0], "no", 1, error_type="Unknown", title="T", path="/a/b.mp4")
    runners.register_drain(db, f"{os.getpid()}-d", os.getpid(), 100.0)
    row = DrainRow(drain_id="d", runner="task", started_at=99.0, seen_at=99.5, done=1, total=2)
    ended = DrainRow(drain_id="e", runner="task", started_at=9.0, seen_at=9.5, done=1, finished_at=10.0)
    result = Result(
        scene_id=1, at=1.0, drain_id="d", trigger="t", result="changed", title="", path="", detail={}
    )
    History(db).note([result], ended)
    History(db).note([], row)
    compared = Position(deep=True, since="", newest="", total=9, at=100.0, done=1)
    reconciling.end(db, compared, 100.0)
    reconciling.save(db, compared)
    set_meta(db, FIGURES_KEY, {"observers": {}, "left_out": {"b.py": "it hung"}})
    found = set(names(read_state(db, tmp_path, lambda: 100.0)))
    db.close()
    tops = {name.partition(".")[0].partition("[")[0] for name in found}
    documented = set(re.findall(r"^\| `([^`]+)` \|", part("status keys"), re.MULTILINE))
    groups = {name for name in found if any(other.startswith(f"{name}.") for other in found)}
    assert documented >= found - groups
    assert documented <= found
    assert {name.partition(".")[0].partition("[")[0] for name in documented} == tops


def test_every_state_of_an_explanation_stands_on_the_page_with_its_meaning() -> None:
    assert dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", part("states"), re.MULTILINE)) == VERDICTS


def test_links_on_the_page_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", PAGE):
        assert (Path(__file__).parents[2] / "docs" / target).exists(), target
