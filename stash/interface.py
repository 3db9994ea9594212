"""``stashapi`` with its corners rounded: nothing asked at the start, timeouts, no redirects, a fresh cookie, our exceptions.

stashapi's own constructor makes three calls, one of them a full introspection of the schema. It passes no timeout, follows
a redirect to the login page, keeps a second cookie beside the first and sends the stale one, and raises bare Exception.
"""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
import urllib3
from stashapi.classes import GQLException, GQLWrapper
from stashapi.stashapp import StashInterface

from stash.exceptions import QueryFailed, StashDown, StashGarbled, StashOdd, StashRefused, StashSlow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stash.redact import Secrets
    from stash.runtime import Connection

log = logging.getLogger("plexsync.Stash")

UNAUTHORIZED, FORBIDDEN = 401, 403
REDIRECTS = range(300, 400)
NOT_MODIFIED = 304
SERVER_ERROR = 500
GATEWAY_TIMEOUT = 504
"""A proxy's word for a Stash that is there and took longer than the proxy waits."""

VERSION = "{version{version}}"

UNUSABLE = (ValueError, requests.exceptions.InvalidJSONError)
"""What comes of our own input: bad URLs, headers and encodings are all ValueErrors, in requests, urllib3 and Python. They
may hold a header's value, so they are no cause of ours."""


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn every exception of requests, urllib3 and stashapi into a StashError; ours pass as they are.

    ``doing`` completes a sentence: "reading scenes". The originals' texts hold URLs, so only their class is told.
    """
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise StashDown(f"Stash's certificate was not accepted while {doing}") from error
    except requests.exceptions.ConnectTimeout as error:
        raise StashDown(f"Stash could not be reached in time while {doing}") from error
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise StashSlow(f"Stash did not answer in time while {doing}") from error
    except UNUSABLE as error:
        raise StashOdd(f"{type(error).__name__} while {doing}: check Stash's address and API key") from None
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
        raise StashDown(f"Stash could not be reached while {doing} ({type(error).__name__})") from error
    except GQLException as error:
        raise QueryFailed((str(error),), doing) from error


class Session(requests.Session):
    """A session that waits no longer than it is told, goes nowhere else, and always sends the newest credential."""

    def __init__(
        self,
        *,
        timeout: tuple[float, float],
        verify: bool | str,
        cookie: str | None,
        api_key: str | None,
        secrets: Secrets | None,
    ) -> None:
        super().__init__()
        self.timeout = timeout
        self.verify = verify
        # Neither a proxy nor a .netrc of the environment is meant for a server that has just called us.
        self.trust_env = False
        # requests would file the cookie that we bring and the one that Stash sends under two domains and send both.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._cookie: str | None = None
        self._changing = threading.Lock()
        self._secrets = secrets
        if api_key:
            self.use_api_key(api_key)
        elif cookie:
            self._use_cookie(cookie)

    @property
    def has_api_key(self) -> bool:
        """Whether an API key is sent, which does not age as a cookie does."""
        return "ApiKey" in self.headers

    def use_api_key(self, api_key: str) -> None:
        """From now on the key and no cookie. Stash's protection against loops goes by the cookie, and is off with a key."""
        if self._secrets is not None:
            self._secrets.add(api_key)
        self._cookie = None
        self.headers.pop("Cookie", None)
        self.headers["ApiKey"] = api_key

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """As requests does it, with the timeout and without redirects; keeps the cookie that comes back."""
        kwargs["allow_redirects"] = False
        kwargs.setdefault("timeout", self.timeout)
        response = super().request(*args, **kwargs)
        if response.ok and not self.has_api_key:
            for cookie in response.cookies:
                if cookie.name == "session" and cookie.value:
                    self._use_cookie(cookie.value)
        return response

    def _use_cookie(self, value: str) -> None:
        # Two answers at once must not leave one of their cookies known for ever.
        with self._changing:
            if self._secrets is not None:
                # The new one first: at no moment may the one in use be unknown.
                self._secrets.add(value)
                if self._cookie != value:
                    self._secrets.forget(self._cookie)
            self._cookie = value
            self.headers["Cookie"] = f"session={value}"


class Interface(StashInterface):  # type: ignore[misc]  # stashapi is not typed; this is the border
    """A StashInterface that can be made without a word to Stash. Only ``ask`` and ``parse_fragments`` are for use.

    The other methods want the fragments that the introspection would have given.
    """

    s: requests.Session

    def __init__(self, connection: Connection, session: Session) -> None:
        GQLWrapper.__init__(self)
        session.headers.update(self.s.headers)
        self.s.close()
        self.s = session
        self.log = log
        self.port = str(connection.port)
        self.url = f"{connection.url}/graphql"
        # The class's own are shared by all its instances.
        self.fragments: dict[str, str] = {}
        self.deprecations: dict[str, dict[str, str]] = {}
        self.RAISE_GQL_ERRORS = True

    def ask(self, gql: str, variables: dict[str, Any], doing: str) -> dict[str, Any]:
        """One query or mutation; ``doing`` is what an error says.

        An answer that is none is this query's own trouble when Stash tells its version all the same; else Stash is
        away, and something else answers in its place.
        """
        try:
            return self._call(gql, variables, doing)
        except StashGarbled as error:
            self._check_it_serves(error)
            raise

    def _call(self, gql: str, variables: dict[str, Any], doing: str) -> dict[str, Any]:
        with translated(doing):
            # Never without variables: stashapi's default is one dict for all calls of the process.
            try:
                data: dict[str, Any] = self.call_GQL(gql, variables)
            except QueryFailed as error:
                raise QueryFailed(error.messages, doing) from None
        return data

    def _check_it_serves(self, error: StashGarbled) -> None:
        try:
            self._call(VERSION, {}, "asking for the version")
        except StashGarbled:
            raise StashDown(f"{error}, whatever is asked: something else answers in its place") from None

    def _handle_GQL_response(self, response: requests.Response) -> dict[str, Any]:  # noqa: N802 -- stashapi's name
        check_access(response)
        if response.status_code >= SERVER_ERROR:
            kind = StashSlow if response.status_code == GATEWAY_TIMEOUT else StashDown
            raise kind(f"Stash answered a query with status {response.status_code}")
        try:
            content = response.json()
        except (ValueError, RecursionError):
            raise StashGarbled(f"Stash's answer (status {response.status_code}) is not JSON") from None
        if not isinstance(content, dict):
            raise StashGarbled("Stash's answer is not a JSON object")
        if content.get("errors"):
            raise QueryFailed(_messages(content["errors"]))
        data = content.get("data")
        if not isinstance(data, dict):
            raise StashGarbled(f"Stash's answer (status {response.status_code}) has no data")
        return data


def check_access(response: requests.Response) -> None:
    """Raise StashRefused when Stash wants a login, StashGarbled for a redirect to anywhere else.

    Stash answers 401 for GraphQL, but sends pictures to its login page, which would be HTML with 200. 403 is its
    answer to an address that is not private while no login is set up.
    """
    status = response.status_code
    if status in {UNAUTHORIZED, FORBIDDEN}:
        raise StashRefused(f"Stash refused access (status {status})")
    if status in REDIRECTS and status != NOT_MODIFIED:
        if "/login" in response.headers.get("Location", ""):
            raise StashRefused("Stash sent us to its login page")
        raise StashGarbled(f"Stash sent us elsewhere (status {status})")


def _messages(errors: Any) -> tuple[str, ...]:
    if not isinstance(errors, list):
        return (str(errors)[:300],)
    return tuple(str(error.get("message") if isinstance(error, dict) else error)[:300] for error in errors)
