from __future__ import annotations

from typing import Any

import pytest

from stash.answers import version_number
from stash.client import StashClient
from stash.exceptions import QueryFailed, StashOdd
from tests.stash.tiny_stash import Library, Reply, TinyStash, answering


def test_nothing_is_asked_at_the_start() -> None:
    with TinyStash(Library()) as server, StashClient(server.connection()):
        assert not server.requests


def test_the_version_is_asked_once() -> None:
    with TinyStash(Library()) as server, StashClient(server.connection()) as client:
        assert client.version() == client.version() == "v0.30.1"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("v0.30.1", (0, 30)),
        ("v0.26.2-5-gabc", (0, 26)),
        ("0.27.0", (0, 27)),
        ("", (9999, 0)),
        ("feature-x", (9999, 0)),
    ],
)
def test_a_version_without_a_number_is_the_newest(text: str, number: tuple[int, int]) -> None:
    assert version_number(text) == number


def test_scenes_are_read_by_a_hundred_and_once_each() -> None:
    with TinyStash(Library(*range(1, 300))) as server, StashClient(server.connection()) as client:
        scenes = client.scenes([*range(1, 251), 7, 7])
    assert sorted(scenes) == list(range(1, 251))
    assert scenes[7].title == "scene 7"
    assert [len(request.variables["ids"]) for request in server.requests[1:]] == [100, 100, 50]


def test_of_no_ids_nothing_is_asked() -> None:
    with TinyStash(Library()) as server, StashClient(server.connection()) as client:
        assert client.scenes([]) == {}
    assert not server.requests


def test_unknown_ids_are_absent_and_cost_one_more_request() -> None:
    with TinyStash(Library(1, 2, 3, 5)) as server, StashClient(server.connection()) as client:
        assert sorted(client.scenes([5, 4, 3, 99, 1])) == [1, 3, 5]
    assert len(server.requests) == 3


def test_another_error_is_not_taken_for_an_unknown_id() -> None:
    with (
        TinyStash(
            lambda request: (
                Reply.errors("database is locked") if "ids" in request.variables else Library()(request)
            )
        ) as server,
        StashClient(server.connection()) as client,
        pytest.raises(QueryFailed, match="while reading scenes: database is locked"),
    ):
        client.scenes([1])


@pytest.mark.parametrize(("version", "groups"), [("v0.27.0", True), ("v0.26.2", False), ("v0.25.1", False)])
def test_an_older_stash_is_asked_for_movies_in_place_of_groups(version: str, groups: bool) -> None:
    with TinyStash(Library(1, version=version)) as server, StashClient(server.connection()) as client:
        client.scenes([1])
        client.scenes([1])
    assert ("movies" not in server.requests[-1].query) is groups
    assert len(server.requests) == 3, "the version is asked once"


def test_two_clients_of_different_stashes_do_not_share_their_fragments() -> None:
    with TinyStash(Library(1, version="v0.25.0")) as old, TinyStash(Library(1)) as new:
        with StashClient(old.connection()) as client:
            client.scenes([1])
        with StashClient(new.connection()) as client:
            client.scenes([1])
    assert "movies" in old.requests[-1].query
    assert "movies" not in new.requests[-1].query


def test_what_costs_extra_is_asked_for_as_long_as_it_is_wanted() -> None:
    with TinyStash(Library(1)) as server, StashClient(server.connection()) as client:
        for extras in ((), ("tag_parents",), ("tag_parents",), ()):
            client.ask_for(extras)
            client.scenes([1])
    asked = [request.query for request in server.requests if "SyncScene" in request.query]
    assert ["parents" in query for query in asked] == [False, True, True, False]


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (5, 1), (10, 2), (25, 3)])
def test_all_ids_come_page_by_page(count: int, pages: int) -> None:
    with TinyStash(Library(*range(1, count + 1))) as server, StashClient(server.connection()) as client:
        found = list(client.scene_ids(page_size=10))
    assert [number for page in found for number in page] == list(range(1, count + 1))
    assert len(server.requests) == pages
    assert server.requests[0].variables["f"] == {"page": 1, "per_page": 10, "sort": "id", "direction": "ASC"}
    assert "updated_at" not in server.requests[0].variables["s"]


def test_a_server_that_ignores_the_filter_is_no_endless_loop() -> None:
    with (
        answering({"findScenes": {"scenes": [{"id": "1"}, {"id": "2"}]}}) as server,
        StashClient(server.connection()) as client,
    ):
        pages = client.scene_ids(page_size=2)
        assert next(pages) == [1, 2]
        with pytest.raises(StashOdd, match="another order"):
            next(pages)


def test_ids_changed_since_are_asked_with_stashs_own_text() -> None:
    with TinyStash(Library(1)) as server, StashClient(server.connection()) as client:
        assert list(client.scene_ids(updated_since="2025-11-24T11:20:00+01:00")) == [[1]]
    assert server.requests[0].variables["s"]["updated_at"] == {
        "value": "2025-11-24T11:20:00+01:00",
        "modifier": "GREATER_THAN",
    }


@pytest.mark.parametrize(
    ("newest", "asked"),
    [
        ("2025-11-24T11:20:00+01:00", "2025-11-24T08:00:00+01:00"),
        ("2025-11-24T11:20:00-05:00", "2025-11-24T02:00:00-05:00"),
        ("2025-11-24T10:20:00Z", "2025-11-24T07:00:00+00:00"),
    ],
)
def test_recent_ids_are_asked_in_the_servers_offset_with_two_hours_more(newest: str, asked: str) -> None:
    library = Library(1, 2)
    library.updated_at = newest
    now = 1_763_982_000.0  # 2025-11-24T11:00:00Z
    with TinyStash(library) as server, StashClient(server.connection(), clock=lambda: now) as client:
        assert list(client.recent_ids(2)) == [1, 2]
    assert server.requests[1].variables["s"]["updated_at"]["value"] == asked


def test_of_an_empty_library_nothing_is_recent() -> None:
    with TinyStash(Library()) as server, StashClient(server.connection()) as client:
        assert list(client.recent_ids(24)) == []


def test_a_time_that_is_none_is_said() -> None:
    library = Library(1)
    library.updated_at = "yesterday"
    with (
        TinyStash(library) as server,
        StashClient(server.connection()) as client,
        pytest.raises(StashOdd, match="a time that is none"),
    ):
        list(client.recent_ids(1))


@pytest.mark.parametrize("data", [{}, {"findScenes": None}, {"findScenes": {"scenes": None}}])
def test_a_list_that_is_missing_is_said(data: Any) -> None:
    with (
        answering(data) as server,
        StashClient(server.connection()) as client,
        pytest.raises(StashOdd, match="no list of scenes"),
    ):
        list(client.scene_ids())
