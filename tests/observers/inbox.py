"""A service that takes notifications in the form of Apprise's ``json://``."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler
from typing import Self

from simulators.loopback import LoopbackServer


class Inbox(LoopbackServer):
    """What Apprise's ``json://`` sends to: it keeps title and message of each notification, one after the other as they come."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str]] = []
        super().__init__(("127.0.0.1", 0), _Receiver)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server_address[1]}/inbox"

    @property
    def titles(self) -> list[str]:
        return [title for title, _ in self.messages]


class _Receiver(BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.messages.append((told["title"], told["message"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""
