from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from events import emit
from observers.dlq import MOST_CAUSES, OTHER_HINT, DlqReporter
from sync_queue.jobs import Job
from tests.observers.drain_makers import (
    closed,
    drain,
    failed,
    finished,
    lines,
    listening,
    progress,
    started,
    succeeded,
)

if TYPE_CHECKING:
    from sync_queue.dead_letters import DeadLetterQueue


pytestmark = pytest.mark.usefixtures("everything_is_logged")


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
