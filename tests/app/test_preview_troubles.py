"""What a person is told when there is no preview, and what a dry run's reports are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from app.plan_reading import newest, scenes_in
from app.plan_totals import MOST_CAUSES, PlanTotals, lines
from app.terminal_plan import WITHOUT_A_REPORT
from tests.support import wait_for
from worker.scene_plan import ScenePlan

ROOT = Path(__file__).parent.parent.parent


def plan_on_terminal(installed) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PLEXSYNC_DATA_DIR": str(installed.data),
        "PLEXSYNC_STASH_URL": installed.stash.url,
    }
    command = [sys.executable, str(ROOT / "PlexSync.py"), "plan"]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)


def trouble(installed) -> Any:
    return installed.operate(mode="page", ask="previews")["trouble"]


def test_plex_away_says_what_to_do_and_promises_no_retry(installed):
    installed.scene(title="T")
    installed.plex.refuse()
    answer = installed.operate(mode="preview")
    done = plan_on_terminal(installed)
    assert "make it again when Plex answers" in answer["message"]
    assert "make it again when Plex answers" in done.stderr
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "Nothing to do" not in answer["message"]
    assert "automatically" not in answer["message"]
    assert trouble(installed)["message"] == answer["message"]


def test_a_folder_that_takes_no_report_is_named_with_a_remedy(installed):
    installed.scene(title="T")
    installed.operate(mode="status")
    (installed.data / "reports").write_text("a file where the folder should be")
    answer = installed.operate(mode="preview")
    done = plan_on_terminal(installed)
    for said in (answer["message"], done.stderr, trouble(installed)["message"]):
        assert f"the report cannot be written in {installed.data / 'reports'}" in said
        assert "make the preview again" in said
    assert "Traceback" not in done.stderr
    (line,) = installed.lines("error")
    assert "unforeseen" not in line


def test_scenes_that_could_not_be_looked_at_come_with_the_causes_and_the_remedies(installed):
    """Two items that Plex cannot read, and a scene that Stash cannot give."""
    installed.scene("good.mp4", title="Good")
    corrupt = [installed.scene(f"{n}.mp4", title=f"Corrupt {n}")[1] for n in range(2)]
    odd, _ = installed.scene("odd.mp4", title="Odd")
    installed.stash.store.scenes[odd].values["rating100"] = "odd"
    for key in corrupt:
        installed.plex.faults.add("status", match=rf"GET /library/metadata/([0-9]+,)*{key}\b", status=500)
    answer = installed.operate(mode="preview")
    lines = [line for line in installed.lines("info") if "PlexSync Preview" in line]
    at = next(
        n for n, line in enumerate(lines) if "3 scenes could not be looked at: scene 2 'Corrupt 0'" in line
    )
    assert "  2 of them: PlexTemporaryError: " in lines[at + 1]
    assert (
        "A sync would try it again; make the preview again, and if this lasts, run 'Check Setup'"
        in lines[at + 1]
    )
    assert "  1 of them: QueryFailed: " in lines[at + 2]
    assert "Check Stash's log for this time" in lines[at + 2]
    page = Path(answer["html"]).read_text(encoding="utf-8")
    assert "2 of them: PlexTemporaryError: " in page
    told = {one["scene_id"]: one for one in scenes_in(Path(answer["json"]))}
    assert told[odd]["remedy"].startswith("Check Stash's log")
    assert told[odd]["cause"].startswith("QueryFailed: ")
    assert "remedy" not in told[1]
    assert [one["scenes"] for one in answer["totals"]["skipped"]["failed"]["causes"]] == [2, 1]


def test_of_very_many_causes_the_most_frequent_are_named_and_the_others_counted():
    totals = PlanTotals()
    for number in range(MOST_CAUSES + 50):
        for _ in range(3 if number == 7 else 1):
            totals.add(
                ScenePlan(
                    scene_id=number + 1,
                    title="T",
                    path="/x",
                    result="failed",
                    detail=f"E: no {number}",
                    cause=f"E: cause {number}",
                    remedy="Mend it",
                )
            )
    told = lines(totals.to_dict(complete=True), head="Preview")
    assert told[-6] == "  3 of them: E: no 7. Mend it"
    assert told[-1] == f"  {MOST_CAUSES + 50 + 2 - 7} of them for other reasons, which stand in the report"


@pytest.mark.parametrize("reason", ["busy", "stopped"])
def test_the_terminal_tells_a_stopped_preview_from_one_that_is_made_elsewhere(capsys, reason):
    from app.terminal_plan import _print  # noqa: PLC0415 -- the lines alone

    _print({"reason": reason})
    assert capsys.readouterr().err == WITHOUT_A_REPORT[reason] + "\n"
    assert ("already" in WITHOUT_A_REPORT[reason]) == (reason == "busy")


@pytest.fixture
def slow(installed):
    """A library whose preview takes five seconds, while another job of Stash's waits from its beginning on."""
    for number in range(250):
        installed.scene(f"{number:03}.mp4", title=f"Scene {number}")
    installed.operate(mode="preview", scene_ids=[1])  # Plex is listed
    installed.stash.seconds_for_each_scene = 0.02  # two seconds for a page of a hundred
    before, done = threading.Event(), threading.Event()
    yield installed, before, done
    before.set()
    done.set()


def test_the_task_makes_room_for_another_job_and_says_that_its_report_is_of_a_part(slow):
    installed, before, done = slow
    installed.stash.add_blocking_job(before)
    installed.stash.start_task("StashPlexSync", "Preview Changes")
    installed.stash.add_blocking_job(done, "Generating...")
    before.set()
    wait_for(
        lambda: any("Another job of Stash's waits" in line for line in installed.lines("info")), "no room"
    )
    done.set()
    (line,) = [line for line in installed.lines("info") if "Another job of Stash's waits" in line]
    assert re.search(r"the preview has ended after [12]00 scenes, and its report is of these alone", line)
    assert "on PlexSync's page or with 'PlexSync.py plan'" in line
    report = installed.operate(mode="page", ask="previews")["reports"][0]
    assert (report["complete"], report["scenes"] in {100, 200}) == (False, True)
    page = Path(report["html"]).read_text(encoding="utf-8")
    assert "The preview was stopped: it shows what was looked at until then." in page


def test_the_page_s_preview_takes_no_place_in_stash_s_queue_and_goes_on_to_the_end(slow):
    installed, _, done = slow
    for description in ("Scanning...", "Generating..."):
        installed.stash.add_blocking_job(done, description)
    answer = installed.operate(mode="preview")
    assert (answer["reason"], answer["totals"]["scenes"]) == ("done", 250)
    assert answer["totals"]["complete"]


def test_what_a_dry_run_has_put_aside_can_be_looked_at_as_one(installed):
    installed.configure(dry_run=True)
    first, _ = installed.scene("first.mp4", title="First")
    installed.run("Sync All Scenes")
    saved, _ = installed.scene("saved.mp4", title="Saved")
    installed.save(saved, title="Saved once")
    wait_for(lambda: installed.operate(mode="status")["queue"]["previewed"] == 2, "not both stand aside")
    answer = installed.operate(mode="preview", scope="queued")
    assert {one["scene_id"] for one in scenes_in(Path(answer["json"]))} == {first, saved}
    assert answer["totals"]["change"] == 2


def test_saves_in_a_dry_run_leave_reports_apart_from_those_that_were_asked_for(installed):
    installed.configure(dry_run=True)
    scene, _ = installed.scene("one.mp4", title="One")
    installed.run("Sync All Scenes")
    installed.save(scene, title="Saved")
    wait_for(lambda: len(of_kind(installed, "dry-run-edits-")) > 0, "the save has left no report")
    (edits,), (asked,) = of_kind(installed, "dry-run-edits-"), of_kind(installed, "dry-run-2")
    assert [one["title"] for one in scenes_in(asked)] == ["One"]
    assert [one["title"] for one in scenes_in(edits)] == ["Saved"]
    assert "Edits and scans: 1 scene looked at, <b>1</b> would be changed." in edits.with_suffix(
        ".html"
    ).read_text(encoding="utf-8")
    listed = installed.operate(mode="page", ask="previews")["reports"]
    assert [(one["report"], one["dry_run"]) for one in listed] == [(edits.stem, True), (asked.stem, True)]


def of_kind(installed, begins: str) -> list[Path]:
    return [path for path in newest(installed.data) if path.name.startswith(begins)]


def test_a_dry_run_goes_on_where_no_report_can_be_written(installed):
    installed.configure(dry_run=True)
    installed.scene("one.mp4", title="One")
    installed.operate(mode="status")
    shutil.rmtree(installed.data / "reports", ignore_errors=True)
    (installed.data / "reports").write_text("a file where the folder should be")
    installed.run("Sync All Scenes")
    assert installed.operate(mode="status")["queue"]["previewed"] == 1
    assert any("The report could not be written" in line for line in installed.lines("warning"))
