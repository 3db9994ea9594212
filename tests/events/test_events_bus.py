"""Who is told of what, and what is refused at the door."""

from __future__ import annotations

import gc

import pytest

from events import (
    Event,
    JobDlq,
    JobSucceeded,
    emit,
    job_dlq,
    job_succeeded,
    name_of,
    receiver_stats,
    receivers_of,
    subscribe,
)
from tests.events.job_makers import dead, succeeded
from tests.events.listeners import Failing, Listener


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
