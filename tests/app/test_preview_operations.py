"""What the page asks of previews: the reports, their scenes page by page, and that exactly these are applied."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from app.page.previews import ALIVE_S
from app.plan_report import DRY_RUN, PREVIEW, PlanReport
from app.plan_totals import SKIP_WORDS
from tests.app.page_asks import ask
from worker.reasons import WORDS
from worker.scene_plan import FieldPlan, ItemPlan, KeptField, ScenePlan

if TYPE_CHECKING:
    from app.plan_report import Report

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A data folder, in which nothing was done yet."""
    folder = tmp_path / "data"
    monkeypatch.setenv("PLEXSYNC_DATA_DIR", str(folder))
    monkeypatch.setattr("app.page.actions.spawn_watcher", lambda _connection: True)
    ask("badge")
    return folder


def made(data: Path, scenes: int, *, kind: str = PREVIEW, at: float = 1_790_000_000.0) -> Report:
    """A report in which each third scene is not in Plex, and each fifth has a field that is kept."""
    report = PlanReport(data, kind=kind, scope="all", at=at)
    for number in range(1, scenes + 1):
        report.add(plan(number))
    return report.finish()


def plan(number: int) -> ScenePlan:
    if number % 3 == 0:
        return ScenePlan(scene_id=number, title=f"S{number}", path="/x", result="not_in_plex", detail="no")
    field = "title" if number % 2 else "tags"
    line = FieldPlan(field=field, what="value", old="", new="n" * 5000, why="first_contact")
    item = ItemPlan(rating_key=number, title="x", library="Scenes", changes=[line])
    if number % 5 == 0:
        item.kept.append(KeptField(field="studio", plex="A", stash="B", why="edit"))
    return ScenePlan(
        scene_id=number, title='odd "fields":["tags"], title', path="/x", result="change", items=[item]
    )


def all_pages(report: str, **filters: Any) -> list[int]:
    found: list[int] = []
    at: int | None = 0
    while at is not None:
        page = ask("preview", report=report, at=at, limit=7, **filters)
        assert len(page["scenes"]) <= 7
        found += [one["scene_id"] for one in page["scenes"]]
        at = page["next_at"]
    return found


def test_scenes_come_in_pages_by_field_and_by_reason(data):
    report = made(data, 60).id
    assert all_pages(report) == list(range(1, 61))
    assert all_pages(report, reason="not_in_plex") == list(range(3, 61, 3))
    assert all_pages(report, reason="change", field="title") == [n for n in range(1, 61) if n % 3 and n % 2]
    assert all_pages(report, reason="kept_edit") == [n for n in range(5, 61, 5) if n % 3]
    (first, *_) = ask("preview", report=report, limit=1)["scenes"]
    assert len(first["items"][0]["changes"][0]["new"]) == 2001


def test_the_newest_reports_stand_first_with_their_totals(data):
    made(data, 3, at=1_790_000_000.0)
    made(data, 6, kind=DRY_RUN, at=1_790_000_100.0)
    newest = made(data, 9, at=1_790_000_200.0)
    (data / "reports" / "preview-20990101-000000-abcd.jsonl").write_text("no report\n")
    found = ask("previews")
    assert [(one["scenes"], one["dry_run"]) for one in found["reports"]] == [
        (9, False),
        (6, True),
        (3, False),
    ]
    assert found["reports"][0]["html"] == newest.html
    assert found["reports"][0]["change"] == 6
    assert {one["reason"]: one["scenes"] for one in found["reports"][0]["skipped"]} == {
        "not_in_plex": 3,
        "kept_edit": 1,
    }
    assert (found["running"], found["trouble"]) == (False, None)


def test_one_that_is_being_made_is_seen(data):
    report = PlanReport(data, kind=PREVIEW, scope="all", at=1_790_000_000.0)
    assert ask("previews")["running"] is True
    report.discard()
    assert ask("previews")["running"] is False
    assert ALIVE_S < 600


def test_apply_queues_exactly_the_scenes_that_would_change(data):
    report = made(data, 2500).id
    wanted = [n for n in range(1, 2501) if n % 3]
    assert ask("apply", report=report) == {"scenes": len(wanted), "paused": False}
    db = sqlite3.connect(data / "queue.sqlite")
    rows = db.execute("SELECT scene_id, trigger FROM jobs ORDER BY scene_id").fetchall()
    db.close()
    assert rows == [(n, "preview") for n in wanted]


def test_the_page_has_words_for_all_that_a_preview_says():
    told = (ROOT / "ui" / "src" / "previewWords.ts").read_text(encoding="utf-8")
    keys = set(re.findall(r"^  ([a-z_]+):", told, re.MULTILINE))
    assert {*WORDS, *SKIP_WORDS} <= keys
