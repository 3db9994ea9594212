"""Scenes come, go, are pinned, restored and let go again, and Plex takes their items up anew: what an item shows is always explained.

By the journal, whose last row of a field says what it shows; by Stash, once a drain is through; or by what the item was at first.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from simulators.plex import PlexSimulator
from simulators.stash import StashSimulator
from sync_queue.intake import enqueue
from sync_queue.pins import Pin, Pins
from tests.worker.conftest import World
from tests.worker.restore_world import last_drain, restore
from worker.processor import Processor

if TYPE_CHECKING:
    from sync_queue.ledger import Entry

FILES = 3
WHICH = st.integers(0, FILES - 1)


class Lives(RuleBasedStateMachine):
    """Each scene has a title, a text and a tag that no other has."""

    @initialize(deleted=st.sampled_from(["keep", "unlock", "leave_collections"]))
    def begin(self, deleted: str) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.plex, self.stash = PlexSimulator(), StashSimulator()
        self.plex.__enter__()
        self.stash.__enter__()
        self.world = World(
            self.plex,
            self.stash,
            Path(self.folder.name) / "data",
            self.plex.add_section("Scenes", locations=("/media",)).id,
        )
        self.world.set(deleted_scenes=deleted)
        self.edits = 0
        self.keys = [
            self.plex.add_item(
                self.world.section,
                self.path(number),
                size=1000 + number,
                duration_ms=60_000,
                summary="Old text",
                genre=["Home"],
            )
            for number in range(FILES)
        ]
        self.original = {key: self.shown(key) for key in self.keys}
        for number in range(FILES):
            self.a_scene_comes(number)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.close()
            self.stash.__exit__(None, None, None)
            self.plex.__exit__(None, None, None)
            self.folder.cleanup()

    # --- what happens ---

    @rule(number=WHICH)
    def a_scene_comes(self, number: int) -> None:
        """New, or found anew after it was deleted: Stash gives it another number."""
        scene = self.stash.store.add_scene(path=self.path(number), size=1000 + number, duration=60.0)
        self.edit(scene, text=True)

    @rule(data=st.data(), text=st.booleans())
    def a_scene_is_edited(self, data: st.DataObject, text: bool) -> None:
        if self.scenes():
            self.edit(data.draw(st.sampled_from(self.scenes())), text=text)

    @rule(data=st.data(), found_again=st.booleans())
    def a_scene_is_deleted(self, data: st.DataObject, found_again: bool) -> None:
        if self.scenes():
            scene = data.draw(st.sampled_from(self.scenes()))
            path = self.stash.store.scenes[scene].files[0].path
            del self.stash.store.scenes[scene]
            if found_again:
                self.a_scene_comes([self.path(number) for number in range(FILES)].index(path))
            now = self.world.clock()
            enqueue(self.world.db, scene, trigger="Scene.Destroy.Post", priority=0, now=now, deleted=True)

    @rule(data=st.data(), number=WHICH)
    def a_scene_is_pinned(self, data: st.DataObject, number: int) -> None:
        if self.scenes():
            scene = data.draw(st.sampled_from(self.scenes()))
            pin = Pin(scene, self.keys[number], self.path(number))
            Pins(self.world.db).put(self.server, pin, self.world.clock())
            self.world.put(scene)

    @rule(number=WHICH)
    def plex_takes_an_item_up_anew(self, number: int) -> None:
        self.keys[number] = self.plex.readd_item(self.keys[number])
        self.original[self.keys[number]] = self.shown(self.keys[number])

    @rule()
    def drain(self) -> None:
        self.world.later(700)
        held = self.held()
        self.world.drain()
        assert {key: self.shown(key) for key in held} == held
        for number in range(FILES):
            entry = self.world.ledger.get(self.server, self.keys[number])
            if entry is not None and entry.scene_id in self.scenes() and not self.is_held(entry):
                self.shows_the_scene(entry)

    @rule()
    def a_drain_is_killed_when_it_has_written(self) -> None:
        def killed(*_args: Any) -> None:
            raise KeyboardInterrupt

        self.world.later(700)
        with pytest.MonkeyPatch.context() as patch, suppress(KeyboardInterrupt):
            patch.setattr(Processor, "_read_back", killed)
            self.world.drain()

    @rule(data=st.data())
    def a_scene_is_restored(self, data: st.DataObject) -> None:
        if self.scenes():
            assert restore(self.world, scene=data.draw(st.sampled_from(self.scenes()))).failed == []

    @precondition(lambda self: self.world.ledger.journal.recent(limit=1))
    @rule()
    def the_last_run_is_undone(self) -> None:
        assert restore(self.world, drain=last_drain(self.world)).failed == []

    @rule()
    def all_is_restored(self) -> None:
        assert restore(self.world).failed == []
        assert {key: self.shown(key) for key in self.keys} == {key: self.original[key] for key in self.keys}
        assert [self.plex.item(key).locks for key in self.keys] == [frozenset()] * FILES
        assert restore(self.world).restored == 0

    @rule()
    def resume(self) -> None:
        self.world.queue.unhold()

    # --- what must hold ---

    @invariant()
    def the_journal_says_what_is_shown(self) -> None:
        if not hasattr(self, "world"):
            return
        changes = list(reversed(self.world.ledger.journal.recent(limit=10_000)))
        for key in self.keys:
            told = dict(self.original[key])
            told |= {one.field: one.new for one in changes if one.rating_key == key}
            # What was announced may have been written; a later look at the item settles it.
            announced = {one.field: one.old for one in changes if one.rating_key == key and not one.done}
            for name, value in self.shown(key).items():
                assert value in (told[name], announced.get(name, told[name])), f"{name} of item {key}"

    def shows_the_scene(self, entry: Entry) -> None:
        row, original = self.stash.store.scenes[entry.scene_id], self.original[entry.rating_key]
        shown = self.shown(entry.rating_key)
        assert shown["title"] == row.values["title"]
        assert shown["summary"] == row.values["details"] or (
            not row.values["details"] and shown["summary"] in {"", original["summary"]}
        )
        assert set(shown["tags"]) - set(original["tags"]) == {f"Tag {entry.scene_id}"}
        assert entry.record.intent is None

    # --- looking ---

    @property
    def server(self) -> str:
        return self.plex.options.machine_identifier

    def path(self, number: int) -> str:
        return f"/media/{number}.mp4"

    def scenes(self) -> list[int]:
        return sorted(self.stash.store.scenes)

    def held(self) -> dict[int, Any]:
        """What items show whose scene is held, deleted or not; without those to which another scene is pinned."""
        found = {}
        for key in self.keys:
            entry = self.world.ledger.get(self.server, key)
            pinned = Pins(self.world.db).scene_of(self.server, key)
            if entry is not None and self.is_held(entry) and pinned in {None, entry.scene_id}:
                found[key] = self.shown(key)
        return found

    def is_held(self, entry: Entry) -> bool:
        return self.world.ledger.is_held(entry.scene_id)

    def shown(self, key: int) -> dict[str, Any]:
        item = self.plex.item(key)
        return {
            "title": item.fields.get("title", ""),
            "summary": item.fields.get("summary", ""),
            "tags": list(item.tags.get("genre", ())),
        }

    def edit(self, scene: int, *, text: bool) -> None:
        self.edits += 1
        row = self.stash.store.scenes[scene]
        row.values.update(title=f"Title {self.edits}", details=f"Text {self.edits}" if text else "")
        row.tag_ids[:] = [self.stash.store.named("tag", f"Tag {scene}")]
        self.world.put(scene)


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
