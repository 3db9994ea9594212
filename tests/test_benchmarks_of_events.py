"""The benchmarks of the bus and the observers run, and the bound on an emit holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "benchmarks" / name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_an_emit_to_four_costs_at_most_eight_times_four_direct_calls() -> None:
    """A machine that does something else besides gets three chances."""
    done = [run("emit.py", "5")]
    while done[-1].returncode and len(done) < 3:
        done.append(run("emit.py", "5"))
    assert done[-1].returncode == 0, done[-1].stdout + done[-1].stderr
    rows = [line.split("|")[1].strip() for line in done[-1].stdout.splitlines() if line.startswith("| ")]
    assert rows == ["subscribers", "0", "1", "4", "16"]


def test_the_observers_share_is_measured() -> None:
    done = run("observers_share.py", "60", "1")
    assert done.returncode == 0, done.stderr
    for name in ("StatsAccumulator", "BatchSummarizer", "DlqReporter", "JsonPersister"):
        assert f"| {name} | " in done.stdout
