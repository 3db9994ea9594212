"""A real browser before the page, and behind it the plugin as Stash runs it."""

from __future__ import annotations

import shutil

import pytest

from tests.app.installed import installation
from tests.page.stash_page import FILES, StashPage

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 60_000


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, driven by Playwright; skips with the reason where one of the parts is missing."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    if not FILES["/harness.js"][0].exists():
        pytest.skip("Stash's stand-in is not built: 'make browser' does it, with Node 20 or newer")
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="no Playwright: 'make browser' installs it"
    )
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def installed(tmp_path, plex_sim):
    """Everything in place, with the two required settings."""
    with installation(tmp_path, plex_sim) as made:
        yield made


@pytest.fixture
def stash_page(installed):
    """Stash's page, at the root of its server."""
    with StashPage(installed.stash) as page:
        yield page


@pytest.fixture
def tab(browser):
    """A browser's tab; whatever the page throws fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    tab = context.new_page()
    thrown: list[str] = []
    tab.on("pageerror", lambda error: thrown.append(str(error)))
    yield tab
    context.close()
    assert thrown == []
