"""The demo, with an observer of somebody's own in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
BROKEN = "class Broken:\n    def on_job_done(self, _sender, *, event): ...\n\n\ncreate = lambda _data_dir: Broken()\n"


def test_an_observer_is_seen_at_work_in_the_demo_and_one_that_is_left_out_with_the_reason(tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text(BROKEN)
    mine = ROOT / "examples" / "observers" / "low_matches.py"
    done = subprocess.run(
        [sys.executable, str(ROOT / "PlexSync.py"), "demo", "--keep", *_each(mine, broken)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert "low_matches.py listens" in done.stdout
    assert "broken.py is left out" in done.stdout
    assert "on_job_done, which is no signal" in done.stdout
    (rows,) = tmp_path.glob("plexsync-demo-*/data/low-matches.csv")
    assert "/data/unsorted/twin.mp4" in rows.read_text()


def _each(*files: Path) -> list[str]:
    return [word for file in files for word in ("--observer", str(file))]
