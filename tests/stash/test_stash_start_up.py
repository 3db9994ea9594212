"""The hook path stays light: what it imports is part of its contract, since a person waits for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = (
    "asyncio",
    "dataclasses",
    "email",
    "http.client",
    "inspect",
    "logging",
    "pathlib",
    "requests",
    "ssl",
    "stashapi",
    "subprocess",
    "tempfile",
    "typing",
    "urllib",
    "urllib.parse",
)


@pytest.mark.parametrize("module", ["stash.runtime", "stash.light"])
def test_the_hook_path_imports_nothing_heavy(module: str) -> None:
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, check=True, text=True
    )
    assert not set(HEAVY) & set(done.stdout.split())


@pytest.mark.parametrize(
    "module", ["stash.log", "stash.redact", "stash.output", "stash.scene", "stash.exceptions"]
)
def test_only_the_client_pays_for_requests(module: str) -> None:
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, check=True, text=True
    )
    assert not {"requests", "stashapi", "urllib3"} & set(done.stdout.split())
