"""TLS: a certificate is checked unless somebody says otherwise, and the error says what can be done."""

from __future__ import annotations

import warnings

import pytest

from plex.client import PlexClient
from plex.exceptions import CertificateRefused
from simulators.plex import PlexSimulator
from simulators.stash.listener import CERTIFICATE
from tests.support import PATIENCE_S

SHAKING = (PATIENCE_S, PATIENCE_S)
"""With TLS the server has a part in connecting, and it may be late."""


@pytest.fixture
def secure():
    """A Plex with a certificate of its own for localhost."""
    with PlexSimulator(https=True) as simulator:
        yield simulator


def client(simulator, **how):
    return PlexClient(simulator.url, simulator.token, client_identifier="tests", timeout=SHAKING, **how)


def test_a_certificate_that_nobody_vouches_for_is_refused_before_the_token_is_sent(secure):
    with pytest.raises(CertificateRefused, match=r"certificate was not accepted at .*self-signed") as caught:
        client(secure).sections()
    assert "plex_ca_file" in caught.value.hint and "plex.direct" in caught.value.hint
    assert secure.requests == []


def test_the_certificate_itself_in_a_file_is_enough(secure):
    assert client(secure, verify=str(CERTIFICATE)).identity().machine_identifier
    secure.add_section("Scenes")
    assert [section.title for section in client(secure, verify=str(CERTIFICATE)).sections()] == ["Scenes"]


def test_a_certificate_for_another_name_is_refused_even_when_it_is_trusted(secure):
    other = PlexClient(
        secure.url.replace("127.0.0.1", "127.1"),
        secure.token,
        client_identifier="tests",
        timeout=SHAKING,
        verify=str(CERTIFICATE),
    )
    with pytest.raises(CertificateRefused, match=r"not accepted at .*127\.1"):
        other.sections()


def test_whoever_says_so_gets_no_check_and_no_warning_for_each_request(secure):
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("default")
        assert client(secure, verify=False).identity().machine_identifier
    assert not [one for one in warned if "certificate" in str(one.message)]
