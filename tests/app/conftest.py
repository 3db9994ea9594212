"""The plugin as Stash runs it: the real manifest, real processes, both simulators."""

from __future__ import annotations

import os

import pytest

from tests.app.installed import installation


@pytest.fixture
def installed(tmp_path, plex_sim):
    """Everything in place, with the two required settings."""
    with installation(tmp_path, plex_sim) as made:
        yield made


@pytest.fixture
def bare_environment():
    """The environment without coverage's own start-up, for tests that look at what is imported."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("COV", "COVERAGE"))}
