"""The terminal's commands for the way back: ``restore``, ``unlock`` and ``resume``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from app.command_options import json_option, stash_option
from app.terminal import guarded, log_to_terminal, open_session, print_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session import Session

    Ask = Callable[[Session, dict[str, Any]], Any]

preview_option = click.option("--preview", is_flag=True, help="Say what would be done, and write nothing.")
all_option = click.option("--all", "everything", is_flag=True, help="Every item that PlexSync has written.")
scene_option = click.option("--scene", type=click.IntRange(min=1), help="The items of this scene.")


@click.command()
@all_option
@scene_option
@click.option("--drain", help="What one run wrote, by its id: 'status' and log lines in JSON have it.")
@click.option("--change", type=click.IntRange(min=1), help="One change, by its id in the journal.")
@preview_option
@json_option
@stash_option
def restore(
    everything: bool,
    scene: int | None,
    drain: str | None,
    change: int | None,
    preview: bool,
    as_json: bool,
    stash: str,
) -> int:
    """Put back what Plex showed before. Its scenes are held until 'resume'."""
    from app.restoring import restore as put_back  # noqa: PLC0415 -- a command's imports are its own

    asked = {"all": everything, "scene_id": scene, "drain_id": drain, "change": change, "preview": preview}
    return _done(stash, as_json, put_back, asked)


@click.command()
@all_option
@scene_option
@preview_option
@json_option
@stash_option
def unlock(everything: bool, scene: int | None, preview: bool, as_json: bool, stash: str) -> int:
    """Take PlexSync's locks away; values stay. Its scenes are held until 'resume'."""
    from app.restoring import unlock as take_away  # noqa: PLC0415 -- as above

    return _done(stash, as_json, take_away, {"all": everything, "scene_id": scene, "preview": preview})


@click.command()
@scene_option
@json_option
@stash_option
def resume(scene: int | None, as_json: bool, stash: str) -> int:
    """End the pause; without one, let held scenes go. The sync is done in the background."""
    from app.holding import let_go  # noqa: PLC0415 -- as above
    from app.spawn import spawn_watcher  # noqa: PLC0415

    def act(session: Session, args: dict[str, Any]) -> Any:
        answer = let_go(session, args)
        spawn_watcher(session.connection)
        return {"reason": "done", **answer}

    return _done(stash, as_json, act, {"scene_id": scene})


def _done(stash: str, as_json: bool, act: Ask, asked: dict[str, Any]) -> int:
    session = open_session(stash)
    log_to_terminal(session, verbose=False)

    def run() -> int:
        answer = act(session, asked)
        if as_json:
            print_json(answer)
        return 0 if answer["reason"] == "done" and not answer.get("failed_total") else 1

    return guarded(run, session)
