"""The JSON of the page's statistics, as ``app/page/shapes.py`` describes the rest."""

from __future__ import annotations

from typing import TypedDict


class Lookups(TypedDict):
    """In the two caches: the index of Plex's library, and the matches that were found before."""

    index_hits: int
    index_misses: int
    match_hits: int
    match_misses: int


class Bucket(Lookups):
    """An hour or a day, by its start. Times of the tries in seconds."""

    at: float
    succeeded: int
    unchanged: int
    failed: int
    given_up: int
    skipped: int
    p50_s: float
    p95_s: float
    errors: dict[str, int]


class Figures(Lookups):
    """A session, or all of them together."""

    since: float | None
    processed: int
    succeeded: int
    unchanged: int
    failed: int
    given_up: int
    skipped: int
    p50_s: float
    p95_s: float
    high_confidence: int
    low_confidence: int
    scores: dict[str, int]
    errors: dict[str, int]
    requests: int
    bytes_sent: int
    bytes_received: int
    outages: int
    down_s: float


class Statistics(TypedDict):
    """``step_s`` is a bucket's length. Buckets in which nothing happened are left out."""

    at: float
    step_s: int
    buckets: list[Bucket]
    session: Figures
    cumulative: Figures
