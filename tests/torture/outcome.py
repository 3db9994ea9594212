"""What came of a fault that was provoked several times, as one row of the table."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.torture.story import Row

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Outcome:
    """Of one time. ``wrong`` has a sentence for each job that did not come out right; ``took_s`` is None where nothing waited."""

    jobs: int
    wrong: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    repeated: int = 0
    took_s: float | None = None
    provoked: int = 1


def row_of(fault: str, outcomes: Iterable[Outcome], *, facts: tuple[str, ...] = ()) -> Row:
    """All times together; the longest of the waits."""
    outcomes = list(outcomes)
    jobs = sum(one.jobs for one in outcomes)
    wrong = [text for one in outcomes for text in one.wrong]
    took = [one.took_s for one in outcomes if one.took_s is not None]
    return Row(
        fault=fault,
        provoked=sum(one.provoked for one in outcomes),
        jobs_in=jobs,
        right=jobs - len(wrong),
        duplicates=sum(one.repeated for one in outcomes),
        recover_s=max(took, default=None),
        problems=(*wrong[:3], *[text for one in outcomes for text in one.problems][:5]),
        facts=facts,
    )


def timely(row: Row, within_s: float) -> Row:
    """The row, with one problem more when it took longer than that until all was right."""
    if row.recover_s is None or row.recover_s <= within_s:
        return row
    late = f"all was right {row.recover_s:.0f} s after the end of it"
    return replace(row, problems=(*row.problems, late))
