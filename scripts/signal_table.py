"""Write the table of signals into ``docs/observers.md`` from the code; ``--check`` only tells whether it is up to date."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "observers.md"
BEGIN = "<!-- signals: written by scripts/signal_table.py -->"
END = "<!-- end of signals -->"


def main(arguments: list[str]) -> int:
    """The exit code: 1 when ``--check`` finds an old table, 0 otherwise."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    fresh = f"{before}{BEGIN}\n\n{table()}\n{END}{after}"
    if "--check" in arguments:
        if page != fresh:
            sys.stderr.write(
                f"{PAGE.relative_to(ROOT)} is not what the code says: run python scripts/signal_table.py\n"
            )
        return int(page != fresh)
    PAGE.write_text(fresh, encoding="utf-8")
    return 0


def table() -> str:
    """A row for each signal: its event, when it is sent and what is true by then, and what the event carries."""
    sys.path.insert(0, str(ROOT))
    from events import SIGNAL_OF, JobEvent  # noqa: PLC0415 -- after the path is set: a script's own folder is first on it

    common = [f.name for f in fields(JobEvent)]
    rows = ["| signal | event | when, and what is true by then | carries |", "|---|---|---|---|"]
    for kind, signal in SIGNAL_OF.items():
        own = [f"`{f.name}`" for f in fields(kind) if not (issubclass(kind, JobEvent) and f.name in common)]
        if issubclass(kind, JobEvent):
            own.insert(0, "the job's fields")
        rows.append(f"| `{signal.name}` | `{kind.__name__}` | {_line(kind.__doc__)} | {', '.join(own)} |")
    names = ", ".join(f"`{name}`" for name in common)
    return "\n".join([*rows, "", f"*The job's fields*: {names}. {_line(JobEvent.__doc__)}", ""])


def _line(text: str | None) -> str:
    return " ".join((text or "").split()).replace("``", "`").replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
