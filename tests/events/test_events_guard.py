"""An observer that fails harms nobody, and is told no more in the end."""

from __future__ import annotations

import logging

import pytest

from events import (
    Event,
    JobSucceeded,
    emit,
    job_succeeded,
    subscribe,
)
from events.bus import MOST_LOGGED, TOO_MANY_IN_A_ROW
from tests.events.job_makers import dead, succeeded
from tests.events.listeners import Failing, Listener


def test_an_observer_that_raises_is_named_and_the_others_hear_the_event(
    caplog: pytest.LogCaptureFixture,
) -> None:
    before, after = Listener(), Listener()
    for observer in (before, Failing(), after):
        subscribe(observer)
    emit(succeeded())
    assert len(before.heard) == len(after.heard) == 1
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert "listeners.Failing.on_job_succeeded failed on job_succeeded" in record.getMessage()
    assert record.exc_info is not None
    assert "no disk" in caplog.text


def test_a_function_that_was_connected_without_us_is_guarded_too(caplog: pytest.LogCaptureFixture) -> None:
    def careless(sender: object, *, event: Event) -> None:
        raise KeyError("oh")

    listener = Listener()
    job_succeeded.connect(careless, weak=False)
    subscribe(listener)
    emit(succeeded())
    assert len(listener.heard) == 1
    assert "careless" in caplog.text


def test_an_interrupt_is_not_swallowed() -> None:
    subscribe(Failing(error=KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        emit(succeeded())


def test_one_that_wants_to_exit_has_failed_like_any_other(caplog: pytest.LogCaptureFixture) -> None:
    listener = Listener()
    subscribe(Failing(error=SystemExit(3)))
    subscribe(listener)
    emit(succeeded())
    assert len(listener.heard) == 1
    assert "SystemExit: 3. Syncing goes on" in caplog.text


def test_twenty_failures_in_a_row_disconnect_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    failing = Failing()
    subscribe(failing)
    for _ in range(TOO_MANY_IN_A_ROW + 10):
        emit(succeeded())
    assert failing.calls == TOO_MANY_IN_A_ROW == 20
    warnings = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "20 times in a row" in warnings[0].getMessage()


def test_one_that_is_connected_anew_begins_the_count_anew() -> None:
    failing = Failing()
    for _ in range(2):
        subscribe(failing)
        for _ in range(TOO_MANY_IN_A_ROW - 1):
            emit(succeeded())
        job_succeeded.disconnect(failing.on_job_succeeded)
    assert failing.calls == 2 * (TOO_MANY_IN_A_ROW - 1)


def test_a_success_in_between_begins_the_count_anew(caplog: pytest.LogCaptureFixture) -> None:
    failing = Failing(spared=frozenset({20, 40}))
    subscribe(failing)
    for _ in range(45):
        emit(succeeded())
    assert failing.calls == 45
    assert not [r for r in caplog.records if r.levelno == logging.WARNING]


def test_two_objects_of_one_class_are_judged_apart() -> None:
    failing, healthy = Failing(), Failing(spared=frozenset(range(100)))
    subscribe(healthy)
    subscribe(failing)
    for _ in range(25):
        emit(succeeded())
    assert failing.calls == 20
    assert healthy.calls == 25


def test_one_that_fails_on_one_signal_still_hears_the_others() -> None:
    class Half(Listener):
        def on_job_succeeded(self, sender: object, *, event: JobSucceeded) -> None:
            raise ValueError("no")

    half = Half()
    subscribe(half)
    for _ in range(25):
        emit(succeeded())
    emit(dead())
    assert len(half.heard) == 1


def test_one_that_fails_every_other_time_fills_no_log(caplog: pytest.LogCaptureFixture) -> None:
    class EveryOther(Failing):
        """A name of its own, with figures of its own."""

        def on_job_succeeded(self, sender: object, *, event: JobSucceeded) -> None:
            super().on_job_succeeded(sender, event=event)

    caplog.set_level(logging.DEBUG)
    subscribe(EveryOther(spared=frozenset(range(0, 200, 2))))
    for _ in range(100):
        emit(succeeded())
    assert len([r for r in caplog.records if r.levelno == logging.ERROR]) == MOST_LOGGED
    assert len([r for r in caplog.records if r.levelno == logging.DEBUG]) == 50 - MOST_LOGGED
