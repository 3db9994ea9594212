from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest
import requests
import urllib3
from stashapi.classes import GQLException, GQLWrapper

import stash.exceptions
from stash.client import StashClient
from stash.exceptions import (
    QueryFailed,
    StashDown,
    StashError,
    StashGarbled,
    StashOdd,
    StashRefused,
    StashSlow,
)
from stash.interface import Interface, Session, translated
from stash.runtime import Connection
from tests.stash.tiny_stash import RawServer, Reply, TinyStash
from tests.support import PATIENCE_S, refusing_port

if TYPE_CHECKING:
    from types import ModuleType

    from tests.stash.tiny_stash import Request


def exceptions_of(module: ModuleType) -> set[type[Exception]]:
    """Those that the package has made itself; it may have imported others."""
    package = module.__name__.partition(".")[0]
    found = {kind for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, Exception)}
    return {kind for kind in found if not issubclass(kind, Warning) and kind.__module__.startswith(package)}


OURS = sorted(exceptions_of(stash.exceptions), key=str)
THEIRS = sorted(
    {
        *exceptions_of(requests.exceptions),
        *exceptions_of(urllib3.exceptions),
        GQLException,
        UnicodeEncodeError,
    },
    key=str,
)


@pytest.mark.parametrize("kind", THEIRS)
def test_every_exception_of_the_libraries_becomes_ours(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    error.args = ("https://h/?apikey=hush-hush",) if kind is not GQLException else ("no such field",)
    with pytest.raises(StashError) as caught, translated("reading scenes"):
        raise error
    assert "while reading scenes" in str(caught.value)
    assert "hush-hush" not in str(caught.value)


@pytest.mark.parametrize(
    "kind", [requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL, UnicodeEncodeError]
)
def test_an_exception_that_holds_a_header_is_no_cause(kind: type[Exception]) -> None:
    with pytest.raises(StashOdd) as caught, translated("reading scenes"):
        raise kind.__new__(kind)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_our_own_pass_as_they_are() -> None:
    ours = StashRefused("no")
    with pytest.raises(StashRefused) as caught, translated("reading scenes"):
        raise ours
    assert caught.value is ours


@pytest.mark.parametrize("kind", OURS)
def test_every_class_says_what_follows_from_it(kind: type[StashError]) -> None:
    error = kind(("x",)) if kind is QueryFailed else kind("x")
    assert error.error_type == kind.__name__
    assert error.hint
    assert error.will_retry
    assert not error.opens_breaker
    assert error.costs_try != error.stops_drain


@pytest.mark.parametrize(
    ("reply", "expected", "text"),
    [
        (Reply(401), StashRefused, "status 401"),
        (Reply(403, b"Stash is exposed"), StashRefused, "status 403"),
        (Reply(302, headers={"Location": "/login?returnURL=%2F"}), StashRefused, "login"),
        (Reply(308, headers={"Location": "https://elsewhere/graphql"}), StashDown, "elsewhere"),
        (Reply(500), StashDown, "status 500"),
        (Reply(503, b"<html>"), StashDown, "status 503"),
        (Reply(504, b"<html>"), StashSlow, "status 504"),
        (Reply(200, b"<html>login</html>"), StashDown, "not JSON"),
        (Reply(404, b"not found"), StashDown, "404"),
        (Reply(200, b""), StashDown, "not JSON"),
        (Reply(200, b"[" * 100_000), StashDown, "not JSON"),
        (Reply(200, b"[]"), StashDown, "not a JSON object"),
        (Reply(200, b'{"data": null}'), StashDown, "no data"),
        (Reply(200, b'{"data": []}'), StashDown, "no data"),
        (Reply.errors("Cannot query field x", "and more"), QueryFailed, "Cannot query field x; and more"),
        (Reply(422, b'{"errors": [{"message": "bad"}]}'), QueryFailed, "bad"),
        (Reply(200, b'{"errors": ["odd", {"no": 1}]}'), QueryFailed, "odd; None"),
        (Reply(200, b'{"errors": "odd"}'), QueryFailed, "odd"),
        (Reply(200, b"{}", {"Content-Encoding": "gzip"}), StashDown, "could not be reached"),
    ],
)
def test_every_answer_that_is_none_is_one_of_ours(
    reply: Reply, expected: type[StashError], text: str
) -> None:
    with (
        TinyStash(lambda _: reply) as server,
        StashClient(server.connection(cookie="hush-hush")) as client,
        pytest.raises(StashError) as caught,
    ):
        client.version()
    assert type(caught.value) is expected
    assert text in str(caught.value)
    assert {request.path for request in server.requests} == {"/graphql"}, "no redirect is followed"


@pytest.mark.parametrize("reply", [Reply(200, b"<html>"), Reply(302, headers={"Location": "/portal"})])
def test_an_answer_that_is_none_to_one_question_alone_is_that_questions_trouble(reply: Reply) -> None:
    def answer(request: Request) -> Reply:
        return Reply.data({"version": {"version": "v0.30.1"}}) if "{version{" in request.query else reply

    with (
        TinyStash(answer) as server,
        StashClient(server.connection()) as client,
        pytest.raises(StashGarbled),
    ):
        client.newest_change()


def test_an_answer_that_is_cut_means_that_stash_went_away() -> None:
    with (
        RawServer(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"da') as server,
        StashClient(server.connection) as client,
        pytest.raises(StashDown),
    ):
        client.version()


def test_no_answer_in_time_means_down() -> None:
    with (
        RawServer(b"HTTP/1.1 200 OK\r\n", hang_s=120) as server,
        StashClient(server.connection, timeout=(PATIENCE_S, 0.1)) as client,
        pytest.raises(StashDown, match="in time"),
    ):
        client.version()


def test_nobody_there_means_down() -> None:
    with (
        refusing_port() as port,
        StashClient(Connection("http", "127.0.0.1", port)) as client,
        pytest.raises(StashDown, match="could not be reached while asking for the version"),
    ):
        client.version()


@pytest.mark.parametrize("key", ["a\r\nX-Forged: 1", "ключ", " with-a-space"])
def test_an_api_key_that_no_header_can_carry_is_said_without_showing_it(key: str) -> None:
    with (
        TinyStash(lambda _: Reply.data({})) as server,
        StashClient(server.connection(), api_key=key) as client,
        pytest.raises(StashOdd) as caught,
    ):
        client.version()
    assert key.strip() not in str(caught.value)
    assert not server.requests


def session() -> Session:
    return Session(timeout=(PATIENCE_S, PATIENCE_S), verify=True, cookie=None, api_key=None, secrets=None)


def test_the_interface_asks_nothing_at_its_start_and_shares_nothing_with_others() -> None:
    with TinyStash(lambda _: Reply.data({"a": 1})) as server:
        one, other = Interface(server.connection(), session()), Interface(server.connection(), session())
        assert not server.requests
        one.parse_fragments("fragment Mine on Scene { id }")
        assert "Mine" in one.fragments
        assert "Mine" not in other.fragments
        assert GQLWrapper.fragments == {}
        assert one.call_GQL("{a}") == {"a": 1}
        one.s.close()
        other.s.close()


def test_an_ipv6_address_stands_in_brackets() -> None:
    made = Interface(Connection("http", "::1", 9999), session())
    assert made.url == "http://[::1]:9999/graphql"
    made.s.close()
