"""Status and checks as tables for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.status import examples, lines

GOOD = frozenset({"in_step", "synced", "in_work", "queued", "shared_item"})
"""Verdicts of an explanation that call for nothing."""

if TYPE_CHECKING:
    from app.checks import Check


def show_status(state: dict[str, Any]) -> None:
    """The state, with the failures by cause in a table of their own."""
    console = Console(highlight=False)
    table = Table.grid(padding=(0, 2))
    for line in lines({**state, "dead_letters": {**state["dead_letters"], "causes": [], "more_causes": 0}}):
        name, _, text = line.partition(": ")
        table.add_row(Text(name, style="cyan"), Text(text))
    console.print(table)
    dead = state["dead_letters"]
    if dead["causes"]:
        console.print()
        console.print(failures(dead["causes"]))
    if dead["more_causes"]:
        console.print(Text(f"… and {dead['more_causes']} more causes", style="dim"))


def failures(causes: list[dict[str, Any]]) -> Table:
    """A row for each cause: how many scenes, what happened, which ones, what to do."""
    table = Table(show_edge=False, pad_edge=False, box=SIMPLE_HEAD, expand=True)
    for column, ratio in (("failed", None), ("what happened", 3), ("for example", 3), ("what to do", 3)):
        table.add_column(column, overflow="fold", ratio=ratio)
    for cause in causes:
        where = f", all below {cause['folder']}" if cause["folder"] and cause["scenes"] > 1 else ""
        table.add_row(
            Text(str(cause["scenes"]), style="bold red", justify="right"),
            Text(f"{cause['error_type']}: {cause['text']}{where}"),
            Text(examples(cause)),
            Text(cause["hint"], style="yellow"),
        )
    return table


def show_explanation(told: list[str]) -> None:
    """The verdict stands out; what it rests on follows."""
    console = Console(highlight=False)
    for number, line in enumerate(told):
        name, colon, text = line.partition(": ")
        if number == 0:
            shown = Text(line, style="bold")
        elif line.startswith("->"):
            shown = Text(line, style="yellow")
        elif number == 1:
            shown = Text.assemble((name, "bold green" if name in GOOD else "bold red"), colon, text)
        else:
            shown = Text.assemble((name, "cyan" if not line.startswith(" ") else ""), colon, text)
        console.print(shown, soft_wrap=True)


def show_check(check: Check) -> None:
    """One check as it is done."""
    console = Console(highlight=False)
    mark = Text("pass", style="green") if check.ok else Text("FAIL", style="bold red")
    console.print(Text.assemble(mark, f"  {check.name}: {check.text}"), soft_wrap=True)
    if check.remedy:
        console.print(Text(f"      -> {check.remedy}", style="yellow"), soft_wrap=True)
