"""The observers beside each other: none depends on another, nor on the order in which they were connected."""

from __future__ import annotations

import ast
import json
import logging
import random
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from events import DrainFinished, JobSucceeded, SyncStats
from observers.dlq import DlqReporter
from observers.edits import EditReporter
from observers.history import HistoryKeeper
from observers.persist import JsonPersister
from observers.stats import StatsAccumulator
from observers.story import StoryTeller
from observers.summary import BatchSummarizer
from tests.observers.drain_makers import drain, failed, given_up, listening, skipped, succeeded, unchanged

if TYPE_CHECKING:
    from events import Event

ROOM = Path(__file__).parents[2] / "observers"


class Letters:
    """Dead letters that grow at each look."""

    def __init__(self) -> None:
        self._looks = 0

    def get_error_summary(self) -> dict[str, int]:
        return {"PermanentError": self._looks}

    def count_causes(self) -> dict[tuple[str, str], int]:
        self._looks += 1
        return {("PermanentError", "no"): self._looks}

    def describe_cause(self, error_type: str, cause: str) -> None:
        """Over already, as it may be when another process retries it."""


class Shelf:
    """A history in a file."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "history.jsonl"

    def note(self, results: list[dict[str, Any]], drain: dict[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([results, drain]) + "\n")


class Careless:
    """A third party's observer that raises on everything."""

    def on_job_succeeded(self, sender: object, *, event: JobSucceeded) -> None:
        raise RuntimeError("careless")

    def on_drain_finished(self, sender: object, *, event: DrainFinished) -> None:
        raise RuntimeError("careless")


def all_of_ours(data_dir: Path) -> list[object]:
    return [
        StatsAccumulator(clock=lambda: 1.0),
        BatchSummarizer(every=3),
        DlqReporter(dead_letters=Letters()),
        EditReporter(),
        StoryTeller(),
        JsonPersister(data_dir=data_dir, session_id="s", clock=lambda: 1.0),
        HistoryKeeper(store=Shelf(data_dir)),
    ]


def one_drain() -> list[Event]:
    told: list[Event] = [succeeded(1), unchanged(2), skipped(3), failed(4), *given_up(5)]
    return [*told, succeeded(6, replaced=("title",)), succeeded(7), failed(8), unchanged(9)]


def outcome(observers: list[object], data_dir: Path, caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    """What each of them has to show after two drains, by component."""
    caplog.clear()
    with listening(*observers):
        drain(one_drain())
        drain(one_drain())
    shown: dict[str, Any] = {}
    for record in caplog.records:
        if record.name.startswith("plexsync.") and record.name != "plexsync.Events":
            shown.setdefault(record.name, []).append((record.levelno, record.getMessage()))
    if (data_dir / "stats.json").exists():
        shown["stats.json"] = json.loads((data_dir / "stats.json").read_text(encoding="utf-8"))
    if (data_dir / "history.jsonl").exists():
        shown["history"] = (data_dir / "history.jsonl").read_text(encoding="utf-8")
    for observer in observers:
        if isinstance(observer, StatsAccumulator):
            shown["stats"] = observer.stats.to_dict()
    return shown


def test_a_hundred_orders_of_connecting_lead_to_the_same_output(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    straight = tmp_path / "straight"
    straight.mkdir()
    expected = outcome(all_of_ours(straight), straight, caplog)
    assert set(expected) == {
        "plexsync.Sync",
        "plexsync.Stats",
        "plexsync.DLQ",
        "plexsync.Edits",
        "plexsync.Job",
        "stats.json",
        "stats",
        "history",
    }
    orders = list(permutations(range(len(all_of_ours(straight)))))
    for order in random.Random(20_261_125).sample(orders, 100):  # noqa: S311 -- an order, no secret
        folder = tmp_path / "".join(map(str, order))
        folder.mkdir()
        observers = all_of_ours(folder)
        assert outcome([observers[n] for n in order], folder, caplog) == expected, order


@pytest.mark.parametrize("left_out", range(7))
def test_removing_any_one_leaves_the_others_as_they_are(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, left_out: int
) -> None:
    caplog.set_level(logging.DEBUG)
    whole, part = tmp_path / "whole", tmp_path / "part"
    whole.mkdir()
    part.mkdir()
    expected = outcome(all_of_ours(whole), whole, caplog)
    others = all_of_ours(part)
    del others[left_out]
    rest = outcome(others, part, caplog)
    assert rest
    assert all(expected[name] == shown for name, shown in rest.items())


def test_one_that_raises_changes_nothing_for_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    calm, careless = tmp_path / "calm", tmp_path / "careless"
    calm.mkdir()
    careless.mkdir()
    expected = outcome(all_of_ours(calm), calm, caplog)
    assert outcome([Careless(), *all_of_ours(careless)], careless, caplog) == expected


def test_the_files_figures_are_those_of_the_run(tmp_path: Path) -> None:
    accumulator = StatsAccumulator(clock=lambda: 1.0)
    with listening(accumulator, JsonPersister(data_dir=tmp_path, clock=lambda: 1.0)):
        drain(one_drain())
        drain(one_drain())
    data = json.loads((tmp_path / "stats.json").read_text(encoding="utf-8"))
    assert (
        SyncStats.from_dict(data["session"]) == SyncStats.from_dict(data["cumulative"]) == accumulator.stats
    )


def test_no_observer_imports_another() -> None:
    """But the persister has its file's handling in a module of its own, and the watchdog looks at what guests do."""
    helpers = {("persist.py", "observers.stats_file"), ("watchdog.py", "observers.guest")}
    found = {
        (path.name, node.module)
        for path in ROOM.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("observers")
    }
    assert found == helpers
