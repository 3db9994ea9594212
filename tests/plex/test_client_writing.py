"""Writing to Plex: one request each, aimed at one item."""

from __future__ import annotations

import pytest

from plex.client import PlexClient
from plex.exceptions import PlexGarbled, PlexNotFound, PlexRefused, PlexTemporaryError, RequestTooLong
from tests.plex.tiny_plex import tiny_plex

EDIT = [("title.value", "Ünï & co=?#/;"), ("title.locked", "1"), ("genre[0].tag.tag", "A, B")]


def test_an_edit_changes_one_item_and_no_other(plex_sim, client, library) -> None:
    key, other = plex_sim.add_items(library.id, ["/media/x.mp4", "/media/y.mp4"])
    client.edit(library.id, key, EDIT)
    assert plex_sim.item(key).title == "Ünï & co=?#/;"
    assert plex_sim.item(key).tags["genre"] == ["A, B"]
    assert "title" in plex_sim.item(key).locks
    assert plex_sim.item(other).title == "y"
    assert len(plex_sim.requests) == 1


@pytest.mark.parametrize(("section", "key"), [(0, 5), (1, 0), (-1, 5), (1, -5)])
def test_an_edit_without_an_item_is_never_sent(plex_sim, client, section, key) -> None:
    """Plex would apply it to everything in the library."""
    with pytest.raises(ValueError, match="an edit needs an item"):
        client.edit(section, key, EDIT)
    assert plex_sim.requests == []


def test_an_edit_of_an_item_that_is_gone_is_not_found(client, library) -> None:
    with pytest.raises(PlexNotFound):
        client.edit(library.id, 999, EDIT)


def test_an_edit_with_somebody_elses_token_is_refused(plex_sim, library) -> None:
    key = plex_sim.add_item(library.id, "/media/x.mp4")
    guest = PlexClient(plex_sim.url, plex_sim.guest_token, client_identifier="tests")
    with pytest.raises(PlexRefused):
        guest.edit(library.id, key, EDIT)


def test_an_address_that_is_too_long_has_an_error_of_its_own(plex_sim, client, library) -> None:
    plex_sim.options.max_request_line = 8000
    key = plex_sim.add_item(library.id, "/media/x.mp4")
    with pytest.raises(RequestTooLong):
        client.edit(library.id, key, [("summary.value", "x" * 9000)])


def test_an_edit_whose_answer_was_lost_is_temporary(plex_sim, client, library) -> None:
    key = plex_sim.add_item(library.id, "/media/x.mp4")
    plex_sim.faults.add("lost", times=1)
    with pytest.raises(PlexTemporaryError):
        client.edit(library.id, key, EDIT)
    assert plex_sim.item(key).title == "Ünï & co=?#/;"


@pytest.mark.parametrize("page", [b"<html>signed in</html>", b"<HTML><br>"])
def test_an_edit_that_a_foreign_page_answers_did_not_happen(page: bytes) -> None:
    """A login page answers 200 to everything."""
    with tiny_plex(lambda asked, headers: (200, page)) as server, pytest.raises(PlexGarbled):
        PlexClient(server.url, "t", client_identifier="tests").edit(1, 5, EDIT)


def test_a_picture_goes_up_as_it_is_and_is_selected(plex_sim, client, library) -> None:
    key = plex_sim.add_item(library.id, "/media/x.mp4")
    data = b"\xff\xd8\xff" + bytes(range(256)) * 40
    client.upload(key, "poster", data)
    client.upload(key, "art", data)
    assert plex_sim.item(key).poster == data
    assert plex_sim.item(key).art == data
    assert client.traffic.bytes_sent > 2 * len(data)


def test_a_picture_that_was_there_before_can_be_selected_again(plex_sim, client, library) -> None:
    key = plex_sim.add_item(library.id, "/media/x.mp4")
    first = next(photo for photo in client.pictures(key, "poster") if photo.selected)
    client.upload(key, "poster", b"\xff\xd8\xffnew")
    client.select(key, "poster", first.rating_key)
    assert next(photo for photo in client.pictures(key, "poster") if photo.selected) == first


def test_a_scan_finds_what_is_new_in_a_folder(plex_sim, client, library) -> None:
    plex_sim.add_file_on_disk("/media/new folder/é.mp4")
    client.scan(library.id, "/media/new folder")
    plex_sim.wait_idle()
    assert len(plex_sim.keys_of("/media/new folder/é.mp4")) == 1
