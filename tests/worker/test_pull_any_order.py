"""Stars in any order on both sides, for each choice of who wins: what a pull and a sync make of them is what docs/pull.md says.

What is expected is worked out anew here, from its table: a side has changed when it has another rating than when the two
agreed last; what a pull has brought to Stash nobody has changed there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.worker.pull_world import RATING, edited, in_step, pull, stash_has

if TYPE_CHECKING:
    from tests.worker.conftest import World

Stars = int | None
FIRST = 8
STARS = st.sampled_from([None, *range(1, 11)])
STEP = st.one_of(
    st.tuples(st.just("first"), STARS),
    st.tuples(st.just("second"), STARS),
    st.tuples(st.just("stash"), STARS),
    st.tuples(st.just("sync"), st.none()),
    st.tuples(st.just("pull"), st.none()),
)


@dataclass
class Item:
    """``base`` and ``announced`` are the ratings in Plex that are no news, ``agreed`` is what both sides had when they agreed last."""

    key: int
    plex: Stars = FIRST
    base: Stars = FIRST
    announced: set[Stars] = field(default_factory=set)
    agreed: Stars = FIRST
    rated_at: float = 0.0

    def at(self) -> float:
        """Plex keeps no time for stars that were taken away."""
        return self.rated_at if self.plex else 0.0

    def is_news(self) -> bool:
        return self.plex != self.base and self.plex not in self.announced

    def agree(self, stars: Stars) -> None:
        self.base = self.agreed = stars
        self.announced = self.announced | {self.plex} if self.plex != stars else set()


@dataclass
class Model:
    stash: Stars
    stash_at: float
    items: list[Item]

    def sync(self) -> None:
        for item in self.items:
            if not item.is_news():
                item.plex = self.stash
            if item.plex == self.stash:
                item.agree(self.stash)

    def pull(self, now: float, conflicts: str) -> None:
        made = [item for item in self.items if item.is_news()]
        if not made:
            return
        newest = max(made, key=Item.at)
        if self.stash not in {newest.plex, newest.agreed}:
            newer = newest.at() > 0 and newest.at() >= self.stash_at
            if not (newer if conflicts == "newest" else conflicts == "plex"):
                for item in made:
                    item.announced |= {item.plex} - {self.stash}
                return
        if newest.plex != self.stash:
            self.stash, self.stash_at = newest.plex, now
        for item in self.items:
            item.agree(self.stash)


def of_ten(world: World, key: int) -> Stars:
    return int(float(world.plex.item(key).fields.get(RATING) or 0)) or None


def in_stash(world: World, scene: int) -> Stars:
    return (stash_has(world, scene)[0] or 0) // 10 or None


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    steps=st.lists(STEP, max_size=12),
    conflicts=st.sampled_from(["newest", "plex", "stash"]),
    two=st.booleans(),
)
def test_every_pull_and_sync_does_what_the_table_says(pulling, steps, conflicts, two):
    world = pulling
    if not hasattr(world, "second"):
        world.second = world.plex.add_section("Second", locations=("/media",)).id
        in_step(
            world, "anchor.mp4", rating100=50
        )  # its stars stay: else a person would have taken all away at once
    name = f"{world.clock()}.mp4"
    scene, key = world.scene(name, title=name, rating100=80)
    keys = [
        key,
        *(
            [world.plex.add_item(world.second, f"/media/{name}", size=1000, duration_ms=60_000)]
            if two
            else []
        ),
    ]
    world.sync(scene)
    try:
        model = Model(FIRST, world.clock(), [Item(one) for one in keys])
        for step, stars in (*steps, ("sync", None), ("pull", None), ("sync", None)):
            world.later(2)
            if step in {"first", "second"}:
                item = model.items[min(len(keys) - 1, step == "second")]
                item.plex, item.rated_at = stars, world.clock()
                world.plex.person_rates(item.key, stars)
            elif step == "stash":
                model.stash, model.stash_at = stars, world.clock()
                edited(world, scene, rating100=stars and stars * 10)
            elif step == "sync":
                world.sync(scene)
                model.sync()
            else:
                pull(world, conflicts=conflicts)
                world.later(1)
                model.pull(world.clock() - 1, conflicts)
            assert [of_ten(world, one) for one in keys] == [item.plex for item in model.items]
            assert in_stash(world, scene) == model.stash
        assert {of_ten(world, one) for one in keys} == {model.stash}
        before = len(world.plex.writes())
        world.sync(scene)
        assert pull(world, conflicts=conflicts).changes == []
        assert len(world.plex.writes()) == before
    finally:
        for one in keys:  # a failed example's stars must not count as gone in the next one
            world.plex.delete_item(one)
        del world.stash.store.scenes[scene]


CHOICES = pytest.mark.parametrize("conflicts", ["newest", "plex", "stash"])


@CHOICES
@pytest.mark.parametrize("then", [5, None])
def test_stars_that_change_in_plex_again_before_the_sync_are_brought_too(pulling, conflicts, then):
    """What the first pull has written to Stash is no change of Stash's."""
    in_step(pulling, "anchor.mp4", rating100=50)
    scene, key = in_step(pulling, rating100=80)
    for stars in (3, then):
        pulling.plex.person_rates(key, stars)
        pulling.later(10)
        assert pull(pulling, conflicts=conflicts).ratings == 1
        pulling.later(10)
    pulling.sync(scene)
    assert (in_stash(pulling, scene), of_ten(pulling, key)) == (then, then)


@CHOICES
@pytest.mark.parametrize("stars", [6, None])
def test_what_stash_changes_after_a_pull_and_before_the_sync_is_its_own(pulling, conflicts, stars):
    scene, key = in_step(pulling, rating100=80)
    pulling.plex.person_rates(key, 3)
    pulling.later(10)
    assert pull(pulling, conflicts=conflicts).ratings == 1
    pulling.later(10)
    edited(pulling, scene, rating100=stars and stars * 10)
    pulling.later(10)
    assert pull(pulling, conflicts=conflicts).changes == []
    pulling.sync(scene)
    assert (in_stash(pulling, scene), of_ten(pulling, key)) == (stars, stars)


def test_a_rating_that_won_in_stash_and_then_went_back_to_the_one_before_is_written(pulling):
    in_step(pulling, "anchor.mp4", rating100=50)
    scene, key = in_step(pulling, rating100=80)
    pulling.plex.person_rates(key, None)
    pulling.later(10)
    edited(pulling, scene, rating100=10)
    assert pull(pulling).kept == 1
    edited(pulling, scene, rating100=80)
    pulling.drain()
    assert (in_stash(pulling, scene), of_ten(pulling, key)) == (8, 8)
