"""Every choice about fields over real HTTP, in both ways in which Plex may treat lists, against expectations by hand."""

from __future__ import annotations

from typing import Any

import pytest

from sync_queue.intake import RUN
from worker.cast import PhotoAddress
from worker.mapping import MappingOptions
from worker.templates import Template

ALL = MappingOptions(
    title=Template.parse("{studio} - {title}[ ({year})]"),
    sort_title=Template.parse("{studio} {date}"),
    original_title=Template.parse("{file}"),
    tagline=Template.parse("{code}"),
    studio=Template.parse("{parent_studio} / {studio}"),
    content_rating="XXX",
    labels=("Stash",),
    label_tags=("Access",),
    exclude_tags=("Access",),
    characters=True,
    photos=PhotoAddress.parse("http://stash.lan:9999"),
    studio_collection_prefix="Studio:",
    group_collection_prefix="Series:",
)
ALL_FIELDS = {
    "title": "North Pier - Night Train (2021)",
    "titleSort": "North Pier 2021-05",
    "originalTitle": "one",
    "summary": "Two friends.",
    "tagline": "NT-4",
    "studio": "Harbour / North Pier",
    "contentRating": "XXX",
    "originallyAvailableAt": "2021-05-01",
    "userRating": "8.5",
    "year": "2021",
}
ALL_TAGS = {
    "genre": ["Outdoor"],
    "collection": ["Series: Trains", "Studio: North Pier"],
    "label": ["Family", "Stash"],
    "director": ["Dee Rector"],
    "actor": ["Zoe", "Ann"],
}
LOCKS = {
    *("title", "titleSort", "originalTitle", "summary", "tagline", "studio", "contentRating"),
    *("originallyAvailableAt", "userRating", "genre", "director", "actor", "thumb", "art"),
}
PLAIN_FIELDS = {
    "title": "Night Train",
    "summary": "Two friends.",
    "studio": "North Pier",
    "originallyAvailableAt": "2021-05-01",
    "userRating": "8.5",
    "year": "2021",
}
PLAIN_TAGS = {
    "genre": ["Outdoor", "Family"],
    "collection": ["North Pier", "Trains"],
    "director": ["Dee Rector"],
    "actor": ["Zoe", "Ann"],
}
BY_CHOICE = {"titleSort", "originalTitle", "tagline", "contentRating"}


@pytest.fixture(params=["replace", "add"])
def night(request, world):
    """A scene with everything, its item, and a Plex of one flavour."""
    world.plex.options.tag_mode = request.param
    store = world.stash.store
    store.add_named("studio", "North Pier", parent_id=store.add_named("studio", "Harbour"))
    store.add_named("tag", "Family", parent_ids=[store.add_named("tag", "Access")])
    store.add_named("performer", "Zoe", image=b"\xff\xd8\xff photo")
    store.add_named("performer", "Ann", disambiguation="1990")
    scene, key = world.scene(
        title="Night Train",
        code="NT-4",
        details="Two friends.",
        date="2021-05",
        rating100=85,
        director="Dee Rector",
        studio="North Pier",
        groups=["Trains"],
        tags=["Outdoor", "Family"],
        performers=["Zoe", "Ann"],
    )
    return world, scene, key


def run(world, scene, mapping: MappingOptions) -> int:
    """A full run with these options; how many requests it wrote with."""
    world.set(mapping=mapping)
    world.put(scene, priority=RUN, trigger="sync_all")
    before = len(world.plex.writes())
    assert world.drain().processed == 1
    return len(world.plex.writes()) - before


def shown(world, key: int) -> tuple[dict[str, str], dict[str, list[str]]]:
    item = world.plex.item(key)
    tags = {kind: names if kind in {"actor", "genre"} else sorted(names) for kind, names in item.tags.items()}
    return dict(item.fields), {kind: names for kind, names in tags.items() if names}


def test_every_choice_arrives_and_a_second_run_writes_nothing(night):
    world, scene, key = night
    assert run(world, scene, ALL) == 1
    assert shown(world, key) == (ALL_FIELDS, ALL_TAGS)
    item = world.plex.item(key)
    assert item.locks == LOCKS
    assert item.roles == {"Ann": "1990"}
    assert set(item.photos) == {"Zoe"}
    assert item.photos["Zoe"].startswith("http://stash.lan:9999/performer/1/image?t=")
    assert set(world.plex.collections(world.section)) == {"Series: Trains", "Studio: North Pier"}
    assert run(world, scene, ALL) == 0


def test_choices_that_are_turned_off_take_back_what_they_had_put_there_and_no_more(night):
    world, scene, key = night
    world.plex.person_edits(key, label=["Kids"], collection=["Best of"])
    world.plex.person_unlocks(key, "label", "collection")
    run(world, scene, ALL)
    assert run(world, scene, MappingOptions()) == 1
    fields, tags = shown(world, key)
    assert fields == PLAIN_FIELDS
    assert tags == PLAIN_TAGS | {"label": ["Kids"], "collection": ["Best of", "North Pier", "Trains"]}
    item = world.plex.item(key)
    assert item.locks == LOCKS - BY_CHOICE
    assert (item.roles, item.photos) == ({}, {})
    assert run(world, scene, MappingOptions()) == 0


def test_fields_that_are_excluded_later_keep_their_values_and_lose_our_locks(night):
    world, scene, key = night
    run(world, scene, ALL)
    every = ("title", "sort_title", "original_title", "tagline", "studio", "content_rating", "tags")
    more = (
        "labels",
        "performers",
        "collections",
        "summary",
        "date",
        "rating",
        "director",
        "poster",
        "background",
    )
    excluded = MappingOptions(exclude=frozenset((*every, *more)))
    assert run(world, scene, excluded) == 1
    assert shown(world, key) == (ALL_FIELDS, ALL_TAGS)
    item = world.plex.item(key)
    assert item.locks == set()
    assert (item.roles, set(item.photos)) == ({"Ann": "1990"}, {"Zoe"})
    assert run(world, scene, excluded) == 0


@pytest.mark.parametrize(
    ("changed", "fields", "tags"),
    [
        ({"title": Template.parse("{code}: {title}")}, {"title": "NT-4: Night Train"}, {}),
        ({"content_rating": "R"}, {"contentRating": "R"}, {}),
        ({"labels": ("Library",)}, {}, {"label": ["Family", "Library"]}),
        ({"exclude_tags": ()}, {}, {"genre": ["Outdoor", "Family"]}),
        ({"include_tags": ("Nothing",)}, {}, {"genre": []}),
        ({"studio_collections": False}, {}, {"collection": ["Series: Trains"]}),
        ({"group_collection_prefix": ""}, {}, {"collection": ["Studio: North Pier", "Trains"]}),
    ],
)
def test_a_changed_choice_is_one_request_at_the_next_run(night, changed: dict[str, Any], fields, tags):
    world, scene, key = night
    run(world, scene, ALL)
    values = {name: getattr(ALL, name) for name in ALL._fields}
    assert run(world, scene, MappingOptions(**values | changed)) == 1
    expected = {kind: names for kind, names in (ALL_TAGS | tags).items() if names}
    assert shown(world, key) == (ALL_FIELDS | fields, expected)


def test_a_choice_about_a_field_that_others_filled_already(night):
    """First contact: what Stash does not have stays as it was, whoever put it there."""
    world, scene, key = night
    world.plex.item(key)
    with world.plex.library.lock:
        world.plex.library.items[key].fields |= {"tagline": "Theirs", "contentRating": "PG"}
    run(world, scene, MappingOptions(content_rating="XXX"))
    fields, _ = shown(world, key)
    assert (fields["tagline"], fields["contentRating"]) == ("Theirs", "XXX")
    run(world, scene, MappingOptions())
    fields, _ = shown(world, key)
    assert fields["tagline"] == "Theirs"
    assert "contentRating" not in fields
