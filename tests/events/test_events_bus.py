from __future__ import annotations

import gc
import logging
from typing import TYPE_CHECKING

import pytest

from events import (
    Event,
    JobDlq,
    JobSucceeded,
    emit,
    job_dlq,
    job_succeeded,
    name_of,
    namespace,
    receiver_stats,
    receivers_of,
    subscribe,
)
from events.bus import MOST_LOGGED, TOO_MANY_IN_A_ROW
from tests.events.job_makers import dead, succeeded

if TYPE_CHECKING:
    from collections.abc import Iterator


class Listener:
    def __init__(self) -> None:
        self.heard: list[Event] = []

    def on_job_succeeded(self, sender: object, *, event: JobSucceeded) -> None:
        self.heard.append(event)

    def on_job_dlq(self, sender: object, *, event: JobDlq) -> None:
        self.heard.append(event)


class Failing:
    """Raises on every event but those whose number is in ``spared``."""

    def __init__(self, *, error: BaseException | None = None, spared: frozenset[int] = frozenset()) -> None:
        self.calls = 0
        self._error = error or ValueError("no disk")
        self._spared = spared

    def on_job_succeeded(self, sender: object, *, event: JobSucceeded) -> None:
        self.calls += 1
        if self.calls not in self._spared:
            raise self._error


@pytest.fixture(autouse=True)
def _no_one_listens_afterwards() -> Iterator[None]:
    yield
    for signal in namespace.values():
        signal._clear_state()


def test_an_observer_hears_the_signals_that_its_methods_name() -> None:
    listener = Listener()
    subscribe(listener)
    first, second = succeeded(), dead()
    emit(first)
    emit(second)
    assert listener.heard == [first, second]


def test_a_subscribed_observer_lives_as_long_as_the_connection() -> None:
    heard = []

    class Passing:
        def on_job_dlq(self, sender: object, *, event: JobDlq) -> None:
            heard.append(event)

    subscribe(Passing())
    gc.collect()
    emit(dead())
    assert len(heard) == 1


def test_a_closed_subscription_hears_nothing_more() -> None:
    listener = Listener()
    subscription = subscribe(listener)
    subscription.close()
    subscription.close()
    emit(succeeded())
    assert listener.heard == []


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
    assert "test_events_bus.Failing.on_job_succeeded failed on job_succeeded" in record.getMessage()
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


def test_calls_failures_and_time_are_counted_for_each_receiver() -> None:
    class Counted(Failing):
        def on_job_succeeded(self, sender: object, *, event: JobSucceeded) -> None:
            super().on_job_succeeded(sender, event=event)

    subscribe(Counted(spared=frozenset({1})))
    for _ in range(3):
        emit(succeeded())
    [stats] = [stats for stats in receiver_stats() if "Counted" in stats.name]
    assert (stats.calls, stats.failures) == (3, 2)
    assert stats.seconds >= 0.0


def test_a_receiver_without_a_name_goes_by_its_class() -> None:
    class Nameless:
        def __call__(self, sender: object, *, event: Event) -> None: ...

    assert name_of(Nameless()).endswith("Nameless")


def test_a_misspelt_signal_is_refused_with_the_names_that_exist() -> None:
    class Misspelt(Listener):
        def on_match_scord(self, sender: object, *, event: Event) -> None: ...

    with pytest.raises(
        TypeError,
        match=r"Misspelt has on_match_scord, which is no signal; there are .*on_match_scored.*on_plex_up",
    ):
        subscribe(Misspelt())
    assert not job_dlq.receivers, "nothing of a refused observer is connected"


def test_an_observer_that_listens_to_nothing_is_refused() -> None:
    with pytest.raises(TypeError, match="object listens to no signal; there are on_match_scored"):
        subscribe(object())


class Async:
    async def on_job_dlq(self, sender: object, *, event: Event) -> None: ...


class TooFew:
    def on_job_dlq(self, *, event: Event) -> None: ...


class Attribute:
    on_job_dlq = "yes"


@pytest.mark.parametrize(
    ("observer", "word"),
    [(Async(), "async"), (TooFew(), "positional argument"), (Attribute(), "cannot be called")],
)
def test_a_method_that_could_not_be_called_is_refused_at_once(observer: object, word: str) -> None:
    with pytest.raises(
        TypeError, match=f"on_job_dlq .*{word}.*must be a function of \\(self, sender, \\*, event\\)"
    ):
        subscribe(observer)


def test_a_callable_without_a_signature_is_given_the_chance() -> None:
    class Odd:
        on_job_dlq = dict.fromkeys  # a function of C's

    class OddType:
        on_job_dlq = type

    for odd in (Odd(), OddType()):
        try:
            receivers_of(odd)
        except TypeError as error:
            assert "must be a function" in str(error)


def test_who_is_connected_or_disconnected_between_two_events_is_told_accordingly() -> None:
    """Whoever made the connection: the bus remembers who is to be told."""
    first, second = Listener(), Listener()
    subscription = subscribe(first)
    emit(succeeded())
    job_succeeded.connect(second.on_job_succeeded, weak=False)
    emit(succeeded())
    subscription.close()
    emit(succeeded())
    with job_succeeded.connected_to(first.on_job_succeeded):
        emit(succeeded())
    job_succeeded.disconnect(second.on_job_succeeded)
    emit(succeeded())
    assert (len(first.heard), len(second.heard)) == (3, 3)


def test_a_receiver_that_connects_another_while_it_is_told_disturbs_nobody() -> None:
    late = Listener()

    class Inviting(Listener):
        def on_job_succeeded(self, sender: object, *, event: JobSucceeded) -> None:
            super().on_job_succeeded(sender, event=event)
            job_succeeded.connect(late.on_job_succeeded, weak=False)

    inviting = Inviting()
    subscribe(inviting)
    emit(succeeded())
    emit(succeeded())
    assert (len(inviting.heard), len(late.heard)) == (2, 1)


def test_a_weakly_connected_receiver_is_told_while_it_lives_and_not_kept_alive() -> None:
    heard: list[Event] = []

    class Passing:
        def on_job_succeeded(self, sender: object, *, event: JobSucceeded) -> None:
            heard.append(event)

    staying, passing = Listener(), Passing()
    subscribe(staying)
    job_succeeded.connect(passing.on_job_succeeded)
    emit(succeeded())
    emit(succeeded())
    del passing
    gc.collect()
    emit(succeeded())
    assert (len(heard), len(staying.heard)) == (2, 3)


def test_a_receiver_of_another_sender_is_not_told() -> None:
    listener = Listener()
    job_succeeded.connect(listener.on_job_succeeded, sender="somebody", weak=False)
    emit(succeeded())
    assert listener.heard == []


def test_a_muted_signal_is_silent() -> None:
    listener = Listener()
    subscribe(listener)
    with job_succeeded.muted():
        emit(succeeded())
    emit(succeeded())
    assert len(listener.heard) == 1
