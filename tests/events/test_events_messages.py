from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, fields
from typing import Any, get_args

import pytest

import events
from events import SIGNAL_OF, Candidate, DrainProgress, Event, JobEvent, namespace, plain
from tests.events.job_makers import dead, failed, scored, skipped, succeeded

CANDIDATE = Candidate(rating_key=3, title="Lake", path="/plex/lake.mkv", score=0.5, evidence="name")


@pytest.mark.parametrize("event", [scored(), succeeded(), skipped(), failed(), dead()])
def test_an_event_cannot_be_changed(event: JobEvent) -> None:
    """One observer must not alter what the next one hears."""
    with pytest.raises(FrozenInstanceError):
        event.title = "Another"  # type: ignore[misc]  # the point of the test
    assert not hasattr(event, "__dict__")


def test_a_mapping_in_an_event_is_read_only_and_apart_from_the_callers_own() -> None:
    outcomes = {"title": "changed"}
    event = succeeded(outcomes=outcomes)
    outcomes["title"] = "failed"
    assert event.outcomes == {"title": "changed"}
    with pytest.raises(TypeError):
        event.outcomes["title"] = "kept"  # type: ignore[index]  # the point of the test


def test_a_list_given_to_an_event_becomes_a_tuple() -> None:
    candidates = [CANDIDATE]
    event = scored(candidates=candidates, targets=[3])
    candidates.clear()
    assert event.candidates == (CANDIDATE,)
    assert event.targets == (3,)


def test_the_cache_statistics_of_a_progress_are_read_only() -> None:
    event = DrainProgress(drain_id="d1", at=0.0, done=1, total=2, depth=1, index={"hits": 1.0})
    assert event.matches == {}
    with pytest.raises(TypeError):
        event.index["hits"] = 2.0  # type: ignore[index]  # the point of the test


def test_an_event_becomes_plain_values_for_json() -> None:
    told = plain(scored(candidates=(CANDIDATE,), targets=(3,)))
    assert json.loads(json.dumps(told)) == told
    assert told["candidates"] == [
        {"rating_key": 3, "title": "Lake", "path": "/plex/lake.mkv", "score": 0.5, "evidence": "name"}
    ]
    assert plain(succeeded(outcomes={"title": "changed"}))["outcomes"] == {"title": "changed"}


def test_each_kind_of_event_has_the_signal_of_its_name() -> None:
    assert set(SIGNAL_OF) == set(get_args(Event))
    for kind, signal in SIGNAL_OF.items():
        assert signal.name.replace("_", "") == kind.__name__.lower()
        assert namespace[signal.name] is signal
    assert len(namespace) == len(SIGNAL_OF)


def test_every_signal_says_when_it_is_sent() -> None:
    for kind, signal in SIGNAL_OF.items():
        assert signal.__doc__ == kind.__doc__
        assert "(" not in (signal.__doc__ or "").split()[0], (
            "a docstring of its own, not dataclass's signature"
        )


def test_every_job_event_tells_scene_file_and_attempt() -> None:
    common = {"scene_id", "title", "path", "attempt", "drain_id", "at"}
    for kind in SIGNAL_OF:
        if issubclass(kind, JobEvent):
            assert common <= {f.name for f in fields(kind)}


def test_the_public_names_are_sorted_and_complete() -> None:
    # Sorted as ruff's RUF022 does it: constants, then classes, then the rest.
    def rank(name: str) -> tuple[int, str]:
        return (0 if name.isupper() else 1 if name[0].isupper() else 2), name

    public: dict[str, Any] = {
        name: value
        for name, value in vars(events).items()
        if not name.startswith("_") and type(value).__name__ != "module"
    }
    assert sorted(events.__all__, key=rank) == events.__all__
    assert set(events.__all__) == set(public)
