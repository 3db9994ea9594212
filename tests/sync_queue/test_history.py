from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sync_queue.history import KEPT_S, DrainRow, History, Result
from tests.sync_queue.queue_steps import NOON

if TYPE_CHECKING:
    import sqlite3


@pytest.fixture
def history(db: sqlite3.Connection) -> History:
    return History(db, kept_results=10, kept_drains=5)


def result(scene_id: int, at: float = NOON, **more: Any) -> Result:
    given = {
        "drain_id": "d1",
        "trigger": "Scene.Update.Post",
        "result": "changed",
        "title": "T",
        "path": "/a.mp4",
    }
    return Result(**{"scene_id": scene_id, "at": at, "detail": {"changed": ["title"]}, **given, **more})


def drain(drain_id: str, started_at: float = NOON, **more: Any) -> DrainRow:
    given = {"runner": "task", "seen_at": started_at + 1, "done": 3, "total": 5, "counts": {"changed": 3}}
    return DrainRow(**{"drain_id": drain_id, "started_at": started_at, **given, **more})


def test_the_last_result_of_each_scene_is_kept_the_newest_first(history: History) -> None:
    history.note([result(1), result(2, NOON + 1)], None)
    history.note([result(1, NOON + 2, result="failed", title="Ü", detail={"message": "no"})], None)
    assert [(one.scene_id, one.result) for one in history.recent_results()] == [(1, "failed"), (2, "changed")]
    one = history.result_of(1)
    assert one is not None
    assert (one.title, one.detail, one.at) == ("Ü", {"message": "no"}, NOON + 2)
    assert history.result_of(3) is None


def test_a_run_that_finds_everything_in_order_pushes_nothing_out(history: History) -> None:
    history.note([result(1, result="failed")], None)
    history.note(
        [result(n, NOON + 1, result="unchanged", trigger="sync_all") for n in range(1, 100)],
        drain("d2"),
    )
    assert [(one.scene_id, one.result) for one in history.recent_results()] == [(1, "unchanged")]
    history.note([result(7, NOON + 2, result="unchanged")], None)  # somebody has saved this one, and looks
    assert [one.scene_id for one in history.recent_results()] == [7, 1]


def test_results_are_bounded_by_number_and_age(history: History) -> None:
    history.note([result(n, NOON + n) for n in range(30)], None)
    assert [one.scene_id for one in history.recent_results(99)] == list(range(29, 19, -1))
    history.note([result(99, NOON + 25 + KEPT_S)], None)
    assert [one.scene_id for one in history.recent_results(99)] == [99, 29, 28, 27, 26]


def test_a_drain_has_one_row_that_follows_it(history: History) -> None:
    history.note([], drain("d1"))
    history.note(
        [], drain("d1", done=5, finished_at=NOON + 9, reason="empty", counts={"changed": 4, "failed": 1})
    )
    (row,) = history.recent_drains()
    assert (row.done, row.finished_at, row.reason) == (5, NOON + 9, "empty")
    assert row.counts == {"changed": 4, "failed": 1}


def test_of_drains_that_did_nothing_the_last_of_each_reason_is_kept(history: History) -> None:
    history.note([], drain("work", NOON - 5))
    for number in range(6):
        history.note(
            [], drain(f"r{number}", NOON + number, done=0, reason="refused", message="a wrong token")
        )
    history.note([], drain("s", NOON + 9, done=0, reason="stash_away"))
    assert [row.drain_id for row in history.recent_drains()] == ["s", "r5", "work"]


def test_drains_are_bounded(history: History) -> None:
    for number in range(9):
        history.note([], drain(f"d{number}", NOON + number))
    assert [row.drain_id for row in history.recent_drains(99)] == ["d8", "d7", "d6", "d5", "d4"]


def test_an_undecodable_name_does_not_stop_it(history: History) -> None:
    history.note(
        [result(1, title="caf\udce9", detail={"message": "caf\udce9"})], drain("d", message="\udce9")
    )
    (one,) = history.recent_results()
    assert (one.title, one.detail) == ("caf?", {"message": "caf?"})
