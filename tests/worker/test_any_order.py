"""Whatever was edited on both sides, in whatever order: a sync ends in the state that the rules say, and another writes nothing.

Whole drains over both simulators. What is expected is worked out anew here, from the words of the README and docs/fields.md:
what Stash has is shown; what PlexSync put into Plex goes when Stash drops it; what was there before, or what somebody added,
stays, and so does a field that somebody has locked; with ``preserve_plex_edits`` a field that somebody changed, and a tag that
somebody took away, stay so.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.plex import PlexSimulator
from simulators.stash import StashSimulator
from sync_queue.intake import RUN, enqueue_many
from tests.worker.conftest import World
from tests.worker.restore_world import state

TEXTS = ("title", "summary")
IN_STASH = {"title": "title", "summary": "details"}
TAGS = ("Home", "Old", "Outdoor", "New")
Side = Literal["stash", "person"]
STASH = st.one_of(
    st.tuples(st.just("title"), st.sampled_from(["S2", "S3"])),
    st.tuples(st.just("summary"), st.sampled_from(["", "s2"])),
    st.tuples(st.just("tags"), st.frozensets(st.sampled_from(TAGS))),
)
PERSON = st.one_of(
    st.tuples(st.just("title"), st.sampled_from(["P1", "P2"])),
    st.tuples(st.just("summary"), st.sampled_from(["", "p1"])),
    st.tuples(st.just("tags"), st.frozensets(st.sampled_from(TAGS))),
)
EDITS = st.lists(st.tuples(st.just("stash"), STASH) | st.tuples(st.just("person"), PERSON), max_size=6)


@dataclass
class Scene:
    """What Stash has and Plex shows of one scene: texts by field, and the tags."""

    stash: dict[str, Any]
    plex: dict[str, Any]


def expected(at_first: Scene, synced: dict[str, Any], now: Scene, *, preserve: bool) -> dict[str, Any]:
    """What Plex shows after the second sync. ``at_first``: before the first one; ``synced``: what Plex showed after it."""
    found: dict[str, Any] = {}
    for name in TEXTS:
        want, shown = now.stash[name], now.plex[name]
        edited = shown != synced[name]
        ours = not edited and bool(at_first.stash[name]) and at_first.plex[name] != at_first.stash[name]
        locked = (
            edited and not at_first.stash[name]
        )  # Plex locks what a person edits; where we had a lock, it is ours
        if want:
            found[name] = shown if edited and (preserve or locked) else want
        else:
            found[name] = "" if ours else shown
    put = at_first.stash["tags"] - at_first.plex["tags"]
    taken = synced["tags"] - now.plex["tags"] if preserve else frozenset()
    found["tags"] = (now.plex["tags"] - (put - now.stash["tags"])) | (now.stash["tags"] - taken)
    return found


class House:
    """Both servers with a few scenes; items of all but the last had something before the first sync."""

    SCENES = 2

    def __init__(self, stack: ExitStack, mode: Any, *, preserve: bool) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        plex = stack.enter_context(PlexSimulator(tag_mode=mode))
        stash = stack.enter_context(StashSimulator())
        section = plex.add_section("Scenes", locations=("/media",))
        self.world = World(plex, stash, folder / "data", section.id)
        stack.callback(self.world.close)
        self.world.set(preserve_plex_edits=preserve)
        self.pairs = [
            self.world.scene(f"{n}.mp4", title="S1", details="s1" if n else "", tags=["Outdoor", "Home"])
            for n in range(self.SCENES)
        ]
        self.edit(0, "person", "summary", "Old text")
        self.edit(0, "person", "tags", frozenset({"Home", "Old"}))

    def edit(self, number: int, side: Side, name: str, value: Any) -> None:
        scene, key = self.pairs[number]
        if side == "stash":
            row, store = self.world.stash.store.scenes[scene], self.world.stash.store
            if name == "tags":
                row.tag_ids[:] = [store.named("tag", tag) for tag in sorted(value)]
            else:
                row.values[IN_STASH[name]] = value
            return
        field = "genre" if name == "tags" else name
        self.world.plex.person_edits(key, **{field: sorted(value) if name == "tags" else value})
        if not self.world.ledger.get(self.world.plex.options.machine_identifier, key):
            self.world.plex.person_unlocks(
                key, field
            )  # a locked field would be left alone from the first sync on

    def now(self, number: int) -> Scene:
        scene, key = self.pairs[number]
        row, store = self.world.stash.store.scenes[scene], self.world.stash.store
        names = {store.tables["tag"][one].name for one in row.tag_ids}
        stash = {name: row.values.get(IN_STASH[name]) or "" for name in TEXTS} | {"tags": frozenset(names)}
        item = self.world.plex.item(key)
        plex = {name: item.fields.get(name, "") for name in TEXTS}
        return Scene(stash, plex | {"tags": frozenset(item.tags.get("genre", ()))})

    def sync(self) -> int:
        """Sync All Scenes; how many requests wrote to Plex."""
        before = len(self.world.plex.writes())
        self.world.later(60)
        scenes = [scene for scene, _ in self.pairs]
        enqueue_many(self.world.db, scenes, trigger="sync_all", priority=RUN, now=self.world.clock())
        assert self.world.drain().processed == len(scenes)
        assert self.world.dead.count() == 0
        return len(self.world.plex.writes()) - before

    def shown(self) -> list[dict[str, Any]]:
        return [state(self.world, key) for _, key in self.pairs]


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["replace", "add"]), st.booleans(), st.lists(EDITS, min_size=2, max_size=2), st.randoms()
)
def test_the_end_is_what_the_rules_say_in_any_order_and_a_second_run_writes_nothing(
    mode, preserve, edits, random
):
    ends = []
    for shuffled in (False, True):
        with ExitStack() as stack:
            house = House(stack, mode, preserve=preserve)
            at_first = [house.now(n) for n in range(house.SCENES)]
            house.sync()
            assert house.sync() == 0
            synced = [house.now(n).plex for n in range(house.SCENES)]
            steps = [(n, side, *edit) for n, some in enumerate(edits) for side, edit in some]
            for step in _another_order(steps, random) if shuffled else steps:
                house.edit(*step)
            before = [house.now(n) for n in range(house.SCENES)]
            house.sync()
            for n in range(house.SCENES):
                assert house.now(n).plex == expected(at_first[n], synced[n], before[n], preserve=preserve)
            assert house.sync() == 0
            ends.append(house.shown())
    assert ends[0] == ends[1]


def _another_order(steps: list[Any], random: Any) -> list[Any]:
    """Shuffled, but for edits of one field on one side: the last of these counts."""
    lanes: dict[Any, list[Any]] = {}
    for step in steps:
        lanes.setdefault(step[:3], []).append(step)
    keys = [step[:3] for step in steps]
    random.shuffle(keys)
    return [lanes[key].pop(0) for key in keys]
