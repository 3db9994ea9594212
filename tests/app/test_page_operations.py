"""The page's operations: each answers what app/page/shapes.py describes, from a real database, as Stash asks it."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from app.page import shapes
from app.page.door import ASKS, answer_page
from stash.runtime import Connection, Payload
from sync_queue.database import connect
from sync_queue.history import History, Result
from sync_queue.hours import Hours
from sync_queue.intake import PERSON, enqueue
from sync_queue.jobs import SyncQueue
from sync_queue.ledger import Entry, Ledger
from sync_queue.meta import set_meta
from tests.app.installed import ROOT
from tests.app.page_asks import SHAPES, ask, fail, opened
from tests.app.page_shapes import differences
from tests.support import wait_for

SERVER = "machine"


@pytest.fixture
def db(tmp_path, monkeypatch):
    """The plugin's database."""
    with opened(tmp_path, monkeypatch) as made:
        yield made


def test_every_ask_has_a_shape_and_answers_in_an_empty_installation(db):
    assert set(ASKS) == set(SHAPES)
    for name in (
        "activity",
        "badge",
        "cause",
        "failures",
        "now",
        "previews",
        "statistics",
        "pause",
        "resume",
    ):
        assert "problem" not in ask(name)
    assert ask("scene", scene_id=7)["state"] == "unknown"


def test_failures_are_grouped_by_cause_and_their_scenes_come_in_pages(db):
    fail(db, range(1, 61))
    fail(db, [100], "the poster was refused", "PlexRefused")
    failures = ask("failures")
    assert failures["total"] == 61
    assert [(one["error_type"], one["scenes"]) for one in failures["causes"]] == [
        ("PlexNotFound", 60),
        ("PlexRefused", 1),
    ]
    cause = failures["causes"][0]
    assert (cause["folder"], cause["hint"]) == ("/media/gone", "Let Plex scan.")
    key = {"error_type": cause["error_type"], "cause": cause["cause"]}
    seen = [
        scene["scene_id"] for offset in (0, 25, 50) for scene in ask("cause", **key, offset=offset)["scenes"]
    ]
    assert sorted(seen) == list(range(1, 61))
    assert ask("cause", **key, offset=50)["total"] == 60


def test_a_cause_a_selection_or_one_scene_is_tried_again_or_forgotten(db):
    fail(db, range(1, 11))
    fail(db, [100, 101], "the poster was refused", "PlexRefused")
    assert ask("retry", scene_id=3) == {"scenes": 1, "paused": False}
    assert ask("discard", scene_ids=[4, 5, 4711])["scenes"] == 2
    cause = ask("failures")["causes"][0]
    assert ask("retry", error_type=cause["error_type"], cause=cause["cause"])["scenes"] == 7
    assert SyncQueue(db, clock=time.time).count().pending == 8
    assert (
        ask("discard", error_type="PlexRefused", cause=ask("failures")["causes"][0]["cause"])["scenes"] == 2
    )
    assert ask("badge")["failures"] == 0


def test_a_cause_that_nobody_has_is_nothing_to_do_and_never_means_all(db):
    fail(db, [1])
    assert ask("retry", error_type="PlexNotFound", cause="")["scenes"] == 0
    assert ask("discard", error_type="PlexNotFound")["scenes"] == 0
    assert ask("badge")["failures"] == 1


def test_activity_is_filtered_by_field_and_scene_and_turned_page_by_page(db):
    journal = Ledger(db).journal
    for scene_id in range(1, 7):
        changes = {"title": ("old", f"new {scene_id}"), "tags": (["a"], ["a", "b"])}
        journal.announce(
            SERVER, scene_id, changes, shown={}, scene_id=scene_id, drain_id="d", at=float(scene_id)
        )
        journal.settle(SERVER, scene_id, {"title": f"new {scene_id}", "tags": ["a", "b"]})
    first = ask("activity", limit=5)
    second = ask("activity", limit=5, before=first["next_before"])
    third = ask("activity", limit=5, before=second["next_before"])
    ids = [one["id"] for page in (first, second, third) for one in page["changes"]]
    assert ids == sorted(set(ids), reverse=True)
    assert len(ids) == 12
    assert third["next_before"] is None
    assert first["fields"] == ["tags", "title"]
    assert {one["field"] for one in ask("activity", field="tags")["changes"]} == {"tags"}
    assert {one["scene_id"] for one in ask("activity", scene_ids=[2, 3])["changes"]} == {2, 3}
    assert [one["new"] for one in ask("activity", scene_id="4", field="title")["changes"]] == ["new 4"]


def test_activity_is_searched_by_what_a_scene_is_called(db):
    journal = Ledger(db).journal
    for scene_id, title in ((1, "Am Strand"), (2, "Im Wald")):
        changes = {"title": ("old", title)}
        journal.announce(SERVER, scene_id, changes, shown={}, scene_id=scene_id, drain_id="d", at=1.0)
        journal.settle(SERVER, scene_id, {"title": title})
        row = Result(scene_id, 1.0, "d", "t", "changed", title, f"/films/{title}.mp4", {})
        History(db).note([row], None)
    found = ask("activity", search="STRAND films", scene_ids=[1, 2])
    assert [one["scene_id"] for one in found["changes"]] == [1]
    nothing = ask("activity", search="strand wald")
    assert (nothing["changes"], nothing["next_before"], nothing["fields"]) == ([], None, ["title"])


def test_a_text_of_any_length_is_shown_in_part(db):
    journal = Ledger(db).journal
    journal.announce(SERVER, 1, {"summary": ("", "x" * 50_000)}, shown={}, scene_id=1, drain_id="d", at=1.0)
    assert len(ask("activity")["changes"][0]["new"]) == 2001


@pytest.mark.parametrize(
    ("prepare", "state"),
    [
        ("waits", "waiting"),
        ("not in plex", "not_in_plex"),
        ("refused", "failed"),
        ("in step", "in_step"),
        ("kept", "changed_in_plex"),
    ],
)
def test_a_scene_says_its_state_in_a_word(db, prepare, state):
    set_meta(db, "plex_server", {"server": SERVER, "sections": []})
    if prepare == "waits":
        enqueue(db, 7, trigger="page", priority=PERSON, now=time.time())
    elif prepare in {"not in plex", "refused"}:
        fail(db, [7], error_type="PlexNotFound" if prepare == "not in plex" else "PlexRefused")
    else:
        outcome = "kept" if prepare == "kept" else "equal"
        Ledger(db).put(
            Entry(
                server=SERVER,
                rating_key=70,
                scene_id=7,
                section_id=1,
                synced_at=5.0,
                outcomes={"title": [outcome, 5.0, 4.0]},
            )
        )
    scene = ask("scene", scene_id=7)
    assert scene["state"] == state
    assert scene["machine_identifier"] == SERVER


def test_a_scene_shows_the_evidence_of_its_last_match(db):
    candidate = {
        "rating_key": 3,
        "title": "One",
        "path": "/m/one.mp4",
        "score": 0.9,
        "evidence": "name and size",
    }
    match = {"confidence": "low", "score": 0.9, "method": "name", "targets": [3], "candidates": [candidate]}
    History(db).note(
        [
            Result(
                scene_id=7,
                at=9.0,
                drain_id="d",
                trigger="page",
                result="given_up",
                title="One",
                path="/m/one.mp4",
                detail={"error_type": "AmbiguousMatch", "message": "two", "match": match},
            )
        ],
        None,
    )
    output = ask("scene", scene_id=7)
    assert output["match"]["candidates"] == [candidate]
    assert output["at"] == 9.0


def test_a_failed_scene_names_the_item_that_it_matched(db):
    fail(db, [7], "the title was refused", "EditRefused")
    match = {"confidence": "high", "score": 1.0, "method": "exact path", "targets": [3], "candidates": []}
    detail = {"error_type": "EditRefused", "message": "no", "match": match}
    result = Result(
        scene_id=7, at=9.0, drain_id="d", trigger="page", result="given_up", title="", path="", detail=detail
    )
    History(db).note([result], None)
    key = ask("failures")["causes"][0]
    (scene,) = ask("cause", error_type=key["error_type"], cause=key["cause"])["scenes"]
    assert (scene["targets"], scene["candidates"]) == ([3], [])


def test_figures_come_by_hour_or_day_and_from_the_saved_ones(db, tmp_path):
    hours, now = Hours(db), time.time()
    figures = {
        "jobs_succeeded": 2,
        "jobs_failed": 1,
        "errors_by_type": {"X": 1},
        "processing_times": {"1000": 3},
        "index_hits": 3,
        "index_misses": 1,
    }
    hours.add(now, figures)
    hours.add(now - 3 * 86_400, figures)
    (tmp_path / "data" / "stats.json").write_text(
        json.dumps({"session": {"jobs_processed": 3}, "cumulative": {"errors_by_type": {"X": 1}}}),
        encoding="utf-8",
    )
    day, month = ask("statistics", days=1), ask("statistics", days=30)
    assert [one["succeeded"] for one in day["buckets"]] == [2]
    assert day["buckets"][0]["p50_s"] == pytest.approx(0.001, rel=0.02)
    assert [one["failed"] for one in month["buckets"]] == [1, 1]
    assert month["step_s"] == 86_400
    assert (day["buckets"][0]["index_hits"], day["buckets"][0]["index_misses"]) == (3, 1)
    assert month["buckets"][0]["match_hits"] == 0
    assert (day["session"]["processed"], day["cumulative"]["errors"]) == (3, {"X": 1})


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({"ask": "everything"}, "the page cannot ask for 'everything'; it can for activity, apply, badge"),
        ({}, "the page cannot ask for ''"),
        ({"ask": "scene"}, "scene_id is missing"),
        ({"ask": "retry"}, "scene_id is missing"),
        ({"ask": "cause", "offset": -1}, "offset is -1; it must be a whole number from 0"),
        ({"ask": "cause", "limit": 101}, "limit is 101; it must be a whole number from 0 to 100"),
        ({"ask": "cause", "error_type": 5}, "error_type is 5; it must be a text"),
        ({"ask": "preview", "report": "../queue"}, "there is no preview '../queue' (any more)"),
        ({"ask": "apply"}, "there is no preview ''"),
        ({"ask": "statistics", "days": 2}, "days is 2; allowed are 1, 7, 30, 90"),
        ({"ask": "activity", "scene_ids": list(range(1, 600))}, "at most 500"),
        ({"ask": "activity", "search": "x" * 201}, "and too long; at most 200 characters are taken"),
    ],
)
def test_what_cannot_be_asked_is_a_problem_with_its_name_value_and_the_way_out(db, args, told):
    assert told in answer_page(Payload(Connection(), {"mode": "page", **args}))["output"]["problem"]


def test_a_database_of_a_newer_version_is_a_problem_and_no_crash(db):
    db.execute("PRAGMA user_version = 99")
    assert "was written by a newer PlexSync" in ask("now")["problem"]


def test_the_page_wakes_a_drain_where_scenes_are_due_and_nobody_works(installed):
    scene, key = installed.scene(title="After the restart")
    db = connect(installed.data / "queue.sqlite")
    enqueue(db, scene, trigger="Scene.Update.Post", priority=PERSON, now=time.time())
    db.close()
    assert installed.operate(mode="page", ask="badge") == {"failures": 0, "woken": False}
    assert installed.operate(mode="page", ask="badge", wake=True) == {"failures": 0, "woken": True}
    wait_for(lambda: installed.title(key) == "After the restart", "nobody was woken")
    wait_for(
        lambda: not installed.operate(mode="page", ask="now")["worker"]["draining"], "the drain does not end"
    )
    assert installed.operate(mode="page", ask="badge", wake=True)["woken"] is False


def test_a_scene_is_synced_through_the_page_and_its_changes_stand_there(installed):
    scene, key = installed.scene(title="One")
    assert installed.operate(mode="page", ask="sync", scene_id=scene) == {"scenes": 1, "paused": False}
    wait_for(lambda: installed.title(key) == "One", "it was not synced")
    wait_for(
        lambda: installed.operate(mode="page", ask="scene", scene_id=scene)["state"] == "in_step",
        "it is not in step",
    )
    told = installed.operate(mode="page", ask="scene", scene_id=scene)
    assert differences(told, shapes.Scene) == []
    assert "One" in [change["new"] for change in told["changes"]]
    for name in ("now", "activity", "failures", "statistics"):
        assert differences(installed.operate(mode="page", ask=name), SHAPES[name]) == []
    # The drain tells its observers a moment after the scene is in step.
    wait_for(
        lambda: (
            [one["succeeded"] for one in installed.operate(mode="page", ask="statistics")["buckets"]] == [1]
        ),
        "the statistics do not have it",
    )


def test_only_the_statistics_need_the_site_packages(tmp_path, bare_environment):
    payload = {
        "server_connection": {"Scheme": "http", "Port": 9, "PluginDir": str(ROOT)},
        "args": {"mode": "page"},
    }
    code = "import sys, runpy; sys.argv = ['PlexSync.py']; sys.stdin.reconfigure(); import atexit\n"
    code += "atexit.register(lambda: print([m for m in sys.modules if m.split('.')[0] in BAD], file=sys.stderr))\n"
    code += "BAD = {'requests', 'plexapi', 'stashapi', 'blinker', 'site', 'worker.drain'}\n"
    code += f"sys.path.insert(0, {str(ROOT)!r}); runpy.run_path({str(ROOT / 'PlexSync.py')!r}, run_name='__main__')"
    report = "preview-20261128-080000-abcd"
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / f"{report}.jsonl").write_text('{"kind":"preview"}\n{"kind":"totals"}\n')
    for name in sorted(set(ASKS) - {"statistics", "resume", "sync", "retry"}):
        payload["args"] = {"mode": "page", "ask": name, "scene_id": 1, "report": report}
        done = subprocess.run(
            [sys.executable, "-S", "-c", code],
            input=json.dumps(payload),
            capture_output=True,
            text=True,
            check=True,
            env={**bare_environment, "PLEXSYNC_DATA_DIR": str(tmp_path)},
        )
        assert differences(json.loads(done.stdout)["output"], SHAPES[name]) == []
        assert done.stderr.strip() == "[]", name
