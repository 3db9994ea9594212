"""A session that saves, and what it saved."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from observers.persist import JsonPersister
from tests.observers.drain_makers import drain, listening, succeeded

if TYPE_CHECKING:
    import pytest

SAVING_PROCESS = Path(__file__).parent / "saving_process.py"
"""Saves as often as it is told, in a process of its own."""


def run(data_dir: Path, jobs: int, **given: Any) -> JsonPersister:
    """A whole session: a process that has one drain."""
    persister = JsonPersister(data_dir=data_dir, **given)
    with listening(persister):
        drain(succeeded(n) for n in range(jobs))
    return persister


def content(data_dir: Path) -> dict[str, Any]:
    data = json.loads((data_dir / "stats.json").read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data


def processed(data_dir: Path) -> tuple[int, int]:
    data = content(data_dir)
    return data["session"]["jobs_processed"], data["cumulative"]["jobs_processed"]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
