"""The real plexapi takes the simulator for a Plex Media Server."""

from __future__ import annotations

import os

import pytest

from simulators.plex import PlexSimulator

# Before plexapi is imported: a foreign configuration file could change token and timeouts.
os.environ.setdefault("PLEXAPI_CONFIG_PATH", os.devnull)

from plexapi.exceptions import BadRequest, NotFound, Unauthorized
from plexapi.server import PlexServer


@pytest.fixture(params=["replace", "add"])
def plex(request):
    """A Plex of each flavour, with one library."""
    with PlexSimulator(tag_mode=request.param) as simulator:
        simulator.add_section("Scenes", locations=("/media",))
        yield simulator


@pytest.fixture
def server(plex):
    """What plexapi takes it for."""
    connected = PlexServer(plex.url, plex.token)
    yield connected
    connected._session.close()  # plexapi has no way of its own


def test_it_lists_searches_and_fetches(plex, server):
    key = plex.add_item(1, "/media/a.mp4", title="Needle", genre=["A", "B", "C"], userRating=4, added_at=5)
    keys = plex.add_items(1, [f"/media/{number}.mp4" for number in range(250)])
    section = server.library.section("Scenes")
    assert (section.totalSize, len(section.all()), section.locations) == (251, 251, ["/media"])
    assert section.get("Needle").ratingKey == key
    assert section.search(sort="addedAt:asc", maxresults=1)[0].ratingKey == key
    assert [item.ratingKey for item in section.search(genre="B")] == [key]
    assert len(section.search(filters={"addedAt>>": "2001-01-01"})) == 250
    assert len(server.fetchItems(keys[:150])) == 150
    assert server.fetchItem(key).userRating == 4.0
    assert server.machineIdentifier == plex.options.machine_identifier


def test_a_listed_items_genres_are_cut_and_a_fetched_ones_are_not(plex, server):
    key = plex.add_item(1, "/media/a.mp4", genre=["A", "B", "C"])
    (listed,) = server.library.section("Scenes").all()
    assert [genre.tag for genre in listed.genres] == ["A", "B"]
    assert [genre.tag for genre in server.fetchItem(key).genres] == ["A", "B", "C"]


def test_it_edits_in_batches_adds_and_removes_tags_and_locks(plex, server):
    key = plex.add_item(1, "/media/a.mp4", genre=["A", "B", "C, D"])
    item = server.fetchItem(key)
    item.batchEdits().editTitle("T").editSummary("S").addLabel("Stash").addGenre("E").saveEdits()
    server.fetchItem(key).removeGenre(["B", "C, D"])
    again = server.fetchItem(key)
    assert (again.title, again.summary) == ("T", "S")
    assert [genre.tag for genre in again.genres] == ["A", "E"]
    assert [label.tag for label in again.labels] == ["Stash"]
    assert {field.name for field in again.fields} == {"title", "summary", "label", "genre"}
    again.editTitle("T", locked=False)
    assert not server.fetchItem(key).isLocked("title")
    again.addCollection("Mine")
    again.editOriginallyAvailable("2021-05-04").editUserRating(7)
    assert plex.item(key).fields["year"] == "2021"
    assert plex.item(key).fields["userRating"] == "7.0"
    assert len([write for write in plex.writes() if write.applied]) == len(plex.writes())


def test_it_edits_many_at_once(plex, server):
    keys = plex.add_items(1, ["/media/a.mp4", "/media/b.mp4"])
    section = server.library.section("Scenes")
    section.batchMultiEdits(server.fetchItems(keys)).addLabel("Stash").saveMultiEdits()
    assert [plex.item(key).tags["label"] for key in keys] == [["Stash"], ["Stash"]]


def test_it_uploads_selects_and_locks_pictures(plex, server, tmp_path):
    key = plex.add_item(1, "/media/a.mp4")
    (tmp_path / "poster.jpg").write_bytes(b"poster")
    item = server.fetchItem(key)
    item.uploadPoster(filepath=str(tmp_path / "poster.jpg"))
    item.uploadArt(filepath=str(tmp_path / "poster.jpg"))
    assert [poster.selected for poster in item.posters()] == [True, False]
    assert (plex.item(key).poster, plex.item(key).art) == (b"poster", b"poster")
    item.posters()[1].select()
    assert [poster.selected for poster in item.posters()] == [False, True]
    item.lockPoster()
    item.lockArt()
    assert plex.item(key).locks == {"thumb", "art"}
    item.unlockPoster()
    assert plex.item(key).locks == {"art"}


def test_it_rates_plays_refreshes_scans_and_deletes(plex, server):
    key = plex.add_item(1, "/media/a.mp4", title="T")
    item = server.fetchItem(key)
    item.rate(7)
    item.markPlayed()
    assert (plex.item(key).fields["userRating"], plex.item(key).view_count) == ("7.0", 1)
    item.rate()
    assert "userRating" not in plex.item(key).fields
    item.refresh()
    plex.add_file_on_disk("/media/new/b.mp4")
    section = server.library.section("Scenes")
    section.update("/media/new")
    assert {activity.title for activity in server.activities} <= {"Scanning Scenes", "Refreshing 1 items"}
    plex.wait_idle()
    assert {found.title for found in section.all()} == {"a", "b"}
    item.delete()
    section.emptyTrash()
    assert [found.title for found in section.all()] == ["b"]


def test_it_makes_fills_and_empties_collections(plex, server):
    first, second = server.fetchItems(plex.add_items(1, ["/media/a.mp4", "/media/b.mp4"]))
    section = server.library.section("Scenes")
    collection = section.createCollection("Mine", items=[first])
    collection.addItems([second])
    assert plex.collections(1) == {"Mine": [first.ratingKey, second.ratingKey]}
    (found,) = section.collections()
    assert [item.title for item in found.items()] == ["a", "b"]
    found.editTitle("Ours")
    found.removeItems([first])
    assert plex.collections(1) == {"Ours": [second.ratingKey]}
    found.delete()
    assert plex.collections(1) == {}


def test_it_raises_what_it_raises_with_plex(plex, server):
    with pytest.raises(Unauthorized):
        PlexServer(plex.url, "wrong")
    with pytest.raises(NotFound):
        server.fetchItem(999_999)
    plex.start_maintenance()
    with pytest.raises(BadRequest, match=r"^\(503\) service_unavailable"):
        server.query("/library")
