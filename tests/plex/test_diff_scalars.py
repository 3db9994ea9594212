"""The table at the head of plex/diff.py, row by row, for fields with one value; and the locks."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from plex.diff import diff
from plex.fields import Desired
from tests.plex.diff_world import Memory, item

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


@pytest.mark.parametrize(
    ("desired", "written"),
    [
        ({"titleSort": "A"}, {}),
        ({"titleSort": "B"}, {"titleSort": "B"}),
        ({"title": "A", "titleSort": "A"}, {}),
        ({"title": "B", "titleSort": "B"}, {"title": "B", "titleSort": "B"}),
        ({"title": "B", "titleSort": "A"}, {"title": "B", "titleSort": "A"}),
        ({"title": "B", "titleSort": ""}, {"title": "B"}),
    ],
)
def test_a_sort_title_that_plex_leaves_out_is_the_title_for_as_long_as_that_stays(desired, written) -> None:
    """Nobody can tell whether there is none, or one that comes out when the title moves."""
    found = diff(Desired(scalars=desired), item({"title": "A"}), None, preserve=False, override_locks=False)
    assert found.scalars == written


def test_a_sort_title_of_ours_that_plex_leaves_out_is_taken_back_before_it_comes_out() -> None:
    known = Memory(
        base={"title": "A", "titleSort": "A"},
        meant={"title": "A", "titleSort": "A"},
        ours={"title": True, "titleSort": True},
    )
    moved = Desired(scalars={"title": "B", "titleSort": ""})
    found = diff(moved, item({"title": "A"}), known, preserve=False, override_locks=False)
    assert found.scalars == {"title": "B", "titleSort": ""}
