"""What the simulated Plex shows: with a token alone, cut in listings, whole on the details page."""

from __future__ import annotations

import pytest
import requests

from simulators.plex import PlexSimulator
from tests.support import PATIENCE_S

pytestmark = pytest.mark.usefixtures("plex_library")

FULL = {
    "title": "Scene One",
    "summary": "Text",
    "studio": "Studio A",
    "userRating": "8.0",
    "originallyAvailableAt": "2021-05-04",
    "genre": ["A", "B", "C"],
    "director": ["D", "E", "F"],
    "collection": ["K", "L", "M"],
    "actor": {"Ann": "Guest", "Bea": "", "Cy": "", "Di": ""},
    "label": ["Stash"],
    "locks": {"title", "genre"},
    "guids": ["stash://7"],
}


def tags(element, name: str) -> list[str]:
    return [child.attrib["tag"] for child in element.iter(name)]


@pytest.mark.parametrize("path", ["/", "/library/sections", "/library/metadata/4711", "/no/such/thing"])
def test_everything_but_the_identity_wants_a_token(plex_wire, path):
    assert plex_wire.send("GET", path, token="wrong").status_code == 401
    assert plex_wire.send("GET", path, token="").status_code == 401
    assert plex_wire.send("GET", "/identity", token="").status_code == 200


def test_the_token_may_come_as_a_parameter_and_is_not_recorded(plex_sim, plex_wire):
    target = f"/library/sections?X-Plex-Token={plex_sim.token}&x=1"
    assert plex_wire.send("GET", target, token="").status_code == 200
    assert plex_sim.requests[-1].query == [("x", "1")]
    assert plex_sim.token not in repr(plex_sim.requests)


def test_a_guest_may_look_and_neither_edit_nor_see_the_preferences(plex_sim, plex_wire):
    key = plex_sim.add_item(1, "/media/a.mp4")
    guest = plex_sim.guest_token
    assert plex_wire.send("GET", f"/library/metadata/{key}", token=guest).status_code == 200
    assert plex_wire.send("GET", "/:/prefs", token=guest).status_code == 403
    target = f"/library/sections/1/all?type=1&id={key}&title.value=Mine"
    assert plex_wire.send("PUT", target, token=guest).status_code == 403
    plex_sim.options.guest_status = 401
    assert plex_wire.send("PUT", target, token=guest).status_code == 401
    assert plex_sim.item(key).title == "a"
    assert plex_wire.send("GET", "/:/prefs").status_code == 200


def test_a_listing_has_scalars_and_files_and_cut_tags_without_locks_labels_and_ids(plex_sim, plex_wire):
    key = plex_sim.add_item(1, "/media/a.mp4", size=5, duration_ms=60_000, **FULL)
    container = plex_wire.get("/library/sections/1/all?type=1")
    row = container[0]
    assert row.attrib["summary"] == "Text"
    assert row.attrib["year"] == "2021"
    assert "librarySectionID" not in row.attrib
    assert container.attrib["librarySectionID"] == "1"
    assert tags(row, "Genre") == ["A", "B"]
    assert tags(row, "Director") == ["D", "E"]
    assert tags(row, "Collection") == ["K", "L"]
    assert tags(row, "Role") == ["Ann", "Bea", "Cy"]
    assert [row.find(name) for name in ("Label", "Field", "Guid")] == [None, None, None]
    assert all(set(child.attrib) == {"tag"} for child in row.iter("Genre"))
    part = row.find("Media/Part")
    assert (part.attrib["file"], part.attrib["size"]) == ("/media/a.mp4", "5")
    with_guids = plex_wire.get("/library/sections/1/all?type=1&includeGuids=1")[0]
    assert with_guids.find("Guid").attrib == {"id": "stash://7"}
    assert row.attrib["ratingKey"] == str(key)


def test_the_details_page_has_everything(plex_sim, plex_wire):
    key = plex_sim.add_item(1, "/media/a.mp4", **FULL)
    item = plex_wire.details(key)
    assert tags(item, "Genre") == ["A", "B", "C"]
    assert tags(item, "Role") == ["Ann", "Bea", "Cy", "Di"]
    assert tags(item, "Label") == ["Stash"]
    assert item.find("Role").attrib["role"] == "Guest"
    assert {field.attrib["name"] for field in item.iter("Field")} == {"title", "genre"}
    assert item.find("Guid") is not None
    assert item.attrib["librarySectionID"] == "1"
    trimmed = plex_wire.get(
        f"/library/metadata/{key}?excludeElements=Media,Genre,Guid,Field&excludeFields=summary"
    )[0]
    assert [trimmed.find(name) for name in ("Media", "Genre", "Guid", "Field")] == [None] * 4
    assert "summary" not in trimmed.attrib


def test_unknown_ids_are_left_out_and_one_alone_is_404(plex_sim, plex_wire):
    key = plex_sim.add_item(1, "/media/a.mp4")
    assert plex_wire.titles(f"/library/metadata/{key},99999") == ["a"]
    assert plex_wire.send("GET", "/library/metadata/99999").status_code == 404
    assert plex_wire.titles("/library/metadata/99998,99999") == []
    assert plex_wire.send("GET", "/library/sections/9/all").status_code == 404
    assert plex_wire.send("PATCH", "/library/sections").status_code == 404


def test_pages_are_as_asked_for_and_say_how_much_there_is(plex_sim, plex_wire):
    plex_sim.add_items(1, [f"/media/{number}.mp4" for number in range(5)])
    paged = {"X_Plex_Container_Start": "3", "X_Plex_Container_Size": "10"}
    container = plex_wire.get("/library/sections/1/all?sort=id", **paged)
    assert [row.attrib["title"] for row in container] == ["3", "4"]
    assert (container.attrib["totalSize"], container.attrib["size"], container.attrib["offset"]) == (
        "5",
        "2",
        "3",
    )
    empty = plex_wire.get("/library/sections/1/all?X-Plex-Container-Start=0&X-Plex-Container-Size=0")
    assert (len(empty), empty.attrib["totalSize"]) == (0, "5")
    unpaged = plex_wire.send("GET", "/library/sections/1/all")
    assert unpaged.headers["X-Plex-Container-Total-Size"] == "5"
    assert b"totalSize" not in unpaged.content
    plex_sim.options.page_limit = 2
    assert plex_wire.titles("/library/sections/1/all?sort=id", **paged) == ["3", "4"]
    assert plex_wire.titles("/library/sections/1/all?sort=id") == ["0", "1"]
    bad = plex_wire.send("GET", "/library/sections/1/all", headers={"X-Plex-Container-Size": "many"})
    assert bad.status_code == 400


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("addedAt%3E%3E=2000", ["Gamma"]),
        ("addedAt%3C%3C=2000", ["Alpha"]),
        ("addedAt%3E=2000", ["Beta", "Gamma"]),
        ("updatedAt%3E%3E=2500&sort=updatedAt", ["Gamma"]),
        ("addedAt%3E%3E=-1h", []),
        ("title=a&sort=id", ["Alpha", "Beta", "Gamma"]),
        ("title==beta", ["Beta"]),
        ("title%3C=al", ["Alpha"]),
        ("title%3E=mma", ["Gamma"]),
        ("title!=mm", ["Alpha", "Beta"]),
        ("year=2021", ["Alpha"]),
        ("originallyAvailableAt%3E%3E=2020-01-01", ["Alpha"]),
        ("userRating%3E%3E=5", ["Beta"]),
        ("sort=addedAt:desc", ["Gamma", "Beta", "Alpha"]),
        ("sort=movie.addedAt:desc", ["Gamma", "Beta", "Alpha"]),
        ("sort=userRating:desc,id", ["Beta", "Alpha", "Gamma"]),
        ("sort=titleSort:desc", ["Gamma", "Beta", "Alpha"]),
        ("sort=nonsense", ["Alpha", "Beta", "Gamma"]),
        ("type=4", []),
    ],
)
def test_filters_and_orders_are_plexs_own(plex_sim, plex_wire, query, titles):
    plex_sim.add_item(1, "/media/1.mp4", title="Alpha", added_at=1000, originallyAvailableAt="2021-05-04")
    plex_sim.add_item(1, "/media/2.mp4", title="Beta", added_at=2000, userRating="8.0")
    plex_sim.add_item(1, "/media/3.mp4", title="Gamma", added_at=3000)
    assert plex_wire.titles(f"/library/sections/1/all?{query}") == titles


@pytest.mark.parametrize("query", ["file=/media/1.mp4", "nonsense=1", "title%5B0%5D=x"])
def test_a_filter_that_plex_does_not_know_gives_the_whole_library(plex_sim, plex_wire, query):
    plex_sim.add_items(1, ["/media/1.mp4", "/media/2.mp4"])
    assert len(plex_wire.titles(f"/library/sections/1/all?{query}")) == 2


def test_a_number_that_is_none_is_a_bad_request(plex_wire):
    assert plex_wire.send("GET", "/library/sections/1/all?addedAt%3E%3E=soon").status_code == 400


def test_tags_are_filtered_by_their_ids(plex_sim, plex_wire):
    plex_sim.add_item(1, "/media/1.mp4", genre=["A"])
    plex_sim.add_item(1, "/media/2.mp4", genre=["B"])
    choices = {row.attrib["title"]: row.attrib["key"] for row in plex_wire.get("/library/sections/1/genre")}
    assert plex_wire.titles(f"/library/sections/1/all?genre={choices['B']}") == ["2"]
    assert plex_wire.titles(f"/library/sections/1/all?genre!={choices['B']}") == ["1"]
    assert plex_wire.titles("/library/sections/1/all?genre=B") == []


def test_the_sort_title_is_shown_only_when_it_differs(plex_sim, plex_wire):
    same = plex_sim.add_item(1, "/media/1.mp4", title="T", titleSort="T")
    other = plex_sim.add_item(1, "/media/2.mp4", title="T", titleSort="S")
    assert "titleSort" not in plex_wire.details(same).attrib
    assert plex_wire.details(other).attrib["titleSort"] == "S"


def test_text_comes_back_as_xml_can_carry_it(plex_sim, plex_wire):
    key = plex_sim.add_item(1, "/media/1.mp4", title='<"&>', summary="one\ntwo", tagline="\ud800")
    item = plex_wire.details(key)
    assert item.attrib["title"] == '<"&>'
    assert item.attrib["summary"] == "one two"
    assert item.attrib["tagline"] == "\ufffd"
    plex_sim.options.keep_newlines = True
    assert plex_wire.details(key).attrib["summary"] == "one\ntwo"


def test_a_control_character_breaks_the_document_as_with_plex(plex_sim, plex_wire):
    key = plex_sim.add_item(1, "/media/1.mp4", title="a\x04b")
    assert b"a\x04b" in plex_wire.send("GET", f"/library/metadata/{key}").content


def test_a_section_counts_its_changes_and_a_removed_one_is_gone(plex_sim, plex_wire):
    def counter() -> int:
        return int(plex_wire.get("/library/sections")[0].attrib["contentChangedAt"])

    before = counter()
    key = plex_sim.add_item(1, "/media/1.mp4")
    added = counter()
    plex_wire.edit(f"type=1&id={key}&title.value=T")
    assert before < added < counter()
    plex_sim.remove_section(1)
    assert len(plex_wire.get("/library/sections")) == 0


def test_requests_are_counted_by_method_and_route(plex_sim, plex_wire):
    key = plex_sim.add_item(1, "/media/1.mp4")
    plex_wire.details(key)
    plex_wire.details(key)
    plex_wire.edit(f"type=1&id={key}&title.value=T")
    plex_wire.send("GET", "/nowhere")
    assert plex_sim.counts() == {
        ("GET", "/library/metadata/{ids}"): 2,
        ("PUT", "/library/sections/{section}/all"): 1,
        ("GET", "/nowhere"): 1,
    }
    (write,) = plex_sim.writes()
    assert (write.status, write.applied, write.get("title.value")) == (200, True, "T")
    assert write.line_length == len(f"PUT /library/sections/1/all?type=1&id={key}&title.value=T HTTP/1.1")
    plex_sim.forget_requests()
    assert plex_sim.seen() == []


@pytest.mark.slow
def test_fifty_thousand_items_are_added_and_paged(plex_wire, plex_sim):
    plex_sim.add_items(1, ({"path": f"/media/{number}.mp4", "genre": ["A"]} for number in range(50_000)))
    for start in range(0, 50_000, 10_000):
        page = {"X_Plex_Container_Start": str(start), "X_Plex_Container_Size": "1000"}
        assert len(plex_wire.get("/library/sections/1/all?sort=id", **page)) == 1000


def test_a_mistake_of_the_simulator_is_raised_when_it_ends():
    def scan_broken_simulator() -> None:
        with PlexSimulator() as plex:
            plex.faults.add("status", match=lambda _request: 1 / 0 > 0)
            with pytest.raises(OSError, match="Connection"):
                requests.get(plex.url + "/identity", timeout=PATIENCE_S)

    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        scan_broken_simulator()
