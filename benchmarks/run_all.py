"""All benchmarks, one after the other: ``python benchmarks/run_all.py [--quick] [--write] [names …]``.

Prints what each prints, under its name, and exits with 1 when a bound was broken. ``--write`` puts the outputs into
docs/performance.md, each where the page has a mark for it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "performance.md"
ALL: dict[str, tuple[list[str], list[str]]] = {
    "hook_time": ([], ["--quick"]),
    "save_to_plex": ([], ["--quick"]),
    "request_counts": ([], ["--quick"]),
    "throughput": ([], ["--quick"]),
    "plex_index": ([], ["--quick"]),
    "queue_growth": ([], ["--quick"]),
    "start_time": ([], ["--quick"]),
    "at_rest": ([], ["--quick"]),
    "growth": ([], ["--quick"]),
    "where_time_goes": ([], ["--quick"]),
    "emit": ([], ["5"]),
    "observers_share": (["2000", "3"], ["500", "2"]),
}
"""Name → arguments of the full form, and of the quick one."""


def output_of(name: str, arguments: list[str]) -> tuple[str, bool]:
    """What a benchmark prints, and whether its bounds hold. Its output is passed on as it comes."""
    command = [sys.executable, str(ROOT / "benchmarks" / f"{name}.py"), *arguments]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    return "".join(lines).strip(), process.returncode == 0


def write_into(page: str, name: str, output: str) -> str:
    """The page with this output between the marks of that name; as it is when it has no such marks."""
    start, end = f"<!-- benchmarks/{name}.py -->", f"<!-- end of {name} -->"
    before, found, rest = page.partition(start)
    _, _, after = rest.partition(end)
    return f"{before}{start}\n\n{output}\n\n{end}{after}" if found else page


def main() -> int:
    """Run them; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="fewer rounds and smaller libraries: two minutes"
    )
    parser.add_argument("--write", action="store_true", help="put the outputs into docs/performance.md")
    parser.add_argument("names", nargs="*", help=f"of: {', '.join(ALL)}")
    given = parser.parse_args()
    broken, start = [], time.perf_counter()
    for name in given.names or ALL:
        full, quick = ALL[name]
        print(f"\n## {name}\n", flush=True)
        output, holds = output_of(name, quick if given.quick else full)
        broken += [] if holds else [name]
        if given.write and output:
            PAGE.write_text(write_into(PAGE.read_text(encoding="utf-8"), name, output), encoding="utf-8")
    print(f"\n{time.perf_counter() - start:.0f} s. Bounds broken: {', '.join(broken) or 'none'}.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
