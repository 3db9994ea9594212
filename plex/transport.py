"""plexapi as we use it: its transport and its XML reader, deaf to its surroundings and silent in every log.

This is the one place that imports it first, because it reads its environment while it is imported.
"""

from __future__ import annotations

import logging
import os
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING

import requests
import requests.models
import urllib3
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from collections.abc import Callable

# A foreign configuration could change token and timeouts and show secrets in its log; objects must never reload.
os.environ["PLEXAPI_CONFIG_PATH"] = os.devnull
os.environ["PLEXAPI_PLEXAPI_AUTORELOAD"] = "false"
os.environ["PLEXAPI_LOG_SHOW_SECRETS"] = "false"

from plexapi import exceptions as plexapi_exceptions
from plexapi import log as plexapi_log
from plexapi.server import PlexServer

__all__ = ["CONNECTIONS", "Server", "new_session", "plexapi_exceptions"]

CONNECTIONS = 8
"""Kept open to one server; more threads than that would open and drop connections all the time."""

# A page of a listing has half a megabyte. In requests' pieces of 10 kB it is fetched in fifty steps, and at each of them
# the thread that fetches waits for the one that reads the page before.
requests.models.CONTENT_CHUNK_SIZE = 1024 * 1024

# Both log whole addresses at debug level, and an edit's address carries keys of Stash's (the photos of performers).
plexapi_log.setLevel(logging.WARNING)
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


class Server(PlexServer):  # type: ignore[misc]  # plexapi is not typed
    """A PlexServer that asks nothing when it is made: ``GET /`` tells us nothing that we need."""

    def __init__(self, url: str, token: str, session: requests.Session, timeout: tuple[float, float]) -> None:
        self._baseurl = url.rstrip("/")
        self._token = token
        self._showSecrets = False
        self._session = session
        self._timeout = timeout

    @property
    def timeout(self) -> tuple[float, float]:
        """For connecting and for each piece of an answer, in seconds."""
        return self._timeout

    def headers(self, more: dict[str, str]) -> dict[str, str]:
        """What ``query`` sends along, the token among it."""
        sent: dict[str, str] = self._headers(**more)
        return sent

    def fetch(self, key: str, headers: dict[str, str]) -> requests.Response:
        """What is behind the address, as it is: a picture is no XML. Any status may come back."""
        return self._session.get(
            self.url(key), headers=self._headers(**headers), timeout=self._timeout, allow_redirects=False
        )


def new_session(*, verify: bool | str, on_response: Callable[[requests.Response], None]) -> requests.Session:
    """A session for several threads: no cookies, no proxy or .netrc of the surroundings, no retries of its own.

    A proxy or a .netrc that is meant for the internet must not see the token.
    """
    session = requests.Session()
    session.trust_env = False
    session.verify = verify
    if verify is False:
        # One for each request, on standard error, where Stash would show it as an error.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS)
    session.mount("http://", adapter)
    session.mount("https://", adapter)

    def look(response: requests.Response, *_args: object, **_kwargs: object) -> None:
        on_response(response)

    session.hooks["response"].append(look)
    return session
