"""plexapi as we use it: its transport and its XML reader, deaf to its surroundings and silent in every log.

This is the one place that imports it first, because it reads its environment while it is imported.
"""

from __future__ import annotations

import logging
import os
import platform
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
import requests.models
import urllib3
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

# A foreign configuration could change token and timeouts and show secrets in its log; objects must never reload.
os.environ["PLEXAPI_CONFIG_PATH"] = os.devnull
os.environ["PLEXAPI_PLEXAPI_AUTORELOAD"] = "false"
os.environ["PLEXAPI_LOG_SHOW_SECRETS"] = "false"

# plexapi asks for the machine's processor, for which Python starts a process, and nobody needs to know it.
vars(platform.uname()).setdefault("processor", "")

from plexapi import BASE_HEADERS  # noqa: E402 -- see above
from plexapi import exceptions as plexapi_exceptions  # noqa: E402 -- see above
from plexapi import log as plexapi_log  # noqa: E402 -- see above
from plexapi.utils import parseXMLString  # noqa: E402 -- see above

__all__ = ["CONNECTIONS", "Server", "new_session", "plexapi_exceptions"]

CONNECTIONS = 8
"""Kept open to one server; more threads than that would open and drop connections all the time."""

# A page of a listing has half a megabyte. In requests' pieces of 10 kB it is fetched in fifty steps, and at each of them
# the thread that fetches waits for the one that reads the page before.
requests.models.CONTENT_CHUNK_SIZE = 1024 * 1024

# Both log whole addresses at debug level, and an edit's address carries keys of Stash's (the photos of performers).
plexapi_log.setLevel(logging.WARNING)
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


FINE = frozenset({200, 201, 204})
REFUSALS = {401: plexapi_exceptions.Unauthorized, 404: plexapi_exceptions.NotFound}


class Server:
    """One address: asks, and reads an answer by the rules of plexapi's server, of which this is all that we need.

    That one brings plexapi's whole model of a media library with it, which costs every drain 10 ms, asks and reads in
    one step, and wants to know who answers before it is asked anything.
    """

    def __init__(self, url: str, token: str, session: requests.Session, timeout: tuple[float, float]) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._session = session
        self._timeout = timeout

    def query(
        self,
        key: str,
        *,
        method: Callable[..., requests.Response] | None = None,
        headers: dict[str, str],
        timeout: tuple[float, float] | None = None,
        data: bytes | None = None,
    ) -> Element | None:
        """Ask, and read the answer: its XML, or None when it is empty. Raises what plexapi, requests and the parser raise.

        Redirects are not followed: the token would go along to wherever they lead.
        """
        return self.read(self.fetch(key, headers, method=method, timeout=timeout, data=data))

    def fetch(
        self,
        key: str,
        headers: dict[str, str],
        *,
        method: Callable[..., requests.Response] | None = None,
        timeout: tuple[float, float] | None = None,
        data: bytes | None = None,
    ) -> requests.Response:
        """What is behind the address, as it comes, with any status."""
        sent = {**BASE_HEADERS, "X-Plex-Token": self._token, **headers}
        more: dict[str, Any] = {} if data is None else {"data": data}
        ask = method or self._session.get
        return ask(
            self._url + key, headers=sent, timeout=timeout or self._timeout, allow_redirects=False, **more
        )

    @staticmethod
    def read(response: requests.Response) -> Element | None:
        """The XML of an answer. Its text may hold characters that XML cannot carry."""
        if response.status_code not in FINE:
            kind = REFUSALS.get(response.status_code, plexapi_exceptions.BadRequest)
            said = response.text.replace("\n", " ")
            raise kind(f"({response.status_code}) {response.reason}; {response.url} {said}")
        root: Element | None = parseXMLString(response.text)
        return root


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
