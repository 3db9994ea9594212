"""Failed scenes are found by what they are called, as changes are, and among ten thousand without a walk through their traces."""

from __future__ import annotations

import unicodedata
from functools import partial
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from sync_queue.database import connect, transaction
from sync_queue.dead_letters import DeadLetterQueue
from sync_queue.intake import PERSON, enqueue
from sync_queue.names import Search
from tests.sync_queue.queue_steps import NOON
from tests.sync_queue.test_queue_plans import steps_of

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from sync_queue.jobs import SyncQueue
    from tests.support import Clock

GONE, REFUSED = ("PlexNotFound", "Plex has no item"), ("EditRefused", "Plex refused it")


def give_up(
    db: sqlite3.Connection,
    queue: SyncQueue,
    scene_id: int,
    title: str,
    path: str,
    cause: tuple[str, str] = GONE,
) -> None:
    enqueue(db, scene_id, trigger="t", priority=PERSON, now=NOON)
    (job,) = queue.claim(1)
    queue.bury(job, cause[1], 5, error_type=cause[0], title=title, path=path)


def test_failed_scenes_are_found_by_words_of_title_or_path_in_any_case(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue, clock: Clock
) -> None:
    give_up(db, queue, 1, "Straße am ÄRMELKANAL", r"D:\Filme\Sommer 2019\one.mp4")
    clock.now += 1
    give_up(db, queue, 2, "Something else", "/films/winter/two.mp4", REFUSED)
    clock.now += 1
    give_up(db, queue, 3, "", "/films/Sommer/three.mp4")
    for text in ("strasse", "ärmelkanal STRASSE", "filme/sommer", "Filme\\Sommer", "2019 am"):
        assert dead.search(text) == {GONE: [1]}, text
    assert dead.search(unicodedata.normalize("NFD", "Ärmelkanal")) == {GONE: [1]}
    assert dead.search("sommer") == {GONE: [3, 1]}
    assert dead.search("mp4") == {GONE: [3, 1], REFUSED: [2]}
    assert dead.search("mp4", REFUSED) == {REFUSED: [2]}
    assert dead.search("strasse winter") == dead.search("%") == dead.search("_") == {}


def test_a_number_is_a_failed_scene_or_a_part_of_its_name(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue
) -> None:
    for scene_id, title in ((12, "A"), (3, "The year 2012"), (120, "B")):
        give_up(db, queue, scene_id, title, "/m/a.mp4")
    assert sorted(dead.search("12")[GONE]) == [3, 12]
    assert dead.search(" 120 ") == {GONE: [120]}
    assert dead.search("9" * 40) == {}


def test_letters_come_in_the_order_that_is_asked_for_and_those_that_are_gone_are_left_out(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue
) -> None:
    for scene_id in (1, 2, 3):
        give_up(db, queue, scene_id, f"T{scene_id}", "/m/a.mp4")
    dead.discard(2)
    assert [one.title for one in dead.of_scenes([3, 2, 1])] == ["T3", "T1"]


@given(st.text(max_size=12), st.text(max_size=20), st.text(max_size=20))
def test_a_scene_is_meant_by_any_word_of_its_own_name(word: str, before: str, after: str) -> None:
    search = Search.of(word)
    assert search.means(1, f"{before}{word}{after}", "") or unicodedata.normalize("NFC", word) != word
    assert all(search.means(1, "", f"/{one}/") for one in search.words if len(search.words) == 1)


def many(db: sqlite3.Connection, letters: int) -> None:
    """Letters with a trace as long as requests makes them, of seven causes."""
    db.execute("PRAGMA synchronous = OFF")
    with transaction(db):
        db.executemany(
            "INSERT INTO dead_letters (scene_id, trigger, error_type, error_message, stack_trace, retry_count, title, path, hint, died_at, job, name, cause) "
            "VALUES (?, 't', 'PlexNotFound', 'no', ?, 5, ?, ?, '', 1.0, '{}', '', ?)",
            (
                (n, "x" * 6000, f"Scene number {n} Ä", f"/films/of all/{n}.mp4", f"cause {n % 7}")
                for n in range(1, letters + 1)
            ),
        )


def test_a_search_of_ten_thousand_failures_reads_names_alone(tmp_path: Path, clock: Clock) -> None:
    db = connect(tmp_path / "many.sqlite")
    many(db, 10_000)
    dead = DeadLetterQueue(db, clock)
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    for text, found in (("nothing like it", 0), ("4711.mp4", 1), ("films ä", 10_000)):
        assert sum(map(len, dead.search(text).values())) == found
    db.set_trace_callback(None)
    (query,) = set(asked)
    plan = " ".join(row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {query}"))
    assert "COVERING INDEX dead_letters_place" in plan
    assert steps_of(db, partial(dead.search, "4711.mp4", ("PlexNotFound", "cause 0"))) <= 1000
    db.close()
