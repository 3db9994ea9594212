"""The worked example of docs/preview.md, as it stands there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "preview.md"


def blocks(language: str) -> list[str]:
    """What stands in the page's fences of this language."""
    return re.findall(
        rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


def the_four_scenes(installed) -> None:
    """One in step but for a new title, one that is new, one with a title that somebody has locked, one without an item."""
    harbour, _ = installed.scene("harbour.mp4", title="Harbour", details="At five in the morning.")
    installed.run("Sync All Scenes")
    installed.stash.store.scenes[harbour].values["title"] = "Harbour at Dawn"
    installed.scene("market.mp4", title="Market Street", tags=["City", "Night"])
    _, pier = installed.scene("pier.mp4", title="The Pier", date="2024-05-01")
    installed.plex.person_edits(pier, title="My Pier")
    installed.scene("lighthouse.mp4", in_plex=False, title="Lighthouse")


def test_what_the_command_prints_and_a_line_of_the_report(installed):
    the_four_scenes(installed)
    environment = {
        **os.environ,
        "PLEXSYNC_DATA_DIR": str(installed.data),
        "PLEXSYNC_STASH_URL": installed.stash.url,
    }
    command = [sys.executable, str(ROOT / "PlexSync.py"), "plan"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)
    said = re.sub(
        r"\S+reports.preview-\d+-\d+-[0-9a-f]{4}", "data/reports/preview-20261128-081500-3f9a", done.stdout
    )
    (shown,) = blocks("text")
    assert said == shown
    path = re.search(r"For programs: (.*)", done.stdout)
    assert path is not None
    lines = [json.loads(line) for line in Path(path[1]).read_text(encoding="utf-8").splitlines()]
    (example,) = blocks("json")
    assert json.loads(example) == next(line for line in lines if line.get("title") == "The Pier")
