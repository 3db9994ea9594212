"""The report of a preview as a file: whole or not at all, without secrets, and not pushed out by smaller ones."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.plan_reading import ends_of, newest, scenes_in
from app.plan_report import DRY_RUN, EDITS, KEPT_REPORTS, KINDS, PART, PREVIEW, PlanReport, Report
from stash.redact import Secrets
from worker.scene_plan import FieldPlan, ItemPlan, ScenePlan

TOKEN = "Pl4nt3d-token"
AT = 1_790_000_000.0


def plan(
    scene_id: int = 1, *, title: str = "T", tags: tuple[str, ...] = ("A",), detail: str = ""
) -> ScenePlan:
    """Of a scene that would get tags, or, with a detail, that could not be looked at."""
    if detail:
        return ScenePlan(scene_id=scene_id, title=title, path="/x", result="failed", detail=detail)
    line = FieldPlan(field="tags", what="value", old=[], new=list(tags), why="first_contact")
    item = ItemPlan(rating_key=1, title="x", library="Scenes", changes=[line])
    return ScenePlan(scene_id=scene_id, title=title, path="/x", result="change", items=[item])


def begun(folder: Path, *plans: ScenePlan, kind: str = PREVIEW, at: float = AT) -> PlanReport:
    report = PlanReport(folder, kind=kind, scope="all", at=at, secrets=Secrets(TOKEN))
    for one in plans:
        report.add(one)
    return report


def names(folder: Path) -> set[str]:
    return {path.name for path in (folder / "reports").iterdir()}


def everything_of(done: Report) -> str:
    """What anybody can see of it."""
    told = json.dumps(done.told(), ensure_ascii=False)
    return Path(done.json).read_text(encoding="utf-8") + Path(done.html).read_text(encoding="utf-8") + told


@pytest.mark.parametrize(
    "odd",
    [
        plan(tags=("A", "Password:")),
        plan(title="password=x\\"),
        plan(title="T", detail="cookie:"),
        plan(title="api key=\\\\", detail="token="),
        plan(title="an undecodable name \udcff", detail="it fails"),
    ],
    ids=["a tag", "a backslash", "a last detail", "backslashes", "a lone surrogate"],
)
def test_a_text_that_looks_like_a_secret_breaks_no_report(tmp_path, odd):
    done = begun(tmp_path, odd).finish()
    assert [one["scene_id"] for one in scenes_in(Path(done.json))] == [1]
    assert ends_of(Path(done.json))[1]["scenes"] == 1


@settings(max_examples=30)
@given(
    title=st.text(max_size=30), words=st.sampled_from(["token:", 'password="', "Cookie: a=", "api_key=\\"])
)
def test_whatever_a_title_is_its_report_can_be_read(tmp_path_factory, title, words):
    folder = tmp_path_factory.mktemp("any")
    done = begun(
        folder, plan(title=words + title), plan(2, title=title + words, detail=title + words)
    ).finish()
    assert [one["scene_id"] for one in scenes_in(Path(done.json))] == [1, 2]
    assert ends_of(Path(done.json))[1] == {"kind": "totals", **done.totals}


def test_a_secret_in_a_title_is_nowhere_in_report_page_and_answer(tmp_path):
    odd = plan(title=f"About {TOKEN}", detail="fetched from http://user:pa55word@stash/cover")
    done = begun(tmp_path, odd, plan(2, tags=(TOKEN,))).finish()
    assert "About ***" in everything_of(done)
    assert TOKEN not in everything_of(done)
    assert "pa55word" not in everything_of(done)


def test_a_token_of_digits_alone_hides_no_number(tmp_path):
    report = PlanReport(tmp_path, kind=PREVIEW, scope="all", at=AT, secrets=Secrets("4711"))
    report.add(plan(4711, title="4711"))
    (scene,) = scenes_in(Path(report.finish().json))
    assert (scene["scene_id"], scene["title"]) == (4711, "***")


def test_titles_of_a_hundred_pages_do_not_hide_the_totals(tmp_path):
    long = "\x01é" * 200_000
    done = begun(tmp_path, *[plan(n, title=long, detail=long) for n in range(1, 5)]).finish()
    _, totals = ends_of(Path(done.json))
    (first, *_) = totals["skipped"]["failed"]["examples"]
    assert (totals["scenes"], len(first["title"])) == (4, 201)
    (scene, *_) = scenes_in(Path(done.json))
    assert scene["title"] == long  # the file for programs has it all


def test_a_page_that_cannot_be_written_leaves_nothing_half_done(tmp_path, monkeypatch):
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    report = begun(tmp_path, plan())
    monkeypatch.setattr("app.plan_report.write_page", full)
    with pytest.raises(OSError, match="No space left"):
        report.finish()
    assert names(tmp_path) == set()


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full")
def test_a_disk_that_is_full_leaves_nothing_half_done(tmp_path, monkeypatch):
    def on_a_full_disk(path: Path) -> Any:
        path.touch()
        return Path("/dev/full").open("w", encoding="utf-8")

    monkeypatch.setattr("app.plan_report.private", on_a_full_disk)
    report = begun(tmp_path, plan())
    with pytest.raises(OSError, match="No space left"):
        report.finish()
    assert names(tmp_path) == set()


def test_many_reports_of_one_kind_push_out_none_of_another(tmp_path):
    large = {begun(tmp_path, plan(), kind=kind, at=AT).finish().id for kind in (PREVIEW, DRY_RUN)}
    for number in range(KEPT_REPORTS + 3):
        for kind in (PART, EDITS):
            begun(tmp_path, plan(), kind=kind, at=AT + 1 + number).finish()
    kept = [path.stem for path in newest(tmp_path)]
    assert large <= set(kept)
    assert len(kept) == 2 * KEPT_REPORTS + 2
    assert len(names(tmp_path)) == 2 * len(kept)
    assert set(KINDS) == {name.rsplit("-", 3)[0] for name in kept}


def test_the_newest_is_kept_though_the_clock_has_gone_back(tmp_path):
    for number in range(KEPT_REPORTS):
        begun(tmp_path, plan(), at=AT + 1000 + number).finish()
    done = begun(tmp_path, plan(), at=AT).finish()
    assert Path(done.html).exists()
    assert Path(done.json).exists()


def test_reports_of_one_second_are_known_apart_and_stay_in_their_order(tmp_path):
    moments = [AT + 0.001 * number for number in range(KEPT_REPORTS)]
    made = [begun(tmp_path, plan(), at=moment).finish().id for moment in moments]
    assert [path.stem for path in newest(tmp_path)] == made[::-1]


def test_reports_of_one_moment_are_known_apart_and_stay_in_their_order(tmp_path):
    last_of_a_second = int(AT) + 1 - 1e-6
    drafts = [begun(tmp_path, plan(), at=last_of_a_second) for _ in range(KEPT_REPORTS)]
    made = [draft.finish().id for draft in drafts]
    assert [path.stem for path in newest(tmp_path)] == made[::-1]


def test_a_page_without_its_file_is_forgotten_and_one_that_is_being_made_is_not(tmp_path):
    being_made = begun(tmp_path, plan())
    page_of_it = tmp_path / "reports" / f"{being_made.id}.html"
    page_of_it.write_text("between two renames")
    killed = tmp_path / "reports" / "preview-20260101-000000-abcd.html"
    killed.write_text("killed between two renames")
    begun(tmp_path, plan(), at=AT + 1).finish()
    assert (page_of_it.exists(), killed.exists()) == (True, False)
    being_made.discard()


def test_only_the_user_of_stash_can_read_them(tmp_path):
    done = begun(tmp_path, plan()).finish()
    if os.name == "posix":
        assert {Path(path).stat().st_mode & 0o777 for path in (done.json, done.html)} == {0o600}
