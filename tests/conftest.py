"""What every test may ask for: the simulators, a data folder, and every event of the test."""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, settings

from events import Event, namespace
from simulators.plex import PlexSimulator
from simulators.stash import StashSimulator

# On a laptop every run tries new cases; in CI the same ones, so that a run says something about the change and not about luck.
# A machine that does something else besides is slow, and no test is wrong for that.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("laptop", PATIENT)
settings.register_profile("ci", PATIENT, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "laptop")


@pytest.fixture
def heard():
    """Every event of this test, in the order in which it was emitted."""
    events: list[Event] = []

    def note(sender: object, *, event: Event) -> None:
        events.append(event)

    with ExitStack() as stack:
        for signal in namespace.values():
            stack.enter_context(signal.connected_to(note))
        yield events


@pytest.fixture
def plex_sim():
    """A Plex Media Server over HTTP."""
    with PlexSimulator() as simulator:
        yield simulator


@pytest.fixture
def stash_sim():
    """A Stash over HTTP, without a plugin."""
    with StashSimulator() as simulator:
        yield simulator


@pytest.fixture(autouse=True)
def _fresh_logging():
    """Handlers that a test installs are gone after it."""
    root = logging.getLogger("plexsync")
    before = root.handlers[:], root.level, root.propagate
    yield
    root.handlers[:], root.level, root.propagate = before[0], before[1], before[2]
