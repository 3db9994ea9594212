"""Answers that the simulator does not give: raw bytes, strange pages, paging that ignores what was asked."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

from simulators.loopback import ThreadingLoopbackServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Reply = tuple[int, bytes]


class Tiny:
    """A server that answers with what ``reply`` makes of ``METHOD /path?query`` and the headers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[tuple[str, dict[str, str], bytes]] = []


@contextmanager
def tiny_plex(
    reply: Callable[[str, dict[str, str]], Reply], *, headers: dict[str, str] | None = None
) -> Iterator[Tiny]:
    """Listen on loopback while the block runs."""
    extra = headers or {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sent = {name.lower(): value for name, value in self.headers.items()}
            tiny.asked.append((f"{self.command} {self.path}", sent, body))
            status, data = reply(f"{self.command} {self.path}", sent)
            self.send_response(status, "odd")
            for name, value in {"Content-Type": "text/xml;charset=utf-8", **extra}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = answer  # noqa: N815 -- http.server's names

        def log_message(self, *args: object) -> None:
            """Nothing: a test's output is its own."""

    server = ThreadingLoopbackServer(("127.0.0.1", 0), Handler)
    tiny = Tiny(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield tiny
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
