"""``PlexSync.py plan``: the preview on a terminal, with a bar where a person looks."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from app.planning import ALL, QUEUED, SCENES, look
from app.stopping import Stop
from app.terminal import print_json

if TYPE_CHECKING:
    from app.session import Session

WITHOUT_A_REPORT = {
    "busy": "a preview is at work already, in Stash or in another terminal; it leaves its report when it is done",
    "stopped": "stopped at once; there is no report",
}


def run_plan(session: Session, ids: list[int], *, queued: bool, as_json: bool) -> int:
    """Look, and print totals and paths; returns the exit code."""
    from app.terminal_sync import make_bar  # noqa: PLC0415 -- only where a person looks

    if ids and queued:
        raise click.UsageError("give scene ids, or --queued, and not both")
    scope = SCENES if ids else QUEUED if queued else ALL
    settings = session.settings()
    answer: dict[str, Any] = {"reason": "stopped"}
    with Stop() as stop, make_bar() if sys.stderr.isatty() and not as_json else nullcontext() as bar:
        task = bar.add_task("looking", total=1.0) if bar is not None else None

        def show(done: float) -> None:
            if bar is not None and task is not None:
                bar.update(task, completed=done)

        answer |= look(session, settings, scope, ids, stopped=stop.asked, progress=show)
    if as_json:
        print_json(answer)
    else:
        _print(answer)
    return 0 if answer["reason"] == "done" else 1


def _print(answer: dict[str, Any]) -> None:
    from app.plan_totals import lines  # noqa: PLC0415 -- as above

    if "totals" not in answer:
        click.echo(answer.get("message") or WITHOUT_A_REPORT[answer["reason"]], err=True)
        return
    for line in lines(answer["totals"], head="Preview"):
        click.echo(line)
    click.echo(f"Report: {answer['html']}")
    click.echo(f"For programs: {answer['json']}")
