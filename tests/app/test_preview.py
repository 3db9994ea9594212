"""Preview Changes as Stash runs it, and as a person on a terminal does: the report, its totals, and what it must not do."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.plan_reading import scenes_in
from app.plan_report import KEPT_REPORTS, PREVIEW, PlanReport
from simulators.planted import OWNER_TOKEN
from worker.scene_plan import FieldPlan, ItemPlan, ScenePlan

ROOT = Path(__file__).parent.parent.parent
SCRIPT_TITLE = "<script>document.title='run'</script>"


def in_tables(installed) -> dict[str, list[Any]]:
    """What of the database a preview must leave alone."""
    db = sqlite3.connect(installed.data / "queue.sqlite")
    names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {
        name: db.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608 -- a table of ours
        for name in names
        if name != "meta"
    }
    db.close()
    return found


def read(path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def a_few(installed) -> dict[str, int]:
    """One scene of each kind."""
    installed.scene("settled.mp4", title="Settled")
    changed, _ = installed.scene("changed.mp4", title="Before")
    installed.run("Sync All Scenes")
    installed.until_nobody_watches()
    installed.stash.store.scenes[changed].values["title"] = SCRIPT_TITLE
    fresh, _ = installed.scene("fresh.mp4", title="Fresh", tags=["A", "B"])
    nowhere, _ = installed.scene("nowhere.mp4", in_plex=False, title="Nowhere")
    return {"changed": changed, "fresh": fresh, "nowhere": nowhere}


def test_the_report_has_every_scene_with_field_old_new_and_why_and_nothing_else_changes(installed):
    scenes = a_few(installed)
    before, writes = in_tables(installed), len(installed.plex.writes())
    stats = (installed.data / "stats.json").read_bytes()
    answer = installed.operate(mode="preview")
    assert answer["reason"] == "done"
    assert (in_tables(installed), len(installed.plex.writes())) == (before, writes)
    assert (installed.data / "stats.json").read_bytes() == stats
    head, *told, totals = read(answer["json"])
    assert (head["kind"], head["scope"], totals["kind"]) == ("preview", "all", "totals")
    by_id = {one["scene_id"]: one for one in told}
    (line,) = by_id[scenes["changed"]]["items"][0]["changes"]
    assert line == {
        "field": "title",
        "what": "value",
        "old": "Before",
        "new": SCRIPT_TITLE,
        "why": "stash_changed",
    }
    assert by_id[scenes["fresh"]]["fields"][:2] == ["title", "tags"]
    assert answer["totals"]["change"] == 2
    assert answer["totals"]["by_field"]["title"] == {"changed": 2, "locks": 0, "kept": 0}
    assert answer["totals"]["skipped"]["not_in_plex"]["examples"][0]["scene_id"] == scenes["nowhere"]
    assert answer["totals"]["skipped"]["nothing_to_do"]["scenes"] == 1
    assert {**totals, "kind": None} == {**answer["totals"], "kind": None}


def test_the_task_says_where_the_report_is_and_its_totals(installed):
    a_few(installed)
    installed.run("Preview Changes")
    said = [line for line in installed.lines("info") if "PlexSync Preview" in line]
    assert "Preview Changes: 4 scenes looked at, 2 would be changed (2 Plex items)" in said[0]
    assert "By field: 2 title" in said[1]
    assert "first contact" in said[2]
    assert any("1 scene not in Plex: scene 4 'Nowhere'" in line for line in said)
    assert "Nothing was written to Plex. The report: " in said[-1]
    assert len(said) <= 8


def test_the_page_is_whole_in_itself_and_no_title_is_markup(installed):
    a_few(installed)
    answer = installed.operate(mode="preview")
    page = Path(answer["html"]).read_text(encoding="utf-8")
    assert SCRIPT_TITLE not in page
    assert "&lt;script&gt;document.title=&#x27;run&#x27;&lt;/script&gt;" in page
    assert page.count("<script>") == 1
    assert "default-src 'none'" in page
    assert "src=" not in page.replace("default-src", "").replace("script-src", "").replace("style-src", "")
    assert "http://" not in page
    for path in (answer["json"], answer["html"]):
        assert OWNER_TOKEN not in Path(path).read_text(encoding="utf-8")
        if os.name == "posix":
            assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    if os.name == "posix":
        assert stat.S_IMODE(Path(answer["json"]).parent.stat().st_mode) == 0o700


def test_chosen_scenes_and_what_is_queued(installed):
    scenes = a_few(installed)
    answer = installed.operate(mode="preview", scene_ids=[scenes["fresh"]])
    assert (answer["totals"]["scenes"], answer["totals"]["change"]) == (1, 1)
    installed.run("Pause Syncing")
    installed.save(scenes["nowhere"], title="Saved")
    answer = installed.operate(mode="preview", scope="queued")
    assert [one["scene_id"] for one in scenes_in(Path(answer["json"]))] == [scenes["nowhere"]]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"scope": "some"}, "scope is 'some'; it must be 'all'"),
        ({"scene_ids": ["x"]}, "scene_ids is 'x'"),
        ({"scene_ids": []}, "it must be a list of scene ids"),
        (
            {"scene_ids": [1], "scope": "queued"},
            "scope is 'queued' and scene_ids are given too: give one of the two",
        ),
        ({"scene_id": 1, "scope": "all"}, "scope is 'all' and scene_ids are given too"),
    ],
)
def test_a_wrong_argument_is_named(installed, args, said):
    status, answer = installed.stash.post(
        {
            "query": 'mutation($a:Map){runPluginOperation(plugin_id:"StashPlexSync",args:$a)}',
            "variables": {"a": {"mode": "preview", **args}},
        }
    )
    assert (status, said in answer["errors"][0]["message"]) == (200, True)


def test_plex_away_is_one_error_line_and_no_half_report(installed):
    installed.scene(title="T")
    installed.plex.refuse()
    answer = installed.operate(mode="preview")
    assert answer["reason"] == "trouble"
    assert len(installed.lines("error")) == 1
    assert list((installed.data / "reports").iterdir()) == []


def test_the_command_prints_totals_and_paths(installed):
    a_few(installed)
    environment = {
        **os.environ,
        "PLEXSYNC_DATA_DIR": str(installed.data),
        "PLEXSYNC_STASH_URL": installed.stash.url,
    }

    def plan(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "PlexSync.py"), "plan", *args]
        return subprocess.run(
            command, capture_output=True, text=True, env=environment, check=False, timeout=60
        )

    done = plan()
    assert (done.returncode, done.stderr) == (0, "")
    assert "Preview: 4 scenes looked at, 2 would be changed (2 Plex items)" in done.stdout
    assert f"Report: {installed.data / 'reports'}" in done.stdout
    assert json.loads(plan("3", "--json").stdout)["totals"]["scenes"] == 1
    assert plan("3", "--queued").returncode == 2


def report(folder: Path, number: int) -> PlanReport:
    made = PlanReport(folder, kind=PREVIEW, scope="all", at=1_790_000_000.0 + number)
    line = FieldPlan(field="title", what="value", old="", new=f"T{number}", why="first_contact")
    item = ItemPlan(rating_key=1, title="x", library="Scenes", changes=[line])
    made.add(ScenePlan(scene_id=number + 1, title=f"T{number}", path="/x", result="change", items=[item]))
    return made


def test_the_newest_reports_are_kept(tmp_path):
    for number in range(KEPT_REPORTS + 3):
        newest = report(tmp_path, number).finish()
    names = sorted(path.name for path in (tmp_path / "reports").iterdir())
    assert len(names) == 2 * KEPT_REPORTS
    assert Path(newest.json).name in names
    killed = tmp_path / "reports" / "preview-20260101-000000-abcd.jsonl.part"
    killed.write_text("")
    os.utime(killed, (1, 1))  # of a process that was killed, long ago
    report(tmp_path, 51).finish()
    assert not [path for path in (tmp_path / "reports").iterdir() if path.suffix == ".part"]


def test_a_page_of_too_many_scenes_says_what_it_leaves_out(tmp_path, monkeypatch):
    monkeypatch.setattr("app.plan_page.MOST_CHANGED", 2)
    made = report(tmp_path, 0)
    for number in range(1, 5):
        plan = ScenePlan(scene_id=number + 1, title=f"T{number}", path="/x", result="change")
        made.add(plan)
    done = made.finish()
    page = Path(done.html).read_text(encoding="utf-8")
    assert "Below are only the first 2 of 5 (would be changed)." in page
    assert f"All of them are in {Path(done.json).name}." in page
    assert page.count("<article ") == 2
    assert len(list(scenes_in(Path(done.json)))) == 5
