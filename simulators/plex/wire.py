"""A request as the simulator saw it and the answer it gives."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

XML = "text/xml;charset=utf-8"
HTML = "text/html"

REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    411: "Length Required",
    413: "Payload Too Large",
    414: "URI Too Long",
    500: "Internal Server Error",
    503: "Service Unavailable",
}

WRITES = frozenset({"PUT", "POST", "DELETE"})


@dataclass(slots=True, kw_only=True)
class Request:
    """One request. ``status`` is None while it runs and when no answer was sent (a reset, a hang)."""

    method: str
    path: str
    query: list[tuple[str, str]]
    """Names and values, decoded once, in the order in which they came; X-Plex-Token is left out."""
    request_line_bytes: int
    headers: dict[str, str] = field(default_factory=dict)
    """Names in lower case; X-Plex-Token is left out."""
    body: bytes = field(default=b"", repr=False)
    token: str = field(default="", repr=False)
    status: int | None = None
    owner: bool = False

    @classmethod
    def parse(
        cls, method: str, target: str, headers: dict[str, str], body: bytes, request_line_bytes: int
    ) -> Request:
        """``headers`` has names in lower case."""
        parts = urlsplit(target)
        query = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=100_000)
        in_query = next((value for name, value in query if name.lower() == "x-plex-token"), "")
        return cls(
            method=method,
            path=unquote(parts.path),
            query=[pair for pair in query if pair[0].lower() != "x-plex-token"],
            request_line_bytes=request_line_bytes,
            headers={name: value for name, value in headers.items() if name != "x-plex-token"},
            body=body,
            token=headers.get("x-plex-token", in_query),
        )

    @property
    def line(self) -> str:
        """``METHOD /path`` without the query: what faults and counts are matched with."""
        return f"{self.method} {self.path}"

    @property
    def is_write(self) -> bool:
        """Whether it asks Plex to change something about an item."""
        return self.method in WRITES

    def first(self, name: str) -> str | None:
        """The first value of a query name."""
        return next((value for key, value in self.query if key == name), None)

    def plex_header(self, name: str) -> str | None:
        """A header ``X-Plex-…``, which may come as a query argument too."""
        folded = name.lower()
        in_query = next((value for key, value in self.query if key.lower() == folded), None)
        return self.headers.get(folded, in_query)

    def matches(self, method: str | None, regex: str | None) -> bool:
        """Whether the method is this one and the pattern is found in the path; None fits everything."""
        return (method is None or method == self.method) and (
            regex is None or re.search(regex, self.path) is not None
        )


@dataclass(slots=True)
class Response:
    """An answer. The writes of Plex answer 200 with an empty body."""

    status: int = 200
    body: bytes = b""
    content_type: str = XML
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):  # noqa: N818 - an answer that ends a request early and not an error of the simulator
    """Ends a request with an error status."""

    def __init__(self, status: int, text: str = "") -> None:
        super().__init__(f"{status} {text}")
        self.status = status
        self.text = text


def error(status: int, text: str = "") -> Response:
    """The HTML page with which Plex answers an error."""
    reason = REASONS.get(status, "Error")
    page = f"<html><head><title>{reason}</title></head><body><h1>{status} {reason}</h1>{text}</body></html>"
    return Response(status, page.encode(), HTML)
