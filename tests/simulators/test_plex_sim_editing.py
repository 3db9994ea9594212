"""How the simulated Plex takes edits: in the query string, tags in both flavours, and without asking back."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest

BOTH = pytest.mark.parametrize("mode", ["replace", "add"])


@pytest.fixture
def key(plex_sim, plex_library):
    """One item, added long ago."""
    return plex_sim.add_item(plex_library.id, "/media/a.mp4", genre=["A", "B"], added_at=1000)


def twice(tag: str) -> str:
    """How a tag stands in a removal."""
    return quote(quote(tag, safe=""), safe="")


def test_values_and_locks_are_apart(plex_sim, plex_wire, key):
    assert plex_wire.edit(f"type=1&id={key}&title.value=T%20%26%20U&title.locked=1&studio.value=S") == 200
    item = plex_sim.item(key)
    assert (item.fields["title"], item.fields["studio"], item.locks) == ("T & U", "S", {"title"})
    plex_wire.edit(f"type=1&id={key}&title.locked=0&studio.value=&summary.locked=1")
    item = plex_sim.item(key)
    assert (item.title, "studio" in item.fields, item.locks) == ("T & U", False, {"summary"})


def test_an_edit_is_answered_with_nothing_and_moves_updated_at(plex_sim, plex_wire, key):
    before = int(time.time())
    answer = plex_wire.send("PUT", f"/library/sections/1/all?type=1&id={key}&title.value=T")
    assert (answer.status_code, answer.content) == (200, b"")
    assert before <= plex_sim.item(key).updated_at <= time.time()
    assert plex_sim.item(key).added_at == 1000


def test_the_date_sets_the_year_and_an_empty_one_clears_both(plex_sim, plex_wire, key):
    plex_wire.edit(f"type=1&id={key}&originallyAvailableAt.value=2021-05-04&userRating.value=8")
    assert plex_sim.item(key).fields["year"] == "2021"
    assert plex_wire.details(key).attrib["userRating"] == "8.0"
    plex_wire.edit(f"type=1&id={key}&originallyAvailableAt.value=&userRating.value=")
    assert not {"year", "originallyAvailableAt", "userRating", "lastRatedAt"} & set(
        plex_wire.details(key).attrib
    )


@pytest.mark.parametrize(
    "pair",
    ["originallyAvailableAt.value=2021", "userRating.value=11", "userRating.value=x", "addedAt.value=x"],
)
def test_a_value_that_cannot_be_is_400_and_changes_nothing(plex_sim, plex_wire, key, pair):
    assert plex_wire.edit(f"type=1&id={key}&title.value=T&{pair}") == 400
    assert plex_sim.item(key).title == "a"


def test_an_edit_needs_a_type_and_an_item_of_the_section(plex_wire, plex_sim, key):
    assert plex_wire.edit(f"id={key}&title.value=T") == 400
    assert plex_wire.edit("type=1&id=999999&title.value=T") == 404
    plex_sim.add_section("Other")
    assert plex_wire.edit(f"type=1&id={key}&title.value=T", section_id=2) == 404
    assert plex_wire.edit(f"type=1&id={key}&title.value=T", section_id=9) == 404


def test_an_edit_without_an_id_hits_the_whole_section(plex_sim, plex_wire, key):
    other = plex_sim.add_item(1, "/media/b.mp4")
    assert plex_wire.edit("type=1&studio.value=Everywhere") == 200
    assert [plex_sim.item(k).fields["studio"] for k in (key, other)] == ["Everywhere"] * 2


@pytest.mark.parametrize(("mode", "after"), [("replace", ["C"]), ("add", ["A", "C", "B"])])
def test_a_list_by_index_replaces_or_adds(plex_sim, plex_wire, key, mode, after):
    plex_sim.options.tag_mode = mode
    plex_wire.edit(f"type=1&id={key}&genre[0].tag.tag=C")
    assert plex_sim.item(key).tags["genre"] == after


@BOTH
def test_the_whole_list_with_removals_is_the_same_in_both_flavours(plex_sim, plex_wire, key, mode):
    plex_sim.options.tag_mode = mode
    plex_wire.edit(f"type=1&id={key}&genre[0].tag.tag=C&genre[1].tag.tag=B&genre[].tag.tag-=A&genre.locked=1")
    item = plex_sim.item(key)
    assert (item.tags["genre"], item.locks) == (["C", "B"], {"genre"})


@BOTH
def test_a_removal_is_encoded_twice_so_that_commas_stay_inside_of_tags(plex_sim, plex_wire, key, mode):
    plex_sim.options.tag_mode = mode
    plex_sim.person_edits(key, genre=["A,B", "A", "B", "Sci Fi"])
    plex_wire.edit(f"type=1&id={key}&genre[].tag.tag-={twice('A,B')},{twice('Sci Fi')}")
    assert plex_sim.item(key).tags["genre"] == ["A", "B"]
    plex_sim.person_edits(key, genre=["A,B", "A", "B"])
    plex_wire.edit(f"type=1&id={key}&genre[].tag.tag-={quote('A,B')}")
    assert plex_sim.item(key).tags["genre"] == ["A,B"]


def test_several_items_at_once_are_added_to(plex_sim, plex_wire, key):
    other = plex_sim.add_item(1, "/media/b.mp4", genre=["Z"])
    plex_wire.edit(f"type=1&id={key},{other},999999&genre[5].tag.tag=C")
    assert [plex_sim.item(k).tags["genre"] for k in (key, other)] == [["A", "B", "C"], ["Z", "C"]]


def test_a_bare_list_removes_every_tag_of_the_kind(plex_sim, plex_wire, key):
    plex_wire.edit(f"type=1&id={key}&genre[].tag")
    assert "genre" not in plex_sim.item(key).tags


def test_unknown_names_are_ignored_without_a_word(plex_sim, plex_wire, key):
    before = plex_sim.item(key)
    assert (
        plex_wire.edit(f"type=1&id={key}&role[0].tag.tag=Ann&nonsense.value=1&x.locked=1&genre[0].tag.tag=")
        == 200
    )
    after = plex_sim.item(key)
    assert (after.fields, after.locks, "actor" in after.tags) == (before.fields, before.locks, False)


def test_a_tag_that_differs_in_case_takes_the_first_spelling(plex_sim, plex_wire, key):
    other = plex_sim.add_item(1, "/media/b.mp4")
    plex_wire.edit(f"type=1&id={other}&genre[0].tag.tag=a")
    assert plex_sim.item(other).tags["genre"] == ["A"]
    plex_sim.options.case_sensitive_tags = True
    plex_wire.edit(f"type=1&id={other}&genre[0].tag.tag=new&genre[1].tag.tag=New")
    assert plex_sim.item(other).tags["genre"] == ["new", "New"]


def test_actors_keep_their_order_and_roles_and_share_their_photo(plex_sim, plex_wire, key):
    other = plex_sim.add_item(1, "/media/b.mp4", actor=["Ann"])
    plex_wire.edit(
        f"type=1&id={key}&actor[1].tag.tag=Ann&actor[0].tag.tag=Zoe&actor[1].tagging.text=Guest"
        f"&actor[1].tag.thumb=http%3A%2F%2Fphotos%2Fann&actor.locked=1"
    )
    item = plex_sim.item(key)
    assert (item.tags["actor"], item.roles, item.locks) == (["Zoe", "Ann"], {"Ann": "Guest"}, {"actor"})
    assert plex_sim.item(other).photos == {"Ann": "http://photos/ann"}
    assert plex_wire.details(other).find("Role").attrib["thumb"] == "http://photos/ann"


def test_collections_come_and_go_with_their_members(plex_sim, plex_wire, key):
    plex_wire.edit(f"type=1&id={key}&collection[0].tag.tag=Mine")
    assert plex_sim.collections(1) == {"Mine": [key]}
    (row,) = plex_wire.get("/library/sections/1/all?type=18")
    assert (row.attrib["title"], row.attrib["childCount"], row.attrib["type"]) == ("Mine", "1", "collection")
    assert plex_wire.titles(row.attrib["key"]) == ["a"]
    plex_wire.edit(f"type=1&id={key}&collection[].tag.tag-=Mine")
    assert plex_sim.collections(1) == {}


def test_a_collection_is_renamed_for_all_and_not_to_a_taken_name(plex_sim, plex_wire, key):
    plex_wire.edit(f"type=1&id={key}&collection[0].tag.tag=One&collection[1].tag.tag=Two")
    one = int(plex_wire.get("/library/sections/1/collections")[0].attrib["ratingKey"])
    assert plex_wire.edit(f"type=18&id={one}&title.value=two") == 409
    assert plex_wire.edit(f"type=18&id={one}&title.value=First&title.locked=1") == 200
    assert plex_sim.item(key).tags["collection"] == ["First", "Two"]
    plex_sim.person_edits(one, title="Best")
    assert plex_sim.collections(1) == {"Best": [key], "Two": [key]}


def test_a_posted_collection_is_a_new_one_each_time(plex_sim, plex_wire, key):
    uri = f"server://{plex_sim.options.machine_identifier}/com.plexapp.plugins.library/library/metadata/{key}"
    target = f"/library/collections?type=1&title=C&smart=0&sectionId=1&uri={quote(uri, safe='')}"
    assert [plex_wire.send("POST", target).status_code for _ in range(2)] == [200, 200]
    assert plex_wire.titles("/library/sections/1/all?type=18") == ["C", "C"]
    assert plex_wire.send("POST", target.replace("title=C", "title=")).status_code == 400
    assert plex_wire.send("POST", "/library/collections?title=C&sectionId=1&uri=x").status_code == 400
    first = int(plex_wire.get("/library/sections/1/all?type=18")[0].attrib["ratingKey"])
    assert (
        plex_wire.send("PUT", f"/library/collections/{key}/items?uri={quote(uri, safe='')}").status_code
        == 404
    )
    assert plex_wire.send("DELETE", f"/library/collections/{first}").status_code == 200
    assert plex_sim.item(key).tags["collection"] == ["C"]


def test_a_rating_by_stars_locks_nothing_and_is_the_askers_own(plex_sim, plex_wire, key):
    target = f"/:/rate?identifier=com.plexapp.plugins.library&key={key}&rating="
    plex_wire.send("PUT", target + "8")
    assert (plex_sim.item(key).fields["userRating"], plex_sim.item(key).locks) == ("8.0", set())
    assert plex_wire.send("PUT", target + "3", token=plex_sim.guest_token).status_code == 200
    assert plex_sim.item(key).fields["userRating"] == "8.0"
    plex_wire.send("PUT", target + "-1")
    assert "userRating" not in plex_sim.item(key).fields
    assert plex_wire.send("PUT", target + "12").status_code == 400
    assert plex_wire.send("PUT", f"/:/rate?key={key}&rating=5").status_code == 400


def test_played_twice_counts_two(plex_sim, plex_wire, key):
    for name in ("scrobble", "scrobble"):
        plex_wire.send("GET", f"/:/{name}?identifier=com.plexapp.plugins.library&key={key}")
    assert plex_wire.details(key).attrib["viewCount"] == "2"
    plex_wire.send("PUT", f"/:/unscrobble?identifier=com.plexapp.plugins.library&key={key}")
    assert plex_sim.item(key).view_count == 0


def test_added_at_is_set_and_the_order_follows(plex_sim, plex_wire, key):
    plex_sim.add_item(1, "/media/b.mp4", added_at=2000)
    assert plex_wire.titles("/library/sections/1/all?sort=addedAt:desc") == ["b", "a"]
    plex_wire.edit(f"type=1&id={key}&addedAt.value=3000")
    assert plex_wire.titles("/library/sections/1/all?sort=addedAt:desc") == ["a", "b"]
    plex_wire.edit(f"type=1&id={key}&addedAt.value=")
    assert plex_sim.item(key).added_at == 3000


def test_the_other_form_of_the_edit_does_the_same(plex_sim, plex_wire, key):
    assert plex_wire.send("PUT", f"/library/metadata/{key}?title.value=T&title.locked=1").status_code == 200
    assert (plex_sim.item(key).title, plex_sim.item(key).locks) == ("T", {"title"})


def test_what_a_person_edits_is_locked(plex_sim, key):
    plex_sim.person_edits(
        key, title="P", genre=["X"], userRating=7, poster=b"mine", originallyAvailableAt="2020-01-02"
    )
    item = plex_sim.item(key)
    assert (item.title, item.tags["genre"], item.poster, item.fields["year"]) == ("P", ["X"], b"mine", "2020")
    assert item.locks == {"title", "genre", "thumb", "originallyAvailableAt"}
    plex_sim.person_edits(key, summary=None)
    plex_sim.person_unlocks(key, "title", "thumb")
    plex_sim.person_locks(key, "art")
    assert plex_sim.item(key).locks == {"genre", "originallyAvailableAt", "summary", "art"}
    with pytest.raises(ValueError, match="nonsense"):
        plex_sim.person_locks(key, "nonsense")
    with pytest.raises(TypeError, match="nonsense"):
        plex_sim.person_edits(key, nonsense=1)
