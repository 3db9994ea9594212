"""What the simulated Plex finds on its disks, what its agent takes back, and pictures."""

from __future__ import annotations

import hashlib

import pytest

from simulators.plex import PlexSimulator


@pytest.fixture
def key(plex_sim, plex_library):
    """One item."""
    return plex_sim.add_item(plex_library.id, "/media/a.mp4", added_at=1000)


def test_a_scan_answers_at_once_and_finds_the_file_afterwards(plex_sim, plex_wire, plex_library):
    plex_sim.options.scan_s = 3600
    plex_sim.add_file_on_disk("/media/new/b.mp4", size=7, duration_ms=9)
    answer = plex_wire.send("GET", "/library/sections/1/refresh?path=%2Fmedia%2Fnew")
    assert answer.status_code == 200
    (activity,) = plex_wire.get("/activities")
    assert (activity.attrib["title"], activity.attrib["uuid"]) == (
        "Scanning Scenes",
        answer.headers["X-Plex-Activity"],
    )
    assert plex_wire.get("/library/sections")[0].attrib["refreshing"] == "1"
    assert plex_wire.titles("/library/sections/1/all") == []
    plex_sim.hurry()
    assert plex_wire.titles("/library/sections/1/all") == ["b"]
    assert plex_wire.get("/library/sections")[0].attrib["refreshing"] == "0"
    assert len(plex_wire.get("/activities")) == 0


@pytest.mark.parametrize(
    ("folder", "found"),
    [("/media/new", 1), ("/media/new/", 1), ("", 1), ("/media/new/b.mp4", 0), ("/media/ne", 0)],
)
def test_a_scan_wants_a_folder(plex_sim, plex_library, folder, found):
    plex_sim.add_file_on_disk("/media/new/b.mp4")
    plex_sim.add_file_on_disk("/elsewhere/c.mp4")
    assert len(plex_sim.scan(1, folder)) == found


def test_a_library_of_another_type_makes_no_films(plex_sim):
    section = plex_sim.add_section("Shows", type="show", locations=("/shows",))
    plex_sim.add_file_on_disk("/shows/a.mp4")
    assert plex_sim.scan(section.id) == []


def test_a_cancelled_scan_finds_nothing(plex_sim, plex_wire, plex_library):
    plex_sim.options.scan_s = 3600
    plex_sim.add_file_on_disk("/media/b.mp4")
    started = plex_wire.send("POST", "/library/sections/1/refresh").headers["X-Plex-Activity"]
    with pytest.raises(TimeoutError, match="Scanning"):
        plex_sim.wait_idle(0.01)
    assert plex_wire.send("DELETE", f"/activities/{started}").status_code == 200
    plex_sim.wait_idle()
    assert plex_wire.send("DELETE", f"/activities/{started}").status_code == 404
    plex_wire.send("GET", "/library/sections/1/refresh")
    plex_wire.send("DELETE", "/library/sections/1/refresh")
    plex_sim.wait_idle()
    assert plex_sim.items(1) == []


def test_a_file_that_is_gone_is_in_the_trash_until_it_is_emptied(plex_sim, plex_wire, key):
    both = plex_sim.add_item(1, "/media/b.mp4", versions=[("/media/b2.mp4", 1, 2)])
    plex_sim.remove_file_from_disk("/media/a.mp4")
    plex_sim.remove_file_from_disk("/media/b2.mp4")
    plex_sim.scan(1)
    assert "deletedAt" in plex_wire.details(key).find("Media").attrib
    assert plex_wire.send("PUT", "/library/sections/1/emptyTrash").status_code == 200
    assert [item.rating_key for item in plex_sim.items(1)] == [both]
    assert plex_sim.item(both).files == ["/media/b.mp4"]


def test_a_refresh_takes_back_an_unlocked_title_and_poster(plex_sim, plex_wire, key):
    locked = plex_sim.add_item(1, "/media/b.mp4")
    for one, lock in ((key, 0), (locked, 1)):
        plex_wire.edit(
            f"type=1&id={one}&title.value=T&summary.value=S&title.locked={lock}&thumb.locked={lock}"
        )
        plex_wire.send("POST", f"/library/metadata/{one}/posters", data=b"mine")
    plex_wire.send("PUT", f"/library/metadata/{key},{locked}/refresh")
    plex_sim.wait_idle()
    assert [(plex_sim.item(k).title, plex_sim.item(k).poster) for k in (key, locked)] == [
        ("a", None),
        ("T", b"mine"),
    ]
    assert plex_sim.item(key).fields["summary"] == "S"


def test_a_forced_refresh_of_the_section_asks_the_agent_for_all(plex_sim, plex_wire, key):
    plex_wire.edit(f"type=1&id={key}&title.value=T")
    plex_wire.send("GET", "/library/sections/1/refresh?force=1")
    plex_sim.wait_idle()
    assert plex_sim.item(key).title == "a"
    plex_sim.refresh(key)


def test_an_analysis_moves_updated_at_alone(plex_sim, plex_wire, key):
    before = plex_sim.item(key)
    plex_wire.send("PUT", f"/library/metadata/{key}/analyze")
    plex_sim.wait_idle()
    after = plex_sim.item(key)
    assert after.updated_at > before.updated_at
    assert after.fields == before.fields


def test_items_are_moved_deleted_and_found_again_under_another_key(plex_sim, plex_wire, key):
    plex_sim.move_item(key, "/media/moved.mp4")
    assert (plex_sim.item(key).files, plex_sim.keys_of("/media/moved.mp4")) == (["/media/moved.mp4"], [key])
    plex_sim.person_edits(key, title="T", collection=["C"])
    again = plex_sim.readd_item(key)
    assert again != key
    assert plex_sim.item(again).title == "moved"
    assert plex_sim.collections(1) == {}
    with pytest.raises(KeyError):
        plex_sim.item(key)
    plex_sim.delete_item(again)
    (found,) = plex_sim.scan(1)
    assert plex_wire.send("DELETE", f"/library/metadata/{found}").status_code == 200
    assert plex_sim.scan(1) == []


def test_an_upload_is_selected_named_by_its_content_and_changes_the_address(plex_sim, plex_wire, key):
    before = plex_wire.details(key).attrib["thumb"]
    for _ in range(2):
        assert plex_wire.send("POST", f"/library/metadata/{key}/posters", data=b"bytes").status_code == 200
    photos = list(plex_wire.get(f"/library/metadata/{key}/posters"))
    name = f"upload://posters/{hashlib.sha1(b'bytes', usedforsecurity=False).hexdigest()}"
    assert [photo.attrib["selected"] for photo in photos] == ["1", "0"]
    assert photos[0].attrib["ratingKey"] == name
    item = plex_sim.item(key)
    assert (item.poster, item.art, item.locks) == (b"bytes", None, set())
    address = plex_wire.details(key).attrib["thumb"]
    assert before != address
    assert plex_wire.send("GET", address).content == b"bytes"
    assert plex_wire.send("GET", photos[0].attrib["key"]).content == b"bytes"
    assert plex_wire.send("GET", photos[1].attrib["key"]).content.startswith(b"\xff\xd8")
    assert plex_wire.send("GET", f"/library/metadata/{key}/file?url=nothing").status_code == 404


def test_two_uploads_in_one_second_still_change_the_address(plex_sim, plex_wire, key):
    seen = set()
    for number in range(3):
        plex_wire.send("POST", f"/library/metadata/{key}/arts", data=b"%d" % number)
        seen.add(plex_wire.details(key).attrib["art"])
    assert len(seen) == 3


def test_a_server_may_keep_copies_of_the_same_picture(plex_sim, plex_wire, key):
    plex_sim.options.duplicate_uploads = True
    for _ in range(3):
        plex_wire.send("POST", f"/library/metadata/{key}/posters", data=b"bytes")
    assert len({photo.rating_key for photo in plex_sim.item(key).posters}) == 4


def test_a_picture_is_selected_on_the_singular_path_alone(plex_sim, plex_wire, key):
    plex_wire.send("POST", f"/library/metadata/{key}/posters", data=b"bytes")
    generated = plex_sim.item(key).posters[1].rating_key
    assert plex_wire.send("PUT", f"/library/metadata/{key}/posters?url={generated}").status_code == 404
    assert plex_wire.send("PUT", f"/library/metadata/{key}/poster?url=upload://no").status_code == 404
    assert plex_wire.send("PUT", f"/library/metadata/{key}/poster?url={generated}").status_code == 200
    assert plex_sim.item(key).poster is None
    plex_wire.send("DELETE", f"/library/metadata/{key}/thumb")
    assert "thumb" not in plex_wire.details(key).attrib


def test_too_large_and_empty_pictures_are_refused(plex_sim, plex_wire, key):
    plex_sim.options.image_limit = 10
    assert plex_wire.send("POST", f"/library/metadata/{key}/posters", data=b"x" * 11).status_code == 500
    assert plex_wire.send("POST", f"/library/metadata/{key}/posters").status_code == 400
    assert plex_sim.item(key).poster is None


def test_plex_downloads_a_picture_given_by_its_address(plex_sim, plex_wire, key):
    with PlexSimulator() as source:
        source.add_section("Pictures")
        other = source.add_item(1, "/media/scenes/b.mp4", poster=b"from afar")
        address = f"{source.url}{source.item(other).thumb}?X-Plex-Token={source.token}"
        target = f"/library/metadata/{key}/posters?url="
        assert plex_wire.send("POST", target + address).status_code == 200
        assert plex_sim.item(key).poster == b"from afar"
        assert plex_wire.send("POST", target + source.url + "/nowhere").status_code == 500
    assert plex_wire.send("POST", target + "file:///etc/hostname").status_code == 400


def test_times_are_whole_seconds_of_the_clock_that_is_given():
    with PlexSimulator(clock=lambda: 1234.9) as plex:
        plex.add_section("Scenes")
        item = plex.item(plex.add_item(1, "/media/scenes/a.mp4", updated_at=5))
    assert (item.added_at, item.updated_at) == (1234, 5)
