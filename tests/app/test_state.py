"""The state as the database has it, and how it reads: no server is needed for either."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from app.observer_record import FIGURES_KEY
from app.state import in_words, read_state, read_stats
from app.status import last_drain, lines
from sync_queue import runners
from sync_queue.database import connect, transaction
from sync_queue.history import DrainRow, History, Result
from sync_queue.intake import enqueue, enqueue_many
from sync_queue.jobs import SyncQueue
from sync_queue.meta import set_meta
from worker.breaker import STASH_KEY, Breaker

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

NOW = 1_790_000_000.0


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(tmp_path / "queue.sqlite")
    yield connection
    connection.close()


@pytest.fixture
def state(db: sqlite3.Connection, tmp_path: Path) -> Any:
    return lambda **more: read_state(db, tmp_path, lambda: NOW, **more)


def bury(db: sqlite3.Connection, scene_id: int, error_type: str, message: str, **more: str) -> None:
    queue = SyncQueue(db, clock=lambda: NOW)
    enqueue(db, scene_id, trigger="Scene.Update.Post", priority=0, now=NOW)
    (job,) = queue.claim(1)
    given = {"title": f"T{scene_id}", "path": f"/data/new/{scene_id}.mp4", "hint": "Do it"}
    assert queue.bury(job, message, 1, error_type=error_type, **{**given, **more})


def result(scene_id: int, word: str, **detail: Any) -> Result:
    return Result(
        scene_id=scene_id,
        at=NOW + scene_id,
        drain_id="d",
        trigger="Scene.Update.Post",
        result=word,
        title="T",
        path="/p",
        detail=detail,
    )


def row(drain_id: str, started_at: float = NOW - 10, **more: Any) -> DrainRow:
    return DrainRow(
        **{"drain_id": drain_id, "runner": "task", "started_at": started_at, "seen_at": NOW - 8, **more}
    )


def test_an_empty_database_has_a_state_and_a_readable_one(state: Any) -> None:
    told = "\n".join(lines(state()))
    assert "Queue: 0 pending" in told
    assert "Worker: idle; 0 Plex items are in step" in told
    assert "Plex: not met yet; run 'Check Setup'" in told
    assert "Last drain: none yet" in told and "Failed: none" in told


def test_failures_are_grouped_by_cause_with_scenes_folder_and_remedy(
    db: sqlite3.Connection, state: Any
) -> None:
    for scene_id in range(1, 6):
        bury(db, scene_id, "PlexNotFound", "no item in 'Scenes' has this file")
    bury(db, 9, "PlexPermanentError", "Plex answered (400)")
    dead = state()["dead_letters"]
    first = dead["causes"][0]
    assert (dead["total"], dead["by_type"]) == (6, {"PlexNotFound": 5, "PlexPermanentError": 1})
    assert (first["scenes"], first["folder"], first["hint"]) == (5, "/data/new", "Do it")
    assert first["examples"][0] == {"scene_id": 5, "title": "T5"}
    told = lines(state())
    assert (
        "  5 PlexNotFound: no item in 'Scenes' has this file, all below /data/new: "
        "scene 5 'T5', scene 4 'T4', scene 3 'T3' and 2 more. Do it" in told
    )
    assert "  1 PlexPermanentError: Plex answered (400): scene 9 'T9'. Do it" in told


def test_a_drain_at_work_is_shown_with_progress_and_rate(db: sqlite3.Connection, state: Any) -> None:
    runners.register_drain(db, f"{os.getpid()}-abc12345", os.getpid(), NOW)
    assert state()["worker"]["drain"]["drain_id"] == "abc12345"
    assert "Worker: draining, in its first batch" in "\n".join(lines(state()))
    History(db).note([], row("abc12345", done=10, total=50))
    drain = state()["worker"]["drain"]
    assert (drain["done"], drain["total"], drain["rate"]) == (10, 50, 5.0)
    assert "draining (task), 10 of 50 scenes done, 5 a second" in "\n".join(lines(state()))


def test_a_drain_that_was_killed_is_not_at_work(db: sqlite3.Connection, state: Any) -> None:
    History(db).note(
        [], row("first", NOW - 99, done=3, finished_at=NOW - 90, reason="empty", counts={"changed": 3})
    )
    History(db).note([], row("killed", done=10, total=50))
    worker = state()["worker"]
    assert (worker["draining"], worker["drain"]) == (False, None)
    assert worker["last_drain"]["drain_id"] == "first"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"reason": "empty"}, "(task), 3 scenes in 4.0 s: 2 changed, 1 given up"),
        ({"reason": "handed_over"}, "1 given up; made room for another job of Stash's"),
        (
            {"reason": "refused", "message": "a wrong token", "counts": {}, "done": 0},
            "; refused: a wrong token",
        ),
    ],
)
def test_how_the_last_drain_ended_is_told(db: sqlite3.Connection, state: Any, more: Any, words: str) -> None:
    counts = {"changed": 2, "given_up": 1}
    History(db).note([], row("d", **{"done": 3, "finished_at": NOW - 6, "counts": counts, **more}))
    assert words in last_drain(state()["worker"]["last_drain"])


def test_results_are_told_in_words(db: sqlite3.Connection, state: Any) -> None:
    results = [
        result(1, "changed", changed=["title", "tags"]),
        result(2, "unchanged"),
        result(3, "skipped", reason="no_files", detail="the scene has no file"),
        result(4, "failed", error_type="TransientError", message="slow"),
        result(5, "given_up", error_type="Unknown", message="odd"),
    ]
    History(db).note(results, None)
    assert [in_words(one) for one in results] == [
        "title, tags",
        "nothing to write",
        "the scene has no file",
        "TransientError: slow",
        "Unknown: odd",
    ]
    assert [one["scene_id"] for one in state(results=2)["results"]] == [5, 4]


def test_the_whole_picture_fits_into_fifteen_lines_whatever_happens(
    db: sqlite3.Connection, state: Any
) -> None:
    for number in range(40):
        bury(db, number + 1, f"Kind{number}", f"trouble {chr(97 + number % 26)}" * (number + 1))
    Breaker(db, clock=lambda: NOW).trip("Plex does not answer")
    set_meta(db, STASH_KEY, NOW)
    figures = {"calls": 1, "failures": 0, "seconds": 0.1}
    set_meta(db, FIGURES_KEY, {"observers": {"a.py": figures}, "left_out": {"b.py": "it hung"}})
    runners.register_drain(db, f"{os.getpid()}-d", os.getpid(), NOW)
    History(db).note([], row("d", done=1, total=2))
    History(db).note([], row("e", NOW - 99, done=1, finished_at=NOW, reason="stash_away", message="x"))
    queue = SyncQueue(db, clock=lambda: NOW)
    queue.hold([77])
    queue.pause("me")
    told = lines(state())
    assert len(told) <= 15
    text = "\n".join(told)
    for part in (
        "PAUSED",
        "1 held",
        "Plex: away since",
        "Stash: away since",
        "b.py is left out",
        "and 36 more causes",
    ):
        assert part in text, part


def test_nobody_is_waited_for_and_nobody_waits(db: sqlite3.Connection, state: Any, tmp_path: Path) -> None:
    """Another process is in the middle of a write all the while, and commits in the middle of the reading."""
    other = connect(tmp_path / "queue.sqlite", busy_timeout_s=600.0)
    db.execute("PRAGMA busy_timeout = 0")
    start = time.monotonic()
    with transaction(other):
        enqueue(other, 1, trigger="t", priority=0, now=NOW)
        assert state()["queue"]["pending"] == 0
    assert state()["queue"]["pending"] == 1
    assert time.monotonic() - start < 60
    other.close()


def test_many_failures_and_scenes_are_read_in_a_moment(db: sqlite3.Connection, state: Any) -> None:
    db.execute("PRAGMA synchronous = OFF")
    enqueue_many(db, range(1, 5001), trigger="sync_all", priority=2, now=NOW)
    queue = SyncQueue(db, clock=lambda: NOW)
    with transaction(db):
        for job in queue.claim(5000):
            queue.bury(
                job,
                "no item in 'Scenes' has this file",
                1,
                error_type="PlexNotFound",
                path=f"/a/{job.scene_id}",
            )
    start = time.thread_time()  # what else the machine does is not in it
    assert state()["dead_letters"]["causes"][0]["scenes"] == 5000
    assert time.thread_time() - start < 2.0


@pytest.mark.parametrize("text", ["", "[]", "5", '{"session": 5, "cumulative": [1]}', '{"session": null}'])
def test_a_stats_file_of_another_form_has_no_figures(tmp_path, text):
    (tmp_path / "stats.json").write_text(text, encoding="utf-8")
    assert read_stats(tmp_path) == {"session": {}, "cumulative": {}}
