from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from events import Candidate, MatchScored, emit
from observers.story import TRACE, StoryTeller
from tests.observers.drain_makers import common, lines, listening, skipped, started, succeeded, unchanged

if TYPE_CHECKING:
    from collections.abc import Iterator

LAKE = Candidate(rating_key=3, title="The Lake", path="/plex/lake.mkv", score=0.5, evidence="file name alone")


@pytest.fixture(autouse=True)
def _everything_is_heard(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(TRACE, "plexsync")
    with listening(StoryTeller()):
        yield


def scored(**fields: object) -> MatchScored:
    given = {
        "confidence": "high",
        "score": 1.0,
        "method": "exact path",
        "targets": (12,),
        "candidates": (LAKE,),
    }
    return MatchScored(**{**common(7), **given, **fields})


def test_each_decision_is_a_debug_line_with_its_scene(caplog: pytest.LogCaptureFixture) -> None:
    told = (
        started(),
        scored(),
        scored(confidence="none", score=0.0, targets=()),
        succeeded(7, targets=(12, 13)),
        unchanged(7, targets=(12,)),
        skipped(7, reason="shared_item", detail="Plex item 12 shows scene 3 already"),
    )
    for event in told:
        emit(event)
    assert lines((r for r in caplog.records if r.levelno == logging.DEBUG), "Job", least=TRACE) == [
        "a drain begins (task); 1 scenes are due",
        "Scene 7 'Scene 7' (/media/7.mkv): is Plex item 12 by exact path (high confidence, score 1.00)",
        "Scene 7 'Scene 7' (/media/7.mkv): has no certain Plex item among 1 candidates",
        "Scene 7 'Scene 7' (/media/7.mkv): wrote title to item 12, 13 in 125 ms",
        "Scene 7 'Scene 7' (/media/7.mkv): nothing to write to item 12 (125 ms)",
        "Scene 7 'Scene 7' (/media/7.mkv): skipped (shared_item): Plex item 12 shows scene 3 already",
    ]
    assert {record.__dict__["scene_id"] for record in caplog.records[1:]} == {7}


def test_evidence_and_fields_are_trace_lines(caplog: pytest.LogCaptureFixture) -> None:
    emit(scored())
    emit(succeeded(7, outcomes={"title": "changed", "summary": "equal"}))
    assert lines((r for r in caplog.records if r.levelno == TRACE), "Job", least=TRACE) == [
        "Scene 7: item 3 'The Lake' (/plex/lake.mkv) scores 0.50 by file name alone",
        "Scene 7: title changed, summary equal",
    ]


def test_nothing_of_it_is_said_where_nobody_reads_details(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "plexsync")
    for event in (started(), scored(), succeeded(), unchanged(), skipped()):
        emit(event)
    assert not caplog.records
