from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_queue.causes import LONGEST_CAUSE, MOST_CAUSES, cause_of, common_folder
from sync_queue.intake import enqueue
from tests.sync_queue.queue_steps import NOON

if TYPE_CHECKING:
    import sqlite3

    from sync_queue.dead_letters import DeadLetterQueue
    from sync_queue.jobs import SyncQueue
    from tests.support import Clock


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("Plex took too long at an edit of item 17", "Plex took too long at an edit of item #"),
        ("Plex answered (500) to details of 100 items.", "Plex answered (500) to details of # items"),
        ("no item in 'Scenes' or \"Odd 'ones'\" has this file", "no item in '…' or '…' has this file"),
        ("cannot read /media/a b/c.mp4: No such file", "cannot read …: No such file"),
        (r"cannot read D:\films\a.mp4: gone", "cannot read …: gone"),
        (r"cannot read \\nas\films\a.mp4: gone", "cannot read …: gone"),
        ("Stash serves, but not this scene's cover: it isn't there", None),
        ("see http://stash:9999/scene/17/screenshot?t=1", "see …"),
        ("item 0123abcd4567ef89 is odd", "item # is odd"),
        ("either/or stays, and so does a cafe1", None),
        ("  two\n lines  ", "two lines"),
        ("", ""),
    ],
)
def test_what_differs_from_scene_to_scene_is_no_part_of_a_cause(message: str, cause: str | None) -> None:
    assert cause_of(message) == (message if cause is None else cause)


def test_an_answer_s_status_is_part_of_the_cause() -> None:
    assert cause_of("Plex answered (400) to an edit") != cause_of("Plex answered (409) to an edit")


@given(st.text(), st.text(min_size=1), st.text(min_size=1))
def test_the_scene_s_own_path_never_makes_a_cause_of_its_own(words: str, one: str, other: str) -> None:
    def told(name: str) -> str:
        return cause_of(f"{'w' * 300} {words} failed at /media/{name}.mp4", f"/media/{name}.mp4")

    assert told(one) == told(other)
    assert len(told(one)) <= LONGEST_CAUSE


@given(st.text(st.sampled_from("ab'\"/\\ 0.:;(),\n…"), max_size=300))
def test_any_message_has_a_cause_of_one_short_line(message: str) -> None:
    cause = cause_of(message)
    assert len(cause) <= LONGEST_CAUSE
    assert cause == " ".join(cause.split())


@pytest.mark.parametrize(
    ("first", "last", "folder"),
    [
        ("/data/new/a.mp4", "/data/new/b/c.mp4", "/data/new"),
        ("/data/new/a.mp4", "/data/newer/a.mp4", "/data"),
        (r"D:\films\a.mp4", r"D:\films\b.mp4", r"D:\films"),
        ("/data/a.mp4", "/media/b.mp4", ""),
        ("/data/a.mp4", "/data/a.mp4", "/data"),
        ("", "", ""),
    ],
)
def test_the_folder_that_holds_all_files_is_named_when_there_is_one(
    first: str, last: str, folder: str
) -> None:
    assert common_folder(first, last) == folder


@given(st.lists(st.text(alphabet="ab/", min_size=1).map(lambda text: f"/m/{text}"), min_size=1))
def test_every_file_lies_in_the_folder_of_the_first_and_the_last(paths: list[str]) -> None:
    folder = common_folder(min(paths), max(paths))
    assert all(path.startswith(f"{folder}/") for path in paths)


def die(db: sqlite3.Connection, queue: SyncQueue, scene_id: int, message: str, **more: str) -> None:
    enqueue(db, scene_id, trigger="Scene.Update.Post", priority=0, now=NOON)
    (job,) = queue.claim(1)
    assert queue.bury(job, message, 1, **{"error_type": "PlexNotFound", "hint": "scan it", **more})


def test_scenes_of_one_missing_folder_are_one_cause_with_its_blast_radius(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue, clock: Clock
) -> None:
    for scene_id in range(1, 39):
        path = f"/data/new/{scene_id}/it's (a) film; {scene_id}.mp4"
        die(db, queue, scene_id, f"no item in 'Scenes' has {path}", path=path, title=f"T{scene_id}")
        clock.now += 1
    die(
        db,
        queue,
        99,
        "Plex answered (400) to an edit of item 7",
        error_type="PlexPermanentError",
        path="/x/9.mp4",
    )
    counts = dead.count_causes()
    assert list(counts.values()) == [38, 1]
    (key, _) = counts
    cause = dead.describe_cause(*key)
    assert cause is not None
    assert (cause.error_type, cause.text, cause.hint) == ("PlexNotFound", "no item in '…' has …", "scan it")
    assert (cause.count, cause.folder) == (38, "/data/new")
    assert cause.examples == ((38, "T38"), (37, "T37"), (36, "T36"))
    assert (cause.first_at, cause.last_at) == (NOON, NOON + 37)


def test_a_message_that_all_share_is_shown_as_it_is(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue
) -> None:
    for scene_id in (1, 2):
        die(db, queue, scene_id, "no item in 'Scenes' has this file")
    cause = dead.describe_cause(*next(iter(dead.count_causes())))
    assert cause is not None
    assert cause.text == "no item in 'Scenes' has this file"


def test_a_cause_that_is_over_is_none(dead: DeadLetterQueue) -> None:
    assert dead.describe_cause("PlexNotFound", "no item") is None
    assert dead.count_causes() == {}


def test_a_cause_may_be_named_by_who_knows_it_and_causes_are_bounded(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue
) -> None:
    for scene_id in range(MOST_CAUSES + 20):
        die(db, queue, scene_id, "odd", cause=f"cause {chr(0x100 + scene_id)}")
    for scene_id in (1000, 1001):
        die(db, queue, scene_id, f"several: {scene_id}a, {scene_id}b", cause="several items")
    counts = dead.count_causes()
    assert len(counts) == MOST_CAUSES
    assert next(iter(counts.items())) == (("PlexNotFound", "several items"), 2)
