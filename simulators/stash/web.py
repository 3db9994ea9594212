"""The simulated Stash's HTTP: GraphQL, pictures, the login page."""

from __future__ import annotations

import json
import re
import select
import socket
import ssl
import struct
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from simulators.planted import tell
from simulators.stash.caller import Caller
from simulators.stash.faults import AFTER
from simulators.stash.mutations import Root
from simulators.stash.pictures import DEFAULT_PICTURE, etag, sniff
from simulators.stash.schema import execute

if TYPE_CHECKING:
    from simulators.stash.faults import Fault
    from simulators.stash.server import StashSimulator
    from simulators.stash.sessions import Verdict

PICTURE = re.compile(r"^/(scene|performer|studio|tag|group)/([^/]+)/(screenshot|image)$")
LOGIN_PAGE = b"<!DOCTYPE html><html><title>Login | Stash</title></html>"
HTML = "text/html; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"


@dataclass(slots=True)
class Call:
    """One HTTP request. ``status`` is 0 until it is answered, and stays 0 when the connection broke."""

    at: float
    method: str
    path: str
    query: str = ""
    variables: Any = None
    status: int = 0
    with_key: bool = False
    with_cookie: bool = False


class _Broken(Exception):
    """The connection was broken on purpose."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together: an answer in two pieces waits 40 ms for an acknowledgement
    server: Any
    call: Call
    suffers: Fault | None = None

    @property
    def stash(self) -> StashSimulator:
        """The simulator that this belongs to."""
        found: StashSimulator = self.server.stash
        return found

    def setup(self) -> None:
        """Note the connection: ``refuse`` ends it."""
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        """Forget the connection. Where the client has gone before its answer, closing fails half-way."""
        self.server.connections.discard(self.connection)
        try:
            super().finish()
        finally:
            self.rfile.close()  # left open when the last words could not be sent, and with it the connection

    def log_message(self, *_: object) -> None:
        """Nothing: tests look at ``calls``."""

    def do_POST(self) -> None:
        """GraphQL."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        known = body if isinstance(body, dict) else {}
        self._answered(str(known.get("query", "")), known.get("variables"), body)

    def do_GET(self) -> None:
        """Pictures, and the login page."""
        self._answered("", None, None)

    def _answered(self, query: str, variables: Any, body: Any) -> None:
        tell("the address of a request", self.path)
        path = urlsplit(self.path).path
        self.call = Call(
            time.time(),
            self.command,
            self.path,
            query,
            variables,
            with_key=self._key() is not None,
            with_cookie="Cookie" in self.headers,
        )
        self.stash.calls.append(self.call)
        try:
            if not self._suffered(f"{self.command} {self.path} {query}"):
                self._routed(path, body)
        except _Broken:
            self.close_connection = True

    def _routed(self, path: str, body: Any) -> None:
        verdict = self.stash.sessions.judge(path, self.headers.get("Cookie", ""), self._key())
        if self.command == "GET":
            self.stash.requests.append((f"GET {self.path}", self.headers.get("If-None-Match")))
        if verdict.outcome == "unauthorized":
            self._send(401, b"", "", {"WWW-Authenticate": "FormBased"}, verdict)
        elif verdict.outcome == "login":
            where = "/login?" + urlencode({"returnURL": self.path})
            self._send(302, b"", HTML, {"Location": where}, verdict)
        elif path == "/graphql" and self.command == "POST":
            self._graphql(body, verdict)
        elif path.startswith("/login"):
            self._send(200, LOGIN_PAGE, HTML, {}, verdict)
        else:
            self._picture(path, verdict)

    # --- GraphQL ---

    def _graphql(self, body: Any, verdict: Verdict) -> None:
        if not self.headers.get("Content-Type", "").startswith("application/json"):
            self._json(400, {"errors": [{"message": "transport not supported"}], "data": None}, verdict)
            return
        if body is None:
            message = "json request body could not be decoded"
            self._json(400, {"errors": [{"message": message}], "data": None}, verdict)
            return
        self.stash.requests.append((self.call.query, self.call.variables))
        caller = Caller(base=self._base(), user=verdict.user, visited=verdict.visited, gone=self._gone)
        status, answer = execute(self.stash.schema, body, Root(self.stash, caller))
        self._json(status, answer, verdict)

    def _json(self, status: int, answer: Any, verdict: Verdict) -> None:
        self._send(status, json.dumps(answer).encode(), "application/json", {}, verdict)

    def _base(self) -> str:
        return f"{self.stash.scheme}://{self.headers.get('Host', '')}"

    def _gone(self) -> bool:
        """Whether the other side has closed. With TLS this cannot be looked at without reading."""
        if isinstance(self.connection, ssl.SSLSocket):
            return False
        try:
            readable, _, _ = select.select([self.connection], [], [], 0)
            return bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""
        except (OSError, ValueError):
            return True

    # --- pictures ---

    def _picture(self, path: str, verdict: Verdict) -> None:
        found = PICTURE.match(path)
        if found is None:
            self._send(404, b"404 page not found\n", PLAIN, {}, verdict)
            return
        if not found[2].isdigit():
            self._send(400, b"Bad Request\n", PLAIN, {}, verdict)
            return
        data = self._picture_of(found[1], int(found[2]))
        if data is None:
            self._send(404, b"Not Found\n", PLAIN, {}, verdict)
            return
        forever = "t" in parse_qs(urlsplit(self.path).query)
        cache = "private, max-age=31536000, immutable" if forever else "no-cache"
        headers = {"Cache-Control": cache, "ETag": etag(data)}
        asked = self.headers.get("If-None-Match", "")
        if asked == "*" or etag(data) in (one.strip().removeprefix("W/") for one in asked.split(",")):
            self._send(304, b"", "", headers, verdict)
        else:
            self._send(200, data, sniff(data), headers, verdict)

    def _picture_of(self, kind: str, row_id: int) -> bytes | None:
        """The stored bytes, or the built-in picture; None when there is no such row."""
        if kind == "scene":
            scene = self.stash.store.scenes.get(row_id)
            return None if scene is None else scene.cover or DEFAULT_PICTURE
        named = self.stash.store.tables[kind].get(row_id)
        if named is None:
            return None
        image = named.extra.get("image")
        default = "true" in parse_qs(urlsplit(self.path).query).get("default", ())
        return image if isinstance(image, bytes) and not default else DEFAULT_PICTURE

    def _key(self) -> str | None:
        in_query = parse_qs(urlsplit(self.path).query).get("apikey")
        return self.headers.get("ApiKey") or (in_query[0] if in_query else None)

    # --- answers ---

    def _suffered(self, subject: str) -> bool:
        """Let happen what is set up for this request; whether that was the answer already."""
        self.suffers = None
        for fault in self.stash.faults.take(subject):
            if fault.kind in {"latency", "hang"}:
                time.sleep(fault.seconds)
            if fault.kind == "hang":
                raise _Broken
            if fault.kind == "reset":
                self._break()
            if fault.kind in AFTER:
                self.suffers = fault
            if fault.kind in {"status", "html"}:
                status = fault.status if fault.kind == "status" else 200
                self._send(status, b"<html>trouble</html>", HTML, {}, None)
                return True
        return False

    def _break(self) -> None:
        """End the connection with a reset instead of a close."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        raise _Broken

    def _send(
        self, status: int, body: bytes, kind: str, headers: dict[str, str], verdict: Verdict | None
    ) -> None:
        suffers = self.suffers.kind if self.suffers else ""
        if suffers == "lost":
            self._break()
        if suffers == "empty":
            body = b""
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name, value)
        if verdict is not None and verdict.refreshed is not None:
            self.send_header("Set-Cookie", self.stash.sessions.set_cookie(verdict.refreshed))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.call.status = status  # before the answer is out: whoever has it may look here at once
        self.wfile.write(body[: len(body) // 2] if suffers == "cut" else body)
        self.wfile.flush()
        if suffers == "cut":
            raise _Broken
