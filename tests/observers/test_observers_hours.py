"""The hour keeper: what has come since the last batch goes to the store, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from events import CacheUse, emit
from observers.hours import HourKeeper
from tests.observers.drain_makers import (
    failed,
    finished,
    listening,
    progress,
    skipped,
    started,
    succeeded,
    unchanged,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from events import Event


class Shelf:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.given: list[dict[str, Any]] = []

    def add(self, at: float, figures: Mapping[str, Any]) -> None:
        self.given.append({**figures, "at": at})


def kept(*told: Event) -> Shelf:
    shelf = Shelf()
    with listening(HourKeeper(store=shelf)):
        for event in told:
            emit(event)
    return shelf


def test_each_batch_is_handed_on_once_with_what_came_since_the_last() -> None:
    shelf = kept(started(), succeeded(1), unchanged(2), progress(2), failed(3), skipped(4), finished(4))
    first, second = shelf.given
    assert (first["jobs_succeeded"], first["jobs_unchanged"], "jobs_failed" in first) == (2, 1, False)
    assert sum(first["processing_times"].values()) == 2
    assert (second["jobs_failed"], second["errors_by_type"], second["skips_by_reason"]) == (
        1,
        {"TransientError": 1},
        {"no_files": 1},
    )
    assert "jobs_succeeded" not in second


def test_lookups_in_the_caches_are_kept_with_the_batch_that_made_them() -> None:
    first = CacheUse(index_hits=8, index_misses=2, match_misses=10)
    shelf = kept(
        started(),
        progress(2, caches=first),
        progress(2),
        succeeded(3),
        progress(3, caches=CacheUse(match_hits=1)),
    )
    one, two = shelf.given
    assert (one["index_hits"], one["index_misses"], one["match_misses"]) == (8, 2, 10)
    assert "match_hits" not in one
    assert (two["jobs_succeeded"], two["match_hits"], "index_hits" in two) == (1, 1, False)


def test_a_drain_that_did_nothing_is_no_figure() -> None:
    assert kept(started(), progress(0), finished(0)).given == []
