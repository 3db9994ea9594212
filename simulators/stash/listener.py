"""The socket of the simulated Stash: it can be closed and opened again, on the same port."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from simulators.loopback import ThreadingLoopbackServer
from simulators.stash.web import Handler

if TYPE_CHECKING:
    from simulators.stash.server import StashSimulator

CERTIFICATE = Path(__file__).with_name("test-only-certificate.pem")
PRIVATE_KEY = Path(__file__).with_name("test-only-key.pem")
"""A pair for loopback that is in every copy of this project: it protects nothing."""
LOOPBACK = "127.0.0.1"
POLL_S = 0.02


class _Server(ThreadingLoopbackServer):
    stash: StashSimulator

    def __init__(self, port: int, stash: StashSimulator) -> None:
        self.stash = stash
        self.connections: set[socket.socket] = set()
        super().__init__((LOOPBACK, port), Handler)

    def break_connections(self) -> None:
        for connection in list(self.connections):
            # Its own thread may have closed it a moment ago.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Listener:
    """Opens and closes the socket; with ``https`` it speaks TLS with the certificate beside this file."""

    def __init__(self, stash: StashSimulator, *, https: bool) -> None:
        self.port = 0
        self._stash = stash
        self._server: _Server | None = None
        self._placeholder: socket.socket | None = None
        self._context: ssl.SSLContext | None = None
        if https:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(CERTIFICATE, PRIVATE_KEY)

    def start(self) -> None:
        """Listen, on the port of before if there was one. Does nothing while it listens."""
        if self._server is not None:
            return
        self._give_port_back()
        server = _Server(self.port, self._stash)
        self.port = server.server_address[1]
        if self._context is not None:
            # The handshake is done by the connection's own thread, at its first read.
            server.socket = self._context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": POLL_S}, daemon=True, name="stash-http"
        ).start()
        self._server = server

    def stop(self) -> None:
        """Stop listening and end every connection; the port stays ours. Does nothing while it does not listen."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
            server.break_connections()
            # Bound and not listening, so that connecting is refused and nobody else is given the port meanwhile.
            self._placeholder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self._placeholder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                self._placeholder.bind((LOOPBACK, self.port))

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self._give_port_back()

    def _give_port_back(self) -> None:
        if self._placeholder is not None:
            self._placeholder.close()
            self._placeholder = None
