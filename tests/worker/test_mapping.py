from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plex.fields import OUR_NAMES, Desired, normal_text
from stash.scene import EXTRAS, Performer, Scene, SceneFile, Studio, Tag
from worker.cast import PhotoAddress
from worker.mapping import FIELD_NAMES, MappingOptions, desired_of, state_hash
from worker.templates import Template

SCENE = Scene(
    id=7,
    title="Scene One",
    code="AB-12",
    details="First line\r\nsecond",
    director="Ann Example, Bob Example ,",
    date="2021-05-04",
    rating100=85,
    files=(SceneFile(path="/media/scenes/x.mp4"),),
    studio=Studio(name="Studio A", parent="Parent"),
    performers=(
        Performer(id=3, name="Zoe", image_path="http://127.0.0.1:9999/performer/3/image?t=5"),
        Performer(id=4, name="Ann", disambiguation="1990"),
    ),
    tags=(Tag(id=1, name="Outdoor", parents=("Place",)), Tag(id=2, name="HD")),
    groups=("Group B", "studio a"),
    screenshot="http://127.0.0.1:9999/scene/7/screenshot?t=1700000000",
)
BY_CHOICE = MappingOptions(
    sort_title=Template.parse("{studio} {date} {title}"),
    original_title=Template.parse("{file}"),
    tagline=Template.parse("{code}"),
    content_rating="XXX",
    labels=("Stash",),
    characters=True,
    photos=PhotoAddress.parse("http://stash.lan:9999/"),
)
NOTHING_BY_CHOICE = {"titleSort": "", "originalTitle": "", "tagline": "", "contentRating": ""}


def test_what_goes_to_plex_without_any_choice() -> None:
    desired, notes = desired_of(SCENE, MappingOptions())
    assert desired.scalars == {
        "title": "Scene One",
        "summary": "First line\nsecond",
        "studio": "Studio A",
        "originallyAvailableAt": "2021-05-04",
        "userRating": "8.5",
        **NOTHING_BY_CHOICE,
    }
    assert desired.tags == {
        "label": (),
        "genre": ("Outdoor", "HD"),
        "collection": ("Studio A", "Group B"),
        "director": ("Ann Example", "Bob Example"),
        "actor": ("Zoe", "Ann"),
    }
    assert desired.pictures == dict.fromkeys(("poster", "art"), "/scene/7/screenshot?t=1700000000")
    assert (desired.actor_roles, desired.actor_photos) == ({}, {})
    assert notes == ()


def test_what_goes_to_plex_by_choice() -> None:
    desired, _ = desired_of(SCENE, BY_CHOICE)
    assert desired.scalars["originalTitle"] == "x"
    assert desired.scalars["titleSort"] == "Studio A 2021-05-04 Scene One"
    assert desired.scalars["tagline"] == "AB-12"
    assert desired.scalars["contentRating"] == "XXX"
    assert desired.tags["label"] == ("Stash",)
    assert desired.actor_photos == {"Zoe": "http://stash.lan:9999/performer/3/image?t=5"}
    assert desired.actor_roles == {"Ann": "1990"}


def test_what_stash_has_empty_is_present_and_empty() -> None:
    """So that what PlexSync had put there goes; but an item is never left without a title."""
    desired, _ = desired_of(Scene(id=1, files=(SceneFile(path="/m/a.b.mp4"),)), MappingOptions())
    assert desired.scalars == {
        "title": "a.b",
        "summary": "",
        "studio": "",
        "originallyAvailableAt": "",
        "userRating": "",
        **NOTHING_BY_CHOICE,
    }
    assert desired.tags == {"genre": (), "collection": (), "director": (), "actor": (), "label": ()}
    assert desired.pictures == {}


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/media/A film.mp4", "A film"),
        ("C:\\Videos\\A film.mp4", "A film"),
        ("\\\\nas\\share\\A film.mkv", "A film"),
        ("D:/Videos/A film.mkv", "A film"),
        ("/media/back\\slash.mkv", "back\\slash"),
        ("/media/.hidden", ".hidden"),
    ],
)
def test_the_files_name_stands_in_for_a_missing_title(path: str, title: str) -> None:
    desired, _ = desired_of(Scene(id=1, title=" \x04 ", files=(SceneFile(path=path),)), MappingOptions())
    assert desired.scalars["title"] == title


def test_without_title_and_file_the_title_is_left_to_plex() -> None:
    desired, _ = desired_of(Scene(id=1), MappingOptions(sort_title=Template.parse("{title}")))
    assert "title" not in desired.scalars
    assert desired.scalars["titleSort"] == ""


@pytest.mark.parametrize(
    ("date", "plex"),
    [
        ("2021-05-04", "2021-05-04"),
        ("2021-05", "2021-05-01"),
        ("2021", "2021-01-01"),
        (" 2021 ", "2021-01-01"),
        ("", ""),
        ("2021-02-30", None),
        ("2021-13", None),
        ("0000", None),
        ("04.05.2021", None),
        ("٢٠٢١", None),
    ],
)
def test_partial_dates_are_filled_up_and_what_is_no_date_is_left_out(date: str, plex: str | None) -> None:
    """Left out with a note: what Plex has there stays."""
    desired, notes = desired_of(Scene(id=1, date=date), MappingOptions())
    assert desired.scalars.get("originallyAvailableAt") == plex
    assert bool(notes) == (plex is None)


@pytest.mark.parametrize(
    ("rating100", "plex"),
    [(80, "8.0"), (87, "8.7"), (100, "10.0"), (250, "10.0"), (1, "0.1"), (0, ""), (None, "")],
)
def test_a_rating_of_a_hundred_is_one_of_ten_in_plex(rating100: int | None, plex: str) -> None:
    desired, _ = desired_of(Scene(id=1, rating100=rating100), MappingOptions())
    assert desired.scalars["userRating"] == plex


@pytest.mark.parametrize(
    ("include", "exclude", "genres"),
    [
        ((), (), ("Outdoor", "HD")),
        (("outdoor",), (), ("Outdoor",)),
        (("place",), (), ("Outdoor",)),
        ((), ("hd ",), ("Outdoor",)),
        ((), ("Place",), ("HD",)),
        (("HD", "Outdoor"), ("hd",), ("Outdoor",)),
        (("other",), (), ()),
        (("",), ("",), ("Outdoor", "HD")),
    ],
)
def test_two_lists_decide_which_tags_become_genres(
    include: tuple[str, ...], exclude: tuple[str, ...], genres: tuple[str, ...]
) -> None:
    """A listed tag speaks for those right below it; the second list has the last word."""
    desired, _ = desired_of(SCENE, MappingOptions(include_tags=include, exclude_tags=exclude))
    assert desired.tags["genre"] == genres


def test_two_performers_with_one_name_are_told_apart() -> None:
    """The very same twice is one."""
    cast = (
        Performer(name="Ann", disambiguation="1990"),
        Performer(name="ann", disambiguation="1970"),
        Performer(name="Ann"),
        Performer(name=" "),
    )
    desired, _ = desired_of(Scene(id=1, performers=cast), MappingOptions())
    assert desired.tags["actor"] == ("Ann", "ann (1970)")


def test_a_tag_that_is_listed_speaks_for_all_that_stand_below_it() -> None:
    tags = (
        Tag(id=1, name="Beach", parents=("Place", "World")),
        Tag(id=2, name="Family", parents=("Access",)),
        Tag(id=3, name="HD"),
    )
    options = MappingOptions(exclude_tags=("world",), label_tags=("access", "hd"), labels=("Stash",))
    desired, _ = desired_of(Scene(id=1, tags=tags), options)
    assert desired.tags["genre"] == ("Family", "HD")
    assert desired.tags["label"] == ("Stash", "Family", "HD")


def test_collections_have_their_prefixes_and_the_studio_may_be_left_out() -> None:
    prefixed = MappingOptions(studio_collection_prefix="Studio:", group_collection_prefix="Series:")
    assert desired_of(SCENE, prefixed)[0].tags["collection"] == (
        "Studio: Studio A",
        "Series: Group B",
        "Series: studio a",
    )
    without = MappingOptions(studio_collections=False)
    assert desired_of(SCENE, without)[0].tags["collection"] == ("Group B", "studio a")


@pytest.mark.parametrize(
    ("options", "reads"),
    [
        (MappingOptions(), set()),
        (MappingOptions(include_tags=("a",)), {"tag_parents"}),
        (MappingOptions(exclude_tags=("a",)), {"tag_parents"}),
        (MappingOptions(label_tags=("a",)), {"tag_parents"}),
        (MappingOptions(studio=Template.parse("{parent_studio} / {studio}")), {"parent_studio"}),
        (MappingOptions(title=Template.parse("{title}[ ({parent_studio})]")), {"parent_studio"}),
        (MappingOptions(title=Template.parse("{title} {studio}")), set()),
    ],
)
def test_stash_is_asked_for_no_more_than_the_options_read(options: MappingOptions, reads: set[str]) -> None:
    assert options.reads == reads
    assert reads <= EXTRAS.keys()


@pytest.mark.parametrize("name", sorted(FIELD_NAMES))
def test_an_excluded_field_is_absent_and_all_others_are_there(name: str) -> None:
    """Every name that may be excluded takes away its own field and no other."""
    whole, _ = desired_of(SCENE, BY_CHOICE)
    less, _ = desired_of(SCENE, BY_CHOICE._replace(exclude=frozenset({name, "nonsense"})))

    assert names(whole) - names(less) == {name}


PICTURES = {"poster": "poster", "art": "background"}


def names(desired: Desired) -> set[str]:
    """What is there, by the settings' names."""
    return {OUR_NAMES[field] for field in desired.fields} | {PICTURES[kind] for kind in desired.pictures}


def test_the_hash_follows_the_scene() -> None:
    """A new cover changes it, by the time in its address; another host does not."""
    moved = SCENE._replace(screenshot="http://[::1]:1/scene/7/screenshot?t=1700000000")
    newer = SCENE._replace(screenshot="http://127.0.0.1:9999/scene/7/screenshot?t=1700000001")
    assert hash_of(SCENE) == hash_of(moved)
    assert hash_of(SCENE) != hash_of(newer)


def hash_of(scene: Scene, **options: Any) -> str:
    chosen = MappingOptions(**options)
    return state_hash(desired_of(scene, chosen)[0], chosen)


def test_the_hash_follows_every_option_that_changes_something() -> None:
    """So that the next full run looks at the items again, and at no other."""
    options: list[dict[str, Any]] = [
        {},
        {"exclude": frozenset({"poster"})},
        {"title": Template.parse("{studio} - {title}")},
        {"sort_title": Template.parse("{studio}")},
        {"original_title": Template.parse("{file}")},
        {"tagline": Template.parse("{code}")},
        {"studio": Template.parse("{parent_studio} / {studio}")},
        {"content_rating": "XXX"},
        {"labels": ("Stash",)},
        {"label_tags": ("hd",)},
        {"include_tags": ("hd",)},
        {"exclude_tags": ("hd",)},
        {"characters": True},
        {"photos": PhotoAddress.parse("http://stash:9999")},
        {"photos": PhotoAddress.parse("http://other:9999")},
        {"studio_collections": False},
        {"studio_collection_prefix": "S:"},
        {"group_collection_prefix": "S:"},
    ]
    tagged = SCENE._replace(tags=(Tag(id=1, name="a"), Tag(id=2, name="HD")))
    assert len({hash_of(tagged, **one) for one in options}) == len(options)
    assert hash_of(SCENE) == hash_of(SCENE, title=Template.parse("{title}"))


@given(
    title=st.text(),
    details=st.text(),
    director=st.text(),
    date=st.text(max_size=12),
    tags=st.lists(st.text(), max_size=5),
)
def test_any_text_of_stashs_can_be_written(
    title: str, details: str, director: str, date: str, tags: list[str]
) -> None:
    """Whatever comes in, what goes out is clean: reading it back can show the same."""
    scene = Scene(
        id=1,
        title=title,
        details=details,
        director=director,
        date=date,
        tags=tuple(Tag(id=n, name=t) for n, t in enumerate(tags)),
    )
    desired, _ = desired_of(scene, MappingOptions())
    for value in (*desired.scalars.values(), *(tag for kind in desired.tags.values() for tag in kind)):
        assert normal_text(value) == value
    assert all(desired.tags["genre"])
