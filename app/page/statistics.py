"""Figures over time, and those of the last session and of all together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.arguments import CallError
from app.page.asked import whole_of
from app.state import read_stats
from events.durations import percentile_s
from sync_queue.hours import HOUR_S, Hours

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.page.figures_shapes import Bucket, Figures, Lookups, Statistics
    from app.session import Session

DAY_S = 86_400
SPANS = {1: HOUR_S, 7: 6 * HOUR_S, 30: DAY_S, 90: DAY_S}
"""Days that can be looked at → the length of a bucket."""


def statistics(session: Session, args: Mapping[str, Any]) -> Statistics:
    """The last ``days`` (1, 7, 30 or 90) in buckets, and what stands in stats.json."""
    days = whole_of(args, "days", default=7)
    if days not in SPANS:
        raise CallError(f"days is {days}; allowed are {', '.join(map(str, SPANS))}.")
    step_s, at = SPANS[days], session.clock()
    buckets = Hours(session.db).since(at - days * DAY_S, step_s=step_s)
    stats = read_stats(session.folder)
    return {
        "at": at,
        "step_s": step_s,
        "buckets": [_bucket(start, figures) for start, figures in buckets.items()],
        "session": _figures(stats["session"]),
        "cumulative": _figures(stats["cumulative"]),
    }


def _bucket(start: int, figures: Mapping[str, Any]) -> Bucket:
    return {
        "at": start,
        "succeeded": figures.get("jobs_succeeded", 0),
        "unchanged": figures.get("jobs_unchanged", 0),
        "failed": figures.get("jobs_failed", 0),
        "given_up": figures.get("jobs_to_dlq", 0),
        "skipped": sum(figures.get("skips_by_reason", {}).values()),
        "errors": figures.get("errors_by_type", {}),
        "p50_s": _percentile(figures, 50),
        "p95_s": _percentile(figures, 95),
        **_lookups(figures),
    }


def _figures(stats: Mapping[str, Any]) -> Figures:
    return {
        "since": stats.get("session_start"),
        "processed": stats.get("jobs_processed", 0),
        "succeeded": stats.get("jobs_succeeded", 0),
        "unchanged": stats.get("jobs_unchanged", 0),
        "failed": stats.get("jobs_failed", 0),
        "given_up": stats.get("jobs_to_dlq", 0),
        "skipped": sum(stats.get("skips_by_reason", {}).values()),
        "p50_s": _percentile(stats, 50),
        "p95_s": _percentile(stats, 95),
        "high_confidence": stats.get("high_confidence_matches", 0),
        "low_confidence": stats.get("low_confidence_matches", 0),
        "scores": stats.get("matches_by_score", {}),
        "errors": stats.get("errors_by_type", {}),
        "requests": stats.get("plex_requests", 0),
        "bytes_sent": stats.get("plex_bytes_sent", 0),
        "bytes_received": stats.get("plex_bytes_received", 0),
        "outages": stats.get("plex_outages", 0),
        "down_s": stats.get("plex_down_s", 0.0),
        **_lookups(stats),
    }


def _lookups(figures: Mapping[str, Any]) -> Lookups:
    """None in an hour that an older PlexSync kept."""
    return {
        "index_hits": figures.get("index_hits", 0),
        "index_misses": figures.get("index_misses", 0),
        "match_hits": figures.get("match_hits", 0),
        "match_misses": figures.get("match_misses", 0),
    }


def _percentile(figures: Mapping[str, Any], percent: int) -> float:
    times = {int(bound): count for bound, count in figures.get("processing_times", {}).items()}
    return round(percentile_s(times, percent), 4)
