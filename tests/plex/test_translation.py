"""Whatever plexapi, requests and the XML parser raise arrives as one of our own errors, and says no secret."""

from __future__ import annotations

import traceback
from xml.etree.ElementTree import ParseError, fromstring

import pytest
import requests
from plexapi import exceptions as theirs
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
from plex.translation import from_status, translated

SECRET = "s3cr3t-key"
URL = f"http://plex:32400/library/sections/1/all?type=1&actor%5B0%5D.tag.thumb=http%3A%2F%2Fstash%2F1%3Fapikey%3D{SECRET}"


def of(module, root: type[Exception]) -> list[type[Exception]]:
    return [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, root)]


def become(error: Exception, what: str = "a test") -> PlexError:
    """The translation of an error."""
    with pytest.raises(PlexError) as caught, translated(what):
        raise error
    return caught.value


PLEXAPI: dict[type[Exception], type[PlexError]] = {
    theirs.PlexApiException: Unknown,
    theirs.BadRequest: PlexPermanentError,
    theirs.NotFound: PlexNotFound,
    theirs.UnknownType: Unknown,
    theirs.Unsupported: Unknown,
    theirs.Unauthorized: PlexRefused,
    theirs.TwoFactorRequired: PlexRefused,
}
REQUESTS: dict[type[Exception], type[PlexError]] = {
    transport.RequestException: PlexTemporaryError,
    transport.HTTPError: PlexTemporaryError,
    transport.ConnectionError: PlexServerDown,
    transport.ProxyError: PlexServerDown,
    transport.SSLError: PlexServerDown,
    transport.Timeout: PlexTemporaryError,
    transport.ConnectTimeout: PlexServerDown,
    transport.ReadTimeout: PlexTemporaryError,
    transport.URLRequired: SetupError,
    transport.TooManyRedirects: PlexTemporaryError,
    transport.MissingSchema: SetupError,
    transport.InvalidSchema: SetupError,
    transport.InvalidURL: SetupError,
    transport.InvalidProxyURL: SetupError,
    transport.InvalidHeader: PlexRefused,
    transport.ChunkedEncodingError: PlexGarbled,
    transport.ContentDecodingError: PlexGarbled,
    transport.StreamConsumedError: PlexTemporaryError,
    transport.RetryError: PlexTemporaryError,
    transport.UnrewindableBodyError: PlexTemporaryError,
    transport.InvalidJSONError: PlexGarbled,
}


@pytest.mark.parametrize("kind", of(theirs, theirs.PlexApiException))
def test_each_exception_of_plexapi_has_its_translation(kind: type[Exception]) -> None:
    """A new one in a new plexapi fails here, and is thought about."""
    assert type(become(kind("x"))) is PLEXAPI[kind]


@pytest.mark.parametrize(
    "kind",
    [one for one in of(transport, transport.RequestException) if one is not transport.JSONDecodeError],
)
def test_each_exception_of_requests_has_its_translation(kind: type[Exception]) -> None:
    assert type(become(kind("x"))) is REQUESTS[kind]


def test_an_answer_that_is_no_json_is_garbled() -> None:
    assert type(become(transport.JSONDecodeError("Expecting value", "{", 1))) is PlexGarbled


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, PlexGarbled),
        (400, PlexPermanentError),
        (401, PlexRefused),
        (403, PlexRefused),
        (404, PlexNotFound),
        (408, PlexTemporaryError),
        (409, PlexPermanentError),
        (413, PlexPermanentError),
        (414, RequestTooLong),
        (429, PlexTemporaryError),
        (431, RequestTooLong),
        (500, PlexTemporaryError),
        (502, PlexTemporaryError),
        (503, PlexServerDown),
        (504, PlexTemporaryError),
    ],
)
def test_a_status_inside_plexapis_text_decides(status: int, kind: type[PlexError]) -> None:
    """It stands nowhere else: plexapi's exceptions have no status."""
    error = become(theirs.BadRequest(f"({status}) some_words; {URL} <html>"))
    assert type(error) is kind
    assert type(from_status(status, "a test")) is kind
    assert f"({status})" in str(error)


def test_plexs_own_503_is_maintenance() -> None:
    body = '<Response code="503" title="Maintenance" status="… startup maintenance tasks."/>'
    assert type(become(theirs.BadRequest(f"(503) service_unavailable; {URL} {body}"))) is PlexMaintenance


def test_a_connection_that_broke_is_no_absent_server() -> None:
    """It was there to break it; the item may be what it choked on."""
    broken = transport.ConnectionError(
        wire.ProtocolError("Connection aborted.", ConnectionResetError(104, "reset"))
    )
    assert type(become(broken)) is PlexTemporaryError
    slow = transport.ConnectionError(wire.ReadTimeoutError(None, "/x", "Read timed out."))  # type: ignore[arg-type]
    assert type(become(slow)) is PlexTemporaryError


def test_a_certificate_that_is_not_accepted_is_a_matter_of_setting() -> None:
    refused = become(transport.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"))
    assert type(refused) is CertificateRefused
    assert refused.stops_drain


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ParseError("not well-formed"), PlexGarbled),
        (AttributeError("'NoneType' object has no attribute 'tag'"), PlexGarbled),
        (KeyError("ratingKey"), PlexGarbled),
        (ValueError("invalid literal for int()"), PlexGarbled),
        (UnicodeEncodeError("latin-1", "€", 0, 1, "no"), PlexRefused),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no"), Unknown),
        (OSError("disk"), PlexTemporaryError),
        (AttributeError("something of ours"), Unknown),
        (TypeError("something of ours"), Unknown),
        (RuntimeError("what nobody foresaw"), Unknown),
    ],
)
def test_what_comes_from_reading_an_answer_is_told_apart(error: Exception, kind: type[PlexError]) -> None:
    assert type(become(error)) is kind


def test_what_nobody_foresaw_names_its_class() -> None:
    assert str(become(ZeroDivisionError("x"), "a listing")) == "ZeroDivisionError at a listing"


def test_our_own_errors_pass_through_as_they_are() -> None:
    mine = PlexNotFound("mine")
    with pytest.raises(PlexNotFound) as caught, translated("a test"):
        raise mine
    assert caught.value is mine


def test_the_cause_is_kept() -> None:
    original = theirs.NotFound("(404) not_found; http://plex/x ")
    assert become(original).__cause__ is original


def shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def test_no_key_of_an_address_is_in_any_text_or_stack_trace() -> None:
    """A dead letter keeps the stack trace, causes included, and an edit's address carries Stash's key."""
    assert SECRET not in shown(become(theirs.BadRequest(f"(400) bad_request; {URL} {URL}")))
    with pytest.raises(PlexError) as caught, translated("a test"):
        requests.put(URL.replace("plex:32400", "127.0.0.1:1"), timeout=2)
    assert type(caught.value) is PlexServerDown
    assert SECRET not in shown(caught.value)
    assert "127.0.0.1" in shown(caught.value)


def test_a_whole_page_in_an_error_is_cut() -> None:
    assert (
        len(shown(become(theirs.BadRequest(f"(500) server_error; http://plex/x {'page ' * 100_000}")))) < 5000
    )


def test_the_real_parser_and_plexapi_raise_what_is_expected_of_them() -> None:
    with pytest.raises(PlexGarbled), translated("a test"):
        fromstring("<html><br></html>")  # noqa: S314 -- our own text
