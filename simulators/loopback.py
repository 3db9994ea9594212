"""Servers on the loopback address whose clients may hang up whenever they like."""

from __future__ import annotations

import errno
import ssl
import sys
from http.server import HTTPServer
from socketserver import ThreadingMixIn
from typing import Any

HUNG_UP = frozenset({errno.EBADF, errno.ENOTCONN})
"""What the system says of a connection that has been closed meanwhile, beside the errors that have a class of their own."""


def is_hung_up(error: BaseException | None) -> bool:
    """Whether a connection has broken: its client is gone, was too slow, or did not like the certificate."""
    if isinstance(error, (ConnectionError, TimeoutError, ssl.SSLError)):
        return True
    return isinstance(error, OSError) and error.errno in HUNG_UP


class LoopbackServer(HTTPServer):
    """One request after the other. A client that went away is nobody's mistake; anything else is shown on standard error."""

    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Quiet for a broken connection alone."""
        if not is_hung_up(sys.exception()):
            super().handle_error(request, client_address)


class ThreadingLoopbackServer(ThreadingMixIn, LoopbackServer):
    """A thread for each connection; none of them keeps the process."""

    daemon_threads = True
