"""Whatever a scene, its item and the settings are: what the preview says of it is what the sync then journals."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from simulators.stash.pictures import jpeg
from tests.worker.look_before import assert_the_sync_does_the_same, look
from worker.mapping import MappingOptions
from worker.templates import Template

if TYPE_CHECKING:
    from tests.worker.conftest import World

TEXTS = st.sampled_from(["", "One", "Two", "  spaced  out ", "Zwölf — 🎬", "a, b"])
LISTS = st.lists(st.sampled_from(["Ann", "Bo", "Cy, D", "Éve"]), max_size=3, unique=True)
SCENES = st.fixed_dictionaries(
    {
        "title": TEXTS,
        "details": TEXTS,
        "date": st.sampled_from([None, "2021", "2021-05-04"]),
        "director": TEXTS,
        "rating100": st.sampled_from([None, 20, 95]),
    }
)
RELATED = st.fixed_dictionaries(
    {
        "studio": st.sampled_from([None, "Pier"]),
        "performers": LISTS,
        "tags": LISTS,
        "cover": st.sampled_from([None, jpeg("one", 300), jpeg("two", 300)]),
    }
)
OPTIONS = st.fixed_dictionaries(
    {
        "preserve_plex_edits": st.booleans(),
        "override_locks": st.booleans(),
        "mapping": st.builds(
            MappingOptions,
            exclude=st.frozensets(st.sampled_from(["title", "tags", "summary", "poster"]), max_size=2),
            title=st.none() | st.just(Template.parse("{studio} - {title}")),
            content_rating=st.sampled_from(["", "XXX"]),
            labels=st.sampled_from([(), ("Stash",)]),
        ),
    }
)
PERSONS = st.one_of(
    st.tuples(st.just("edit"), st.sampled_from(["title", "summary", "studio"]), TEXTS),
    st.tuples(st.just("edit"), st.sampled_from(["genre", "collection"]), LISTS),
    st.tuples(st.just("lock"), st.sampled_from(["title", "genre", "thumb"]), st.booleans()),
)
ROUNDS = st.lists(st.tuples(SCENES, OPTIONS, st.lists(PERSONS, max_size=3)), min_size=1, max_size=3)
FILES = itertools.count()
PLAIN: dict[str, Any] = {"title": "One", "details": "", "date": None, "director": "", "rating100": None}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(related=RELATED, rounds=ROUNDS, tag_mode=st.sampled_from(["replace", "add"]))
@example(
    related={"studio": None, "performers": [], "tags": ["Ann"], "cover": None},
    rounds=[
        (PLAIN, {"preserve_plex_edits": True, "mapping": MappingOptions()}, []),
        (
            {**PLAIN, "title": "Two"},
            {"preserve_plex_edits": True, "mapping": MappingOptions()},
            [("edit", "genre", []), ("lock", "title", False)],
        ),
    ],
    tag_mode="add",
)
def test_the_preview_of_a_scene_is_what_the_sync_journals(
    world: World, related: dict[str, Any], rounds: list[Any], tag_mode: Any
) -> None:
    world.plex.options.tag_mode = tag_mode
    scene, key = world.scene(f"any{next(FILES)}.mp4", **PLAIN, **related)
    for values, options, by_persons in rounds:
        world.later(60)
        world.set(**options)
        world.stash.store.scenes[scene].values.update(values)
        for what, name, value in by_persons:
            touch(world, key, what, name, value)
        assert_the_sync_does_the_same(world, scene)
    world.later(60)
    (again,) = look(world, scene)
    assert again.result == "nothing_to_do"


def touch(world: World, key: int, what: str, name: str, value: Any) -> None:
    """A person at work in Plex."""
    if what == "edit":
        world.plex.person_edits(key, **{name: value})
    elif value:
        world.plex.person_locks(key, name)
    else:
        world.plex.person_unlocks(key, name)
