"""Lists: what Stash has, then what others put there; only tags of ours ever go."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from plex.diff import diff
from plex.fields import Desired
from tests.plex.diff_world import Memory, item


def memory(
    base: str,
    ours: str,
    meant: str | None = None,
    intent: dict[str, object] | None = None,
    kind: str = "genre",
) -> Memory:
    """Tags are letters here."""
    return Memory(
        base={kind: list(base)},
        ours={kind: list(ours)},
        meant={kind: list(base if meant is None else meant)},
        intent=intent,
    )


@dataclass(frozen=True)
class Case:
    says: str
    want: str
    now: str
    memory: Memory | None = None
    preserve: bool = False
    locked: bool = False
    override: bool = False
    outcome: str = "equal"
    final: str | None = None
    remove: str = ""
    replaced: bool = False
    ours: str | None = None
    kind: str = "genre"


CASES = [
    Case("first contact, equal", "ab", "ba", ours=""),
    Case("first contact, theirs stays behind ours", "ab", "xb", outcome="changed", final="abx", ours="a"),
    Case("first contact, Stash has nothing", "", "x", ours=""),
    Case("first contact, both nothing", "", "", ours=""),
    Case("first contact, locked by somebody", "a", "x", locked=True, outcome="kept"),
    Case("first contact, locked by somebody but equal", "a", "A", locked=True, ours=""),
    Case(
        "first contact, lock overridden",
        "a",
        "x",
        locked=True,
        override=True,
        outcome="changed",
        final="ax",
        ours="a",
    ),
    Case(
        "Stash dropped a tag of ours",
        "a",
        "abx",
        memory("abx", "ab"),
        outcome="changed",
        final="ax",
        remove="b",
        ours="a",
    ),
    Case("Stash dropped a tag that was there before us", "a", "abx", memory("abx", "a"), ours="a"),
    Case(
        "Stash dropped the last tag of ours: only the removal",
        "",
        "a",
        memory("a", "a"),
        outcome="changed",
        final="",
        remove="a",
        ours="",
    ),
    Case(
        "Stash dropped all of ours, theirs stays",
        "",
        "ax",
        memory("ax", "a"),
        outcome="changed",
        final="x",
        remove="a",
        ours="",
    ),
    Case(
        "Stash swapped one for another",
        "c",
        "ax",
        memory("ax", "a"),
        outcome="changed",
        final="cx",
        remove="a",
        ours="c",
    ),
    Case("a person added a tag", "a", "ay", memory("a", "a"), preserve=True, ours="a"),
    Case(
        "a person removed a tag: put back",
        "ab",
        "a",
        memory("ab", "ab"),
        outcome="changed",
        final="ab",
        replaced=True,
        ours="ab",
    ),
    Case(
        "a person removed a tag: stays away with preserve",
        "ab",
        "a",
        memory("ab", "ab"),
        preserve=True,
        outcome="kept",
        ours="ab",
    ),
    Case(
        "it stays away at the next run too",
        "ab",
        "a",
        memory("a", "ab"),
        preserve=True,
        outcome="kept",
        ours="ab",
    ),
    Case(
        "it comes back when preserve is switched off",
        "ab",
        "a",
        memory("a", "ab"),
        outcome="changed",
        final="ab",
        ours="ab",
        replaced=True,
    ),
    Case(
        "others are written while it stays away",
        "abc",
        "a",
        memory("ab", "ab"),
        preserve=True,
        outcome="changed",
        final="ac",
        ours="abc",
    ),
    Case(
        "a person removed everything, with preserve",
        "ab",
        "",
        memory("ab", "ab"),
        preserve=True,
        outcome="kept",
        ours="ab",
    ),
    Case(
        "a tag that a person put back is the person's", "a", "ab", memory("a", "ab"), preserve=True, ours="a"
    ),
    Case(
        "Stash dropped it and has it again: put, not kept away",
        "ab",
        "a",
        memory("a", "a"),
        preserve=True,
        outcome="changed",
        final="ab",
        ours="ab",
    ),
    Case("the spelling that Plex has is sent", "a", "Ax", memory("ax", "a"), ours="a"),
    Case(
        "the spelling that Plex has is sent with others",
        "ab",
        "Ax",
        None,
        outcome="changed",
        final="Abx",
        ours="b",
    ),
    Case(
        "killed between write and commit: added tags are ours",
        "a",
        "abx",
        memory("ax", "a", intent={"added": {"genre": ["b"]}}),
        outcome="changed",
        final="ax",
        remove="b",
        ours="a",
    ),
    Case(
        "killed between removal and commit: Stash has it again, and no person took it away",
        "ab",
        "a",
        memory("ab", "ab", intent={"removed": {"genre": ["b"]}}),
        preserve=True,
        outcome="changed",
        final="ab",
        ours="ab",
    ),
    Case(
        "a list that was cut stays as it is while nobody changes anything",
        "abc",
        "ab",
        memory("ab", "ab", meant="abc"),
        ours="ab",
    ),
    Case("the cast has an order", "ab", "ba", None, outcome="changed", final="ab", ours="", kind="actor"),
    Case(
        "others of the cast come behind",
        "ab",
        "xab",
        None,
        outcome="changed",
        final="abx",
        ours="",
        kind="actor",
    ),
    Case(
        "a cast that Plex shows in its own order is left alone",
        "ab",
        "ba",
        memory("ba", "ab", meant="ab", kind="actor"),
        ours="ab",
        kind="actor",
    ),
    Case(
        "the cast changed in Stash",
        "ba",
        "ab",
        memory("ab", "ab", kind="actor"),
        outcome="changed",
        final="ba",
        ours="ba",
        kind="actor",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_a_list_follows_the_table(case: Case) -> None:
    """One row: the whole list that is sent, and the removals beside it."""
    now = item(tags={case.kind: tuple(case.now)}, locks=(case.kind,) if case.locked else ())
    desired = Desired(tags={case.kind: tuple(case.want)})
    change = diff(desired, now, case.memory, preserve=case.preserve, override_locks=case.override)
    assert list(change.outcomes.values()) == [case.outcome]
    if case.final is None:
        assert change.tags == {}
    else:
        assert change.tags[case.kind].final == tuple(case.final)
        assert change.tags[case.kind].remove == tuple(case.remove)
    assert bool(change.replaced) == case.replaced
    if case.ours is None:
        assert change.left == {case.kind}
    else:
        assert sorted(change.ours_after[case.kind]) == sorted(case.ours)
