"""The Plex Media Server of the tests: start it, fill it, look into it, break it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

from simulators.planted import GUEST_TOKEN, OWNER_TOKEN
from simulators.plex import routes
from simulators.plex.backstage import Backstage
from simulators.plex.faults import Fault, Faults
from simulators.plex.http_server import PlexHttpServer
from simulators.plex.library import Library
from simulators.plex.options import Options
from simulators.plex.stage import Stage
from simulators.stash.listener import CERTIFICATE, PRIVATE_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.plex.messages import Answer, Request


class PlexSimulator(Stage):
    """A Plex server on a loopback port of its own, running while the ``with`` block does.

    ``token`` is the owner's, ``guest_token`` that of somebody who may look and not edit. ``settings`` are the fields of
    ``Options`` and can be changed later through ``options``. With ``https`` it has a certificate that nobody trusts. When the block ends, a mistake of the simulator itself is raised.
    """

    def __init__(
        self,
        *,
        token: str = OWNER_TOKEN,
        guest_token: str = GUEST_TOKEN,
        clock: Callable[[], float] = time.time,
        https: bool = False,
        **settings: Any,
    ) -> None:
        self.options = Options(**settings)
        library = Library(self.options, clock)
        super().__init__(library, Backstage(library.lock))
        self.token = token
        self.guest_token = guest_token
        self.faults = Faults()
        self.requests: list[Request] = []
        self.on_applied: Callable[[Request], None] = lambda _request: None
        """Called when something was done and before it is answered, in the thread of that request."""
        self._recording = threading.Lock()
        self._server: PlexHttpServer | None = None
        self._placeholder: socket.socket | None = None
        self._errors: list[str] = []
        self.port = 0
        self._tls: ssl.SSLContext | None = None
        if https:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(CERTIFICATE, PRIVATE_KEY)

    def __enter__(self) -> Self:
        self.resume()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close()
        if self._errors and kind is None:
            raise AssertionError("the Plex simulator made a mistake:\n" + "\n".join(self._errors))

    # --- the server ---

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def refuse(self) -> None:
        """Nobody listens any more: new connections are refused, open ones end. What goes on behind the scenes goes on."""
        if self._server is None:
            return
        self._server.stop()
        self._errors += self._server.errors
        self._server = None
        # Bound and not listening, so that connecting is refused and nobody else is given the port meanwhile.
        self._placeholder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._placeholder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            self._placeholder.bind(("127.0.0.1", self.port))

    def resume(self) -> None:
        """Listen again, on the same port."""
        if self._server is not None:
            return
        self._give_port_back()
        self._server = PlexHttpServer(
            self.port,
            serve=self._serve,
            faults_for=self.faults.met_by,
            record=self._record,
            longest_line=lambda: self.options.max_request_line,
            tls=self._tls,
        )
        self.port = self._server.port

    def restart(self, *, down_s: float = 0.0) -> None:
        """Away and back; who was connected has to connect again."""
        self.refuse()
        time.sleep(down_s)
        self.resume()

    def close(self) -> None:
        """Stop for good."""
        self.refuse()
        self._give_port_back()
        self.backstage.stop()

    def start_maintenance(self) -> Fault:
        """503 for everything but /identity, until the fault is removed or all are cleared."""
        return self.faults.add("maintenance")

    # --- what was asked ---

    def writes(self) -> list[Request]:
        """The requests with PUT, POST and DELETE, in the order in which they were answered."""
        return [request for request in self.seen() if request.is_write]

    def seen(self) -> list[Request]:
        """A copy of ``requests``."""
        with self._recording:
            return list(self.requests)

    def counts(self) -> Counter[tuple[str, str]]:
        """How many requests each method and route has had, such as ``("GET", "/library/metadata/{ids}")``.

        One that met no route stands there with its path.
        """
        return Counter((request.method, request.route or request.path) for request in self.seen())

    def forget_requests(self) -> None:
        """Count from zero again."""
        with self._recording:
            self.requests.clear()

    def _serve(self, request: Request, token: str) -> Answer:
        request.owner = token != self.guest_token
        known = token in {self.token, self.guest_token}
        reply = routes.answer(self.library, self.backstage, request, known_token=known)
        if request.applied:
            self.on_applied(request)
        return reply

    def _record(self, request: Request) -> None:
        if not request.route and (found := routes.find(request)) is not None:
            request.route = found[0].path
        with self._recording:
            self.requests.append(request)

    def _give_port_back(self) -> None:
        if self._placeholder is not None:
            self._placeholder.close()
            self._placeholder = None
