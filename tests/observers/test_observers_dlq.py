from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import pytest

from events import emit
from observers.dlq import MOST_CAUSES, MOST_REMEMBERED, OTHER_HINT, DlqReporter
from sync_queue.database import connect
from sync_queue.dead_letters import DeadLetterQueue
from sync_queue.jobs import Job
from tests.observers.drain_makers import (
    closed,
    drain,
    failed,
    finished,
    given_up,
    lines,
    listening,
    progress,
    started,
    succeeded,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


@pytest.fixture
def dead(tmp_path: Path) -> Iterator[DeadLetterQueue]:
    db = connect(tmp_path / "queue.sqlite")
    yield DeadLetterQueue(db, lambda: 1_000.0)
    db.close()


def bury(
    dead: DeadLetterQueue,
    scene_id: int,
    error_type: str,
    message: str = "it failed",
    *,
    hint: str = "Mend it",
) -> None:
    job = Job(
        scene_id=scene_id,
        trigger="Scene.Update.Post",
        priority=0,
        attempts=0,
        generation=1,
        queued_at=1.0,
        changed_at=1.0,
        waiting_since=None,
        deleted=False,
        force=False,
        again_at=None,
        path=f"/media/new/{scene_id}.mkv",
        title=f"Scene {scene_id}",
    )
    dead.add(job, message, 1, error_type=error_type, hint=hint)


def five(dead: DeadLetterQueue) -> None:
    for scene_id, error_type in enumerate(["PlexNotFound"] * 3 + ["PermanentError"] * 2):
        bury(dead, scene_id, error_type)


class Kept:
    """A memory that outlives the process, as the composer may hand in."""

    def __init__(self) -> None:
        self.summary: dict[str, int] | None = None

    def read(self) -> dict[str, int] | None:
        return self.summary

    def write(self, summary: dict[str, int]) -> None:
        self.summary = summary


def test_the_report_names_types_remedies_and_how_many_scenes_each_cause_has_stopped(
    caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue
) -> None:
    with listening(DlqReporter(dead_letters=dead)):
        emit(started())
        for scene_id in range(1, 39):
            bury(dead, scene_id, "PlexNotFound", "no item in 'Scenes' has this file", hint="Scan the library")
        for scene_id in (50, 51):
            bury(dead, scene_id, "PermanentError", f"Plex answered (400) to item {scene_id}")
        bury(dead, 60, "PermanentError", "Plex answered (409)", hint="")
        emit(finished(5))
    assert lines(caplog.records, "DLQ", least=logging.WARNING) == [
        "DLQ contains 41 items: 38 PlexNotFound, 3 PermanentError",
        "PlexNotFound: Scan the library",
        "  38 scenes: no item in 'Scenes' has this file, all below /media/new: 38 'Scene 38', 37 'Scene 37', 36 'Scene 36' and 35 more",
        "PermanentError: Mend it",
        "  2 scenes: Plex answered (400) to item #, all below /media/new: 51 'Scene 51', 50 'Scene 50'",
        f"PermanentError: {OTHER_HINT}",
        "  1 scene: Plex answered (409): 60 'Scene 60'",
    ]
    assert all(r.levelno == logging.WARNING for r in caplog.records)


def test_only_causes_that_have_grown_are_named_again(
    caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue
) -> None:
    five(dead)
    with listening(DlqReporter(dead_letters=dead)):
        emit(started())
        bury(dead, 9, "PermanentError")
        emit(finished(1))
    assert lines(caplog.records, "DLQ") == [
        "DLQ contains 6 items: 3 PermanentError, 3 PlexNotFound",
        "PermanentError: Mend it",
        "  3 scenes: it failed, all below /media/new: 9 'Scene 9', 4 'Scene 4', 3 'Scene 3'",
    ]


def test_a_report_of_many_causes_is_bounded_and_says_how_many_more(
    caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue
) -> None:
    with listening(DlqReporter(dead_letters=dead)):
        emit(started())
        for number in range(MOST_CAUSES + 7):
            bury(dead, number, "PermanentError", f"trouble of kind {chr(97 + number)}")
        emit(finished(1))
    said = lines(caplog.records, "DLQ")
    assert len(said) == 1 + 1 + MOST_CAUSES + 1
    assert said[-1] == "… and 7 more causes; see 'Show Status'"


def test_fewer_dead_letters_are_good_news(caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue) -> None:
    five(dead)
    with listening(DlqReporter(dead_letters=dead)):
        emit(started())
        dead.discard(0)
        emit(finished(0))
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (
        logging.INFO,
        "DLQ contains 4 items: 2 PermanentError, 2 PlexNotFound",
    )


def test_that_a_letter_has_closed_is_said_before_what_becomes_of_its_scene(
    caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue
) -> None:
    with listening(DlqReporter(dead_letters=dead)):
        emit(started())
        emit(closed(7))
        emit(failed(7))
        emit(closed(8))
        emit(succeeded(8))
        emit(finished(2))
    said = lines(caplog.records, "DLQ")
    assert [line.partition(":")[0] for line in said] == [
        "No longer given up",
        "Scene 7 'Scene 7' (/media/7.mkv)",
        "No longer given up",
    ]


def test_letters_that_close_by_themselves_are_said_once(
    caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue
) -> None:
    with listening(DlqReporter(dead_letters=dead)):
        emit(started())
        for scene_id in range(1, 6):
            emit(closed(scene_id))
        emit(closed(9, reason="appeared"))
        for reason in ("retried", "discarded", "purged", "held", "deleted"):
            emit(closed(10, reason=reason))
        emit(progress(6))
        emit(progress(7))
        emit(closed(11, reason="run", title=""))
        emit(finished(7))
    assert lines(caplog.records, "DLQ") == [
        "No longer given up: 1 scene, now in Plex: 9 'Scene 9'",
        "No longer given up: 5 scenes, edited in Stash: 1 'Scene 1', 2 'Scene 2', 3 'Scene 3' and 2 more",
        "No longer given up: 1 scene, queued by a run over the library: 11",
    ]


def test_it_is_said_again_only_when_it_has_changed(
    caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue
) -> None:
    with listening(DlqReporter(dead_letters=dead)):
        emit(started())
        five(dead)
        emit(finished(5))
        caplog.clear()
        drain([succeeded()])
        assert not lines(caplog.records, "DLQ")
        emit(started())
        bury(dead, 8, "PlexNotFound")
        emit(finished(1))
    assert lines(caplog.records, "DLQ")[0] == "DLQ contains 6 items: 4 PlexNotFound, 2 PermanentError"


def test_the_next_process_does_not_repeat_it(caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue) -> None:
    five(dead)
    with listening(DlqReporter(dead_letters=dead)):
        drain([succeeded()])
    assert not lines(caplog.records, "DLQ")


def test_a_memory_of_an_older_version_leads_to_one_report(
    caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue
) -> None:
    memory = Kept()
    memory.summary = {"PlexNotFound": 3, "PermanentError": 2}
    five(dead)
    with listening(DlqReporter(dead_letters=dead, said=memory)):
        drain([])
        drain([])
    assert len([line for line in lines(caplog.records, "DLQ") if line.startswith("DLQ contains")]) == 1


def test_with_a_memory_what_a_killed_process_left_unsaid_is_said(
    caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue
) -> None:
    memory = Kept()
    five(dead)
    with listening(DlqReporter(dead_letters=dead, said=memory)):
        drain([])
    assert lines(caplog.records, "DLQ")[0] == "DLQ contains 5 items: 3 PlexNotFound, 2 PermanentError"
    caplog.clear()
    with listening(DlqReporter(dead_letters=dead, said=memory)):
        drain([])
    assert not lines(caplog.records, "DLQ")


def test_an_emptied_queue_is_good_news(caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue) -> None:
    five(dead)
    with listening(DlqReporter(dead_letters=dead)):
        emit(started())
        dead.discard_all()
        emit(finished(5))
    assert lines(caplog.records, "DLQ") == ["DLQ is empty again"]


def test_an_empty_queue_is_no_news(caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue) -> None:
    with listening(DlqReporter(dead_letters=dead, said=Kept())):
        drain([])
    assert not caplog.records


def test_a_failure_names_scene_path_error_and_what_to_do(
    caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue
) -> None:
    with listening(DlqReporter(dead_letters=dead)):
        emit(failed(7, tried="found Plex item 17 by exact path"))
        emit(given_up(8)[0])
    first, last = caplog.records
    assert first.levelno == logging.WARNING
    assert first.getMessage() == (
        "Scene 7 'Scene 7' (/media/7.mkv): TransientError: Plex was slow. Tried: found Plex item 17 by exact path. "
        f"Try 1 of 5; next in 5 s, at {clock_time(1_005.0)}. Check Plex"
    )
    assert last.levelno == logging.ERROR
    assert (
        "PermanentError: Plex was slow. Try 1 of 5; given up, for another one would not help. Mend it"
        in last.getMessage()
    )
    assert (last.__dict__["scene_id"], last.__dict__["error_type"]) == (8, "PermanentError")


def test_further_tries_are_for_debugging_until_the_last(
    caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue
) -> None:
    with listening(DlqReporter(dead_letters=dead)):
        for attempt in (1, 2, 3):
            emit(failed(7, attempt=attempt))
        emit(failed(7, attempt=4, will_retry=False))
    assert [r.levelno for r in caplog.records] == [
        logging.WARNING,
        logging.DEBUG,
        logging.DEBUG,
        logging.ERROR,
    ]


def test_a_scene_that_is_edited_while_it_fails_is_not_announced_anew(
    caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue
) -> None:
    """An edit gives a scene its tries back; the same trouble is no news, another one is, and so is one after a success."""
    with listening(DlqReporter(dead_letters=dead)):
        emit(failed(7))
        emit(failed(7))
        emit(failed(7, error_type="PlexNotFound"))
        emit(succeeded(7))
        emit(failed(7, error_type="PlexNotFound"))
    levels = [logging.WARNING, logging.DEBUG, logging.WARNING, logging.WARNING]
    assert [r.levelno for r in caplog.records] == levels


def test_what_it_remembers_is_bounded(dead: DeadLetterQueue) -> None:
    logging.getLogger("plexsync.DLQ").setLevel(logging.CRITICAL)
    reporter = DlqReporter(dead_letters=dead)
    with listening(reporter):
        for scene_id in range(MOST_REMEMBERED + 5):
            emit(failed(scene_id))
    logging.getLogger("plexsync.DLQ").setLevel(logging.NOTSET)
    assert len(reporter._warned) == MOST_REMEMBERED  # nothing else shows it


def clock_time(at: float, form: str = "%H:%M:%S") -> str:
    return time.strftime(form, time.localtime(at))


@pytest.mark.parametrize(
    ("next_try_at", "words", "form"),
    [
        (None, "will be tried again", ""),
        (900.0, "next in 0 s, at ", "%H:%M:%S"),
        (1_059.0, "next in 59 s, at ", "%H:%M:%S"),
        (1_600.0, "next in 10 min, at ", "%H:%M:%S"),
        (1_000.0 + 7_200, "next in 2 h, at ", "%H:%M:%S"),
        (1_000.0 + 86_400, "next in 1 d, at ", "%d %b %H:%M"),
    ],
)
def test_it_says_when_the_next_try_is(
    caplog: pytest.LogCaptureFixture,
    dead: DeadLetterQueue,
    next_try_at: float | None,
    words: str,
    form: str,
) -> None:
    with listening(DlqReporter(dead_letters=dead)):
        emit(failed(7, next_try_at=next_try_at))
    when = clock_time(next_try_at, form) if next_try_at is not None else ""
    assert f"Try 1 of 5; {words}{when}. Check Plex" in caplog.text


def test_a_scene_that_waits_for_plex_spends_no_tries(
    caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue
) -> None:
    with listening(DlqReporter(dead_letters=dead)):
        emit(failed(7, next_try_at=1_000.0 + 86_400, waits=True, error_type="PlexNotFound"))
    latest = clock_time(1_000.0 + 86_400, "%d %b %H:%M")
    assert (
        f"slow. Looked for again when Plex has new items, at the latest in 1 d, at {latest}. Check Plex"
        in caplog.text
    )


def test_the_last_of_several_tries_is_given_up(
    caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue
) -> None:
    with listening(DlqReporter(dead_letters=dead)):
        emit(failed(7, attempt=5, will_retry=False, next_try_at=None))
    assert "Try 5 of 5; given up. Check Plex" in caplog.text
