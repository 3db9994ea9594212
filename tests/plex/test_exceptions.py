"""What follows from an error stands on its class."""

from __future__ import annotations

import pytest

from plex import exceptions
from plex.exceptions import (
    AmbiguousMatch,
    LibraryMissing,
    PermanentError,
    PlexError,
    PlexMaintenance,
    PlexNotFound,
    PlexPermanentError,
    PlexRefused,
    PlexServerDown,
    PlexTemporaryError,
    RequestTooLong,
    SetupError,
    TransientError,
    Unknown,
    WrongServer,
)

CLASSES = sorted(
    (one for one in vars(exceptions).values() if isinstance(one, type) and issubclass(one, PlexError)),
    key=lambda one: one.__name__,
)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_stands_in_the_drawn_tree_and_has_a_hint(kind: type[PlexError]) -> None:
    """The tree in the module's docstring is what readers learn from."""
    assert kind.__name__ in str(exceptions.__doc__)
    assert len(kind.hint) > 20
    assert kind("x").error_type == kind.__name__


@pytest.mark.parametrize("kind", CLASSES)
def test_what_concerns_every_scene_costs_no_scene_a_try(kind: type[PlexError]) -> None:
    """An outage, a wrong token and a wrong setting are not the scene's fault."""
    assert kind.costs_try != (kind.opens_breaker or kind.stops_drain)
    assert not (kind.opens_breaker and kind.stops_drain)


@pytest.mark.parametrize("kind", [PlexServerDown, PlexMaintenance])
def test_an_absent_server_opens_the_breaker(kind: type[PlexError]) -> None:
    assert kind.opens_breaker


@pytest.mark.parametrize("kind", [PlexRefused, LibraryMissing, WrongServer, SetupError])
def test_a_refused_token_or_a_wrong_setting_stops_the_drain(kind: type[PlexError]) -> None:
    assert kind.stops_drain


@pytest.mark.parametrize(
    "kind", [PermanentError, PlexPermanentError, RequestTooLong, AmbiguousMatch, Unknown]
)
def test_permanent_errors_are_never_tried_again(kind: type[PlexError]) -> None:
    assert issubclass(kind, PermanentError)
    assert not kind.will_retry


def test_transient_errors_are_tried_again() -> None:
    assert TransientError.will_retry
    assert PlexTemporaryError.will_retry


def test_the_hints_that_people_know_by_heart_are_word_for_word() -> None:
    """They are part of what the documentation promises."""
    assert PlexNotFound.hint == "Check if file exists in Plex library, try library scan"
    assert PlexPermanentError.hint.startswith("Check Plex authentication token")
    assert TransientError.hint == "Will retry automatically; if persists, check Plex connectivity"
