"""Make docs/demo.svg: what ``make demo`` shows, as a picture for the README. Run it when the demo's lines have changed."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "demo.svg"
DEMO_COLUMNS, PICTURE_COLUMNS = 112, 152
"""Log lines are longer than a terminal is wide: they are cut in the picture, and wrapped nowhere."""


def main() -> int:
    """Run the demo, and draw it. Returns the demo's exit code."""
    env = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(DEMO_COLUMNS)}
    command = [sys.executable, str(ROOT / "PlexSync.py"), "demo"]
    demo = subprocess.run(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=env, check=False)
    if demo.returncode == 0:
        console = Console(record=True, width=PICTURE_COLUMNS, file=io.StringIO(), highlight=False)
        console.print(Text.from_ansi(demo.stdout), no_wrap=True, overflow="ellipsis")
        console.save_svg(str(PICTURE), title="make demo")
    return demo.returncode


if __name__ == "__main__":
    sys.exit(main())
