"""The fault suite in its short form: ``make torture`` runs the same stories in full."""

from __future__ import annotations

import os
import random

import pytest

from tests.torture.story import Row, Stage, stories
from tests.torture.table import for_terminal, write_into

SEED = 1 if os.environ.get("CI") else random.randrange(1_000_000)  # noqa: S311 -- on a laptop every run tries other moments


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(stories()))
def test_nothing_is_lost_when(name, tmp_path):
    rows = list(stories()[name](Stage(folder=tmp_path, short=True, seed=SEED)))
    assert rows
    assert all(row.ok for row in rows), f"seed {SEED}\n{for_terminal(rows)}"


def test_a_lost_job_and_a_problem_are_both_not_right():
    fine = Row(fault="a fault", provoked=1, jobs_in=3, right=3)
    lost = Row(fault="a loss", provoked=1, jobs_in=3, right=2)
    odd = Row(fault="an oddity", provoked=1, jobs_in=3, right=3, problems=("it was odd",))
    assert [row.ok for row in (fine, lost, odd)] == [True, False, False]
    assert for_terminal([fine, lost, odd]).count("<< NOT RIGHT") == 2
    assert "an oddity: it was odd" in for_terminal([odd])


def test_the_table_replaces_the_one_before_and_nothing_else_of_the_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "above\n<!-- table: written by python -m tests.torture --write -->\nold\n<!-- end of table -->\nbelow\n",
        encoding="utf-8",
    )
    row = Row(fault="killed", provoked=1200, jobs_in=3, right=3, recover_s=0.51, facts=("a figure",))
    for _ in range(2):
        write_into(page, [row], "on a machine")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("above\n") and text.endswith("\nbelow\n")
    assert text.count("| killed | 1,200 | 3 | 3 | 0 | 0 | 0.5 |") == 1
    assert "- killed: a figure" in text and "old" not in text
