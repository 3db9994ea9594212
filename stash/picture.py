"""Pictures of Stash's: where they lie for us, and what comes back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from stash.exceptions import StashDown, StashOdd
from stash.interface import check_access

if TYPE_CHECKING:
    import requests

LARGEST_BYTES = 20 * 1024 * 1024
ONE_READ = 64 * 1024
OK, NOT_MODIFIED, SERVER_ERROR = 200, 304, 500
AWAY = frozenset({502, 503, 504})
"""Statuses that speak for the whole of Stash, or of the proxy before it; a 500 is this picture's own trouble."""

ROUTE = re.compile(r"/(?:scene|performer|studio|tag|group|movie|gallery|image)/\d+/.*")


class Picture(NamedTuple):
    """What Stash gave. ``data`` is None for 304 (it is what it was), and when ``problem`` says why there is none.

    ``passing``: the problem may be over the next time. A picture that is too large stays so.
    """

    data: bytes | None
    etag: str | None
    content_type: str
    status: int
    problem: str = ""
    passing: bool = False


def local_path(path_or_url: str) -> str:
    """Path and query of a picture as our connection wants them.

    Stash makes its URLs from the Host header, or from a set external address that may have a path of its own in front,
    which only the proxy there knows. An ``apikey`` in the query is dropped: it goes in a header. Raises StashOdd.
    """
    try:
        parts = urlsplit(path_or_url)
    except ValueError:
        raise StashOdd("a picture's address is not a URL") from None
    route = ROUTE.search(parts.path)
    path = route.group() if route else "/" + parts.path.lstrip("/")
    query = [
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if key.lower() != "apikey"
    ]
    return f"{path}?{urlencode(query)}" if query else path


def read(response: requests.Response) -> Picture:
    """Take the picture from an open response. Raises StashRefused at a login, StashDown when Stash is away."""
    check_access(response)
    status = response.status_code
    if status in AWAY:
        raise StashDown(f"Stash answered with status {status} for a picture")
    etag = response.headers.get("ETag")
    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if status == NOT_MODIFIED:
        return Picture(data=None, etag=etag, content_type=content_type, status=status)
    data, problem, passing = None, "", False
    if status != OK:
        problem, passing = f"Stash answered with status {status}", status >= SERVER_ERROR
    elif content_type in {"text/html", "application/xhtml+xml"}:
        problem, passing = "Stash gave a web page in place of a picture", True
    else:
        data = _body(response)
        problem = (
            "" if data else "the picture is empty" if data == b"" else "the picture is larger than 20 MB"
        )
        passing = data == b""
    return Picture(
        data=data or None,
        etag=etag,
        content_type=content_type,
        status=status,
        problem=problem,
        passing=passing,
    )


def _body(response: requests.Response) -> bytes | None:
    """The content, or None when it is too large; stops reading then."""
    announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced) > LARGEST_BYTES:
        return None
    data = bytearray()
    for part in response.iter_content(ONE_READ):
        data += part
        if len(data) > LARGEST_BYTES:
            return None
    return bytes(data)
