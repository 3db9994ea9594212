"""Events as a drain would emit them, and hypothesis strategies for any of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from events import Event, JobDlq, JobFailed, JobSkipped, JobSucceeded, MatchScored, PlexDown, PlexUp

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


# Multiples of a power of two add up without rounding, so that sums can be compared.
durations = st.integers(0, 10_000).map(lambda n: n / 1024)
confidences = st.sampled_from(["high", "low", "none"])
kinds = st.sampled_from(["TransientError", "PlexNotFound", "Unknown"])
any_event: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        succeeded, duration_s=durations, confidence=confidences, changed=st.sampled_from([(), ("title",)])
    ),
    st.builds(
        failed, duration_s=durations, error_type=kinds, will_retry=st.booleans(), confidence=confidences
    ),
    st.builds(skipped, reason=st.sampled_from(["deleted", "no_files", "shared_item"])),
    st.builds(dead, error_type=kinds),
    st.builds(scored, confidence=confidences),
    st.builds(PlexDown, at=st.just(1.0), error_type=kinds, message=st.just(""), hint=st.just("")),
    st.builds(PlexUp, at=st.just(2.0), down_s=durations),
)
