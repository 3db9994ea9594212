"""Locks, fields that are none of our business, and what is remembered from one run to the next."""

from __future__ import annotations

import pytest

from plex.diff import diff
from plex.fields import Desired
from tests.plex.diff_world import Memory, item


def test_a_field_that_is_excluded_keeps_its_value_and_loses_our_lock() -> None:
    """Newly excluded: none of our business any more, lock included; somebody else's lock stays."""
    now = item({"title": "A", "studio": "S"}, {"genre": ("x",)}, ("title", "studio", "genre", "summary"))
    memory = Memory(base={"title": "A", "studio": "S"}, ours={"title": True}, locks=["title", "genre"])
    change = diff(Desired(scalars={"studio": "S"}), now, memory, preserve=False, override_locks=False)
    assert change.unlock == {"title", "genre"}
    assert (change.scalars, change.tags, change.lock) == ({}, {}, frozenset())
    change.remember(memory, now)
    assert memory.base["title"] == "A"
    assert memory.ours["title"] is True
    assert memory.locks == []


def test_pictures_that_are_wanted_are_locked_and_others_lose_our_lock() -> None:
    """The upload itself locks nothing."""
    first = diff(
        Desired(), item(), None, preserve=False, override_locks=False, pictures_wanted={"poster", "art"}
    )
    assert first.lock == {"thumb", "art"}
    later = diff(
        Desired(), item(locks=("thumb", "art")), Memory(locks=["thumb"]), preserve=False, override_locks=False
    )
    assert later.unlock == {"thumb"}
    assert later.outcomes == {}


def test_a_lock_that_plex_calls_by_the_elements_name_is_known() -> None:
    """A page may say role where an edit says actor."""
    now = item(tags={"actor": ("Ann",)}, locks=("role",))
    assert (
        diff(Desired(tags={"actor": ("Ann",)}), now, None, preserve=False, override_locks=False).lock
        == frozenset()
    )
    assert diff(
        Desired(tags={"actor": ("Bob",)}), now, None, preserve=False, override_locks=False
    ).outcomes == {"performers": "kept"}


def test_an_item_from_a_listing_is_refused() -> None:
    """Its tags are cut and its locks are missing: whatever was written by it would be wrong."""
    with pytest.raises(ValueError, match="listing"):
        diff(Desired(), item(complete=False), None, preserve=False, override_locks=False)


def test_a_kept_value_stays_kept_although_it_was_looked_at() -> None:
    """With preserve the base does not move to what a person wrote, or the next run would take it for ours."""
    memory = Memory(base={"title": "A"}, ours={"title": True}, locks=["title"], meant={"title": "A"})
    now, want = item({"title": "B"}, locks=("title",)), Desired(scalars={"title": "A"})
    for _ in range(3):
        change = diff(want, now, memory, preserve=True, override_locks=False)
        assert change.outcomes == {"title": "kept"}
        change.remember(memory, now)
    assert diff(want, now, memory, preserve=False, override_locks=False).replaced == ("title",)


@pytest.mark.parametrize("preserve", [False, True])
def test_what_was_announced_is_ours_though_a_person_locks_the_field_before_we_look(preserve: bool) -> None:
    """Killed between the write and the commit; then the field was locked, emptied in Stash, and unlocked again."""
    memory = Memory()
    first = diff(
        Desired(tags={"collection": ("a",)}), item(), memory, preserve=preserve, override_locks=False
    )
    memory.intent = first.intent()
    none = Desired(tags={"collection": ()})
    locked = item(tags={"collection": ("a",)}, locks=("collection",))
    for _ in range(2):
        change = diff(none, locked, memory, preserve=preserve, override_locks=False)
        assert not change.writes
        change.remember(memory, locked)
    free = item(tags={"collection": ("a",)})
    assert diff(none, free, memory, preserve=preserve, override_locks=False).tags["collection"].remove == (
        "a",
    )


def test_what_a_person_filled_in_where_stash_had_nothing_is_an_edit_later_on() -> None:
    """First met with X, changed to Y by a person, then filled in Stash: with preserve Y stays."""
    memory, want = Memory(), Desired(scalars={"summary": ""})
    for _ in range(2):
        diff(want, item({"summary": "X"}), memory, preserve=True, override_locks=False).remember(
            memory, item({"summary": "X"})
        )
    filled = Desired(scalars={"summary": "Z"})
    assert diff(filled, item({"summary": "X"}), memory, preserve=True, override_locks=False).scalars == {
        "summary": "Z"
    }
    assert diff(filled, item({"summary": "Y"}), memory, preserve=True, override_locks=False).outcomes == {
        "summary": "kept"
    }


def test_what_was_equal_when_it_was_first_met_does_not_become_ours() -> None:
    """Only what PlexSync has put there is ever cleared."""
    memory, now = Memory(), item({"title": "A"})
    diff(Desired(scalars={"title": "A"}), now, memory, preserve=False, override_locks=False).remember(
        memory, now
    )
    assert (memory.base, memory.ours, memory.meant) == ({"title": "A"}, {}, {"title": "A"})


def test_an_intent_holds_what_earlier_ones_announced_and_nobody_confirmed() -> None:
    """Killed twice: the first value may be the one that stands in Plex, and it is ours. The newest stands last."""
    memory = Memory(base={"title": "0"}, ours={"title": True, "genre": ["a"]}, locks=["genre"])
    memory.base["genre"] = ["a"]
    now = item({"title": "0"}, {"genre": ("a",)}, ("genre",))
    for title, tags in (("1", ("b",)), ("2", ("a", "c")), ("1", ("b",))):
        change = diff(
            Desired(scalars={"title": title}, tags={"genre": tags}),
            now,
            memory,
            preserve=True,
            override_locks=False,
        )
        memory.intent = change.intent()
    assert memory.intent == {
        "values": {"title": ["2", "1"]},
        "added": {"genre": ["c", "b"]},
        "removed": {"genre": ["a"]},
        "locks": ["genre", "title"],
    }
    for number in range(20):
        change = diff(
            Desired(scalars={"title": str(number)}), now, memory, preserve=True, override_locks=False
        )
        memory.intent = change.intent()
    assert memory.intent["values"]["title"] == ["14", "15", "16", "17", "18", "19"]
    change.remember(memory, item({"title": "19"}, {"genre": ("a",)}, ("title",)))
    # The list is no business of this change, and what was announced for it may still stand in Plex.
    assert memory.intent == {
        "values": {},
        "added": {"genre": ["c", "b"]},
        "removed": {"genre": ["a"]},
        "locks": [],
    }
    assert memory.base["title"] == "19"
    assert memory.locks == ["title"]
