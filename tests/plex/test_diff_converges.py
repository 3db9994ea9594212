"""A life of one item: Stash, a person in Plex and kills at the worst moments, against promises that hold at every step."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from plex.diff import diff
from plex.fields import NEVER_LOCKED, Desired, same_value
from plex.read_back import verify
from plex.writer import to_requests
from tests.plex.diff_world import Memory, PlexModel

if TYPE_CHECKING:
    from plex.change import Change
    from plex.items import PlexItem

VALUES = {"title": ("A", "B"), "summary": ("", "s", "t  u")}
PERSONS = {"title": ("A", "Z"), "summary": ("", "s", "z")}
TAGS = ("collection", "actor")
LETTERS = ("a", "É, 100 %")
ABSENT = "not a value"


class ItemLife(RuleBasedStateMachine):
    """``theirs`` and ``their_tags``: what a person put there. ``edits`` and ``taken``: what a person changed after our last look.

    Where nobody could tell whose a value is (a person writes the very thing that we had written, or had announced and
    not confirmed), nothing is asserted of it. ``written``, ``our_tags`` and ``removed``: what is in Plex, or is not, by
    our doing alone, whether or not we lived to remember it.
    """

    preserve: ClassVar[bool] = False

    @initialize(mode=st.sampled_from(["add", "replace"]), limit=st.sampled_from([40, 6000]))
    def begin(self, mode: str, limit: int) -> None:
        self.plex = PlexModel(mode)
        self.limit = limit
        self.memory = Memory()
        self.met = False
        self.scalars: dict[str, str] = {}
        self.tags: dict[str, tuple[str, ...]] = {}
        self.theirs: dict[str, str] = {}
        self.edits: dict[str, str] = {}
        self.their_tags: set[tuple[str, str]] = set()
        self.taken: set[tuple[str, str]] = set()
        self.doubtful: set[tuple[str, str]] = set()
        self.written: dict[str, str] = {}
        self.our_tags: set[tuple[str, str]] = set()
        self.removed: set[tuple[str, str]] = set()

    @rule(name=st.sampled_from(sorted(VALUES)), data=st.data())
    def stash_changes_a_value(self, name: str, data: st.DataObject) -> None:
        self.scalars[name] = data.draw(st.sampled_from(VALUES[name]))

    @rule(kind=st.sampled_from(TAGS), tags=st.lists(st.sampled_from(LETTERS), unique=True))
    def stash_changes_a_list(self, kind: str, tags: list[str]) -> None:
        self.tags[kind] = tuple(tags)
        self.taken = {(where, tag) for where, tag in self.taken if where != kind or tag in tags}

    @rule(name=st.sampled_from([*VALUES, *TAGS]))
    def a_field_is_excluded(self, name: str) -> None:
        self.scalars.pop(name, None)
        self.tags.pop(name, None)
        self.taken = {(where, tag) for where, tag in self.taken if where != name}

    @rule(name=st.sampled_from(sorted(VALUES)), data=st.data())
    def person_writes(self, name: str, data: st.DataObject) -> None:
        value = data.draw(st.sampled_from(PERSONS[name]))
        if same_value(name, self.plex.scalars.get(name, ""), value):
            return
        self.plex.scalars[name] = value
        for of in (self.theirs, self.edits, self.written):
            of.pop(name, None)
        known = (*self._announced("values", name), self.memory.base.get(name, ABSENT))
        if not any(same_value(name, value, each) for each in known):
            self.theirs[name] = value
            if name in self.memory.base:
                self.edits[name] = value

    @rule(kind=st.sampled_from(TAGS), tag=st.sampled_from((*LETTERS, "x")))
    def person_adds(self, kind: str, tag: str) -> None:
        if tag in self.plex.tags.setdefault(kind, []):
            return
        self.plex.tags[kind].append(tag)
        self.taken.discard((kind, tag))
        self.removed.discard((kind, tag))
        if (kind, tag) not in self.doubtful:
            self.their_tags.add((kind, tag))

    @rule(kind=st.sampled_from(TAGS), data=st.data())
    def person_removes(self, kind: str, data: st.DataObject) -> None:
        there = self.plex.tags.get(kind)
        if not there:
            return
        tag = data.draw(st.sampled_from(there))
        there.remove(tag)
        self.their_tags.discard((kind, tag))
        self.our_tags.discard((kind, tag))
        stood = tag in self.memory.base.get(kind, []) and tag not in self._announced("removed", kind)
        if stood and tag in self.tags.get(kind, ()):
            self.taken.add((kind, tag))

    @rule(name=st.sampled_from([*VALUES, *TAGS]), locked=st.booleans())
    def person_locks(self, name: str, locked: bool) -> None:
        (self.plex.locks.add if locked else self.plex.locks.discard)(name)

    @rule(requests=st.integers(0, 3))
    def sync_and_die(self, requests: int) -> None:
        """Killed after so many requests, before anything can be remembered but the intent."""
        self._write(requests)

    @rule()
    def sync(self) -> None:
        change = self._write(None)
        after = self.plex.read()
        assert "failed" not in verify(change, after).values()
        change.remember(self.memory, after)
        self._what_is_ours_follows_stash(change.left)
        self.edits = {
            name: value
            for name, value in self.edits.items()
            if not same_value(name, value, self.scalars.get(name, ABSENT))
        }
        self.doubtful = {
            (kind, tag)
            for kind in TAGS
            for tag in self.memory.ours.get(kind, ())
            if tag in self.memory.base[kind]
        }
        self._second_run_writes_nothing()

    def _what_is_ours_follows_stash(self, left: frozenset[str]) -> None:
        """With preserve too: a kill between write and commit is not a person's edit."""
        foreign = self.plex.locks - set(self.memory.locks)
        for name, want in self.scalars.items():
            if name in self.written and name not in foreign:
                assert same_value(name, self.plex.scalars.get(name, ""), want)
        for kind in self.tags.keys() - left:
            assert {tag for where, tag in self.our_tags if where == kind} <= set(self.tags[kind])
            again = {tag for where, tag in self.removed if where == kind} & set(self.tags[kind])
            assert again <= set(self.plex.tags.get(kind, []))

    def _write(self, requests: int | None) -> Change:
        self.doubtful |= {(kind, tag) for kind, tags in self.tags.items() for tag in tags}
        before = self.plex.read()
        desired = Desired(scalars=dict(self.scalars), tags=dict(self.tags))
        change = diff(
            desired, before, self.memory if self.met else None, preserve=self.preserve, override_locks=False
        )
        foreign = before.locks - set(self.memory.locks) - set((self.memory.intent or {}).get("locks", ()))
        assert not foreign & (change.scalars.keys() | change.tags.keys())
        self.memory.intent = change.intent()
        self.met = True
        for params in to_requests(change, self.limit)[:requests]:
            self.plex.edit(1, 4711, params)
        self._note_our_doing(before)
        self._nothing_of_a_person_is_gone()
        if self.preserve:
            assert change.replaced == ()
            self._edits_stay()
        return change

    def _note_our_doing(self, before: PlexItem) -> None:
        after = self.plex.read()
        self.written |= {
            name: after.scalars.get(name, "")
            for name in VALUES
            if after.scalars.get(name) != before.scalars.get(name)
        }
        old = {(kind, tag) for kind in TAGS for tag in before.tags.get(kind, ())}
        new = {(kind, tag) for kind in TAGS for tag in after.tags.get(kind, ())}
        self.our_tags = (self.our_tags | (new - old)) & new
        self.removed = (self.removed | (old - new)) - new

    def _second_run_writes_nothing(self) -> None:
        desired = Desired(scalars=self.scalars, tags=self.tags)
        again = diff(desired, self.plex.read(), self.memory, preserve=self.preserve, override_locks=False)
        assert not again.writes
        assert set(again.outcomes.values()) <= {"equal", "kept"}
        assert not set(self.memory.locks) & NEVER_LOCKED
        assert set(self.memory.locks) <= self.plex.locks
        for name, want in self.scalars.items():
            if want and not self.preserve and (name not in self.plex.locks or name in self.memory.locks):
                assert same_value(name, self.plex.scalars[name], want)

    def _nothing_of_a_person_is_gone(self) -> None:
        for kind, tag in self.their_tags:
            assert tag in self.plex.tags[kind]
        for name, value in list(self.theirs.items()):
            now = self.plex.scalars.get(name, "")
            if not same_value(name, now, value):
                assert now, f"{name} was cleared, though a person had written {value!r}"
                del self.theirs[name]

    def _edits_stay(self) -> None:
        for name, value in self.edits.items():
            assert same_value(name, self.plex.scalars.get(name, ""), value)
        for kind, tag in self.taken:
            assert tag not in self.plex.tags.get(kind, [])

    def _announced(self, part: str, name: str) -> list[str]:
        announced: list[str] = (self.memory.intent or {}).get(part, {}).get(name, [])
        return announced


class PreservingLife(ItemLife):
    """The same with ``preserve``: nothing that a person did after our last look is ever undone."""

    preserve = True


TestItemLife = ItemLife.TestCase
TestItemLife.settings = settings(max_examples=400, stateful_step_count=25, deadline=None)
TestPreservingLife = PreservingLife.TestCase
TestPreservingLife.settings = settings(max_examples=400, stateful_step_count=25, deadline=None)
