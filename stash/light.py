"""The two questions that a hook asks of Stash, over a bare socket.

``http.client`` would cost the person who waits for a save another 10 ms, and ``requests`` 100 ms; all that is needed
here is one POST with one JSON answer. Everything else goes through ``stash.client``.
"""

import json
import socket
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self

    from stash.runtime import Connection

LARGEST_ANSWER = 8 * 1024 * 1024
LARGEST_HEAD = 64 * 1024
ONE_READ = 64 * 1024
OK = 200
INTERIM = 100
NO_CONTENT = 204

IDLE = "{jobQueue{id}}"
ASK = "mutation($p:ID!,$t:String,$d:String,$a:Map){runPluginTask(plugin_id:$p,task_name:$t,description:$d,args_map:$a)}"


class LightError(Exception):
    """Stash could not be asked, or did not give a usable answer in time. Holds no secret."""


class LightStash:
    """One connection, kept open for a second question. Not for threads; ``close`` it."""

    def __init__(
        self,
        connection: "Connection",
        *,
        api_key: str | None = None,
        timeout_s: float = 3.0,
        clock: "Callable[[], float]" = monotonic,
    ) -> None:
        """``timeout_s`` bounds a whole question, however slowly the answer drips in."""
        self._connection = connection
        self._credential = f"ApiKey: {api_key}" if api_key else ""
        if not self._credential and connection.cookie:
            self._credential = f"Cookie: session={connection.cookie}"
        self._timeout_s = timeout_s
        self._clock = clock
        self._deadline = 0.0
        self._socket: socket.socket | None = None
        self._buffer = bytearray()

    def __enter__(self) -> "Self":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def idle(self) -> bool:
        """Whether nothing runs or waits in Stash's job queue. Raises LightError."""
        return not self.query(IDLE, {}).get("jobQueue")

    def ask(self, plugin_id: str, task_name: str, description: str, args: "dict[str, Any]") -> str:
        """Have Stash queue a task of ours and return the job's id. Raises LightError; the task may be queued even then."""
        variables = {"p": plugin_id, "t": task_name, "d": description, "a": args}
        job = self.query(ASK, variables).get("runPluginTask")
        if not job:
            raise LightError("Stash gave no job for the task")
        return str(job)

    def query(self, gql: str, variables: "dict[str, Any]") -> "dict[str, Any]":
        """Send one GraphQL document and return its ``data``. Raises LightError for everything else."""
        self._deadline = self._clock() + self._timeout_s
        try:
            status, body = self._exchange(json.dumps({"query": gql, "variables": variables}).encode())
        except LightError:
            self.close()
            raise
        except (OSError, ValueError, EOFError) as error:
            # ssl.SSLError and TimeoutError are OSErrors; ValueError is what a garbled head gives.
            self.close()
            raise LightError(
                f"Stash at {self._connection.url} could not be asked: {type(error).__name__}"
            ) from error
        return _data(status, body)

    def close(self) -> None:
        """Give the connection back. May be called more than once."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._buffer.clear()

    def _exchange(self, body: bytes) -> tuple[int, bytes]:
        if not (self._credential.isascii() and self._credential.isprintable()):
            raise LightError("the API key has characters that no header can carry")
        if self._socket is None:
            self._socket = self._connect()
        lines = [
            "POST /graphql HTTP/1.1",
            f"Host: {self._connection.authority}",
            f"Content-Length: {len(body)}",
        ]
        lines += ["Content-Type: application/json", "Accept: application/json"]
        if self._credential:
            lines.append(self._credential)
        self._socket.settimeout(self._left())
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        status, headers = self._read_head()
        while INTERIM <= status < OK:
            status, headers = self._read_head()
        answer = self._read_body(status, headers)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return status, answer

    def _connect(self) -> socket.socket:
        plain = socket.create_connection((self._connection.host, self._connection.port), timeout=self._left())
        if self._connection.scheme != "https":
            return plain
        import ssl  # noqa: PLC0415 -- 15 ms that only those pay who have given Stash a certificate

        context = ssl.create_default_context()
        if self._connection.loopback:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        try:
            return context.wrap_socket(plain, server_hostname=self._connection.host)
        except OSError:
            plain.close()
            raise

    def _left(self) -> float:
        left = self._deadline - self._clock()
        if left <= 0:
            raise LightError(f"Stash at {self._connection.url} did not answer within {self._timeout_s:g} s")
        return left

    def _read_head(self) -> tuple[int, dict[str, str]]:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > LARGEST_HEAD:
                raise LightError("Stash's answer has no end to its head")
            self._more()
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        version, _, rest = lines[0].partition(" ")
        if not version.startswith("HTTP/1."):
            raise LightError("what answers at Stash's address does not speak HTTP/1")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        return int(rest[:3]), headers

    def _read_body(self, status: int, headers: dict[str, str]) -> bytes:
        if status == NO_CONTENT:
            return b""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._read_chunks()
        if "content-length" in headers:
            return self._take(int(headers["content-length"]))
        headers["connection"] = "close"
        try:
            while True:
                self._more()
        except EOFError:
            return bytes(self._buffer)

    def _read_chunks(self) -> bytes:
        body = bytearray()
        while size := int(self._read_line().partition(b";")[0], 16):
            body += self._take(size, already=len(body))
            self._read_line()
        while self._read_line():
            pass
        return bytes(body)

    def _read_line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            self._more()
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _take(self, size: int, *, already: int = 0) -> bytes:
        if size < 0 or size + already > LARGEST_ANSWER:
            raise LightError("Stash's answer has a length that cannot be")
        while len(self._buffer) < size:
            self._more()
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _more(self) -> None:
        """Read what has arrived. Raises EOFError at the end."""
        assert self._socket is not None  # noqa: S101 -- _exchange has made it
        if len(self._buffer) > LARGEST_ANSWER:
            raise LightError("Stash's answer is larger than 8 MB")
        self._socket.settimeout(self._left())
        part = self._socket.recv(ONE_READ)
        if not part:
            raise EOFError
        self._buffer += part


def _data(status: int, body: bytes) -> "dict[str, Any]":
    if status != OK:
        raise LightError(f"Stash answered with status {status}")
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise LightError("Stash's answer is not JSON") from None
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if errors:
        first = errors[0] if isinstance(errors, list) else errors
        said = first.get("message") if isinstance(first, dict) else first
        raise LightError(f"Stash answered with an error: {str(said)[:300]}")
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        raise LightError("Stash's answer has no data")
    return data
