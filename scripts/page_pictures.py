"""Take the pictures of docs/page.md from a Stash in which the plugin is at work: ``page_pictures.py http://127.0.0.1:9999``.

Needs what ``make browser`` installs, and ffmpeg, which makes the files small.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = "/plugins/StashPlexSync"
WIDTH, HEIGHT = 1240, 400
"""Of the window; a picture is as high as what stands on the page."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
PALETTE = "split[a][b];[a]palettegen=max_colors=128[p];[b][p]paletteuse=dither=none"


def main(stash: str) -> int:
    """Write both pictures."""
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        tab.goto(stash)
        tab.locator(".plexsync-nav:visible").first.wait_for()
        tab.wait_for_timeout(2000)
        if tab.locator(".modal.show").count():  # what is new in Stash, told once to each browser
            tab.locator(".modal.show .modal-footer button").first.click()
        for name, view in (("page-now", "now"), ("page-failures", "failures")):
            tab.goto(f"{stash}{PAGE}?view={view}")
            tab.locator(".plexsync-card").first.wait_for()
            if view == "failures":
                tab.locator(".plexsync-cause-head").first.click()
            tab.locator(".plexsync-scene-head img").first.wait_for()
            tab.wait_for_load_state("networkidle")
            raw = Path(folder) / f"{name}.png"
            tab.screenshot(path=str(raw), full_page=True)
            quiet = ["ffmpeg", "-v", "error", "-y", "-i", str(raw), "-vf", PALETTE]
            subprocess.run([*quiet, str(DOCS / f"{name}.png")], check=True)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
