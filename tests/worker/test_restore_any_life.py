"""Whatever has happened to an item in Stash and in Plex, a restore brings back what it was, save what a person changed last."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from simulators.plex import PlexSimulator
from simulators.stash import StashSimulator
from tests.worker.conftest import World
from tests.worker.restore_world import restore, state
from worker.mapping import MappingOptions

if TYPE_CHECKING:
    from collections.abc import Callable

IN_STASH = {"title": "title", "summary": "details", "tagline": "code", "genre": "tags"}
STASH = {"title": ("S1", "S2"), "summary": ("", "s1", "s2")}
PERSON = {"title": ("P1", "P2"), "summary": ("", "p1", "p2"), "tagline": ("", "p1")}
TAGS = ("Home", "Outdoor", "New")
ME, WE = "a person", "PlexSync"


class ALife(RuleBasedStateMachine):
    """``last``: who has changed each field, or the presence of each tag, last; nobody where it was never changed.

    A person who writes the very value that we wrote cannot be told from us, so persons' values are their own. Tags are
    the same for all: there the one who changed its presence counts, unless it is again what it was when we looked last.
    """

    @initialize(mode=st.sampled_from(["replace", "add"]), preserve=st.booleans())
    def begin(self, mode: str, preserve: bool) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.plex, self.stash = PlexSimulator(tag_mode=mode), StashSimulator()
        self.plex.__enter__()
        self.stash.__enter__()
        section = self.plex.add_section("Scenes", locations=("/media",))
        self.world = World(self.plex, self.stash, Path(self.folder.name) / "data", section.id)
        self.world.set(preserve_plex_edits=preserve)
        self.scene, self.key = self.world.scene(title="S1", details="s1", tags=["Outdoor"])
        self.person(summary="Old text", genre=["Home", "Old"])
        self.original: dict[str, Any] = {}
        self.last: dict[str, str] = {}
        self.looked: tuple[dict[str, Any], dict[str, str]] = ({}, {})

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.close()
            self.stash.__exit__(None, None, None)
            self.plex.__exit__(None, None, None)
            self.folder.cleanup()

    def person(self, **values: Any) -> None:
        self.plex.person_edits(self.key, **values)
        self.plex.person_unlocks(self.key, *values)  # else nobody else would write the field any more

    def shown(self) -> dict[str, Any]:
        item = self.plex.item(self.key)
        fields = {name: item.fields.get(name, "") for name in PERSON}
        return fields | {f"tag {tag}": tag in item.tags.get("genre", []) for tag in (*TAGS, "Old")}

    def by(self, who: str, act: Callable[[], object]) -> None:
        before = self.shown()
        act()
        after = self.shown()
        self.last |= {name: who for name in after if after[name] != before[name]}
        if who == WE:
            self.looked = after, dict(self.last)
            return
        for name, value in self.looked[0].items():
            if name.startswith("tag ") and after[name] == value:
                self.last[name] = self.looked[1].get(name, "")

    @rule(name=st.sampled_from(sorted(STASH)), data=st.data())
    def stash_changes(self, name: str, data: st.DataObject) -> None:
        value = data.draw(st.sampled_from(STASH[name]))
        self.stash.store.scenes[self.scene].values[IN_STASH[name]] = value

    @rule(tags=st.lists(st.sampled_from(TAGS), unique=True))
    def stash_has_these_tags(self, tags: list[str]) -> None:
        store = self.stash.store
        store.scenes[self.scene].tag_ids[:] = [store.named("tag", tag) for tag in tags]

    @rule(name=st.sampled_from(sorted(PERSON)), data=st.data())
    def a_person_writes(self, name: str, data: st.DataObject) -> None:
        value = data.draw(st.sampled_from(PERSON[name]))
        self.by(ME, lambda: self.person(**{name: value}))

    @rule(tag=st.sampled_from((*TAGS, "Old")))
    def a_person_puts_a_tag_in_or_out(self, tag: str) -> None:
        tags = self.plex.item(self.key).tags.get("genre", [])
        after = [one for one in tags if one != tag] if tag in tags else [*tags, tag]
        self.by(ME, lambda: self.person(genre=after))

    @rule(exclude=st.frozensets(st.sampled_from(["summary", "tags"]), max_size=1))
    def a_field_is_excluded_or_no_more(self, exclude: frozenset[str]) -> None:
        self.world.set(mapping=MappingOptions(exclude=exclude))

    @rule()
    def sync(self) -> None:
        if not self.is_met:
            self.original, self.last = self.shown(), {}  # what a person has done before belongs to it
        self.world.later(10)
        self.by(WE, lambda: self.world.sync(self.scene))

    @property
    def is_met(self) -> bool:
        """Whether PlexSync has written the item once."""
        return self.world.ledger.snapshot_at(self.plex.options.machine_identifier, self.key) is not None

    @rule()
    def restore_then_resume(self) -> None:
        before, last = self.shown(), dict(self.last)
        report = restore(self.world)
        assert report.failed == []
        after = self.shown()
        for name, value in after.items():
            expected = self.original[name] if self.is_met and last.get(name) != ME else before[name]
            assert value == expected, f"{name}: {before[name]!r} → {value!r}, last by {last.get(name)}"
        again = state(self.world, self.key)
        writes = len(self.plex.writes())
        assert restore(self.world).restored == 0
        assert (state(self.world, self.key), len(self.plex.writes())) == (again, writes)
        self.held_means_held(again)
        self.world.queue.unhold()
        self.looked = self.shown(), dict(self.last)

    def held_means_held(self, shown: dict[str, Any]) -> None:
        if self.world.ledger.of_scene(self.plex.options.machine_identifier, self.scene):
            self.world.sync(self.scene)
            assert state(self.world, self.key) == shown


TestALife = ALife.TestCase
TestALife.settings = settings(max_examples=60, stateful_step_count=15, deadline=None)
