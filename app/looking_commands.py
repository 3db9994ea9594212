"""The terminal's commands that only look: ``status``, ``watch``, ``explain``, ``plan`` and ``doctor``."""

from __future__ import annotations

import click

from app.command_options import json_option, stash_option
from app.terminal import guarded, open_session, print_json


@click.command()
@json_option
@stash_option
def status(as_json: bool, stash: str) -> int:
    """Queue, failures with their remedies, figures of the last runs. Works while Stash and Plex are away."""
    from app.status import gather  # noqa: PLC0415 -- a command's imports are its own

    session = open_session(stash)

    def show() -> int:
        state = gather(session)
        if as_json:
            print_json(state)
        else:
            from app.tables import show_status  # noqa: PLC0415

            show_status(state)
        return 0

    return guarded(show, session)


@click.command()
@click.option(
    "--interval",
    type=click.FloatRange(0.2, 3600),
    default=1.0,
    show_default=True,
    help="Seconds between two looks.",
)
def watch(interval: float) -> int:
    """Watch queue, drain, failures and results live, from the data folder alone; q ends it. On a pipe: one look."""
    from pathlib import Path  # noqa: PLC0415 -- a command's imports are its own

    from app.live import watch as watch_live  # noqa: PLC0415
    from app.places import data_dir  # noqa: PLC0415

    return watch_live(Path(data_dir()), interval_s=interval)


@click.command()
@click.argument("scene_id", type=click.IntRange(min=1))
@json_option
@stash_option
def explain(scene_id: int, as_json: bool, stash: str) -> int:
    """Why scene SCENE_ID is, or is not, in step with Plex. Says what it could not look up while Stash or Plex is away."""
    from app.explain import explain as gather_explanation  # noqa: PLC0415 -- a command's imports are its own
    from app.explain_lines import lines  # noqa: PLC0415
    from app.tables import show_explanation  # noqa: PLC0415

    session = open_session(stash)

    def show() -> int:
        found = gather_explanation(session, scene_id)
        if as_json:
            print_json(found)
        else:
            show_explanation(lines(found))
        return 0

    return guarded(show, session)


@click.command()
@click.argument("scene_ids", nargs=-1, type=click.IntRange(min=1), metavar="[SCENE_ID]...")
@click.option("--queued", is_flag=True, help="Look at what is queued.")
@json_option
@stash_option
def plan(scene_ids: tuple[int, ...], queued: bool, as_json: bool, stash: str) -> int:
    """What a sync of these scenes (of all, without any) would change in Plex, and why. Nothing is written to Plex."""
    from app.terminal_plan import run_plan  # noqa: PLC0415 -- a command's imports are its own

    session = open_session(stash)
    return guarded(lambda: run_plan(session, list(scene_ids), queued=queued, as_json=as_json), session)


@click.command()
@json_option
@stash_option
def doctor(as_json: bool, stash: str) -> int:
    """Test settings, connections, libraries and a sample of scenes; exit code 1 when a check fails."""
    from app.doctor import examine  # noqa: PLC0415 -- a command's imports are its own

    session = open_session(stash)

    def check() -> int:
        checks = []
        for done in examine(session):
            checks.append(done)
            if not as_json:
                from app.tables import show_check  # noqa: PLC0415

                show_check(done)
        if as_json:
            print_json([{"name": c.name, "ok": c.ok, "text": c.text, "remedy": c.remedy} for c in checks])
        return 0 if all(c.ok for c in checks) else 1

    return guarded(check, session)
