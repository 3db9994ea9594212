from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_queue.database import transaction
from sync_queue.ledger import Entry, Ledger, Record
from tests.sync_queue.queue_steps import NOON

if TYPE_CHECKING:
    import sqlite3

SERVER = "machine-1"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
NAMED = st.dictionaries(st.text(), JSON, max_size=4)


@pytest.fixture
def ledger(db: sqlite3.Connection) -> Ledger:
    return Ledger(db)


def entry(rating_key: int, scene_id: int, **more: Any) -> Entry:
    return Entry(
        **{"server": SERVER, "section_id": 1, "rating_key": rating_key, "scene_id": scene_id, **more}
    )


@given(
    st.builds(
        Record,
        base=NAMED,
        ours=NAMED,
        locks=st.lists(st.text()),
        meant=NAMED,
        intent=st.none() | NAMED,
        pictures=st.dictionaries(st.text(), NAMED, max_size=2),
    )
)
def test_a_record_comes_back_as_it_was_written(record: Record) -> None:
    assert Record.from_json(record.to_json()) == record


def test_a_record_of_another_version_is_read_as_far_as_it_is_known() -> None:
    assert Record.from_json('{"base": {"title": "A"}, "of_tomorrow": 1}') == Record(base={"title": "A"})


def test_an_entry_comes_back_as_it_was_put(ledger: Ledger) -> None:
    one = entry(
        5,
        7,
        state_hash="abc",
        record=Record(base={"title": "caf\udce9", "genre": ["日本"]}, intent={"x": 1}),
        listing_digest="d",
        synced_at=NOON,
    )
    ledger.put(one)
    assert ledger.get(SERVER, 5) == one
    assert ledger.get(SERVER, 6) is None
    assert ledger.get("another server", 5) is None


def test_putting_again_replaces(ledger: Ledger) -> None:
    ledger.put(entry(5, 7))
    assert ledger.count(SERVER) == 0
    ledger.put(entry(5, 8, synced_at=NOON))
    assert (ledger.owner(SERVER, 5), ledger.count(SERVER)) == (8, 1)
    assert ledger.owner(SERVER, 6) is None


def test_many_entries_are_read_at_once_and_paged(ledger: Ledger, db: sqlite3.Connection) -> None:
    with transaction(db):
        for key in range(1, 1202):
            ledger.put(entry(key, key))
        ledger.put(entry(1, 9, server="another server"))
    assert len(ledger.get_many(SERVER, range(2, 5000))) == 1200
    assert ledger.get_many(SERVER, []) == {}
    keys: list[int] = []
    while page := ledger.after(SERVER, keys[-1] if keys else 0):
        keys += [one.rating_key for one in page]
    assert keys == list(range(1, 1202))


def test_a_scene_may_show_in_several_items_and_stop_to(ledger: Ledger) -> None:
    for key in (1, 2, 3):
        ledger.put(entry(key, 7))
    ledger.put(entry(4, 7, server="another server"))
    ledger.put(entry(5, 8))
    assert [one.rating_key for one in ledger.of_scene(SERVER, 7)] == [1, 2, 3]
    assert ledger.forget_other_items(SERVER, 7, {2, 99}) == 2
    assert [one.rating_key for one in ledger.of_scene(SERVER, 7)] == [2]
    assert ledger.forget_scene(7) == 2
    assert ledger.owner(SERVER, 5) == 8
    assert ledger.owner(SERVER, 2) is None


def test_what_an_item_was_at_first_contact_is_never_overwritten(ledger: Ledger) -> None:
    ledger.snapshot_once(SERVER, 5, {"title": "before", "path": "caf\udce9"}, NOON)
    ledger.snapshot_once(SERVER, 5, {"title": "ours"}, NOON + 1)
    assert ledger.snapshot(SERVER, 5) == {"title": "before", "path": "caf\udce9"}
    assert ledger.snapshot(SERVER, 6) is None
