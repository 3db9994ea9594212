"""What every test may ask for: the simulators, a data folder, and every event of the test."""

from __future__ import annotations

import logging
import os
import signal
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, settings

from events import Event, namespace
from simulators.planted import WITNESSES
from simulators.plex import PlexSimulator
from simulators.stash import StashSimulator
from tests.readable_reports import pytest_runtest_makereport  # noqa: F401 -- a hook: pytest finds it by its name
from tests.secret_witness import SecretWitness

# On a laptop every run tries new cases; in CI the same ones, so that a run says something about the change and not about luck.
# A machine that does something else besides is slow, and no test is wrong for that.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("laptop", PATIENT)
settings.register_profile("ci", PATIENT, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "laptop")


@pytest.fixture(scope="session", autouse=True)
def secret_witness(tmp_path_factory):
    """Looks for the simulators' secrets in all that leaves PlexSync during all tests: it fails the run at its end.

    Log lines, answers, addresses of requests and what tests hand it are looked at as they come; files when all is over,
    in every test's folder.
    """
    witness = SecretWitness()
    make_record = logging.getLogRecordFactory()
    WITNESSES.append(witness.look)
    logging.setLogRecordFactory(witness.looking_at_records(make_record))
    yield witness
    logging.setLogRecordFactory(make_record)
    WITNESSES.remove(witness.look)
    witness.look_into(tmp_path_factory.getbasetemp())
    witness.give_evidence()


@pytest.fixture(scope="session", autouse=True)
def signals_are_heard():
    """A signal that is ignored when a process starts stays ignored in its children, too: nohup starts the tests so with
    SIGHUP, and a shell's ``&`` in a script with SIGINT.
    """
    before = {
        number: signal.signal(number, usual)
        for number, usual in (
            (signal.SIGINT, signal.default_int_handler),
            (getattr(signal, "SIGHUP", None), signal.SIG_DFL),
        )
        if number is not None and signal.getsignal(number) == signal.SIG_IGN
    }
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def heard():
    """Every event of this test, in the order in which it was emitted."""
    events: list[Event] = []

    def note(sender: object, *, event: Event) -> None:
        events.append(event)

    with ExitStack() as stack:
        for one in namespace.values():
            stack.enter_context(one.connected_to(note))
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
