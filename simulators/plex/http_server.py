"""The HTTP side: keep-alive connections, recorded requests, trouble, and a port that can be closed and opened again."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from simulators.loopback import ThreadingLoopbackServer, is_hung_up
from simulators.planted import tell
from simulators.plex.faults import BEFORE
from simulators.plex.messages import HTML, REASONS, Answer, Request, refusal

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from simulators.plex.faults import Fault

PORTAL = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><p>Welcome<br>Please sign in.</body></html>"
LONGEST_LINE = 1_000_000
"""Bytes of a request line that are read at all; what Plex allows is an option."""
TOKEN = "x-plex-token"  # noqa: S105 -- a header's name


class Gone(Exception):
    """The connection shall end here; ``abrupt`` with a reset."""

    def __init__(self, *, abrupt: bool) -> None:
        super().__init__("the connection ends here")
        self.abrupt = abrupt


class PlexHttpServer(ThreadingLoopbackServer):
    """One listening socket. ``serve`` answers a request with its token; ``faults_for`` says what trouble it meets."""

    def __init__(
        self,
        port: int,
        *,
        serve: Callable[[Request, str], Answer],
        faults_for: Callable[[Request], list[Fault]],
        record: Callable[[Request], None],
        longest_line: Callable[[], int | None],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.serve = serve
        self.faults_for = faults_for
        self.record = record
        self.longest_line = longest_line
        self.stopping = threading.Event()
        self.errors: list[str] = []
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)
        if tls is not None:
            # The handshake is done by the connection's own thread, at its first read.
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.01,), name="plex-simulator", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread for each connection, remembered so that it can be ended."""
        thread = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), daemon=True
        )
        with self._guard:
            self._connections[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        """The connection is over."""
        super().shutdown_request(request)
        with self._guard:
            self._connections.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 -- socketserver's signature
        """A client that went away is nobody's mistake; anything else is ours, and the simulator's owner hears of it."""
        if not is_hung_up(sys.exception()):
            self.errors.append(traceback.format_exc())

    def stop(self) -> None:
        """Listen no more, end every connection and wait until their threads are gone."""
        self.stopping.set()
        self.shutdown()
        self._thread.join()
        self.server_close()
        with self._guard:
            left = dict(self._connections)
        for connection in left:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in left.values():
            thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: PlexHttpServer

    def finish(self) -> None:
        """Give the connection back, also when the last words could not be sent."""
        try:
            super().finish()
        finally:
            self.rfile.close()

    def handle_one_request(self) -> None:
        """One request of a kept connection."""
        self.raw_requestline = self.rfile.readline(LONGEST_LINE)
        if not self.raw_requestline:
            self.close_connection = True
            return
        if not self.parse_request():
            return
        request = self._read()
        started = time.perf_counter()
        try:
            reply = self._answer(request)
            request.status = reply.status
            self._record(request, started)
            self._send(request, reply)
        except Gone as gone:
            self._record(request, started)
            self._end(abrupt=gone.abrupt)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed; requests are recorded."""

    def version_string(self) -> str:
        """Plex does not say who it is."""
        return "Plex"

    def _read(self) -> Request:
        tell("the address of a request", self.path)
        target = urlsplit(self.path)
        pairs = parse_qsl(target.query, keep_blank_values=True, errors="replace")
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._token = headers.pop(TOKEN, "") or next((v for name, v in pairs if name.lower() == TOKEN), "")
        return Request(
            method=self.command,
            path=target.path,
            query=[pair for pair in pairs if pair[0].lower() != TOKEN],
            headers=headers,
            body=self.rfile.read(int(headers.get("content-length") or 0)),
            line_length=len(self.raw_requestline.rstrip(b"\r\n")),
            at=time.time(),
        )

    def _answer(self, request: Request) -> Answer:
        faults = self.server.faults_for(request)
        for met in faults:
            request.fault = met.kind
            if met.kind == "latency":
                self.server.stopping.wait(met.seconds)
        fault = next((fault for fault in faults if fault.kind != "latency"), None)
        if fault is not None:
            request.fault = fault.kind
            if fault.kind in BEFORE:
                return self._instead(fault)
        if "transfer-encoding" in request.headers:
            self.close_connection = True  # the body stands unread between this request and the next
            return refusal(411)
        longest = self.server.longest_line()
        if longest is not None and request.line_length > longest:
            return refusal(414)
        reply = self.server.serve(request, self._token)
        return reply if fault is None else _spoiled(fault, reply)

    def _instead(self, fault: Fault) -> Answer:
        if fault.kind == "html":
            return Answer(body=PORTAL, content_type=HTML)
        if fault.kind == "hang":
            self.server.stopping.wait(fault.seconds or None)
            raise Gone(abrupt=False)
        if fault.kind == "reset":
            raise Gone(abrupt=True)
        return refusal(fault.status)

    def _record(self, request: Request, started: float) -> None:
        request.duration_s = time.perf_counter() - started
        self.server.record(request)

    def _send(self, request: Request, reply: Answer) -> None:
        torn = request.fault == "torn"
        self.send_response(reply.status, REASONS.get(reply.status))
        for name, value in {
            "X-Plex-Protocol": "1.0",
            "Cache-Control": "no-cache",
            "Content-Type": reply.content_type,
            "Content-Length": str(max(len(reply.body), 2 * torn)),  # of nothing, nothing could be missing
            **reply.headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if request.method != "HEAD":
            self.wfile.write(reply.body[: len(reply.body) // 2] if torn else reply.body)
        self.wfile.flush()
        if torn:
            self._end(abrupt=True)

    def _end(self, *, abrupt: bool) -> None:
        self.close_connection = True
        if abrupt:
            # With a linger of zero seconds, closing sends a reset instead of an orderly end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()


def _spoiled(fault: Fault, reply: Answer) -> Answer:
    if fault.kind == "lost":
        raise Gone(abrupt=True)
    if fault.kind == "torn":
        return reply
    if fault.kind == "late_status":
        return refusal(fault.status)
    if fault.kind == "empty":
        return Answer()
    return Answer(body=reply.body[: max(1, len(reply.body) * 2 // 3)], headers=reply.headers)
