"""What the servers of the tests print on standard error: nothing of clients that hang up, everything of their own mistakes."""

from __future__ import annotations

import socket
from http.server import BaseHTTPRequestHandler

import pytest

from simulators.loopback import LoopbackServer

MUCH = bytes(1_000_000)


class Answering(BaseHTTPRequestHandler):
    """More than a connection takes without a reader."""

    def do_GET(self) -> None:
        while True:
            self.wfile.write(MUCH)


class AnsweringLate(Answering):
    """With an answer that is kept in memory until the connection ends."""

    wbufsize = 100 * len(MUCH)

    def do_GET(self) -> None:
        for _ in range(50):
            self.wfile.write(MUCH)


class Mistaken(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        raise ValueError("a mistake of the server")


class Unreadable(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        raise FileNotFoundError("a file that the server needs")


def asked_by_one_who_hangs_up(handler: type[BaseHTTPRequestHandler]) -> None:
    """Serve a client that asks and does not wait for the answer."""
    with LoopbackServer(("127.0.0.1", 0), handler) as server:
        with socket.create_connection(("127.0.0.1", server.server_port)) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        server.handle_request()


@pytest.mark.parametrize("handler", [Answering, AnsweringLate])
def test_a_client_that_hangs_up_is_nobodys_mistake(capfd, handler):
    asked_by_one_who_hangs_up(handler)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("handler", "shown"), [(Mistaken, "ValueError"), (Unreadable, "FileNotFoundError")])
def test_a_mistake_of_the_servers_own_is_shown(capfd, handler, shown):
    asked_by_one_who_hangs_up(handler)
    assert shown in capfd.readouterr().err
