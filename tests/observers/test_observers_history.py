from __future__ import annotations

from typing import TYPE_CHECKING, Any

from events import Candidate, MatchScored, emit
from observers.history import SHOWN_CANDIDATES, HistoryKeeper
from tests.observers.drain_makers import (
    common,
    failed,
    finished,
    given_up,
    listening,
    progress,
    skipped,
    started,
    succeeded,
    unchanged,
)

if TYPE_CHECKING:
    from events import Event


class Shelf:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.results: list[dict[str, Any]] = []
        self.drains: list[dict[str, Any]] = []

    def note(self, results: list[dict[str, Any]], drain: dict[str, Any]) -> None:
        self.results += results
        self.drains.append(drain)


def scored(scene_id: int, candidates: int = 1) -> MatchScored:
    found = tuple(
        Candidate(rating_key=key, title=f"C{key}", path=f"/p/{key}.mkv", score=0.9, evidence="name and size")
        for key in range(candidates)
    )
    given = {"confidence": "low", "score": 0.9, "method": "name and size", "targets": (17,)}
    return MatchScored(**{**common(scene_id), **given, "candidates": found})


def kept(*told: Event) -> Shelf:
    shelf = Shelf()
    with listening(HistoryKeeper(store=shelf)):
        for event in told:
            emit(event)
    return shelf


def test_each_end_is_kept_in_a_word_with_what_its_event_carried() -> None:
    told: list[Event] = [succeeded(1), unchanged(2), skipped(3), failed(4, cause="slow"), *given_up(5)]
    shelf = kept(started(), *told, progress(5), finished(5))
    words = ["changed", "unchanged", "skipped", "failed", "given_up"]
    assert [(row["scene_id"], row["result"]) for row in shelf.results] == list(enumerate(words, start=1))
    first, fourth = shelf.results[0], shelf.results[3]
    assert (first["title"], first["path"], first["trigger"]) == (
        "Scene 1",
        "/media/1.mkv",
        "Scene.Update.Post",
    )
    assert first["detail"]["changed"] == ["title"]
    assert (fourth["detail"]["cause"], fourth["detail"]["message"]) == ("slow", "Plex was slow.")
    assert fourth["detail"]["next_try_at"] == 1_005.0
    assert not {"scene_id", "title", "path", "at"} & set(first["detail"])
    assert shelf.drains[-1]["counts"] == dict.fromkeys(words, 1)


def test_the_evidence_of_the_match_goes_with_the_result() -> None:
    shelf = kept(started(), scored(7, candidates=9), *given_up(7), finished(1))
    match = shelf.results[0]["detail"]["match"]
    assert (match["confidence"], match["score"], match["targets"]) == ("low", 0.9, [17])
    assert len(match["candidates"]) == SHOWN_CANDIDATES
    assert match["candidates"][0]["path"] == "/p/0.mkv"


def test_of_a_scene_that_a_run_finds_in_order_the_word_is_enough() -> None:
    shelf = kept(started(), scored(7), unchanged(7, trigger="sync_all"), finished(1))
    assert [(row["result"], row["detail"]) for row in shelf.results] == [("unchanged", {})]


def test_the_drain_is_followed_from_batch_to_batch() -> None:
    shelf = kept(
        started(), succeeded(1), progress(1, total=9), succeeded(2), progress(2, total=9), finished(2)
    )
    assert [(row["done"], row["total"], row.get("finished_at")) for row in shelf.drains] == [
        (1, 9, None),
        (2, 9, None),
        (2, 2, 1_002.0),
    ]
    assert [row["scene_id"] for row in shelf.results] == [1, 2]
    assert shelf.drains[-1]["counts"] == {"changed": 2}
    assert (shelf.drains[-1]["runner"], shelf.drains[-1]["started_at"]) == ("task", 999.0)


def test_a_drain_that_did_nothing_is_kept_only_when_somebody_wants_to_know_why() -> None:
    assert kept(started(), finished(0)).drains == []
    assert kept(started(), finished(0, reason="plex_down")).drains == []
    assert [row["reason"] for row in kept(started(), finished(0, reason="refused")).drains] == ["refused"]


def test_a_scene_that_was_worked_twice_in_a_batch_has_its_last_result() -> None:
    shelf = kept(started(), failed(1), succeeded(1), finished(2))
    assert [(row["scene_id"], row["result"]) for row in shelf.results] == [(1, "changed")]


def test_an_observer_that_came_too_late_keeps_nothing() -> None:
    shelf = kept(succeeded(1), progress(1), finished(1))
    assert (shelf.results, shelf.drains) == ([], [])
