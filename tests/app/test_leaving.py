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
from concurrent.futures import ThreadPoolExecutor
sys.path.insert(0, {root!r})
logging.basicConfig(format="%(levelname)s %(message)s")
from app.leaving import leave
{work}
sys.exit(leave(3, patience_s={patience}))
"""
THREAD = (
    "threading.Thread(target=time.sleep, args=({seconds},), name='of-an-observer', daemon={daemon}).start()"
)
POOL = "ThreadPoolExecutor(1).submit(print, 'sent', flush=True)"


def leave(work: str, *, patience: float) -> tuple[int, str, str, float]:
    """Exit code, both outputs, and how long it took."""
    program = PROGRAM.format(root=str(ROOT), work=work, patience=patience)
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr, time.monotonic() - start


def test_a_thread_that_ends_soon_is_waited_for() -> None:
    code, _, said, _ = leave(THREAD.format(seconds=0.3, daemon=False), patience=60)
    assert (code, said) == (3, "")


def test_a_thread_that_does_not_end_is_named_and_ended() -> None:
    code, _, said, took = leave(THREAD.format(seconds=120, daemon=False), patience=0.3)
    assert code == 3
    assert "WARNING a thread of an observer (of-an-observer) is still at work after 0 s" in said
    assert took < 60


def test_a_daemon_thread_is_nobodys_trouble() -> None:
    code, _, said, took = leave(THREAD.format(seconds=120, daemon=True), patience=60)
    assert (code, said) == (3, "")
    assert took < 30


@pytest.mark.parametrize("patience", [30.0, 60.0])
def test_a_pool_that_has_done_its_work_is_waited_for_no_longer(patience: float) -> None:
    code, printed, said, took = leave(POOL, patience=patience)
    assert (code, printed, said) == (3, "sent\n", "")
    assert took < 20
