"""Which certificates of Plex's are believed, by the settings."""

from __future__ import annotations

import pytest

from app.compose import certificate_check
from app.settings import Settings, SettingsError
from simulators.plex import PlexSimulator
from simulators.stash.listener import CERTIFICATE
from tests.app.installed import installation

HOME = "https://192-168-1-20.0123456789abcdef.plex.direct:32400"


def settings(**given):
    return Settings.from_stash({"plex_url": HOME, "plex_token": "token", **given})


def test_a_remote_plex_is_checked_by_default():
    assert certificate_check(settings()) is True
    assert certificate_check(settings(plex_url="https://plex.example:32400")) is True


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_one_on_this_machine_is_not_because_its_certificate_is_for_another_name(host):
    assert certificate_check(settings(plex_url=f"https://{host}:32400")) is False


def test_a_file_of_certificates_goes_before_everything_else():
    given = {"plex_ca_file": str(CERTIFICATE), "plex_any_certificate": True, "plex_url": "https://127.0.0.1"}
    assert certificate_check(settings(**given)) == str(CERTIFICATE)


def test_any_certificate_is_accepted_only_when_that_is_asked_for():
    assert certificate_check(settings(plex_any_certificate=True)) is False


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("certificate.pem", "which is no whole path"),
        ("/nowhere/certificate.pem", r"cannot be used \(No such file"),
        (__file__, "cannot be used"),
    ],
)
def test_a_file_that_is_none_is_named_with_the_reason_and_nothing_of_what_is_in_it(name, why):
    with pytest.raises(SettingsError, match=f"plex_ca_file is .*{why}.*PEM") as caught:
        settings(plex_ca_file=name)
    assert "def test" not in str(caught.value)


def test_a_plex_with_a_certificate_of_its_own_is_synced_by_way_of_the_file(tmp_path):
    with (
        PlexSimulator(https=True) as plex,
        installation(tmp_path, plex) as world,
    ):
        world.configure(plex_ca_file=str(CERTIFICATE))
        scene, key = world.scene(title="By way of TLS")
        world.run("Sync All Scenes")
        assert world.title(key) == "By way of TLS"
        assert scene
        answer = world.operate(mode="check_setup")
        assert answer["ok"], answer
        assert not [line for line in world.lines("error", "warning") if "nsecure" in line]
