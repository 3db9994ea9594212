"""The table at the head of plex/diff.py, row by row, for fields with one value; and the locks."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from diff_world import Memory, item

from plex.diff import diff
from plex.fields import Desired

OURS = Memory(base={"title": "A"}, ours={"title": True}, locks=["title"], meant={"title": "A"})


@dataclass(frozen=True)
class Case:
    says: str
    want: str
    now: str
    memory: Memory | None = None
    locked: bool = False
    preserve: bool = False
    override: bool = False
    outcome: str = "equal"
    write: str | None = None
    lock: bool = False
    unlock: bool = False
    replaced: bool = False
    left: bool = False
    extra: dict[str, str] = field(default_factory=dict)


CASES = [
    Case("first contact, equal and unlocked: only the lock is written", "A", "A", lock=True),
    Case("first contact, equal and locked by somebody: nothing", "A", "A", locked=True),
    Case("first contact, other: Stash wins", "A", "B", outcome="changed", write="A", lock=True),
    Case(
        "first contact with preserve: Stash wins as well",
        "A",
        "B",
        preserve=True,
        outcome="changed",
        write="A",
        lock=True,
    ),
    Case("first contact, Plex has nothing", "A", "", outcome="changed", write="A", lock=True),
    Case("first contact, locked by somebody: kept", "A", "B", locked=True, outcome="kept", left=True),
    Case(
        "first contact, lock overridden", "A", "B", locked=True, override=True, outcome="changed", write="A"
    ),
    Case("first contact, Stash has nothing: theirs stays", "", "B", left=True),
    Case("both have nothing", "", ""),
    Case("ours and unchanged", "A", "A", OURS, locked=True),
    Case("ours, but somebody took the lock away", "A", "A", OURS, lock=True),
    Case("Stash changed, Plex shows ours", "C", "A", OURS, locked=True, outcome="changed", write="C"),
    Case(
        "Stash changed, Plex shows ours, with preserve",
        "C",
        "A",
        OURS,
        locked=True,
        preserve=True,
        outcome="changed",
        write="C",
    ),
    Case(
        "a person changed it: replaced",
        "A",
        "B",
        OURS,
        locked=True,
        outcome="changed",
        write="A",
        replaced=True,
    ),
    Case(
        "a person changed it: kept with preserve",
        "A",
        "B",
        OURS,
        locked=True,
        preserve=True,
        outcome="kept",
        left=True,
    ),
    Case(
        "a person and Stash changed it: kept with preserve",
        "C",
        "B",
        OURS,
        preserve=True,
        outcome="kept",
        left=True,
    ),
    Case("a person typed what Stash has", "C", "C", OURS, locked=True, preserve=True),
    Case(
        "Stash emptied ours: cleared, and our lock goes",
        "",
        "A",
        OURS,
        locked=True,
        outcome="changed",
        write="",
        unlock=True,
    ),
    Case("Stash emptied ours, unlocked meanwhile", "", "A", OURS, outcome="changed", write=""),
    Case("Stash emptied, a person wrote something else: it stays", "", "B", OURS, locked=True, left=True),
    Case("Stash emptied, a person emptied too: our lock goes", "", "", OURS, locked=True, unlock=True),
    Case(
        "Stash emptied ours under somebody else's lock: kept",
        "",
        "A",
        Memory(base={"title": "A"}, ours={"title": True}, meant={"title": "A"}),
        locked=True,
        outcome="kept",
        left=True,
    ),
    Case(
        "equal at first contact was never ours: not cleared",
        "",
        "A",
        Memory(base={"title": "A"}, meant={"title": "A"}),
        left=True,
    ),
    Case(
        "Plex made another form of it: nothing to do while nobody changes anything",
        "A.",
        "A",
        Memory(base={"title": "A"}, ours={"title": True}, locks=["title"], meant={"title": "A."}),
        locked=True,
    ),
    Case(
        "killed between write and commit: the intended value is ours",
        "D",
        "C",
        Memory(
            base={"title": "A"},
            ours={"title": True},
            meant={"title": "A"},
            intent={"values": {"title": ["C"]}, "locks": ["title"]},
        ),
        locked=True,
        preserve=True,
        outcome="changed",
        write="D",
    ),
    Case(
        "killed between write and commit, equal: nothing but the commit",
        "C",
        "C",
        Memory(intent={"values": {"title": ["C"]}, "locks": ["title"]}),
        locked=True,
        preserve=True,
    ),
    Case(
        "killed before the write: what was there counts as the base",
        "C",
        "A",
        Memory(
            base={"title": "A"},
            ours={"title": True},
            meant={"title": "A"},
            intent={"values": {"title": ["C"]}},
        ),
        preserve=True,
        outcome="changed",
        write="C",
        lock=True,
    ),
    Case(
        "killed after a cut was written: the cut is ours",
        "A long story",
        "A lo…",
        Memory(base={"title": ""}, intent={"values": {"title": ["A long story"]}}),
        preserve=True,
        outcome="changed",
        write="A long story",
        lock=True,
    ),
    Case(
        "an intent that was never written makes nothing ours",
        "",
        "A",
        Memory(base={"title": "A"}, meant={"title": "A"}, intent={"values": {"title": ["C"]}}),
        left=True,
    ),
    Case(
        "killed between clearing and commit, then Stash has something again",
        "A",
        "",
        Memory(
            base={"title": "A"},
            ours={"title": True},
            meant={"title": "A"},
            intent={"values": {"title": [""]}},
        ),
        preserve=True,
        outcome="changed",
        write="A",
        lock=True,
    ),
    Case(
        "white space and composition are no difference",
        "Caf\u00e9\n  au lait",
        "Cafe\u0301 au lait",
        lock=True,
    ),
    Case(
        "text is cleaned before it is written",
        " B\x04\r\nC ",
        "A",
        outcome="changed",
        write="B\nC",
        lock=True,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_a_scalar_field_follows_the_table(case: Case) -> None:
    """One row of the table: what is written, what is locked, and what is said about it."""
    now = item({"title": case.now} if case.now else {}, locks=("title",) if case.locked else ())
    change = diff(
        Desired(scalars={"title": case.want}),
        now,
        case.memory,
        preserve=case.preserve,
        override_locks=case.override,
    )
    assert change.outcomes == {"title": case.outcome}
    assert change.scalars == ({} if case.write is None else {"title": case.write})
    assert change.lock == ({"title"} if case.lock else set())
    assert change.unlock == ({"title"} if case.unlock else set())
    assert change.replaced == (("title",) if case.replaced else ())
    assert change.left == ({"title"} if case.left else set())
    assert change.writes == bool(case.write is not None or case.lock or case.unlock)


@pytest.mark.parametrize(
    ("name", "want", "now"),
    [
        ("userRating", "8.0", "8"),
        ("userRating", "", "0.0"),
        ("originallyAvailableAt", "2021-05-04", "2021-05-04 00:00:00"),
        ("studio", "Studio A", " Studio  A"),
    ],
)
def test_values_are_compared_as_what_they_are(name: str, want: str, now: str) -> None:
    """Ratings are numbers, dates are days."""
    change = diff(
        Desired(scalars={name: want}), item({name: now}), None, preserve=False, override_locks=False
    )
    assert change.scalars == {}


def test_a_sort_title_that_plex_leaves_out_is_the_title_that_it_will_have() -> None:
    """Plex has no sort title where it is equal to the title."""
    same = Desired(scalars={"title": "B", "titleSort": "B"})
    assert diff(same, item({"title": "A"}), None, preserve=False, override_locks=False).scalars == {
        "title": "B"
    }
    other = Desired(scalars={"titleSort": "B"})
    assert diff(other, item({"title": "A"}), None, preserve=False, override_locks=False).scalars == {
        "titleSort": "B"
    }


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
    assert memory.intent is None
    assert memory.base["title"] == "19"
    assert memory.locks == ["title"]
