"""Events as a drain would emit them, and hypothesis strategies for any of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from events import (
    CacheUse,
    DrainFinished,
    DrainProgress,
    DrainStarted,
    Event,
    JobDlq,
    JobFailed,
    JobSkipped,
    JobSucceeded,
    MatchScored,
    PlexDown,
    PlexTraffic,
    PlexUp,
)

COMMON: dict[str, Any] = {
    "scene_id": 7,
    "title": "A Day at the Lake",
    "path": "/media/lake.mkv",
    "attempt": 1,
    "drain_id": "d1",
    "at": 1_000.0,
}


def scored(**fields: Any) -> MatchScored:
    return MatchScored(**{**COMMON, "confidence": "high", "score": 1.0, "method": "path", **fields})


def succeeded(**fields: Any) -> JobSucceeded:
    return JobSucceeded(**{**COMMON, "duration_s": 0.125, "changed": ("title",), **fields})


def skipped(**fields: Any) -> JobSkipped:
    return JobSkipped(**{**COMMON, "duration_s": 0.25, "reason": "no_files", **fields})


def failed(**fields: Any) -> JobFailed:
    given = {"duration_s": 0.5, "max_attempts": 5, "error_type": "TransientError", "message": "Plex was slow"}
    return JobFailed(**{**COMMON, **given, "hint": "Wait", "will_retry": True, **fields})


def dead(**fields: Any) -> JobDlq:
    given = {"error_type": "PermanentError", "message": "no", "hint": "Mend it", "retry_count": 1}
    return JobDlq(**{**COMMON, **given, "dead_total": 1, **fields})


durations = st.one_of(st.floats(0.0, 10_000.0), st.sampled_from([0.1, 0.2, 0.3, 1e-7, 1e6]))
confidences = st.sampled_from(["high", "low", "none"])
scores = st.one_of(st.none(), st.floats(0.0, 1.0))
kinds = st.sampled_from(["TransientError", "PlexNotFound", "Unknown"])
attempts = st.integers(1, 5)
outcomes = st.dictionaries(
    st.sampled_from(["title", "summary", "poster"]), st.sampled_from(["changed", "equal", "kept", "failed"])
)
traffics = st.builds(
    PlexTraffic,
    requests=st.integers(0, 200),
    bytes_sent=st.integers(0, 10**6),
    bytes_received=st.integers(0, 10**9),
)
lookups = st.builds(
    CacheUse,
    index_hits=st.integers(0, 10**6),
    index_misses=st.integers(0, 10**6),
    match_hits=st.integers(0, 10**6),
    match_misses=st.integers(0, 10**6),
)
any_event: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        succeeded,
        duration_s=durations,
        attempt=attempts,
        confidence=confidences,
        score=scores,
        outcomes=outcomes,
        changed=st.sampled_from([(), ("title",)]),
    ),
    st.builds(
        failed,
        duration_s=durations,
        attempt=attempts,
        error_type=kinds,
        will_retry=st.booleans(),
        confidence=confidences,
        score=scores,
        outcomes=outcomes,
    ),
    st.builds(skipped, reason=st.sampled_from(["deleted", "no_files", "shared_item"])),
    st.builds(dead, error_type=kinds),
    st.builds(scored, confidence=confidences),
    st.builds(PlexDown, at=st.just(1.0), error_type=kinds, message=st.just(""), hint=st.just("")),
    st.builds(PlexUp, at=st.just(2.0), down_s=durations),
    st.builds(DrainStarted, drain_id=st.just("d1"), at=st.just(0.0), runner=st.just("task"), due=st.just(1)),
    st.builds(
        DrainProgress,
        drain_id=st.just("d1"),
        at=st.just(0.0),
        done=st.just(1),
        total=st.just(2),
        depth=st.just(1),
        caches=lookups,
        traffic=traffics,
    ),
    st.builds(
        DrainFinished,
        drain_id=st.just("d1"),
        at=st.just(0.0),
        processed=st.just(1),
        duration_s=st.just(1.0),
        reason=st.just("empty"),
        traffic=traffics,
    ),
)
