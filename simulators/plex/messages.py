"""Requests and answers, between the HTTP server and what Plex makes of them."""

from __future__ import annotations

from dataclasses import dataclass, field

XML, HTML = "text/xml;charset=utf-8", "text/html"
REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    411: "Length Required",
    413: "Payload Too Large",
    414: "URI Too Long",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
MAINTENANCE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Response code="503" title="Maintenance" '
    'status="Plex Media Server is currently running startup maintenance tasks."/>\n'
)


@dataclass(slots=True, kw_only=True)
class Request:
    """One request as it came, and what became of it.

    ``query`` holds decoded pairs in their order, without the token. ``status`` is 0 when no answer went out (a reset,
    a hang). ``route`` is the pattern that it met, such as ``/library/metadata/{ids}``; ``applied`` tells whether
    Plex did what was asked, answered or not.
    """

    method: str
    path: str
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    line_length: int = 0
    at: float = 0.0
    duration_s: float = 0.0
    status: int = 0
    route: str = ""
    fault: str = ""
    applied: bool = False
    owner: bool = True

    def get(self, name: str, default: str = "") -> str:
        """The first value of a parameter."""
        return next((value for key, value in self.query if key == name), default)

    def either(self, name: str) -> str | None:
        """An ``X-Plex-…`` value: Plex takes each of them as a header or as a parameter."""
        return self.headers.get(name.lower()) or self.get(name) or None

    @property
    def is_write(self) -> bool:
        """By its method. A scan is asked for with GET and does not count."""
        return self.method in {"PUT", "POST", "DELETE"}


@dataclass(slots=True, kw_only=True)
class Answer:
    """What goes back. An edit is answered with 200 and nothing."""

    status: int = 200
    body: bytes = b""
    content_type: str = XML
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """Raised while a request is handled: it is answered with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status} {REASONS.get(status, '')}")
        self.status = status


def refusal(status: int) -> Answer:
    """Plex's errors have an HTML body that nobody should parse; maintenance has a small document."""
    if status == 503:
        return Answer(status=status, body=MAINTENANCE.encode())
    words = f"{status} {REASONS.get(status, 'Unknown')}"
    body = f"<html><head><title>{REASONS.get(status, 'Unknown')}</title></head><body><h1>{words}</h1></body></html>"
    return Answer(status=status, body=body.encode(), content_type=HTML)
