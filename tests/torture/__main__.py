"""``python -m tests.torture``: run the stories, print the table, and fail when a row is not right."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from tests.torture.story import Row, Stage, stories, told
from tests.torture.table import for_terminal, write_into

PAGE = Path(__file__).parent.parent.parent / "docs" / "reliability.md"


def main() -> int:
    """Returns 0 when every row of every story is right."""
    known = stories()
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description="The fault suite.")
    parser.add_argument("--only", action="append", choices=sorted(known), help="one story; may be repeated")
    parser.add_argument("--short", action="store_true", help="the form that make test runs")
    parser.add_argument("--seed", type=int, default=20_261_130, help="for the random moments")
    parser.add_argument("--write", action="store_true", help="put the table into docs/reliability.md")
    wanted = parser.parse_args()
    rows: list[Row] = []
    start = time.monotonic()
    for name in wanted.only or known:
        began = time.monotonic()
        sys.stderr.write(f"{name}\n")
        with tempfile.TemporaryDirectory(prefix="plexsync-torture-", ignore_cleanup_errors=True) as folder:
            stage = Stage(folder=Path(folder), short=wanted.short, seed=wanted.seed)
            rows += told(name, known[name], stage)
        sys.stderr.write(f"  {time.monotonic() - began:.0f} s\n")
    took = time.monotonic() - start
    conditions = (
        f"Made with seed {wanted.seed} in {took / 60:.0f} minutes on {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {platform.system()}."
    )
    sys.stdout.write(f"{for_terminal(rows)}\n\n{conditions}\n")
    if wanted.write:
        write_into(PAGE, rows, conditions)
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
