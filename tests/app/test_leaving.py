"""The end of a process in which an observer has left a thread."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import logging, sys, threading, time
sys.path.insert(0, {root!r})
logging.basicConfig(format="%(levelname)s %(message)s")
from app.leaving import leave
threading.Thread(target=time.sleep, args=({seconds},), name="of-an-observer", daemon={daemon}).start()
sys.exit(leave(3, patience_s={patience}))
"""


def leave(*, seconds: float, patience: float, daemon: bool = False) -> tuple[int, str, float]:
    """Exit code, what was logged, and how long it took."""
    program = PROGRAM.format(root=str(ROOT), seconds=seconds, patience=patience, daemon=daemon)
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr, time.monotonic() - start


def test_a_thread_that_ends_soon_is_waited_for() -> None:
    code, said, _ = leave(seconds=0.3, patience=60)
    assert (code, said) == (3, "")


def test_a_thread_that_does_not_end_is_named_and_ended() -> None:
    code, said, took = leave(seconds=120, patience=0.3)
    assert code == 3
    assert "WARNING a thread of an observer (of-an-observer) is still at work after 0 s" in said
    assert took < 60


@pytest.mark.parametrize("patience", [0.0, 60.0])
def test_a_daemon_thread_is_nobodys_trouble(patience: float) -> None:
    code, said, took = leave(seconds=120, patience=patience, daemon=True)
    assert (code, said) == (3, "")
    assert took < 30
