"""The border to plexapi, requests and the XML parser: whatever they raise becomes one of our own errors here."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from requests import exceptions as transport
from urllib3 import exceptions as wire

from plex.exceptions import (
    CertificateRefused,
    PlexError,
    PlexGarbled,
    PlexMaintenance,
    PlexNotFound,
    PlexPermanentError,
    PlexRefused,
    PlexServerDown,
    PlexTemporaryError,
    RequestTooLong,
    SetupError,
    Unknown,
)
from plex.transport import plexapi_exceptions as theirs

if TYPE_CHECKING:
    from collections.abc import Iterator

STATUS = re.compile(r"^\((\d{3})\)")
QUERY = re.compile(r"\?[^\s'\"<>]+")
"""The part of an address that can hold keys, as it stands in the texts of plexapi and urllib3."""
CERTIFICATE_REASON = re.compile(r"certificate verify failed: ([^(\n]{1,200}?)\.? \(")
LONGEST_TEXT = 500
"""Letters of a foreign error's text that are kept: some servers answer with a whole page."""
REFUSED = frozenset({401, 403})
TOO_LONG = frozenset({414, 431})
TEMPORARY = frozenset({408, 425, 429})
NOT_FOUND = 404
UNAVAILABLE = 503
FIRST_REDIRECT, FIRST_CLIENT_ERROR, FIRST_SERVER_ERROR = 300, 400, 500


def from_status(status: int, what: str, *, maintenance: bool = False) -> PlexError:
    """The error that an answer with this status is, with a text that holds neither URL nor token.

    ``maintenance`` says that a 503 is Plex's own page and not that of a proxy which cannot reach it.
    """
    text = f"Plex answered ({status}) to {what}"
    if status in REFUSED:
        return PlexRefused(text)
    if status == UNAVAILABLE:
        return (
            PlexMaintenance(f"{text}: it is starting or in maintenance")
            if maintenance
            else PlexServerDown(text)
        )
    if FIRST_REDIRECT <= status < FIRST_CLIENT_ERROR:  # Plex makes none: a login page or a proxy does
        return PlexGarbled(f"{text}, which leads elsewhere")
    if status < FIRST_REDIRECT or status in TEMPORARY or status >= FIRST_SERVER_ERROR:
        return PlexTemporaryError(text)
    permanent = {NOT_FOUND: PlexNotFound, **dict.fromkeys(TOO_LONG, RequestTooLong)}
    return permanent.get(status, PlexPermanentError)(text)


@contextmanager
def translated(what: str, *, secret: str = "") -> Iterator[None]:
    """Turn what plexapi, requests and the XML parser raise into our own errors; ours pass through.

    ``what`` names the request for a person. The original stays as the cause, without the queries of addresses in its
    text: an edit carries keys of Stash's there, and a kept stack trace shows the cause. Nor does ``secret`` stay in it:
    some proxies show the whole request in their error page.
    """
    try:
        yield
    except PlexError:
        raise
    except Exception as error:
        translation = _translation(error, what)
        _hush(error, secret)
        raise translation from error


def _hush(error: BaseException, secret: str) -> None:
    """Take the secret and the queries out of the texts of an error and of everything that led to it, and cut the long ones."""
    met: set[int] = set()
    trail: list[BaseException | None] = [error]
    while trail:
        one = trail.pop()
        if one is None or id(one) in met:
            continue
        met.add(id(one))
        trail += [
            one.__cause__,
            one.__context__,
            *(arg for arg in one.args if isinstance(arg, BaseException)),
        ]
        text = str(one)
        clean = QUERY.sub("?…", text.replace(secret, "…") if secret else text)[:LONGEST_TEXT]
        if clean != text:
            one.args = (clean,)


def _translation(error: Exception, what: str) -> PlexError:
    if isinstance(error, theirs.Unauthorized):  # a BadRequest too: it must come first
        return PlexRefused(f"Plex refused the token at {what}")
    if isinstance(error, theirs.NotFound):
        return from_status(NOT_FOUND, what)
    if isinstance(error, theirs.BadRequest):
        found = STATUS.match(str(error))
        maintenance = "maintenance" in str(error).casefold()
        return (
            from_status(int(found[1]), what, maintenance=maintenance)
            if found
            else PlexPermanentError(f"Plex refused {what}")
        )
    return (
        _from_transport(error, what)
        or _from_answer(error, what)
        or Unknown(f"{type(error).__name__} at {what}")
    )


def _from_transport(error: Exception, what: str) -> PlexError | None:
    """The most specific first: requests' timeouts and certificate errors are connection errors too."""
    bad_address = (
        transport.MissingSchema,
        transport.InvalidSchema,
        transport.InvalidURL,
        transport.URLRequired,
    )
    table: tuple[tuple[tuple[type[Exception], ...], type[PlexError], str], ...] = (
        (bad_address, SetupError, f"plex_url is no usable address ({type(error).__name__})"),
        ((transport.InvalidHeader,), PlexRefused, "the Plex token has a character that no token has"),
        ((transport.SSLError,), *_from_certificate(error, what)),
        (
            (transport.ConnectTimeout,),
            PlexServerDown,
            f"Plex does not answer (no connection in time) at {what}",
        ),
        ((transport.Timeout,), PlexTemporaryError, f"Plex took too long at {what}"),
        ((transport.ConnectionError,), *_from_connection(error, what)),
        (
            (transport.ChunkedEncodingError, transport.ContentDecodingError, transport.InvalidJSONError),
            PlexGarbled,
            f"Plex's answer to {what} was cut or garbled",
        ),
        ((transport.RequestException, OSError), PlexTemporaryError, f"{type(error).__name__} at {what}"),
    )
    for kinds, ours, text in table:
        if isinstance(error, kinds):
            return ours(text)
    return None


def _from_certificate(error: Exception, what: str) -> tuple[type[PlexError], str]:
    """A certificate that is not accepted stays so; any other trouble with TLS is that of a server on its way."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        reason = CERTIFICATE_REASON.search(str(error))
        why = f" ({reason[1]})" if reason else ""
        return CertificateRefused, f"Plex's certificate was not accepted at {what}{why}"
    return PlexServerDown, f"Plex does not answer (no secure connection) at {what}"


def _from_connection(error: Exception, what: str) -> tuple[type[PlexError], str]:
    """Whether there was a connection at all: urllib3's own error, which requests wraps, tells."""
    inner = error.args[0] if error.args else None
    if isinstance(inner, wire.ProtocolError):
        return PlexTemporaryError, f"Plex ended the connection at {what}"
    if isinstance(inner, wire.ReadTimeoutError):  # in the middle of an answer
        return PlexTemporaryError, f"Plex took too long at {what}"
    return PlexServerDown, f"Plex does not answer (no connection) at {what}"


def _from_answer(error: Exception, what: str) -> PlexError | None:
    """What reading a strange answer raises."""
    if isinstance(error, ParseError):
        return PlexGarbled(f"what answered {what} is no Plex: its answer is no XML")
    if isinstance(error, AttributeError) and "'NoneType'" in str(error):
        return PlexGarbled(f"Plex's answer to {what} was empty")
    if isinstance(error, UnicodeEncodeError) and error.encoding == "latin-1":  # how headers are sent
        return PlexRefused("the Plex token has a character that no token has")
    if isinstance(error, KeyError | ValueError) and not isinstance(
        error, UnicodeError
    ):  # an id that is missing or no number
        return PlexGarbled(
            f"Plex's answer to {what} lacks what every answer of Plex has ({type(error).__name__})"
        )
    return None
