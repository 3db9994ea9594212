"""A queue in a real file, with a clock that the test moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync_queue.database import connect
from sync_queue.dead_letters import DeadLetterQueue
from sync_queue.jobs import SyncQueue
from tests.support import Clock
from tests.sync_queue.queue_steps import NOON

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the database is, in a folder that is still to be made."""
    return tmp_path / "data" / "queue.sqlite"


@pytest.fixture
def db(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection to it."""
    connection = connect(file)
    yield connection
    connection.close()


@pytest.fixture
def clock() -> Clock:
    """Stands still until it is moved."""
    return Clock(NOON)


@pytest.fixture
def queue(db: sqlite3.Connection, clock: Clock) -> SyncQueue:
    """The queue as a drain sees it."""
    return SyncQueue(db, clock=clock)


@pytest.fixture
def dead(db: sqlite3.Connection, clock: Clock) -> DeadLetterQueue:
    """The scenes that were given up."""
    return DeadLetterQueue(db, clock)
