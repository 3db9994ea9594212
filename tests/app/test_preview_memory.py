"""A preview of a large library takes the memory of a small one."""

from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING

from app.plan_report import PREVIEW, PlanReport
from worker.scene_plan import FieldPlan, ItemPlan, ScenePlan

if TYPE_CHECKING:
    from pathlib import Path


def peak_of(folder: Path, scenes: int) -> int:
    """Bytes at the most, while a report of so many scenes is written, its page too."""
    tracemalloc.start()
    report = PlanReport(folder, kind=PREVIEW, scope="all", at=1_790_000_000.0)
    for number in range(scenes):
        line = FieldPlan(field="title", what="value", old="", new=f"T{number}" * 50, why="first_contact")
        item = ItemPlan(rating_key=number, title="x", library="Scenes", changes=[line])
        report.add(ScenePlan(scene_id=number, title="T", path="/x", result="change", items=[item]))
    report.finish()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_the_report_of_many_scenes_takes_no_more_memory_than_one_of_few(tmp_path):
    # What is imported once; and the freed tuples that Python keeps, some thousands of each length, until it looks for waste:
    # they would count as a report's memory, more or less of them by the moment in which it does that.
    peak_of(tmp_path, 8000)
    gc.disable()
    try:
        few, many = peak_of(tmp_path, 500), peak_of(tmp_path, 8000)
    finally:
        gc.enable()
    assert many < few + 300_000, (few, many)
