"""What a server, a proxy or the owner may do to an index: nothing is lost, and another server is not taken for ours."""

from __future__ import annotations

import pytest

from plex.client import PlexClient, Section
from plex.exceptions import LibraryMissing, PlexServerDown, WrongServer
from plex.index import PlexIndex
from plex.lister import LISTINGS
from simulators.plex import PlexSimulator
from tests.plex.index_world import OLD, fill, paths_in
from tests.plex.tiny_plex import tiny_plex

# --- what Plex or a proxy may do ---


def test_pages_that_are_shorter_than_asked_for_are_all_read(plex_sim, library, index_of) -> None:
    plex_sim.options.page_limit = 7
    keys = fill(plex_sim, library, 50)
    index = index_of()
    index.ensure_built()
    assert paths_in(index, 50) == keys
    assert not index.refresh().full


def listing(items: list[tuple[int, int]], total: int, uuid: str = "") -> bytes:
    videos = "".join(
        f"<Video ratingKey='{key}' updatedAt='{updated}'><Media><Part file='/m/{key}.mp4' size='1'/></Media></Video>"
        for key, updated in items
    )
    return f"<MediaContainer totalSize='{total}' librarySectionUUID='{uuid}' machineIdentifier='m'>{videos}</MediaContainer>".encode()


def test_a_server_that_ignores_paging_and_filters_costs_one_request_each(tmp_path) -> None:
    """Unknown parameters are ignored by Plex, and the whole library comes back."""
    everything = listing([(key, OLD + key) for key in range(30, 0, -1)], 30)
    with tiny_plex(lambda asked, headers: (200, everything)) as server:
        client = PlexClient(server.url, "t", client_identifier="tests")
        index = PlexIndex(client, tmp_path / "i.sqlite", [Section(id=1, title="S", type="movie")])
        index.ensure_built()
        assert index.get_stats()["items"] == 30
        result = index.refresh()
        assert (result.new, result.changed, result.full, result.requests) == (0, 0, False, 2)
        index.close()


def test_a_library_that_changes_while_it_is_listed_loses_nothing(tmp_path) -> None:
    """What is missing from a listing that does not add up is not gone."""
    pages = iter(
        [
            listing([(1, OLD), (2, OLD), (3, OLD)], 3),
            *[listing([(1, OLD), (n, OLD)], 3) for n in range(10, 10 + 2 * LISTINGS)],
            *[listing([], 3)] * 9,
        ]
    )

    def reply(asked: str, headers: dict[str, str]) -> tuple[int, bytes]:
        if "identity" in asked:
            return 200, listing([], 0)
        if headers.get("x-plex-container-start") != "0":
            return 200, listing([], 3)
        return 200, next(pages)

    with tiny_plex(reply) as server:
        client = PlexClient(server.url, "t", client_identifier="tests")
        index = PlexIndex(client, tmp_path / "i.sqlite", [Section(id=1, title="S", type="movie")])
        index.ensure_built()
        assert index.refresh(full=True).removed == 0
        assert index.by_path("/m/3.mp4")
        index.close()


def test_a_server_whose_count_is_never_right_is_believed_after_the_same_listing_twice(tmp_path) -> None:
    """Else what is gone would stay for ever, and every look would list everything."""
    shown = [(1, OLD), (2, OLD), (3, OLD)]

    def reply(asked: str, headers: dict[str, str]) -> tuple[int, bytes]:
        first = headers.get("x-plex-container-start", "0") == "0"
        return 200, listing(shown if first else [], 5)

    with tiny_plex(reply) as server:
        client = PlexClient(server.url, "t", client_identifier="tests")
        index = PlexIndex(client, tmp_path / "i.sqlite", [Section(id=1, title="S", type="movie")])
        index.ensure_built()
        shown.pop()
        assert index.refresh(full=True).removed == 1
        assert not index.refresh().full
        index.close()


def test_a_date_far_in_the_future_does_not_hide_later_changes(plex_sim, library, index_of, clock) -> None:
    """Plex's clock was wrong once."""
    key, odd = plex_sim.add_items(
        library.id,
        [
            {"path": "/media/a.mp4", "updated_at": OLD},
            {"path": "/media/b.mp4", "updated_at": int(clock.now) + 10 * 86_400},
        ],
    )
    plex_sim.add_items(library.id, [{"path": f"/media/{n}.mp4", "updated_at": OLD} for n in range(60)])
    index = index_of()
    index.ensure_built()
    plex_sim.library.items[key].fields["title"] = "Edited"
    plex_sim.library.items[key].updated_at = int(clock.now) + 86_400
    assert index.refresh().changed == 1
    assert index.digest(odd) is not None


def test_an_absent_server_leaves_the_index_as_it_was(plex_sim, library, index_of) -> None:
    keys = fill(plex_sim, library, 5)
    index = index_of()
    index.ensure_built()
    plex_sim.refuse()
    with pytest.raises(PlexServerDown):
        index.refresh()
    assert paths_in(index, 5) == keys


def test_a_listing_that_is_cut_off_goes_on_next_time(plex_sim, library, index_of) -> None:
    keys = fill(plex_sim, library, 2100)
    index = index_of()
    plex_sim.faults.add(
        "reset", match=lambda request: request.headers.get("x-plex-container-start") == "1000", times=1
    )
    with pytest.raises(Exception, match="ended the connection"):
        index.ensure_built()
    result = index.ensure_built()
    assert result.full
    assert paths_in(index, 2100) == keys


# --- another server, another library ---


def test_another_server_than_the_expected_one_is_refused(plex_sim, library, index_of) -> None:
    fill(plex_sim, library, 5)
    index = index_of(server="somebody else")
    with pytest.raises(WrongServer, match="somebody else"):
        index.ensure_built()
    assert index.get_stats()["items"] == 0


def test_without_an_expectation_each_server_has_its_own_index(plex_sim, library, index_of, client) -> None:
    fill(plex_sim, library, 5)
    index_of().ensure_built()
    plex_sim.options.machine_identifier = "another-machine"
    assert index_of().ensure_built().full
    assert index_of(server="another-machine").ensure_built() is None


def test_another_server_behind_the_address_is_noticed_by_its_libraries(plex_sim, library, index_of) -> None:
    """A look does not ask who answers: the listing itself carries the library's identifier."""
    fill(plex_sim, library, 5)
    index = index_of(server=plex_sim.options.machine_identifier)
    index.ensure_built()
    with PlexSimulator(machine_identifier="other") as other:
        section = other.add_section("Scenes")
        assert section.id == library.id
        section.uuid = "other-uuid"
        index._lister._client = PlexClient(other.url, other.token, client_identifier="tests")
        with pytest.raises(WrongServer):
            index.refresh()


def test_a_library_that_was_made_anew_is_listed_anew(plex_sim, library, index_of) -> None:
    fill(plex_sim, library, 5)
    index = index_of()
    index.ensure_built()
    plex_sim.remove_section(library.id)
    library.items.clear()
    library.uuid = "made-anew"
    plex_sim.library.sections[library.id] = library
    key = plex_sim.add_item(library.id, "/media/only.mp4")
    result = index.refresh()
    assert (result.full, result.new) == (True, 1)
    assert index.by_path("/media/0.mp4") == []
    assert index.by_path("/media/only.mp4")[0].rating_key == key


def test_a_library_that_is_gone_or_another_one_is_missing(plex_sim, library, index_of) -> None:
    fill(plex_sim, library, 5)
    index = index_of()
    index.ensure_built()
    library.uuid, library.title = "x", "Family Videos"
    with pytest.raises(LibraryMissing, match="'Scenes'"):
        index.refresh()
    plex_sim.remove_section(library.id)
    with pytest.raises(LibraryMissing, match="'Scenes'"):
        index.refresh()


def test_a_server_whose_listings_have_another_uuid_than_its_libraries_still_works(tmp_path) -> None:
    def reply(asked: str, headers: dict[str, str]) -> tuple[int, bytes]:
        if asked.endswith("/library/sections"):
            return (
                200,
                b"<MediaContainer><Directory key='1' title='S' type='movie' uuid='u'/></MediaContainer>",
            )
        return 200, listing([(1, OLD)], 1, uuid="something else")

    with tiny_plex(reply) as server:
        client = PlexClient(server.url, "t", client_identifier="tests")
        index = PlexIndex(client, tmp_path / "i.sqlite", client.sections())
        index.ensure_built()
        assert index.get_stats()["items"] == 1
        assert not index.refresh().full
        index.close()
