from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_stash import Reply, Request, TinyStash

from stash.client import StashClient, snake_case_keys, version_number
from stash.exceptions import QueryFailed, StashDown, StashOdd
from stash.redact import Secrets
from stash.runtime import Connection


class Library:
    """Answers as Stash does for the scenes that it has."""

    def __init__(self, *ids: int, version: str = "v0.30.1") -> None:
        self.ids = set(ids)
        self.version = version
        self.updated_at = "2025-11-24T11:20:00+01:00"

    def __call__(self, request: Request) -> Reply:
        query, variables = request.query, request.variables
        if "version{" in query:
            return Reply.data({"version": {"version": self.version}})
        if "findScene(" in query:
            wanted = re.findall(r"(s\d+):findScene\(id:(\d+)\)", query)
            return Reply.data(
                {
                    alias: self.scene(int(number)) if int(number) in self.ids else None
                    for alias, number in wanted
                }
            )
        if "ids" in variables:
            for number in map(int, variables["ids"]):
                if number not in self.ids:
                    return Reply.errors(f"scene with id {number} not found")
            return Reply.data(
                {"findScenes": {"scenes": [self.scene(int(number)) for number in variables["ids"]]}}
            )
        if "updated_at}" in query:
            return Reply.data(
                {"findScenes": {"scenes": [{"updated_at": self.updated_at}] if self.ids else []}}
            )
        last, most = variables["s"]["id"]["value"], variables["f"]["per_page"]
        found = sorted(number for number in self.ids if number > last)[:most]
        return Reply.data({"findScenes": {"scenes": [{"id": str(number)} for number in found]}})

    @staticmethod
    def scene(number: int) -> dict[str, Any]:
        return {"id": str(number), "title": f"scene {number}"}


def answering(data: Any) -> TinyStash:
    return TinyStash(lambda _: Reply.data(data))


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
def test_an_older_stash_is_not_asked_for_groups(version: str, groups: bool) -> None:
    with TinyStash(Library(1, version=version)) as server, StashClient(server.connection()) as client:
        client.scenes([1])
        client.scenes([1])
    assert ("groups" in server.requests[-1].query) is groups
    assert len(server.requests) == 3, "the version is asked once"


def test_two_clients_of_different_stashes_do_not_share_their_fragments() -> None:
    with TinyStash(Library(1, version="v0.25.0")) as old, TinyStash(Library(1)) as new:
        with StashClient(old.connection()) as client:
            client.scenes([1])
        with StashClient(new.connection()) as client:
            client.scenes([1])
    assert "groups" not in old.requests[-1].query
    assert "groups" in new.requests[-1].query


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


@pytest.mark.parametrize(
    ("configuration", "settings", "key"),
    [
        (
            {"plugins": {"StashPlexSync": {"plex_url": "http://plex"}}, "general": {"apiKey": "key-1"}},
            {"plex_url": "http://plex"},
            "key-1",
        ),
        (
            {"plugins": {"stashplexsync": {"plexUrl": "http://plex"}}, "general": {"apiKey": ""}},
            {"plex_url": "http://plex"},
            "",
        ),
        ({"plugins": {}, "general": None}, {}, ""),
        ({"plugins": None, "general": {}}, {}, ""),
        ({"plugins": {"StashPlexSync": None}, "general": {"apiKey": None}}, {}, ""),
    ],
)
def test_settings_and_api_key_come_in_one_call(
    configuration: Any, settings: dict[str, Any], key: str
) -> None:
    with answering({"configuration": configuration}) as server, StashClient(server.connection()) as client:
        assert client.plugin_settings("StashPlexSync") == (settings, key)
    assert server.requests[0].variables == {"ids": ["StashPlexSync"]}
    assert len(server.requests) == 1


def test_a_configuration_that_is_missing_is_said() -> None:
    with (
        answering({"configuration": None}) as server,
        StashClient(server.connection()) as client,
        pytest.raises(StashOdd, match="no configuration"),
    ):
        client.plugin_settings("StashPlexSync")


def test_a_key_in_both_forms_keeps_the_value_of_its_own() -> None:
    assert snake_case_keys({"plex_url": "own", "plexUrl": "other"}) == {"plex_url": "own"}
    assert snake_case_keys({"plexUrl": "other", "plex_url": "own"}) == {"plex_url": "own"}


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9]{0,6}(_[a-z][a-z0-9]{0,6}){0,3}", fullmatch=True), st.integers()
    )
)
def test_what_stash_0_25_does_to_a_setting_is_undone(settings: dict[str, int]) -> None:
    handed_out = {
        re.sub(r"_(.)", lambda match: match[1].upper(), key): value for key, value in settings.items()
    }
    assert snake_case_keys(handed_out) == settings
    assert snake_case_keys(settings) == settings


def test_the_api_key_is_adopted_in_place_of_the_cookie() -> None:
    secrets = Secrets()
    with (
        answering({"configuration": {"general": {"apiKey": "key-1"}}}) as server,
        StashClient(server.connection(cookie="cookie-1"), secrets=secrets) as client,
    ):
        assert client.adopt_api_key()
        assert client.adopt_api_key()
        assert not client.keep_alive(0.0)
        client.plugin_settings("x")
    assert [("Cookie" in request.headers, request.headers.get("ApiKey")) for request in server.requests] == [
        (True, None),
        (False, "key-1"),
    ]
    assert secrets.scrub("key-1") == "***"


def test_a_known_api_key_is_adopted_without_a_question() -> None:
    with TinyStash(Library()) as server, StashClient(server.connection(cookie="cookie-1")) as client:
        assert client.adopt_api_key("key-1")
        assert not server.requests


def test_without_an_api_key_the_cookie_stays() -> None:
    with (
        answering({"configuration": {"general": {"apiKey": ""}}}) as server,
        StashClient(server.connection(cookie="cookie-1")) as client,
    ):
        assert not client.adopt_api_key()
        assert not client.adopt_api_key()
    assert [request.headers["Cookie"] for request in server.requests] == ["session=cookie-1"] * 2


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_each_answers_cookie_replaces_the_one_before(host: str) -> None:
    secrets = Secrets()
    numbers = iter(range(2, 99))

    def answer(request: Request) -> Reply:
        return Reply.data(
            {"version": {}},
            **{"Set-Cookie": f"session=cookie-{next(numbers)}; Path=/; Max-Age=3600; HttpOnly"},
        )

    with (
        TinyStash(answer) as server,
        StashClient(server.connection("cookie-1", host), secrets=secrets) as client,
    ):
        for _ in range(3):
            client.keep_alive(0.0)
        assert client.picture("/scene/1/screenshot").data
    assert [request.headers["Cookie"] for request in server.requests] == [
        f"session=cookie-{number}" for number in (1, 2, 3, 4)
    ]
    assert secrets.scrub("cookie-4 cookie-5") == "cookie-4 ***"


def test_a_refusals_cookie_is_not_taken() -> None:
    with (
        TinyStash(lambda _: Reply(500, headers={"Set-Cookie": "session=bad; Path=/"})) as server,
        StashClient(server.connection("cookie-1")) as client,
    ):
        for _ in range(2):
            with pytest.raises(StashDown):
                client.version()
    assert server.requests[1].headers["Cookie"] == "session=cookie-1"


def test_a_foreign_or_empty_cookie_is_not_taken() -> None:
    with (
        TinyStash(lambda _: Reply.data({}, **{"Set-Cookie": "other=x; Path=/"})) as server,
        StashClient(server.connection()) as client,
    ):
        client.keep_alive(0.0)
        client.keep_alive(0.0)
    assert "Cookie" not in server.requests[1].headers


def test_the_session_is_kept_alive_only_after_a_silence() -> None:
    now = [1000.0]
    with (
        TinyStash(Library()) as server,
        StashClient(server.connection("cookie-1"), clock=lambda: now[0]) as client,
    ):
        assert not client.keep_alive()
        now[0] += 899
        assert not client.keep_alive()
        now[0] += 1
        assert client.keep_alive()
        assert not client.keep_alive()
        now[0] -= 5000  # the clock was set back: nobody can tell how long it was
        assert client.keep_alive()
    assert len(server.requests) == 2


JOBS = [
    {"id": "1", "status": "RUNNING", "description": "Running plugin task: Sync Queued Scenes"},
    {"id": "2", "status": "READY", "description": "Running plugin task: Sync Queued Scenes"},
    {"id": "3", "status": "FINISHED", "description": "Scanning..."},
]


@pytest.mark.parametrize(
    ("jobs", "waiting"),
    [
        (None, False),
        ([], False),
        (JOBS, False),
        ([*JOBS, {"id": "4", "status": "READY", "description": "Generating..."}], True),
        ([*JOBS, {"id": "4", "status": "STOPPING", "description": "Generating..."}], False),
    ],
)
def test_somebody_elses_job_waits_when_it_is_ready(jobs: Any, waiting: bool) -> None:
    with answering({"jobQueue": jobs}) as server, StashClient(server.connection()) as client:
        assert client.other_jobs_waiting(own=["Sync Queued Scenes"]) is waiting


def test_stash_is_idle_but_for_the_jobs_that_we_know() -> None:
    with answering({"jobQueue": JOBS}) as server, StashClient(server.connection()) as client:
        assert client.other_jobs_waiting()
        assert client.idle_but_for({"1", "2"})
        assert not client.idle_but_for({"1"})
        assert [job.id for job in client.jobs()] == ["1", "2"]


@pytest.mark.parametrize("queue", ["x", [3]])
def test_a_queue_that_is_none_is_said(queue: Any) -> None:
    with (
        answering({"jobQueue": queue}) as server,
        StashClient(server.connection()) as client,
        pytest.raises(StashOdd, match="job queue"),
    ):
        client.jobs()


def test_a_task_is_started_with_its_arguments() -> None:
    args = {"mode": "drain"}
    with answering({"runPluginTask": "17"}) as server, StashClient(server.connection()) as client:
        assert client.run_task("StashPlexSync", "Sync", "words", args) == "17"
    assert server.requests[0].variables == {
        "p": "StashPlexSync",
        "t": "Sync",
        "d": "words",
        "a": {"mode": "drain"},
    }


@pytest.mark.parametrize(
    ("reply", "path"),
    [
        (Reply.data({"systemStatus": {"ffmpegPath": "/usr/bin/ffmpeg"}}), "/usr/bin/ffmpeg"),
        (Reply.data({"systemStatus": {"ffmpegPath": None}}), ""),
        (Reply.data({"systemStatus": None}), ""),
        (Reply.errors('Cannot query field "ffmpegPath"'), ""),
    ],
)
def test_stash_names_its_ffmpeg_if_it_can(reply: Reply, path: str) -> None:
    with TinyStash(lambda _: reply) as server, StashClient(server.connection()) as client:
        assert client.ffmpeg_path() == path


def test_an_own_certificate_is_accepted_on_this_machine_without_a_warning() -> None:
    with TinyStash(Library(), tls=True) as server, StashClient(server.connection()) as client:
        assert client.version() == "v0.30.1"


def test_an_own_certificate_is_refused_when_checking_is_asked_for() -> None:
    with (
        TinyStash(Library(), tls=True) as server,
        StashClient(server.connection(), verify=True) as client,
        pytest.raises(StashDown, match="certificate"),
    ):
        client.version()


def test_certificates_of_other_machines_are_checked() -> None:
    with StashClient(Connection("https", "stash.example", 9999)) as client:
        assert client._session.verify is True
