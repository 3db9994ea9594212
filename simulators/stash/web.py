"""The simulated Stash's HTTP: GraphQL, screenshots, login."""

from __future__ import annotations

import hashlib
import json
import re
import time
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, graphql_sync, parse, validate

from simulators.stash.resolvers import Resolvers

if TYPE_CHECKING:
    from simulators.stash.server import StashSimulator

PICTURE = re.compile(r"^/(scene|performer|studio|tag|group)/(\d+)/(screenshot|image)")
DEFAULT_PICTURE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="16" height="9"><rect width="16" height="9"/></svg>'
)
LOGIN_PAGE = b"<!DOCTYPE html><html><title>Login | Stash</title></html>"
MAGIC = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG": "image/png",
    b"RIFF": "image/webp",
    b"GIF8": "image/gif",
    b"<svg": "image/svg+xml",
}


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together: an answer in two pieces waits 40 ms for an acknowledgement
    server: Any

    @property
    def stash(self) -> StashSimulator:
        """The simulator that this belongs to."""
        found: StashSimulator = self.server.stash
        return found

    def log_message(self, *_: object) -> None:
        """Nothing: tests look at ``requests``."""

    def do_POST(self) -> None:
        """GraphQL."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self._fault():
            return
        if not self._admitted():
            self._send(401, b"", "text/plain")
            return
        if not self.path.startswith("/graphql"):
            self._send(404, b"not found", "text/plain")
            return
        sent = json.loads(body)
        self.stash.requests.append((sent["query"], sent.get("variables")))
        status, answer = self._execute(sent["query"], sent.get("variables") or {})
        self._send(status, json.dumps(answer).encode(), "application/json")

    def _execute(self, query: str, variables: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        from simulators.stash.server import SCHEMA

        try:
            problems = validate(SCHEMA, parse(query))
        except GraphQLError as error:
            problems = [error]
        if problems:
            return 422, {"errors": [{"message": problem.message} for problem in problems], "data": None}
        root = Resolvers(self.stash, f"http://{self.headers.get('Host')}")
        result = graphql_sync(SCHEMA, query, root_value=root, variable_values=variables)
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [{"message": error.message, "path": error.path} for error in result.errors]
        return 200, answer

    def do_GET(self) -> None:
        """Pictures, and the login page."""
        if self._fault():
            return
        self.stash.requests.append((f"GET {self.path}", None))
        if self.path.startswith("/login"):
            self._send(200, LOGIN_PAGE, "text/html")
        elif not self._admitted():
            self._send(302, b"", "text/plain", {"Location": "/login?returnURL=" + self.path})
        else:
            self._picture()

    def _picture(self) -> None:
        found = PICTURE.match(self.path)
        row = self.stash.store.scenes.get(int(found[2])) if found and found[1] == "scene" else None
        if found is None or (found[1] == "scene" and row is None):
            self._send(404, b"not found", "text/plain")
            return
        data = row.cover if row is not None and row.cover else DEFAULT_PICTURE
        etag = f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
        if self.headers.get("If-None-Match") == etag:
            self._send(304, b"", "", {"ETag": etag})
            return
        kind = next((kind for magic, kind in MAGIC.items() if data.startswith(magic)), "text/html")
        self._send(200, data, kind, {"ETag": etag})

    def _admitted(self) -> bool:
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get("session")
        key = self.headers.get("ApiKey")
        return self.stash.admits(cookie.value if cookie else None, key)

    def _fault(self) -> bool:
        if not self.stash.faults:
            return False
        kind, value = self.stash.faults.pop(0)
        if kind == "latency":
            time.sleep(value)
            return False
        if kind == "reset":
            from simulators.stash.server import reset

            self.close_connection = True
            reset(self.connection)
            return True
        self._send(int(value), b"<html>trouble</html>", "text/html")
        return True

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if self.stash.require_login and status < 300 and not self.headers.get("ApiKey"):
            self.send_header("Set-Cookie", f"session={self.stash.new_session()}; Path=/; Max-Age=3600")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
