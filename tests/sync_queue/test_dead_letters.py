from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from sync_queue.database import transaction
from sync_queue.intake import enqueue, enqueue_many
from tests.sync_queue.queue_steps import NOON

if TYPE_CHECKING:
    from sync_queue.dead_letters import DeadLetterQueue
    from sync_queue.jobs import SyncQueue
    from tests.support import Clock


def die(
    db: sqlite3.Connection, queue: SyncQueue, scene_id: int, error: BaseException | str, **more: Any
) -> None:
    enqueue(db, scene_id, trigger="Scene.Update.Post", priority=0, now=NOON)
    (job,) = queue.claim(1)
    assert queue.bury(job, error, 5, **more)


def test_a_dead_letter_keeps_everything_that_a_person_needs(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue, clock: Clock
) -> None:
    try:
        raise ValueError("what was wrong")  # noqa: TRY301 -- it needs a trace
    except ValueError as error:
        die(
            db, queue, 7, error, error_type="PermanentError", hint="do this", title="A title", path="/a/b.mp4"
        )
    (letter,) = dead.get_recent()
    assert dead.get(7) == letter
    assert dead.get(8) is None
    assert (letter.scene_id, letter.trigger, letter.error_type) == (7, "Scene.Update.Post", "PermanentError")
    assert (letter.error_message, letter.hint, letter.retry_count) == ("what was wrong", "do this", 5)
    assert (letter.title, letter.path, letter.died_at) == ("A title", "/a/b.mp4", clock.now)
    assert letter.stack_trace.startswith("Traceback")
    assert letter.stack_trace.endswith("ValueError: what was wrong\n")
    assert letter.job["generation"] == 1


def test_the_type_is_the_error_s_class_when_none_is_given(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue
) -> None:
    die(db, queue, 1, ValueError("no"))
    die(db, queue, 2, "no")
    assert dead.get_error_summary() == {"Unknown": 1, "ValueError": 1}


def test_the_newest_come_first_and_the_most_frequent_type(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue, clock: Clock
) -> None:
    for scene_id, kind in enumerate(["A", "B", "B", "C"], start=1):
        clock.now += 1 if scene_id != 3 else 0
        die(db, queue, scene_id, "no", error_type=kind)
    assert [letter.scene_id for letter in dead.get_recent(3)] == [4, 3, 2]
    assert list(dead.get_error_summary().items()) == [("B", 2), ("A", 1), ("C", 1)]
    assert dead.count() == 4


def test_a_scene_has_one_dead_letter_the_newest(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue
) -> None:
    enqueue(db, 1, trigger="t", priority=0, now=NOON)
    (job,) = queue.claim(1)
    dead.add(job, "first", 1)
    dead.add(job, "second", 2, error_type="Other", hint="h", title="t", path="p")
    assert [letter.error_message for letter in dead.get_recent()] == ["second"]


def test_one_a_type_or_all_are_tried_again_with_fresh_tries(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue
) -> None:
    for scene_id, kind in enumerate(["A", "A", "B", "C"], start=1):
        die(db, queue, scene_id, "no", error_type=kind)
    assert dead.retry(4)
    assert not dead.retry(4)
    assert dead.retry_type("A") == 2
    assert dead.retry_all() == 1
    assert dead.count() == 0
    assert {(job.scene_id, job.attempts, job.trigger) for job in queue.claim(9)} == {
        (scene_id, 0, "retry") for scene_id in (1, 2, 3, 4)
    }


def test_a_forced_job_is_forced_when_it_is_tried_again(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue
) -> None:
    enqueue_many(db, [1], trigger="sync_all", priority=2, now=NOON, force=True)
    queue.bury(queue.claim(1)[0], "no", 1)
    dead.retry_all()
    assert queue.claim(1)[0].force


def test_dead_letters_are_forgotten_one_by_one_by_age_or_all(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue, clock: Clock
) -> None:
    for scene_id in (1, 2, 3, 4):
        die(db, queue, scene_id, "no")
        clock.now += 100
    assert dead.discard(4)
    assert not dead.discard(4)
    assert dead.purge(older_than_s=250) == 2
    assert dead.discard_all() == 1
    assert queue.claim(9) == []


def test_adding_one_is_part_of_the_transaction_around_it(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue
) -> None:
    enqueue(db, 1, trigger="t", priority=0, now=NOON)
    (job,) = queue.claim(1)

    def interrupted() -> None:
        with transaction(db):
            dead.add(job, "no", 1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert dead.count() == 0


@pytest.mark.parametrize(
    "text",
    [
        "GET http://plex:32400/library?X-Plex-Token=s3cret&page=1",
        "{'X-Plex-Token': 's3cret'}",
        "http://stash/scene/1/screenshot?apikey=s3cret",
        "ApiKey: s3cret",
        "Cookie: session=s3cret; Path=/",
    ],
)
def test_no_secret_of_a_library_s_error_is_kept(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue, text: str
) -> None:
    def fail() -> None:
        try:
            raise ConnectionError(text)  # noqa: TRY301 -- it is the cause in the trace
        except ConnectionError as cause:
            raise ValueError("Plex is away") from cause

    with pytest.raises(ValueError, match="away") as caught:
        fail()
    die(db, queue, 1, caught.value)
    die(db, queue, 2, text)
    kept = json.dumps([dict(row) for row in db.execute("SELECT * FROM dead_letters")])
    # The line of code that raised stands in a trace, as it stands in this file: it names no value.
    assert "s3cret" not in kept


def test_an_endless_trace_is_cut_at_its_beginning(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue
) -> None:
    die(db, queue, 1, ValueError("x" * 50_000 + " the end"))
    (letter,) = dead.get_recent()
    assert len(letter.stack_trace) == 20_000
    assert letter.stack_trace.endswith("the end\n")


def test_undecodable_file_names_do_not_stop_a_burial(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue
) -> None:
    die(db, queue, 1, "no caf\udce9.mp4", title="caf\udce9", path="/a/caf\udce9.mp4")
    (letter,) = dead.get_recent()
    assert letter.path == "/a/caf?.mp4"


def test_the_file_itself_keeps_to_one_letter_a_scene(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue
) -> None:
    die(db, queue, 1, "no")
    with pytest.raises(sqlite3.IntegrityError):
        db.execute(
            "INSERT INTO dead_letters SELECT 99, scene_id, trigger, error_type, error_message, stack_trace, retry_count, title, path, hint, died_at, job, name, cause "
            "FROM dead_letters"
        )
