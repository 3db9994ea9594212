from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from events import Candidate, Event, JobSucceeded, MatchScored, copied, emit, name_of, receivers_of
from observers.guest import Busy, Guest, Presence
from observers.watchdog import Watchdog
from tests.observers.drain_makers import common, listening, progress, succeeded
from tests.support import PATIENCE_S, Clock

if TYPE_CHECKING:
    from collections.abc import Callable

LAKE = Candidate(rating_key=3, title="The Lake", path="/plex/lake.mkv", score=0.5, evidence="name")


def scored() -> MatchScored:
    return MatchScored(
        **common(7), confidence="low", score=0.5, method="name", candidates=(LAKE,), targets=(3,)
    )


class Vandal:
    """Changes what it is told, as far as Python lets it."""

    def on_match_scored(self, sender: object, *, event: MatchScored) -> None:
        object.__setattr__(event, "scene_id", 99)
        object.__setattr__(event.candidates[0], "title", "forged")

    def on_job_succeeded(self, sender: object, *, event: JobSucceeded) -> None:
        object.__setattr__(event, "outcomes", {"title": "failed"})
        raise ValueError("and then it fails")


class Listener:
    def __init__(self) -> None:
        self.heard: list[Event] = []

    def on_match_scored(self, sender: object, *, event: MatchScored) -> None:
        self.heard.append(event)


def test_a_copy_is_equal_and_shares_nothing_that_could_be_changed() -> None:
    event = scored()
    copy = copied(event)
    assert copy == event
    assert isinstance(copy, MatchScored)
    assert copy is not event
    assert copy.candidates[0] is not event.candidates[0]
    done = succeeded(outcomes={"title": "changed"})
    assert copied(done) == done
    assert copied(progress(1, index={"hits": 1.0})) == progress(1, index={"hits": 1.0})


def test_what_a_guest_does_to_an_event_nobody_else_sees() -> None:
    before, after = Listener(), Listener()
    with listening(before, Guest("vandal.py", Vandal(), Presence()), after):
        emit(scored())
    assert before.heard == after.heard == [scored()]


def test_a_guest_hears_what_its_observer_hears_and_is_known_by_its_name() -> None:
    guest = Guest("vandal.py", Vandal(), Presence())
    receivers = {signal.name: name_of(method) for signal, method in receivers_of(guest)}
    assert set(receivers) == {"match_scored", "job_succeeded"}
    assert receivers["match_scored"].endswith("test_observers_guest.Vandal.on_match_scored")


def test_calls_failures_and_time_of_all_signals_are_counted() -> None:
    guest = Guest("vandal.py", Vandal(), Presence())
    with listening(guest):
        for event in (scored(), succeeded(), succeeded()):
            emit(event)
    assert (guest.calls, guest.failures) == (3, 2)
    assert guest.seconds > 0


def test_an_observer_that_cannot_be_subscribed_is_no_guest() -> None:
    with pytest.raises(TypeError, match="object listens to no signal"):
        Guest("none.py", object(), Presence())


@pytest.fixture
def watched() -> tuple[Presence, Clock, list[Busy], Callable[[], None]]:
    clock = Clock(100.0)
    presence = Presence(clock=clock)
    ended: list[Busy] = []
    return presence, clock, ended, Watchdog(presence, ended.append, clock=clock).look


def test_one_that_is_long_at_work_is_warned_of_once_and_ended_after_a_minute(
    watched: tuple[Presence, Clock, list[Busy], Callable[[], None]], caplog: pytest.LogCaptureFixture
) -> None:
    presence, clock, ended, look = watched
    with presence.at_work("hook.py", "job_succeeded"):
        for _ in range(59):
            look()
            clock.now += 1.0
        assert not ended
        clock.now += 1.0
        look()
    (line,) = [record.getMessage() for record in caplog.records]
    assert line == (
        "observer hook.py has been at work on job_succeeded for 10 s, and every scene waits for it; "
        "after 60 s this run is ended"
    )
    assert [(busy.name, busy.doing) for busy in ended] == [("hook.py", "job_succeeded")]


def test_many_short_calls_are_nobodys_trouble(
    watched: tuple[Presence, Clock, list[Busy], Callable[[], None]], caplog: pytest.LogCaptureFixture
) -> None:
    presence, clock, ended, look = watched
    for _ in range(100):
        with presence.at_work("hook.py", "job_succeeded"):
            clock.now += 5.0
            look()
        look()
    assert not ended
    assert not caplog.records


def test_the_watch_runs_in_a_thread_of_its_own_until_it_is_stopped() -> None:
    presence, ended = Presence(), threading.Event()
    watchdog = Watchdog(presence, lambda busy: ended.set(), warn_s=0.01, end_s=0.02, look_s=0.01)
    watchdog.start()
    watchdog.start()
    with presence.at_work("hook.py", "job_succeeded"):
        assert ended.wait(PATIENCE_S)
    watchdog.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "plexsync-watchdog"]
