"""An item reads the same from a listing and from its own page, as far as the listing goes."""

from __future__ import annotations

import json
from xml.etree.ElementTree import Element, fromstring

from hypothesis import given
from hypothesis import strategies as st

from plex.items import SCALAR_ATTRIBUTES, PlexFile, PlexItem

LISTED = """<Video ratingKey="4711" key="/library/metadata/4711" guid="local://4711" studio="Studio A" type="movie"
 title="scene_file_01" summary="" thumb="/library/metadata/4711/thumb/1700000100" duration="1800000"
 originallyAvailableAt="2021-05-04" addedAt="1700000000" updatedAt="1700000100"><Media id="9001" container="mp4">
 <Part id="9101" file="/media/scenes/scene_file_01.mp4" size="1125000000"/></Media>
 <Genre tag="Alpha"/><Genre tag="Beta"/><Role tag="Ann Example"/></Video>"""
DETAILED = """<Video ratingKey="4711" guid="local://4711" type="movie" title="Scene One" librarySectionID="1"
 userRating="8.0" addedAt="1700000000" updatedAt="1700000400">
 <Media id="1" duration="60000"><Part file="/a/1.mp4" size="10"><Stream id="1"/></Part><Part file="/a/2.mp4"/></Media>
 <Media id="2"><Part file="/a/3.mkv" size="x"/><Part id="3"/></Media>
 <Genre id="87" tag="Alpha"/><Genre id="88" tag="Beta"/><Genre id="89" tag="Gamma"/><Genre id="90" tag=""/>
 <Collection tag="My Collection"/><Role tag="Ann Example" role="Guest"/><Role tag="Bob"/><Label tag="Stash"/>
 <Director tag="Dora"/><Writer tag="Nobody"/><Field locked="1" name="title"/><Field locked="0" name="summary"/>
 <Field locked="1" name="genre"/></Video>"""


def test_a_listing_gives_what_matching_needs() -> None:
    item = PlexItem.from_element(fromstring(LISTED), section_id=7)  # noqa: S314 -- our own text
    assert (item.rating_key, item.section_id, item.guid, item.complete) == (4711, 7, "local://4711", False)
    assert item.files == (PlexFile("/media/scenes/scene_file_01.mp4", 1_125_000_000, 1_800_000),)
    assert (item.added_at, item.updated_at) == (1_700_000_000, 1_700_000_100)
    assert item.scalars["summary"] == ""
    assert "userRating" not in item.scalars
    assert item.locks == frozenset()


def test_a_details_page_gives_every_tag_and_lock_and_file() -> None:
    item = PlexItem.from_element(fromstring(DETAILED), complete=True)  # noqa: S314 -- our own text
    assert item.section_id == 1
    assert dict(item.tags) == {
        "genre": ("Alpha", "Beta", "Gamma"),
        "collection": ("My Collection",),
        "actor": ("Ann Example", "Bob"),
        "label": ("Stash",),
        "director": ("Dora",),
    }
    assert item.locks == {"title", "genre"}
    assert item.files == (
        PlexFile("/a/1.mp4", 10, 60_000),
        PlexFile("/a/2.mp4", None, 60_000),
        PlexFile("/a/3.mkv", None, None),
    )


def test_an_item_goes_into_json_and_says_everything_that_is_needed_to_put_it_back() -> None:
    item = PlexItem.from_element(fromstring(DETAILED), complete=True)  # noqa: S314 -- our own text
    kept = json.loads(json.dumps(item.to_dict()))
    assert kept["scalars"] == dict(item.scalars)
    assert kept["tags"]["genre"] == ["Alpha", "Beta", "Gamma"]
    assert kept["locks"] == ["genre", "title"]


def test_the_digest_is_equal_from_listing_and_details_page(plex_sim, client, library) -> None:
    """Otherwise every item that was written would look changed in the next listing."""
    key = plex_sim.add_item(
        library.id,
        "/media/x.mp4",
        title="A\nB",
        summary="é" * 300,
        genre=list("ABCDE"),
        userRating="8",
        label=["x"],
    )
    client.upload(key, "art", b"\xff\xd8\xffart")
    listed = client.page(library.id, 0, 10).items[0]
    detailed = client.details([key])[key]
    assert listed.tags != detailed.tags
    assert listed.listing_digest() == detailed.listing_digest()


def test_a_persons_edit_changes_the_digest(plex_sim, client, library) -> None:
    key = plex_sim.add_item(library.id, "/media/x.mp4", summary="before", updated_at=1_700_000_000)
    before = client.page(library.id, 0, 10).items[0].listing_digest()
    plex_sim.person_edits(key, summary="after")
    assert client.page(library.id, 0, 10).items[0].listing_digest() != before


SCALARS = st.dictionaries(
    st.sampled_from(SCALAR_ATTRIBUTES), st.text(st.characters(codec="utf-8", exclude_characters="\0"))
)


@given(SCALARS, SCALARS)
def test_digests_are_equal_exactly_for_equal_fields(left: dict[str, str], right: dict[str, str]) -> None:
    """An absent field and an empty one are the same: Plex shows either."""

    def digest(scalars: dict[str, str]) -> str:
        return PlexItem.from_element(Element("Video", {"ratingKey": "1", **scalars})).listing_digest()

    same = {name: value for name, value in left.items() if value} == {
        name: value for name, value in right.items() if value
    }
    assert (digest(left) == digest(right)) is same
