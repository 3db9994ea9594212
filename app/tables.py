"""Status and checks as tables for a person."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.status import lines

if TYPE_CHECKING:
    from app.checks import Check


def show_status(state: dict[str, Any]) -> None:
    """The state, with the last failures in a table of their own."""
    console = Console(highlight=False)
    table = Table.grid(padding=(0, 2))
    for line in lines({**state, "dead_letters": {**state["dead_letters"], "recent": []}}):
        name, _, text = line.partition(": ")
        table.add_row(Text(name, style="cyan"), Text(text))
    console.print(table)
    recent = state["dead_letters"]["recent"]
    if recent:
        failures = Table(title="Last failures", title_justify="left", show_edge=False)
        for column in ("when", "scene", "title", "what happened", "what to do"):
            failures.add_column(column, overflow="fold")
        for one in recent:
            when = time.strftime("%d %b %H:%M", time.localtime(one["died_at"]))
            failures.add_row(
                when,
                str(one["scene_id"]),
                Text(one["title"]),
                Text(f"{one['error_type']}: {one['message']}"),
                Text(one["hint"]),
            )
        console.print(failures)


def show_check(check: Check) -> None:
    """One check as it is done."""
    console = Console(highlight=False)
    mark = Text("pass", style="green") if check.ok else Text("FAIL", style="bold red")
    console.print(Text.assemble(mark, f"  {check.name}: {check.text}"), soft_wrap=True)
    if check.remedy:
        console.print(Text(f"      -> {check.remedy}", style="yellow"), soft_wrap=True)
