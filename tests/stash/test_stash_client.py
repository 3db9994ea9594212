from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stash.answers import snake_case_keys
from stash.client import StashClient
from stash.exceptions import StashDown, StashOdd
from stash.redact import Secrets
from stash.runtime import Connection
from tests.stash.tiny_stash import Library, Reply, Request, TinyStash, answering
from tests.support import PATIENCE_S

SHAKING = (PATIENCE_S, PATIENCE_S)
"""With TLS the server has a part in connecting, and it may be late."""


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


def test_the_queue_holds_what_runs_and_what_waits() -> None:
    with answering({"jobQueue": JOBS}) as server, StashClient(server.connection()) as client:
        assert client.other_jobs_waiting()
        assert [job.status for job in client.jobs()] == ["RUNNING", "READY"]


@pytest.mark.parametrize("queue", ["x", [3]])
def test_a_queue_that_is_none_is_said(queue: Any) -> None:
    with (
        answering({"jobQueue": queue}) as server,
        StashClient(server.connection()) as client,
        pytest.raises(StashOdd, match="job queue"),
    ):
        client.jobs()


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
    with (
        TinyStash(Library(), tls=True) as server,
        StashClient(server.connection(), timeout=SHAKING) as client,
    ):
        assert client.version() == "v0.30.1"


def test_an_own_certificate_is_refused_when_checking_is_asked_for() -> None:
    with (
        TinyStash(Library(), tls=True) as server,
        StashClient(server.connection(), verify=True, timeout=SHAKING) as client,
        pytest.raises(StashDown, match="certificate"),
    ):
        client.version()


def test_certificates_of_other_machines_are_checked() -> None:
    with StashClient(Connection("https", "stash.example", 9999)) as client:
        assert client._session.verify is True
