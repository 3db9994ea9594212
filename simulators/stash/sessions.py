"""Session cookies and API keys, by the rules of Stash's pkg/session and internal/api/authentication.go."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from simulators.planted import MARKER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simulators.stash.caller import Visit

COOKIE = "session"
USER = "admin"
MARK = 32
"""Bytes of the signature in front of a session's content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a cookie carries: all of it, so Stash itself remembers no sessions."""

    user: str
    visited: tuple[Visit, ...]
    made_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``refreshed`` is the value of the new cookie for the answer, if there is to be one."""

    outcome: Literal["pass", "unauthorized", "login"]
    user: str = ""
    visited: tuple[Visit, ...] = ()
    refreshed: str | None = None


class Sessions:
    """Makes and reads cookies, and decides who may pass. ``max_age_s`` counts from a cookie's making.

    Without ``require_login`` (a Stash with no password) everybody passes, but a wrong API key is refused all the same.
    """

    def __init__(
        self, clock: Callable[[], float], *, max_age_s: float, api_key: str | None, require_login: bool
    ) -> None:
        self.max_age_s = max_age_s
        self.api_key = api_key
        self.require_login = require_login
        self._clock = clock
        self._key = secrets.token_bytes(32)

    def forget(self) -> None:
        """Change the signing key: no cookie made before is good any more."""
        self._key = secrets.token_bytes(32)

    def make(self, user: str = USER, visited: Iterable[Visit] = ()) -> str:
        """A cookie's value, made now."""
        content = json.dumps(
            {"u": user, "v": list(visited), "t": self._clock(), "n": secrets.token_hex(4)}
        ).encode()
        return f"{MARKER}-{base64.urlsafe_b64encode(self._mark(content) + content).decode()}"

    def read(self, value: str) -> Session | None:
        """What the cookie carries; None for a forged, garbled or aged one."""
        try:
            raw = base64.urlsafe_b64decode(value.removeprefix(f"{MARKER}-").encode())
        except ValueError:
            return None
        mark, content = raw[:MARK], raw[MARK:]
        if not hmac.compare_digest(mark, self._mark(content)):
            return None
        found = json.loads(content)
        if self._clock() - found["t"] > self.max_age_s:
            return None
        return Session(
            user=found["u"], visited=tuple((one, two) for one, two in found["v"]), made_at=found["t"]
        )

    def judge(self, path: str, cookies: str, api_key: str | None) -> Verdict:
        """Decide about a request: its path without the query, its Cookie header, its ApiKey header or parameter."""
        user, refreshed = "", None
        visited: tuple[Visit, ...] = ()
        if api_key:
            if api_key != self.api_key:
                return Verdict(outcome="unauthorized")
            user = USER
        elif session := self.read(_session_of(cookies)):
            user, visited = session.user, session.visited
            refreshed = self.make(user, visited)
        if self.require_login and not user and not path.startswith("/login"):
            # A page sends people to the login; what only programs ask for is refused outright.
            extension = PurePosixPath(path).suffix
            plain = path == "/graphql" or extension not in {"", ".html"}
            return Verdict(outcome="unauthorized" if plain else "login", refreshed=refreshed)
        return Verdict(outcome="pass", user=user, visited=visited, refreshed=refreshed)

    def set_cookie(self, value: str) -> str:
        """The header for an answer."""
        expires = dt.datetime.fromtimestamp(self._clock() + self.max_age_s, dt.UTC)
        return (
            f"{COOKIE}={value}; Path=/; Expires={expires:%a, %d %b %Y %H:%M:%S} GMT; "
            f"Max-Age={int(self.max_age_s)}; SameSite=Lax"
        )

    def as_go(self, value: str) -> dict[str, Any]:
        """The cookie as Go writes its http.Cookie into a plugin's standard input."""
        expires = dt.datetime.fromtimestamp(self._clock() + self.max_age_s, dt.UTC)
        return {
            "Name": COOKIE,
            "Value": value,
            "Quoted": False,
            "Path": "/",
            "Domain": "",
            "Expires": f"{expires:%Y-%m-%dT%H:%M:%SZ}",
            "RawExpires": "",
            "MaxAge": int(self.max_age_s),
            "Secure": False,
            "HttpOnly": False,
            "SameSite": 2,
            "Partitioned": False,
            "Raw": "",
            "Unparsed": None,
        }

    def _mark(self, content: bytes) -> bytes:
        return hmac.new(self._key, content, hashlib.sha256).digest()


def _session_of(cookies: str) -> str:
    try:
        found = SimpleCookie(cookies).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
