"""The preview of a whole library says, line by line, what the sync that follows does."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from simulators.stash.pictures import jpeg
from tests.whole_library import whole_library
from tests.worker.look_before import assert_the_sync_does_the_same, look, sync
from worker.cast import PhotoAddress
from worker.mapping import MappingOptions
from worker.templates import Template

if TYPE_CHECKING:
    from tests.worker.conftest import World
    from worker.scene_plan import ScenePlan

MANY = 5000
SMALL = 240


@dataclass
class Library:
    """Scenes and their items, and the hand of a person who does odd things to them."""

    world: World
    chance: random.Random = field(default_factory=lambda: random.Random(6))  # noqa: S311 -- repeatable on purpose
    pairs: list[tuple[int, int]] = field(default_factory=list)

    def fill(self, number: int) -> None:
        """One in ten is odd: not in Plex, twice in Plex, two scenes of one file, moved, locked or filled by somebody."""
        for n, about in enumerate(whole_library(number)):
            name = f"{n % 7}/file{n:05}.mp4"
            scene, key = self.world.scene(
                name, in_plex=n % 50 != 3, size=1000 + n, duration=60.0 + n, **about
            )
            self.pairs.append((scene, key))
            self._make_odd(n, key)

    def _make_odd(self, n: int, key: int) -> None:
        plex, store, section = self.world.plex, self.world.stash.store, self.world.section
        name, size, duration = f"{n % 7}/file{n:05}.mp4", 1000 + n, 60.0 + n
        if n % 50 == 13:  # the same name in two other folders: nobody can tell which
            store.add_scene(path=f"/elsewhere/dup{n}.mp4", size=size, duration=duration, title=f"Dup {n}")
            for folder in "ab":
                plex.add_item(section, f"/{folder}/dup{n}.mp4", size=size, duration_ms=int(duration * 1000))
        elif n % 50 == 23:  # two scenes of one file
            store.add_scene(path=f"/media/{name}", size=size, duration=duration, title=f"Rival {n}")
        elif n % 50 == 27:  # moved in Plex
            plex.move_item(key, f"/moved/{name}")
        elif n % 50 == 33:
            plex.person_edits(key, title="A person's", genre=["Own"])
        elif n % 50 == 43:
            plex.person_edits(key, summary="Plex had this")
            plex.person_unlocks(key, "summary")

    def stir(self) -> None:
        """A while later: edits on both sides, emptied fields, new covers, lost locks, items and files that moved."""
        for n, (scene, key) in enumerate(self.pairs):
            if key and n % 3 == 0:
                self._stir_one(n % 60, self.world.stash.store.scenes[scene], key)

    def _stir_one(self, kind: int, scene: Any, key: int) -> None:
        plex, values = self.world.plex, scene.values
        if kind in {0, 3}:
            values["title"], values["details"] = "Renamed", None
        elif kind in {6, 9}:
            scene.performer_ids, scene.tag_ids, values["date"] = [], [], None
        elif kind == 12:
            scene.cover = jpeg(f"new {key}", 800)
        elif kind in {15, 18}:
            plex.person_edits(key, title="Edited in Plex", genre=["Mine"])
        elif kind == 21:
            plex.person_unlocks(key, "title")
        elif kind == 24:
            plex.delete_item(key)
        elif kind == 27:
            plex.readd_item(key)
        elif kind == 30:
            plex.person_edits(key, collection=["Somebody's"])
        elif kind == 33:
            values["rating100"], values["director"] = 40, "Another, Second"


def results(plans: list[ScenePlan]) -> dict[str, int]:
    found: dict[str, int] = {}
    for plan in plans:
        found[plan.result] = found.get(plan.result, 0) + 1
    return found


@pytest.mark.parametrize("tag_mode", ["replace", "add"])
@pytest.mark.parametrize("preserve", [False, True])
def test_with_all_oddities_before_the_first_sync_and_after_it(world, tag_mode, preserve):
    world.plex.options.tag_mode = tag_mode
    world.set(preserve_plex_edits=preserve)
    library = Library(world)
    library.fill(SMALL)
    plans = assert_the_sync_does_the_same(world)
    found = results(plans)
    assert set(found) >= {"change", "not_in_plex", "uncertain", "shared_item"}
    world.later(60)
    library.stir()
    plans = assert_the_sync_does_the_same(world)
    why = {line.why for plan in plans for item in plan.items for line in item.changes}
    assert why >= {"stash_changed", "lock_missing", "picture_changed", "first_contact"}
    kept = {one.why for plan in plans for item in plan.items for one in item.kept}
    assert ("edit" in kept, "plex_changed" in why) == (preserve, not preserve)
    world.later(60)
    assert "change" not in results(look(world))


def test_after_a_change_of_many_settings(world):
    library = Library(world)
    library.fill(SMALL)
    sync(world)
    world.later(60)
    options = MappingOptions(
        exclude=frozenset({"summary", "background"}),
        title=Template.parse("{studio} - {title}"),
        content_rating="XXX",
        labels=("Stash",),
        exclude_tags=("amber",),
        characters=True,
        photos=PhotoAddress.parse("http://photos.test/{id}.jpg"),
        studio_collections=False,
        group_collection_prefix="Series:",
    )
    world.set(mapping=options, override_locks=True)
    plans = assert_the_sync_does_the_same(world)
    why = {line.why for plan in plans for item in plan.items for line in item.changes}
    assert "setting_changed" in why
    assert "change" not in results(look(world))


def test_five_thousand_scenes(world):
    library = Library(world)
    library.fill(MANY)
    plans = assert_the_sync_does_the_same(world)
    assert results(plans)["change"] > MANY * 0.9
