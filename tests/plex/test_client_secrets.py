"""The token is in one header and nowhere else; Plex sees one steady device."""

from __future__ import annotations

import logging
import os

import plexapi
import pytest

from plex.client import PlexClient
from plex.exceptions import PlexError
from tests.plex.tiny_plex import tiny_plex

TOKEN = "t0k3n-t0k3n"
PHOTO_KEY = "st4sh-4p1-k3y"


def test_nothing_secret_is_logged_even_when_everything_is(caplog: pytest.LogCaptureFixture) -> None:
    """Plexapi and urllib3 log whole addresses at debug level; an edit's address carries Stash's key."""
    with (
        caplog.at_level(logging.NOTSET),
        tiny_plex(lambda asked, headers: (500, b"")) as server,
    ):
        client = PlexClient(server.url, TOKEN, client_identifier="tests")
        for ask in (
            client.identity,
            client.sections,
            client.probe,
            lambda: client.edit(1, 2, [("x", PHOTO_KEY)]),
        ):
            with pytest.raises(PlexError):
                ask()
    assert TOKEN not in caplog.text
    assert PHOTO_KEY not in caplog.text


def test_the_token_travels_in_a_header_and_never_in_an_address() -> None:
    with tiny_plex(lambda asked, headers: (200, b"<MediaContainer/>")) as server:
        client = PlexClient(server.url, TOKEN, client_identifier="tests")
        client.sections()
        client.edit(1, 2, [("title.value", "x")])
        client.upload(2, "poster", b"x")
    assert all(TOKEN not in line for line, _, _ in server.asked)
    assert all(headers["x-plex-token"] == TOKEN for _, headers, _ in server.asked)


def test_plex_sees_the_same_device_every_time() -> None:
    """Another identifier at each start would fill its list of devices."""
    with tiny_plex(lambda asked, headers: (200, b"<MediaContainer/>")) as server:
        for _ in range(2):
            PlexClient(server.url, TOKEN, client_identifier="steady").sections()
    shown = {
        (headers["x-plex-client-identifier"], headers["x-plex-product"]) for _, headers, _ in server.asked
    }
    assert shown == {("steady", "PlexSync")}


def test_cookies_of_a_proxy_are_not_kept() -> None:
    with tiny_plex(
        lambda asked, headers: (200, b"<MediaContainer/>"), headers={"Set-Cookie": "a=b"}
    ) as server:
        client = PlexClient(server.url, TOKEN, client_identifier="tests")
        client.sections()
        client.sections()
    assert all("cookie" not in headers for _, headers, _ in server.asked)


def test_a_proxy_of_the_surroundings_never_sees_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment belongs to the container; only here can it be set."""
    with tiny_plex(lambda asked, headers: (200, b"<MediaContainer/>")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        with tiny_plex(lambda asked, headers: (200, b"<MediaContainer/>")) as server:
            PlexClient(server.url, TOKEN, client_identifier="tests").sections()
    assert proxy.asked == []
    assert len(server.asked) == 1


def test_plexapi_reads_no_configuration_of_anybodys() -> None:
    assert os.environ["PLEXAPI_CONFIG_PATH"] == os.devnull
    assert plexapi.CONFIG.data == {}
