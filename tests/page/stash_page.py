"""Stash's page for a browser: the stand-in of ui/harness, the plugin's files as Stash serves them, the simulator behind.

``prefix`` is what a reverse proxy puts before everything. ``trouble`` is what happens to GraphQL: nothing, "cut" (no answer)
or a status.
"""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from simulators.loopback import ThreadingLoopbackServer

if TYPE_CHECKING:
    from simulators.stash import StashSimulator

UI = Path(__file__).parent.parent.parent / "ui"
FILES = {
    "/harness.js": (UI / "build" / "harness" / "stash.js", "text/javascript"),
    "/harness.css": (UI / "build" / "harness" / "stash.css", "text/css"),
    "/axe.js": (UI / "build" / "harness" / "axe.js", "text/javascript"),
    "/plugin/StashPlexSync/javascript": (UI / "dist" / "StashPlexSync.js", "text/javascript"),
    "/plugin/StashPlexSync/css": (UI / "dist" / "StashPlexSync.css", "text/css"),
}
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><base href="{base}"><title>Stash</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<link rel="stylesheet" href="{base}harness.css"><link rel="stylesheet" href="{base}plugin/StashPlexSync/css">
<style>body {{ background: #202b33; color: #f5f8fa; }} .card {{ background: #30404d; }} .text-muted {{ color: #bfccd6 !important; }}
a {{ color: #48aff0; }} .table {{ color: inherit; }} .btn-primary {{ background: #106ba3; }} .modal-content {{ background: #30404d; }}
.text-danger {{ color: #ff8080 !important; }} .nav-tabs .nav-link.active {{ background: none; color: #48aff0; }}</style>
</head><body><div id="root"></div><script src="{base}harness.js"></script></body></html>"""


class StashPage:
    """Use as a context manager; ``url`` is where the page is, without a slash at its end."""

    def __init__(self, stash: StashSimulator, prefix: str = "") -> None:
        self.prefix = prefix
        self.trouble: str | int = ""
        self._stash = urlsplit(stash.url)
        self._server = ThreadingLoopbackServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"page": self}))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{self.prefix}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def forward(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, str, bytes]:
        """Ask the simulator, which is told the address that the browser asked."""
        connection = http.client.HTTPConnection(self._stash.hostname or "", self._stash.port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Content-Type", ""), answer.read()
        finally:
            connection.close()


class _Handler(BaseHTTPRequestHandler):
    page: StashPage

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        path = urlsplit(self.path).path.removeprefix(self.page.prefix)
        if path in FILES:
            file, kind = FILES[path]
            self._send(200, kind, file.read_bytes())
        elif path.startswith("/plugin/"):
            self._send(404, "text/plain", b"404 page not found\n")
        elif path.endswith("/screenshot"):
            self._send(*self.page.forward("GET", path, None, {}))
        else:
            self._send(200, "text/html", PAGE.format(base=f"{self.page.prefix}/").encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        trouble = self.page.trouble
        if trouble == "cut":
            self.close_connection = True
            return
        if isinstance(trouble, int):
            self._send(trouble, "text/html", b"<html>trouble</html>")
            return
        headers = {"Content-Type": "application/json", "Host": self.headers["Host"]}
        self._send(*self.page.forward("POST", "/graphql", body, headers))

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
