"""What tests of the observers share."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from sync_queue.database import connect
from sync_queue.dead_letters import DeadLetterQueue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def dead(tmp_path: Path) -> Iterator[DeadLetterQueue]:
    """The scenes that were given up; none at first."""
    db = connect(tmp_path / "queue.sqlite")
    yield DeadLetterQueue(db, lambda: 1_000.0)
    db.close()


@pytest.fixture
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Debug lines, too, are there to be looked at."""
    caplog.set_level(logging.DEBUG)
