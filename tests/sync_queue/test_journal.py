from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_queue.database import migrate
from sync_queue.journal import Journal, remember_bounds
from sync_queue.ledger import Ledger
from tests.sync_queue.queue_steps import NOON

OLD = {"title": "old", "tags": ["a"], "summary": ""}


@pytest.fixture
def journal(db: sqlite3.Connection) -> Journal:
    return Journal(db)


def announce(
    journal: Journal, changes: dict[str, tuple[Any, Any]], *, key: int = 5, at: float = NOON, **more: Any
) -> None:
    given = {"shown": OLD, "scene_id": 7, "drain_id": "d1", "at": at}
    journal.announce("s", key, changes, **{**given, **more})


def told(journal: Journal) -> list[tuple[str, Any, Any, bool]]:
    """The oldest first."""
    return [(one.field, one.old, one.new, one.done) for one in reversed(journal.recent())]


def test_what_was_written_stands_there_with_its_old_and_its_new_value(journal: Journal) -> None:
    announce(journal, {"title": ("old", "new"), "tags": (["a"], ["a", "ü"])})
    assert told(journal) == [("title", "old", "new", False), ("tags", ["a"], ["a", "ü"], False)]
    journal.settle("s", 5, {"title": "New", "tags": ["a", "ü"], "summary": "untouched"})
    assert told(journal) == [("title", "old", "New", True), ("tags", ["a"], ["a", "ü"], True)]
    (one, _) = journal.of_scene(7)
    assert (one.server, one.rating_key, one.scene_id, one.drain_id, one.at) == ("s", 5, 7, "d1", NOON)
    assert journal.of_scene(8) == []


def test_what_never_showed_is_taken_back(journal: Journal) -> None:
    announce(journal, {"title": ("old", "new"), "summary": ("", "text")})
    journal.settle("s", 5, {"title": "new", "summary": ""})
    assert told(journal) == [("title", "old", "new", True)]


def test_a_field_that_was_not_read_stays_open(journal: Journal) -> None:
    announce(journal, {"title": ("old", "new"), "poster": ("", "hash")})
    journal.settle("s", 5, {"title": "new"})
    assert told(journal) == [("title", "old", "new", True), ("poster", "", "hash", False)]


def test_a_write_of_which_nobody_saw_the_end_is_settled_by_the_next_one(journal: Journal) -> None:
    announce(journal, {"title": ("old", "new"), "tags": (["a"], ["b"])})
    announce(
        journal,
        {"tags": (["a"], ["c"])},
        shown={"title": "new", "tags": ["a"]},
        drain_id="d2",
    )
    assert told(journal) == [("title", "old", "new", True), ("tags", ["a"], ["c"], False)]


def test_a_picture_that_is_announced_twice_stands_there_once(journal: Journal) -> None:
    """Whether the first upload arrived was not known, so nothing had settled it."""
    announce(journal, {"poster": ("h1", "h2")})
    announce(journal, {"poster": ("h1", "h2")})
    journal.settle("s", 5, {"poster": "h2"})
    assert told(journal) == [("poster", "h1", "h2", True)]


def test_items_do_not_settle_one_another(journal: Journal) -> None:
    announce(journal, {"title": ("old", "new")}, key=5)
    announce(journal, {"title": ("old", "new")}, key=6)
    journal.settle("s", 6, {"title": "new"})
    journal.settle("another server", 5, {"title": "new"})
    assert [one.done for one in journal.recent()] == [True, False]


def test_the_newest_come_first_page_by_page(journal: Journal) -> None:
    for number in range(5):
        announce(journal, {f"f{number}": ("", "x")})
    first = journal.recent(limit=2)
    second = journal.recent(limit=2, before_id=first[-1].id)
    assert [one.field for one in first + second] == ["f4", "f3", "f2", "f1"]
    assert [one.field for one in journal.of_scene(7, limit=1)] == ["f4"]


def test_it_is_bounded_by_number_and_by_age(db: sqlite3.Connection) -> None:
    journal = Journal(db)
    remember_bounds(db, changes=10, days=3)
    Ledger(db).snapshot_once("s", 1, {"title": "what it was"}, NOON)
    for number in range(30):
        announce(journal, {f"f{number}": ("", "x")}, at=NOON + number)
    assert [one.field for one in journal.recent(limit=99)] == [f"f{number}" for number in range(29, 19, -1)]
    announce(journal, {"late": ("", "x")}, at=NOON + 25 + 3 * 86_400)
    assert [one.field for one in journal.recent(limit=99)] == ["late", "f29", "f28", "f27", "f26", "f25"]
    assert Ledger(db).snapshot("s", 1) == {"title": "what it was"}


def test_a_write_that_is_rolled_back_was_never_announced(db: sqlite3.Connection, journal: Journal) -> None:
    def interrupted() -> None:
        with db:
            db.execute("BEGIN")
            announce(journal, {"title": ("old", "new")})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert told(journal) == []


VALUES = st.text(st.characters(codec="utf-8"), max_size=8)


@given(old=VALUES | st.lists(VALUES, max_size=3), new=VALUES | st.lists(VALUES, max_size=3))
def test_any_value_comes_back_as_it_was(old: Any, new: Any) -> None:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.row_factory = sqlite3.Row
    migrate(db)
    announce(Journal(db), {"title": (old, new)}, shown={})
    (one,) = Journal(db).recent()
    db.close()
    assert (one.old, one.new) == (old, new)


def test_a_lone_surrogate_does_not_stop_it(journal: Journal) -> None:
    announce(journal, {"title": ("caf\udce9", "x")})
    assert told(journal) == [("title", "caf?", "x", False)]
