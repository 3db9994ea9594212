"""Changes are found by what their scene is called, whatever the letters' case, and names go with the last change."""

from __future__ import annotations

import sqlite3
import unicodedata
from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from sync_queue.database import connect, migrate, transaction
from sync_queue.history import History, Result
from sync_queue.journal import Journal, remember_bounds
from sync_queue.migrations import MIGRATIONS
from tests.sync_queue.queue_steps import NOON
from tests.sync_queue.test_queue_plans import steps_of

if TYPE_CHECKING:
    from pathlib import Path

BEFORE_NAMES = next(number for number, step in enumerate(MIGRATIONS) if "scene_names" in step[0])


def write(db: sqlite3.Connection, scene_id: int, title: str, path: str = "/m/a.mp4", **more: Any) -> None:
    """A change of a scene, and the end of its job."""
    journal = Journal(db)
    changes = {"title": ("old", title)}
    journal.announce("s", scene_id, changes, shown={}, scene_id=scene_id, drain_id="d", at=NOON)
    journal.settle("s", scene_id, {"title": title})
    told(db, scene_id, title, path, **more)


def told(db: sqlite3.Connection, scene_id: int, title: str, path: str, result: str = "changed") -> None:
    row = Result(scene_id, NOON, "d", "Scene.Update.Post", result, title, path, {})
    History(db).note([row], None)


def found(db: sqlite3.Connection, search: str, **more: Any) -> list[int]:
    return [one.scene_id for one in Journal(db).recent(search=search, **more)]


def names(db: sqlite3.Connection) -> list[int]:
    return [row[0] for row in db.execute("SELECT scene_id FROM scene_names ORDER BY scene_id")]


def test_a_change_is_found_by_words_of_its_title_or_path_in_any_case(db: sqlite3.Connection) -> None:
    write(db, 1, "Straße am ÄRMELKANAL", r"D:\Filme\Sommer 2019\one.mp4")
    write(db, 2, "Something else", "/films/winter/two.mp4")
    for search in (
        "strasse",
        "ärmelkanal STRASSE",
        "sommer",
        "filme/sommer",
        "Filme\\Sommer",
        "one.mp4",
        "2019 am",
    ):
        assert found(db, search) == [1], search
    assert found(db, unicodedata.normalize("NFD", "Ärmelkanal")) == [1]
    assert found(db, "mp4") == [2, 1]
    assert found(db, "strasse winter") == []
    assert found(db, "%") == found(db, "_") == []
    assert found(db, "  ") == [2, 1]


def test_a_number_is_a_scene_or_a_part_of_a_name(db: sqlite3.Connection) -> None:
    write(db, 12, "A")
    write(db, 3, "The year 2012")
    write(db, 120, "B")
    assert found(db, "12") == [3, 12]
    assert found(db, " 120 ") == [120]
    assert found(db, "9" * 40) == []


def test_the_name_is_that_of_the_last_job_and_one_without_a_name_takes_none_away(
    db: sqlite3.Connection,
) -> None:
    write(db, 1, "Before")
    told(db, 1, "After", "/m/b.mp4", result="unchanged")
    told(db, 1, "", "", result="skipped")
    assert (found(db, "before"), found(db, "after")) == ([], [1])


def test_search_field_scenes_and_pages_go_together(db: sqlite3.Connection) -> None:
    for scene_id in range(1, 8):
        write(db, scene_id, f"Of all {scene_id}")
    newest = Journal(db).recent(search="of all", limit=3)
    assert [one.scene_id for one in newest] == [7, 6, 5]
    assert found(db, "of all", before_id=newest[-1].id, limit=3) == [4, 3, 2]
    assert found(db, "of all", scene_ids=[2, 99], field="title") == [2]
    assert found(db, "of all", field="tags") == []


def test_only_scenes_of_the_journal_have_a_name_and_it_goes_with_the_last_change(
    db: sqlite3.Connection,
) -> None:
    told(db, 50, "Never written", "/m/50.mp4")
    assert names(db) == []
    remember_bounds(db, changes=5, days=180)
    for scene_id in range(1, 9):
        write(db, scene_id, f"T{scene_id}")
    assert names(db) == [4, 5, 6, 7, 8]
    assert found(db, "t3") == []


def test_an_upgrade_names_the_scenes_that_the_journal_knew(file: Path) -> None:
    file.parent.mkdir()
    old = sqlite3.connect(file, isolation_level=None)
    for step in MIGRATIONS[:BEFORE_NAMES]:
        for statement in step:
            old.execute(statement)
    old.execute(f"PRAGMA user_version = {BEFORE_NAMES}")
    change = "INSERT INTO changes (server, rating_key, scene_id, drain_id, at, field, old, new, done) VALUES ('s', ?, ?, 'd', 1, 'title', '\"\"', ?, 1)"
    old.execute(change, (1, 1, '"First"'))
    old.execute(change, (1, 1, '"ÜBER one"'))
    old.execute(change, (2, 2, '"Two"'))
    old.execute(
        "INSERT INTO results VALUES (2, 1.0, 'd', 't', 'changed', 'Zwei', 'C:\\Films\\Zwei.mp4', '{}'), (3, 1.0, 'd', 't', 'changed', 'Three', '', '{}')"
    )
    before = old.execute("SELECT * FROM changes").fetchall()
    old.close()
    db = connect(file)
    assert [tuple(row) for row in db.execute("SELECT * FROM changes")] == before
    assert names(db) == [1, 2]
    assert (found(db, "über"), found(db, "first"), found(db, "films/zwei")) == ([1, 1], [], [2])
    db.close()


def full(db: sqlite3.Connection, scenes: int, per_scene: int) -> None:
    db.execute("PRAGMA synchronous = OFF")
    with transaction(db):
        db.executemany(
            "INSERT INTO changes (server, rating_key, scene_id, drain_id, at, field, old, new, done) VALUES ('s', ?, ?, 'd', 1, ?, '\"a\"', '\"b\"', 1)",
            ((n, n, f"f{one}") for n in range(1, scenes + 1) for one in range(per_scene)),
        )
        db.executemany(
            "INSERT INTO scene_names (scene_id, name) VALUES (?, ?)",
            ((n, f"scene number {n}\n/films/of all/{n}.mp4") for n in range(1, scenes + 1)),
        )


def test_a_search_reads_each_name_once_and_sorts_no_history(tmp_path: Path) -> None:
    db = connect(tmp_path / "many.sqlite")
    full(db, 5_000, 10)
    for search in ("nothing like it", "4711.mp4", "films", "scene number 7"):
        assert steps_of(db, partial(found, db, search, limit=51)) <= 1500, search
    db.close()


@given(st.text(min_size=1), st.text())
def test_any_part_of_any_title_finds_it(title: str, rest: str) -> None:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.row_factory = sqlite3.Row
    migrate(db)
    write(db, 7, title + rest)
    assert found(db, title) == [7]
    db.close()
