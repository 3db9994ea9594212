from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stash.client import StashClient
from stash.exceptions import StashDown, StashOdd, StashRefused
from stash.picture import LARGEST_BYTES, local_path
from tests.stash.tiny_stash import RawServer, Reply, TinyStash

JPEG = b"\xff\xd8\xff\xe0picture"


@pytest.mark.parametrize(
    ("given_path", "path"),
    [
        ("http://127.0.0.1:9999/scene/1/screenshot?t=17", "/scene/1/screenshot?t=17"),
        ("https://my.host/stash/scene/1/screenshot?t=17&apikey=abc", "/scene/1/screenshot?t=17"),
        ("/performer/5/image?t=1&default=true", "/performer/5/image?t=1&default=true"),
        ("https://h/scene/studio/9/image", "/studio/9/image"),
        ("/odd/place?x=", "/odd/place?x="),
        ("odd", "/odd"),
        ("https://h", "/"),
        ("//evil.example/scene/1/screenshot", "/scene/1/screenshot"),
    ],
)
def test_a_picture_is_fetched_from_where_we_reach_stash(given_path: str, path: str) -> None:
    assert local_path(given_path) == path


@given(st.text())
def test_whatever_the_address_the_request_goes_to_stash(address: str) -> None:
    try:
        path = local_path(address)
    except StashOdd:
        return
    assert path.startswith("/")
    assert not path.startswith("//")


def test_a_broken_address_is_refused() -> None:
    with pytest.raises(StashOdd, match="not a URL"):
        local_path("http://[::1/scene/1/screenshot")


def test_a_picture_comes_with_its_etag_and_type() -> None:
    with (
        TinyStash(lambda _: Reply(200, JPEG, {"ETag": '"e1"', "Content-Type": "Image/JPEG; x=y"})) as server,
        StashClient(server.connection(cookie="MTcz")) as client,
    ):
        picture = client.picture("https://my.host/stash/scene/1/screenshot?t=5")
    assert (picture.data, picture.etag, picture.content_type, picture.status, picture.problem) == (
        JPEG,
        '"e1"',
        "image/jpeg",
        200,
        "",
    )
    (request,) = server.requests
    assert (request.method, request.path, request.headers["Cookie"]) == (
        "GET",
        "/scene/1/screenshot?t=5",
        "session=MTcz",
    )
    assert "Content-Type" not in request.headers
    assert "If-None-Match" not in request.headers


def test_an_unchanged_picture_is_not_sent_again() -> None:
    with (
        TinyStash(lambda _: Reply(304, headers={"ETag": '"e1"'})) as server,
        StashClient(server.connection()) as client,
    ):
        picture = client.picture("/scene/1/screenshot", etag='"e1"')
    assert (picture.data, picture.status, picture.problem) == (None, 304, "")
    assert server.requests[0].headers["If-None-Match"] == '"e1"'


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Reply(200, b"<html>", {"Content-Type": "text/html; charset=utf-8"}), "web page"),
        (Reply(404, b"x"), "status 404"),
        (Reply(500, b"x"), "status 500"),
        (Reply(200, b"", {"Content-Type": "image/jpeg"}), "empty"),
        (Reply(200, bytes(LARGEST_BYTES + 1)), "larger than 20 MB"),
    ],
)
def test_what_is_no_picture_says_why(reply: Reply, problem: str) -> None:
    with TinyStash(lambda _: reply) as server, StashClient(server.connection()) as client:
        picture = client.picture("/scene/1/screenshot")
    assert picture.data is None
    assert problem in picture.problem


def test_a_picture_of_unknown_length_is_given_up_when_it_grows_too_large() -> None:
    with (
        TinyStash(
            lambda _: Reply(
                200,
                b"ffff00\r\n" + bytes(0xFFFF00) + b"\r\nffff00\r\n" + bytes(0xFFFF00) + b"\r\n0\r\n\r\n",
                {"Transfer-Encoding": "chunked"},
            )
        ) as server,
        StashClient(server.connection()) as client,
    ):
        assert "larger" in client.picture("/scene/1/screenshot").problem


def test_the_login_page_is_not_followed_to() -> None:
    with (
        TinyStash(lambda _: Reply(302, headers={"Location": "/login?returnURL=%2Fscene"})) as server,
        StashClient(server.connection()) as client,
        pytest.raises(StashRefused, match="login"),
    ):
        client.picture("/scene/1/screenshot")
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_stash_that_is_away_is_no_matter_of_the_picture(status: int) -> None:
    with (
        TinyStash(lambda _: Reply(status)) as server,
        StashClient(server.connection()) as client,
        pytest.raises(StashDown),
    ):
        client.picture("/scene/1/screenshot")


def test_a_picture_that_is_cut_is_none() -> None:
    with (
        RawServer(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc") as server,
        StashClient(server.connection) as client,
        pytest.raises(StashDown),
    ):
        client.picture("/scene/1/screenshot")
