"""Two small servers on the loopback address: one speaks HTTP with scripted answers, one sends raw bytes."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from simulators.loopback import ThreadingLoopbackServer
from stash.runtime import Connection

if TYPE_CHECKING:
    from collections.abc import Callable

CERTIFICATE = Path(__file__).with_name("self-signed.pem")


@dataclass
class Request:
    """What arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> str:
        return str(json.loads(self.body)["query"])

    @property
    def variables(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body).get("variables", {})
        return found


@dataclass
class Reply:
    """What goes back; ``data`` is wrapped as GraphQL answers are."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def data(cls, data: Any, **headers: str) -> Reply:
        return cls(
            body=json.dumps({"data": data}).encode(), headers={"Content-Type": "application/json", **headers}
        )

    @classmethod
    def errors(cls, *messages: str) -> Reply:
        return cls(
            body=json.dumps({"errors": [{"message": text} for text in messages], "data": None}).encode()
        )


class TinyStash:
    """Answers each request with what ``answer`` makes of it."""

    def __init__(self, answer: Callable[[Request], Reply], *, tls: bool = False) -> None:
        self.requests: list[Request] = []
        self._scheme = "https" if tls else "http"
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                request = Request(self.command, self.path, dict(self.headers), body)
                outer.requests.append(request)
                reply = answer(request)
                self.send_response(reply.status)
                length = (
                    {} if "Transfer-Encoding" in reply.headers else {"Content-Length": str(len(reply.body))}
                )
                for name, value in {**length, **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *args: object) -> None:
                """Nobody reads it."""

        self._server = ThreadingLoopbackServer(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def connection(self, cookie: str | None = None, host: str = "127.0.0.1") -> Connection:
        return Connection(self._scheme, host, self.port, cookie=cookie)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class RawServer:
    """Takes one connection after the other; answers each request head and body with the next bytes, then hangs up."""

    def __init__(self, *answers: bytes, hang_s: float = 0.0) -> None:
        self._answers = list(answers)
        self._hang_s = hang_s
        self._stop = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)

    @property
    def connection(self) -> Connection:
        return Connection("http", "127.0.0.1", int(self._socket.getsockname()[1]))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stop.set()
        # Wakes accept() where closing the socket does not.
        socket.create_connection(self._socket.getsockname()).close()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            client, _ = self._socket.accept()
            with client:
                if self._stop.is_set():
                    return
                self._answer(client)

    def _answer(self, client: socket.socket) -> None:
        received = client.recv(65536)
        while received and b"\r\n\r\n" not in received:
            received += client.recv(65536)
        if not self._answers:
            return
        answer = self._answers.pop(0)
        try:
            for start in range(0, 700, 7):  # in pieces, as a network may give them
                client.sendall(answer[start : start + 7])
            client.sendall(answer[700:])
            self._stop.wait(self._hang_s)
        except OSError:
            return  # the client has seen enough


class Library:
    """Answers as Stash does for the scenes that it has."""

    def __init__(self, *ids: int, version: str = "v0.30.1") -> None:
        self.ids = set(ids)
        self.version = version
        self.updated_at = "2025-11-24T11:20:00+01:00"

    def __call__(self, request: Request) -> Reply:
        query, variables = request.query, request.variables
        if "version{" in query:
            return Reply.data({"version": {"version": self.version}})
        if "findScene(" in query:
            wanted = re.findall(r"(s\d+):findScene\(id:(\d+)\)", query)
            return Reply.data(
                {
                    alias: self.scene(int(number)) if int(number) in self.ids else None
                    for alias, number in wanted
                }
            )
        if "ids" in variables:
            for number in map(int, variables["ids"]):
                if number not in self.ids:
                    return Reply.errors(f"scene with id {number} not found")
            return Reply.data(
                {"findScenes": {"scenes": [self.scene(int(number)) for number in variables["ids"]]}}
            )
        if "updated_at}" in query:
            return Reply.data(
                {"findScenes": {"scenes": [{"updated_at": self.updated_at}] if self.ids else []}}
            )
        last, most = variables["s"]["id"]["value"], variables["f"]["per_page"]
        found = sorted(number for number in self.ids if number > last)[:most]
        return Reply.data({"findScenes": {"scenes": [{"id": str(number)} for number in found]}})

    @staticmethod
    def scene(number: int) -> dict[str, Any]:
        return {"id": str(number), "title": f"scene {number}"}


def answering(data: Any) -> TinyStash:
    return TinyStash(lambda _: Reply.data(data))
