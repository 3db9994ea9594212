"""The index learns what Plex has, in as few requests as that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plex.client import PlexClient, Section
from plex.exceptions import LibraryMissing, PlexServerDown, WrongServer
from plex.index import PlexIndex
from plex.lister import LISTINGS
from simulators.plex import PlexSimulator
from tests.plex.tiny_plex import tiny_plex

if TYPE_CHECKING:
    from pathlib import Path

OLD = 1_700_000_000


def fill(plex_sim, library, count: int, start: int = 0) -> list[int]:
    keys: list[int] = plex_sim.add_items(
        library.id,
        [
            {"path": f"/media/{n}.mp4", "added_at": OLD + n, "updated_at": OLD + n}
            for n in range(start, start + count)
        ],
    )
    return keys


def paths_in(index: PlexIndex, count: int, start: int = 0) -> list[int]:
    """The rating key of each file, 0 for one that is not there."""
    found = [index.by_path(f"/media/{n}.mp4") for n in range(start, start + count)]
    return [rows[0].rating_key if rows else 0 for rows in found]


def test_a_library_is_listed_once_a_thousand_items_in_a_request(plex_sim, library, index_of) -> None:
    keys = fill(plex_sim, library, 2100)
    index = index_of(server=plex_sim.options.machine_identifier)
    plex_sim.forget_requests()
    result = index.ensure_built()
    assert result is not None
    assert (result.new, result.changed, result.removed, result.full) == (2100, 0, 0, True)
    assert result.requests == len(plex_sim.requests) == 4  # the identity and three pages
    assert paths_in(index, 2100) == keys
    assert index.get_stats()["items"] == 2100
    assert len(plex_sim.requests) == 4


def test_a_row_says_what_the_listing_said(plex_sim, library, index_of) -> None:
    key = plex_sim.add_item(
        library.id, "/media/Éva.MP4", size=77, duration_ms=5000, title="T", updated_at=OLD
    )
    index = index_of()
    index.ensure_built()
    (row,) = index.by_name("/elsewhere/éva.mp4")
    assert (row.rating_key, row.section_id, row.title, row.path) == (key, library.id, "T", "/media/Éva.MP4")
    assert (row.size, row.duration_ms, row.updated_at) == (77, 5000, OLD)
    assert row.digest == index.digest(key)
    assert index.by_name("éva.mp4", size=77) == [row]
    assert index.by_name("éva.mp4", size=78) == []


def test_a_path_comes_back_as_plex_gave_it(plex_sim, library, index_of) -> None:
    """Whoever reads the item compares it letter by letter."""
    for path in ("D:\\videos\\a.mp4", "/media/E\u0301.mp4", "/media//b.mp4"):
        plex_sim.add_item(library.id, path)
    index = index_of()
    index.ensure_built()
    assert index.by_path("d:/videos/a.mp4")[0].path == "D:\\videos\\a.mp4"
    assert index.by_path("/media/\u00c9.mp4")[0].path == "/media/E\u0301.mp4"
    assert index.by_path("/media/b.mp4")[0].path == "/media//b.mp4"
    assert index.by_path("/media/B.mp4") == []
    assert len(index.by_folded_path("/MEDIA/B.mp4")) == 1


def test_a_warm_index_costs_no_request(plex_sim, library, index_of) -> None:
    fill(plex_sim, library, 3)
    index_of().ensure_built()
    second = index_of(server=plex_sim.options.machine_identifier)
    plex_sim.forget_requests()
    assert second.ensure_built() is None
    assert all(paths_in(second, 3))
    assert plex_sim.requests == []


def test_new_items_are_found_in_two_requests(plex_sim, library, index_of) -> None:
    fill(plex_sim, library, 200)
    index = index_of()
    index.ensure_built()
    plex_sim.add_item(library.id, "/media/sub/New ONE.mp4")
    plex_sim.forget_requests()
    result = index.refresh()
    assert (result.new, result.changed, result.full, result.requests) == (1, 0, False, 2)
    assert result.names == {"new one.mp4"}
    assert len(plex_sim.requests) == 2
    assert index.by_path("/media/sub/New ONE.mp4")


def test_many_new_items_are_found_without_a_listing(plex_sim, library, index_of) -> None:
    fill(plex_sim, library, 10)
    index = index_of()
    index.ensure_built()
    keys = fill(plex_sim, library, 1200, start=10)
    result = index.refresh()
    assert (result.new, result.full) == (1200, False)
    assert paths_in(index, 1200, 10) == keys


def test_nothing_new_is_nothing_new(plex_sim, library, index_of) -> None:
    fill(plex_sim, library, 60)
    index = index_of()
    index.ensure_built()
    before = index.generation
    result = index.refresh()
    assert (result.new, result.changed, result.removed, result.names, result.full) == (0, 0, 0, set(), False)
    assert index.generation[0] == before[0]


def test_a_changed_item_has_another_digest_and_a_moved_file_another_path(plex_sim, library, index_of) -> None:
    edited, moved, *_ = fill(plex_sim, library, 60)
    index = index_of()
    index.ensure_built()
    before = index.digest(edited)
    plex_sim.person_edits(edited, title="Edited")
    plex_sim.move_item(moved, "/media/else/where.mp4")
    result = index.refresh()
    assert (result.new, result.changed, result.full) == (0, 2, False)
    assert result.names == {"where.mp4"}
    assert index.digest(edited) != before
    assert index.by_path("/media/0.mp4")[0].title == "Edited"
    assert index.by_path("/media/1.mp4") == []
    assert index.by_path("/media/else/where.mp4")[0].rating_key == moved


def test_a_removed_item_shows_in_the_librarys_size_and_makes_a_full_listing(
    plex_sim, library, index_of
) -> None:
    keys = fill(plex_sim, library, 60)
    index = index_of()
    index.ensure_built()
    plex_sim.delete_item(keys[7])
    result = index.refresh()
    assert (result.removed, result.full) == (1, True)
    assert index.by_path("/media/7.mp4") == []
    assert index.digest(keys[7]) is None
    assert not index.refresh().full


def test_an_item_with_an_old_date_is_found_by_the_librarys_size(plex_sim, library, index_of) -> None:
    """Plex can take the date of adding from the file."""
    fill(plex_sim, library, 60)
    index = index_of()
    index.ensure_built()
    plex_sim.add_item(library.id, "/media/old.mp4", added_at=OLD - 100, updated_at=OLD - 100)
    result = index.refresh()
    assert (result.new, result.full) == (1, True)
    assert result.names == {"old.mp4"}


def test_an_item_that_came_back_under_another_key_is_found(plex_sim, library, index_of) -> None:
    keys = fill(plex_sim, library, 60)
    index = index_of()
    index.ensure_built()
    again = plex_sim.readd_item(keys[3])
    index.refresh()
    assert paths_in(index, 1, 3) == [again]


def test_a_full_refresh_lists_everything_and_asks_who_answers(plex_sim, library, index_of) -> None:
    fill(plex_sim, library, 5)
    index = index_of()
    index.ensure_built()
    result = index.refresh(full=True)
    assert (result.full, result.new, result.changed, result.requests) == (True, 0, 0, 2)


def test_a_look_is_shared_for_some_seconds(plex_sim, library, index_of, clock) -> None:
    """Also by other processes: the time of the last look stands in the file."""
    fill(plex_sim, library, 5)
    index_of().ensure_built()
    clock.now += 4
    assert index_of().ensure(5.0) is None
    clock.now += 2
    result = index_of().ensure(5.0)
    assert result is not None
    assert not result.full
    assert index_of().ensure(5.0) is None
    clock.now -= 3600  # the clock was set back: the last look lies in the future
    assert index_of().ensure(5.0) is not None


def test_an_empty_library_is_built_and_looked_at_like_any_other(plex_sim, library, index_of) -> None:
    index = index_of()
    assert index.ensure_built().full
    assert index.ensure_built() is None
    assert not index.refresh().full
    plex_sim.add_item(library.id, "/media/first.mp4")
    assert index.refresh().names == {"first.mp4"}


def test_several_libraries_are_one_index(plex_sim, library, index_of, client) -> None:
    other = plex_sim.add_section("Other", locations=("/other",))
    plex_sim.add_item(library.id, "/media/x.mp4")
    plex_sim.add_item(other.id, "/media/x.mp4")
    index = index_of()
    index.ensure_built()
    assert [row.section_id for row in index.by_path("/media/x.mp4")] == [library.id, other.id]
    only = index_of([section for section in client.sections() if section.id == other.id])
    assert only.ensure_built() is None
    assert [row.section_id for row in only.by_path("/media/x.mp4")] == [other.id]
    assert only.get_stats()["items"] == 1


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


# --- always the same as Plex ---

STEPS = ("add", "add_old", "delete", "move", "edit", "readd", "refresh", "note", "forget")


class World:
    """A library that changes, an index over it, and a clock that moves with each step."""

    def __init__(self, plex_sim: PlexSimulator, folder: Path, now: list[float]) -> None:
        self.plex_sim, self.now = plex_sim, now
        self.library = plex_sim.add_section("Scenes")
        self.client = PlexClient(plex_sim.url, plex_sim.token, client_identifier="tests")
        self.index = PlexIndex(self.client, folder / "i.sqlite", self.client.sections(), clock=lambda: now[0])

    def step(self, event: str, key: int) -> None:
        """One thing happens; ``key`` is the item that it happens to."""
        self.now[0] += 1
        new_path = f"/media/{self.now[0]:.0f}.mp4"
        match event:
            case "add":
                self.plex_sim.add_item(self.library.id, new_path)
            case "add_old":
                self.plex_sim.add_item(self.library.id, new_path, added_at=1000)
            case "refresh":
                self.index.refresh()
        if key:
            self._happen_to(event, key, new_path)

    def _happen_to(self, event: str, key: int, new_path: str) -> None:
        match event:
            case "delete":
                self.plex_sim.delete_item(key)
            case "move":
                self.plex_sim.move_item(key, new_path)
            case "edit":
                self.plex_sim.person_edits(key, title=new_path)
            case "readd":
                self.plex_sim.readd_item(key)
            case "note":
                self.index.note(self.client.details([key])[key])
            case "forget":
                self.index.forget(key)

    def check(self) -> None:
        """The index shows what the library shows."""
        views = self.plex_sim.items(self.library.id)
        found = [self.index.by_path(view.files[0]) for view in views]
        assert [[(row.rating_key, row.title) for row in rows] for rows in found] == [
            [(view.rating_key, view.title)] for view in views
        ]
        assert self.index.get_stats()["items"] == len(views)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(STEPS), max_size=25), st.randoms(use_true_random=False))
def test_after_a_refresh_the_index_knows_every_file_and_no_other(tmp_path_factory, events, random) -> None:
    """Whatever happened between two looks, as long as a change moves ``updatedAt`` or the size of the library."""
    now = [float(OLD)]
    with PlexSimulator(clock=lambda: now[0], page_limit=4) as plex_sim:
        world = World(plex_sim, tmp_path_factory.mktemp("index"), now)
        world.index.ensure_built()
        for event in events:
            world.step(event, random.choice([0, *world.library.items]))
        world.index.refresh()
        # One that came with an old date while another one went is seen only by the whole listing.
        if "add_old" in events and {"delete", "readd", "forget"} & set(events):
            world.index.refresh(full=True)
        world.check()
        world.index.close()
        world.client.close()
