"""A proxy that shows a request in its error page shows the token too: it must not stay in what an error leads back to."""

from __future__ import annotations

import traceback

import pytest

from plex.client import PlexClient
from plex.exceptions import PlexError
from tests.plex.tiny_plex import tiny_plex

TOKEN = "t0k3n-t0k3n"


@pytest.mark.parametrize("status", [400, 401, 404, 500, 502, 520])
def test_the_trace_of_an_error_page_that_echoes_the_request_has_no_token(status) -> None:
    def echo(asked: str, headers: dict[str, str]) -> tuple[int, bytes]:
        return status, f"you sent {headers['x-plex-token']} to {asked}".encode()

    with tiny_plex(echo) as server:
        client = PlexClient(server.url, TOKEN, client_identifier="tests")
        for ask in (client.sections, client.probe, lambda: client.edit(1, 2, [("x", "y")])):
            with pytest.raises(PlexError) as caught:
                ask()
            assert TOKEN not in "".join(traceback.format_exception(caught.value))
