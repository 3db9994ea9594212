"""A fresh machine gets the versions that the lock names, also after somebody has published a newer one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", ["runtime", "dev", "browser"])
def test_every_requirement_is_pinned_and_has_hashes(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    requirements = [
        line for line in text.replace("\\\n", " ").splitlines() if line and not line.lstrip().startswith("#")
    ]
    assert requirements
    for requirement in requirements:
        assert re.match(r"[\w.-]+==[\w.]+ ", requirement), requirement
        assert "--hash=sha256:" in requirement


def test_no_install_resolves_anything() -> None:
    """Pip 23 takes the newest ``coverage`` for ``coverage[toml]``, whatever is pinned, and then misses its hash."""
    recipes = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    installs = [line for line in recipes if "pip install" in line]
    assert installs
    assert all("--require-hashes --no-deps -r" in line for line in installs)
