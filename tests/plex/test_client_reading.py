"""Reading from Plex: one request each, typed, and never more asked for than needed."""

from __future__ import annotations

import threading

import pytest

from plex.client import Identity, PlexClient
from plex.exceptions import (
    PlexError,
    PlexGarbled,
    PlexMaintenance,
    PlexNotFound,
    PlexRefused,
    PlexServerDown,
    PlexTemporaryError,
    SetupError,
)
from simulators.planted import OWNER_TOKEN
from simulators.plex import PlexSimulator
from tests.plex.tiny_plex import tiny_plex
from tests.support import PATIENCE_S

OWNER = OWNER_TOKEN


def connect(url: str, token: str = OWNER, **kwargs) -> PlexClient:
    return PlexClient(url, token, client_identifier="tests", **kwargs)


def keys_in(asked: str) -> list[str]:
    """The ids of a details request."""
    return asked.partition("/metadata/")[2].partition("?")[0].split(",")


def videos(keys: list[str]) -> str:
    return "".join(f"<Video ratingKey='{key}'/>" for key in keys)


def test_making_a_client_asks_nothing(plex_sim, client) -> None:
    assert plex_sim.requests == []
    assert client.traffic.requests == 0


def test_the_identity_is_who_answers_and_its_version_without_the_build(plex_sim, client) -> None:
    assert client.identity() == Identity(plex_sim.options.machine_identifier, "1.43.0.10492")


def test_the_identity_needs_no_right_token(plex_sim) -> None:
    assert connect(plex_sim.url, "wrong").identity().version == "1.43.0.10492"


def test_sections_are_listed_with_their_folders(plex_sim, client) -> None:
    plex_sim.add_section("Scenes", locations=("/a", "/b"))
    plex_sim.add_section("Shows", type="show")
    scenes, shows = client.sections()
    assert (scenes.title, scenes.type, scenes.locations, scenes.refreshing) == (
        "Scenes",
        "movie",
        ("/a", "/b"),
        False,
    )
    assert scenes.uuid and scenes.content_changed_at
    assert shows.type == "show"


def test_a_page_is_a_piece_of_the_listing(plex_sim, client, library) -> None:
    keys = plex_sim.add_items(library.id, [f"/media/{number}.mp4" for number in range(5)])
    page = client.page(library.id, 2, 2, sort="id")
    assert [item.rating_key for item in page.items] == keys[2:4]
    assert page.total == 5
    assert page.section_uuid == library.uuid
    assert {item.section_id for item in page.items} == {library.id}
    assert not any(item.complete for item in page.items)


def test_operators_travel_as_part_of_a_filters_name(plex_sim, client, library) -> None:
    plex_sim.add_item(library.id, "/media/old.mp4", updated_at=1000)
    plex_sim.add_item(library.id, "/media/new.mp4", updated_at=2000)
    page = client.page(library.id, 0, 10, sort="updatedAt:desc", **{"updatedAt>>": "1500"})
    assert [file.path for item in page.items for file in item.files] == ["/media/new.mp4"]


def test_details_are_whole_items_a_hundred_in_a_request(plex_sim, client, library) -> None:
    keys = plex_sim.add_items(
        library.id,
        [{"path": f"/media/{n}.mp4", "genre": list("ABCDE"), "locks": {"title"}} for n in range(250)],
    )
    found = client.details([*keys, keys[0]])
    assert sorted(found) == sorted(keys)
    item = found[keys[0]]
    assert item.complete
    assert item.tags["genre"] == ("A", "B", "C", "D", "E")
    assert item.locks == {"title"}
    assert item.section_id == library.id
    assert len(plex_sim.requests) == 3
    assert plex_sim.requests[0].get("skipRefresh") == "1"


def test_unknown_items_are_absent_alone_and_among_others(plex_sim, client, library) -> None:
    key = plex_sim.add_item(library.id, "/media/x.mp4")
    assert list(client.details([key, 999_999])) == [key]
    assert client.details([999_999]) == {}
    assert client.details([]) == {}


def test_a_server_that_answers_404_for_one_unknown_among_many_still_gives_the_others() -> None:
    """That unknown ids are left out is believed and not proved."""

    def reply(asked: str, headers: dict[str, str]) -> tuple[int, bytes]:
        keys = keys_in(asked)
        if "13" in keys:
            return 404, b"<html>404</html>"
        return 200, f"<MediaContainer>{videos(keys)}</MediaContainer>".encode()

    with tiny_plex(reply) as server:
        assert sorted(connect(server.url).details(range(10, 20))) == [10, 11, 12, *range(14, 20)]


def test_details_that_come_in_pages_are_all_read() -> None:
    def reply(asked: str, headers: dict[str, str]) -> tuple[int, bytes]:
        keys = keys_in(asked)
        attributes = f"totalSize='{len(keys)}' librarySectionID='3'"
        return 200, f"<MediaContainer {attributes}>{videos(keys[:4])}</MediaContainer>".encode()

    with tiny_plex(reply) as server:
        found = connect(server.url).details(range(1, 11))
    assert sorted(found) == list(range(1, 11))
    assert {item.section_id for item in found.values()} == {3}
    assert len(server.asked) == 3


def test_pictures_are_listed_with_the_one_that_is_selected(plex_sim, client, library) -> None:
    key = plex_sim.add_item(library.id, "/media/x.mp4", poster=b"\xff\xd8one")
    photos = client.pictures(key, "poster")
    assert sum(photo.selected for photo in photos) == 1
    assert all(photo.rating_key for photo in photos)


def test_only_the_owner_sees_the_preferences(plex_sim, client) -> None:
    client.preferences()
    with pytest.raises(PlexRefused):
        connect(plex_sim.url, plex_sim.guest_token).preferences()


def test_an_answer_without_a_charset_is_read_as_utf_8() -> None:
    """By its standard requests would take Latin-1, and every accent would look changed."""
    body = '<MediaContainer totalSize="1"><Video ratingKey="1" title="Éva 日本"/></MediaContainer>'.encode()
    with tiny_plex(lambda asked, headers: (200, body), headers={"Content-Type": "text/xml"}) as server:
        assert connect(server.url).page(1, 0, 10).items[0].scalars["title"] == "Éva 日本"


def test_control_characters_that_plex_stored_do_not_break_a_listing() -> None:
    """They have been seen in the wild, and are no XML."""
    body = b'<MediaContainer totalSize="1"><Video ratingKey="1" title="a\x04b"/></MediaContainer>'
    with tiny_plex(lambda asked, headers: (200, body)) as server:
        assert connect(server.url).page(1, 0, 10).items[0].scalars["title"] == "ab"


# --- trouble ---


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "status", "status": 401}, PlexRefused),
        ({"kind": "status", "status": 403}, PlexRefused),
        ({"kind": "status", "status": 500}, PlexTemporaryError),
        ({"kind": "status", "status": 503}, PlexServerDown),
        ({"kind": "maintenance"}, PlexMaintenance),
        ({"kind": "reset"}, PlexTemporaryError),
        ({"kind": "html"}, PlexGarbled),
        ({"kind": "cut"}, PlexGarbled),
        ({"kind": "empty"}, PlexGarbled),
    ],
)
def test_trouble_on_the_wire_is_one_of_our_errors(plex_sim, client, library, fault, kind) -> None:
    plex_sim.add_item(library.id, "/media/x.mp4")
    plex_sim.faults.add(**fault)
    with pytest.raises(kind) as caught:
        client.page(library.id, 0, 10)
    assert plex_sim.token not in str(caught.value)


def test_a_slow_answer_is_temporary(plex_sim, library) -> None:
    plex_sim.faults.add("latency", seconds=600.0)
    with pytest.raises(PlexTemporaryError, match="too long"):
        connect(plex_sim.url, timeout=(PATIENCE_S, 0.1)).sections()


def test_a_closed_port_is_an_absent_server(plex_sim, client) -> None:
    plex_sim.refuse()
    with pytest.raises(PlexServerDown):
        client.sections()
    plex_sim.resume()
    assert client.sections() == ()


def test_a_name_that_does_not_resolve_is_an_absent_server() -> None:
    with pytest.raises(PlexServerDown):
        connect("http://plex.invalid:32400").sections()


@pytest.mark.parametrize("url", ["plex:32400", "localhost", "ftp://plex", "http://"])
def test_an_address_that_is_none_is_a_matter_of_setting(url: str) -> None:
    with pytest.raises(SetupError, match="plex_url"):
        connect(url).sections()


def test_a_token_that_no_header_can_carry_is_a_refused_one(plex_sim) -> None:
    for token in ("to\nken", "tökén€"):
        with pytest.raises(PlexRefused) as caught:
            connect(plex_sim.url, token).sections()
        assert token not in str(caught.value)


def test_a_redirect_is_not_followed() -> None:
    """The token would go along to wherever it leads."""
    with tiny_plex(
        lambda asked, headers: (302, b""), headers={"Location": "http://127.0.0.1:1/elsewhere"}
    ) as server:
        with pytest.raises(PlexGarbled, match="302"):
            connect(server.url).sections()
        assert len(server.asked) == 1


@pytest.mark.parametrize("status", [520, 527, 599, 299])
def test_a_status_that_nobody_knows_is_temporary(status: int) -> None:
    with tiny_plex(lambda asked, headers: (status, b"")) as server, pytest.raises(PlexTemporaryError):
        connect(server.url).sections()


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>well-formed</body></html>",
        b'<MediaContainer><Directory title="no key"/></MediaContainer>',
        b'<MediaContainer><Directory key="x"/></MediaContainer>',
    ],
)
def test_xml_that_is_not_plexs_is_garbled(body: bytes) -> None:
    with tiny_plex(lambda asked, headers: (200, body)) as server, pytest.raises(PlexGarbled):
        connect(server.url).sections()


# --- the probe ---


def test_a_probe_succeeds_when_plex_serves(client) -> None:
    client.probe()


@pytest.mark.parametrize("kind", ["status", "html", "cut", "empty", "reset", "maintenance"])
def test_whatever_else_answers_a_probe_means_that_plex_is_away(plex_sim, client, kind) -> None:
    """Also in maintenance, when the identity would answer; and a proxy's page is no Plex."""
    plex_sim.add_section("Scenes")
    plex_sim.faults.add(kind)
    with pytest.raises(PlexServerDown):
        client.probe()


def test_a_probe_tells_a_refused_token_from_an_absent_server(plex_sim) -> None:
    with pytest.raises(PlexRefused):
        connect(plex_sim.url, "wrong").probe()
    with pytest.raises(SetupError):
        connect("nonsense").probe()


# --- one client, several threads ---


def test_four_threads_share_a_client_and_its_counters(plex_sim, client, library) -> None:
    keys = plex_sim.add_items(library.id, [f"/media/{n}.mp4" for n in range(40)])
    failed: list[PlexError] = []

    def read() -> None:
        try:
            for key in keys:
                assert list(client.details([key])) == [key]
        except PlexError as error:
            failed.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert client.traffic.requests == len(plex_sim.requests) == 160
    assert client.traffic.bytes_received > 160 * 100


def test_a_missing_library_is_not_found(client) -> None:
    with pytest.raises(PlexNotFound):
        client.page(99, 0, 10)


def test_the_simulator_counts_as_little_as_the_client(client) -> None:
    with PlexSimulator() as other:
        assert connect(other.url + "/").sections() == ()
    assert client.traffic.requests == 0
