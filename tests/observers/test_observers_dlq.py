from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from events import emit
from observers.dlq import HINTS, MOST_REMEMBERED, OTHER_HINT, DlqReporter
from sync_queue.database import connect
from sync_queue.dead_letters import DeadLetterQueue
from sync_queue.jobs import Job
from tests.observers.drain_makers import (
    drain,
    failed,
    finished,
    given_up,
    lines,
    listening,
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


def bury(dead: DeadLetterQueue, scene_id: int, error_type: str) -> None:
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
        path="",
        title="",
    )
    dead.add(job, "it failed", 1, error_type=error_type)


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


def test_the_report_names_types_and_remedies(caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue) -> None:
    with listening(DlqReporter(dead_letters=dead)):
        emit(started())
        five(dead)
        emit(finished(5))
    assert lines(caplog.records, "DLQ", least=logging.WARNING) == [
        "DLQ contains 5 items: 3 PlexNotFound, 2 PermanentError",
        "PlexNotFound: Check if file exists in Plex library, try library scan",
        f"PermanentError: {OTHER_HINT}",
    ]
    assert all(r.levelno == logging.WARNING for r in caplog.records)


def test_the_hint_that_came_with_the_event_goes_first(
    caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue
) -> None:
    with listening(DlqReporter(dead_letters=dead)):
        emit(started())
        bury(dead, 7, "PermanentError")
        for event in given_up(7):
            emit(event)
        emit(finished(1))
    assert lines(caplog.records, "DLQ")[-2:] == [
        "DLQ contains 1 item: 1 PermanentError",
        "PermanentError: Mend it",
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
        emit(failed(7, tried="exact path"))
        emit(given_up(8)[0])
    first, last = caplog.records
    assert first.levelno == logging.WARNING
    assert first.getMessage() == (
        "Scene 7 'Scene 7' (/media/7.mkv): TransientError: Plex was slow (tried: exact path). "
        "Try 1 of 5; next in 5 s. Check Plex"
    )
    assert last.levelno == logging.ERROR
    assert "PermanentError: Plex was slow. Try 1 of 5; given up. Mend it" in last.getMessage()
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


@pytest.mark.parametrize(
    ("next_try_at", "words"),
    [
        (None, "will be tried again"),
        (900.0, "next in 0 s"),
        (1_059.0, "next in 59 s"),
        (1_600.0, "next in 10 min"),
        (1_000.0 + 7_200, "next in 2 h"),
        (1_000.0 + 86_400, "next in 1 d"),
    ],
)
def test_it_says_when_the_next_try_is(
    caplog: pytest.LogCaptureFixture, dead: DeadLetterQueue, next_try_at: float | None, words: str
) -> None:
    with listening(DlqReporter(dead_letters=dead)):
        emit(failed(7, next_try_at=next_try_at))
    assert f"; {words}. Check Plex" in caplog.text


def test_the_hints_of_old_dead_letters_are_those_that_the_errors_carry() -> None:
    """The table is for letters whose event was another process's; it must not say something else than the class does."""
    from plex import exceptions  # noqa: PLC0415 -- for this comparison only

    for name, hint in HINTS.items():
        assert getattr(exceptions, name).hint == hint
