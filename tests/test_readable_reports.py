"""A test that logs or fails with half a character does not end the run of all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TESTS = r"""
import logging

def test_logs():
    logging.getLogger("x").warning("half \udc80 a character")

def test_prints():
    print("half \udc80 a character".encode("utf-8", "surrogateescape"))
    assert "half \udc80 a character" == ""
"""


def test_reports_with_half_a_character_are_sent(tmp_path):
    (tmp_path / "test_half.py").write_text(TESTS)
    options = ["-p", "tests.readable_reports", "-p", "no:cacheprovider", "-n", "1", "-q", "-c", "/dev/null"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert r"half \udc80 a character" in done.stdout
