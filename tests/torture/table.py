"""The one table: for the terminal, and for docs/reliability.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.torture.story import Row

HEADS = (
    "fault",
    "times provoked",
    "jobs in",
    "right in the end",
    "lost",
    "duplicated writes",
    "seconds to recover",
)
START, END = "<!-- table: written by python -m tests.torture --write -->", "<!-- end of table -->"


def cells(row: Row) -> tuple[str, ...]:
    """The row as text."""
    recover = "" if row.recover_s is None else f"{row.recover_s:.1f}"
    numbers = (row.provoked, row.jobs_in, row.right, row.lost, row.duplicates)
    return (row.fault, *(f"{number:,}" for number in numbers), recover)


def for_terminal(rows: Iterable[Row]) -> str:
    """Aligned columns; rows that are not right are marked, with what was wrong below."""
    rows = list(rows)
    lines = [HEADS, *(cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    marks = ["", *("" if row.ok else "  << NOT RIGHT" for row in rows)]
    text = [_aligned(line, widths) + mark for line, mark in zip(lines, marks, strict=True)]
    text += ["", *(f"{row.fault}: {fact}" for row in rows for fact in row.facts)]
    text += [f"NOT RIGHT, {row.fault}: {problem}" for row in rows for problem in row.problems]
    return "\n".join(text)


def _aligned(line: tuple[str, ...], widths: list[int]) -> str:
    first, *others = line
    rest = "  ".join(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
    return f"{first.ljust(widths[0])}  {rest}"


def markdown(rows: Iterable[Row]) -> str:
    """The same as a Markdown table, with the facts as a list below."""
    rows = list(rows)
    lines = [f"| {' | '.join(HEADS)} |", "|---|" + "---:|" * (len(HEADS) - 1)]
    lines += [f"| {' | '.join(cells(row))} |" for row in rows]
    facts = [f"- {row.fault}: {fact}" for row in rows for fact in row.facts]
    return "\n".join([*lines, *(["", "Measured beside it:", "", *facts] if facts else [])])


def write_into(page: Path, rows: Iterable[Row], conditions: str) -> None:
    """Replace what stands between the two marks of the page."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{START}\n\n{markdown(rows)}\n\n{conditions}\n\n{END}{after}", encoding="utf-8")
