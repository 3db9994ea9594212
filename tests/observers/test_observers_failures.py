"""The line that each failure gets."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import pytest

from events import emit
from observers.dlq import MOST_REMEMBERED, DlqReporter
from tests.observers.drain_makers import failed, given_up, listening, succeeded

if TYPE_CHECKING:
    from sync_queue.dead_letters import DeadLetterQueue


pytestmark = pytest.mark.usefixtures("everything_is_logged")


def clock_time(at: float, form: str = "%H:%M:%S") -> str:
    return time.strftime(form, time.localtime(at))


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
