"""The terminal's commands, each a few lines: what it does stands in the other modules."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.command_options import json_option, stash_option, verbose_option
from app.looking_commands import doctor, explain, plan, status, watch
from app.spawn import spawn_watcher
from app.terminal import guarded, log_to_terminal, open_session, print_json
from app.undo_commands import restore, resume, unlock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.session import Session

STOPPED = "stopped; what is queued stays queued"


@click.group(
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Stash's API key is read from PLEXSYNC_STASH_API_KEY, the data folder from PLEXSYNC_DATA_DIR.",
)
def cli() -> None:
    """PlexSync keeps Plex showing what Stash knows. Inside Stash it runs by itself; these commands are for a terminal."""


@cli.command()
@click.option("--keep", is_flag=True, help="Keep the demo's folder, to look at its files.")
@click.option(
    "--observer",
    "observers",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with an observer of yours that is to listen.",
)
def demo(keep: bool, observers: tuple[Path, ...]) -> int:
    """Watch a scene travel from a simulated Stash to a simulated Plex."""
    try:
        from simulators.demo import run_demo  # noqa: PLC0415 -- the simulators are no part of the released zip
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] in {"simulators", "graphql", "yaml"}:
            raise click.ClickException(
                "the demo needs the simulators of a source checkout: clone the project and run 'make demo'"
            ) from error
        raise
    return run_demo(keep=keep, observers=observers)


@cli.command()
@click.argument("scene_id", type=click.IntRange(min=1))
@click.argument("rating_key", type=click.IntRange(min=1))
@json_option
@stash_option
def pin(scene_id: int, rating_key: int, as_json: bool, stash: str) -> int:
    """Say that the Plex item RATING_KEY shows scene SCENE_ID, whatever evidence says, and sync it."""
    from app.pinning import pin as pin_it  # noqa: PLC0415 -- a command's imports are its own

    asked = {"scene_id": scene_id, "rating_key": rating_key}
    return _told(
        stash, as_json, lambda session: pin_it(session, asked), "scene {scene_id} is pinned to {path}"
    )


@cli.command()
@click.argument("scene_id", type=click.IntRange(min=1))
@json_option
@stash_option
def unpin(scene_id: int, as_json: bool, stash: str) -> int:
    """Let evidence decide again which Plex item shows scene SCENE_ID."""
    from app.pinning import unpin as unpin_it  # noqa: PLC0415 -- a command's imports are its own

    asked = {"scene_id": scene_id}
    return _told(stash, as_json, lambda session: unpin_it(session, asked), "scene {scene_id} is not pinned")


def _told(stash: str, as_json: bool, ask: Callable[[Session], Mapping[str, Any]], line: str) -> int:
    """Ask, and print the answer: as JSON, or in one line."""
    session = open_session(stash)

    def show() -> int:
        answer = ask(session)
        if as_json:
            print_json(answer)
        else:
            click.echo(line.format(**answer))
        return 0

    return guarded(show, session)


@cli.command()
@click.option("--all", "everything", is_flag=True, help="Queue every scene first.")
@click.option("--recent", is_flag=True, help="Queue the scenes of the last 24 hours first.")
@json_option
@verbose_option
@stash_option
def sync(everything: bool, recent: bool, as_json: bool, verbose: bool, stash: str) -> int:
    """Work the queue off now."""
    session = open_session(stash)
    log_to_terminal(session, verbose=verbose)

    def work() -> int:
        from app.terminal_sync import sync_now  # noqa: PLC0415 -- a command's imports are its own

        result, figures = sync_now(
            session, everything=everything, recent=recent, bar=sys.stderr.isatty() and not as_json
        )
        if as_json:
            told = {"reason": result.reason, "processed": result.processed, "message": result.message}
            print_json({**told, "figures": figures})
        if result.reason == "stopped":
            click.echo(STOPPED, err=True)
        elif result.reason == "dry_run" or (
            session.queue.next_due_at() is not None and result.reason != "refused"
        ):
            # What is left, or came meanwhile, has somebody to look after it.
            spawn_watcher(session.connection)
        return 0 if result.reason in {"empty", "dry_run", "busy", "paused"} else 1

    return guarded(work, session)


@cli.command()
@click.option("--recent", is_flag=True, help="Only what has changed in Stash since the last time.")
@click.option("--deep", is_flag=True, help="Read every item of Plex in full instead of trusting its listing.")
@click.option(
    "--confirm-gone", is_flag=True, help="Half of the scenes are gone from Stash, and are meant to be."
)
@json_option
@verbose_option
@stash_option
def reconcile(recent: bool, deep: bool, confirm_gone: bool, as_json: bool, verbose: bool, stash: str) -> int:
    """Compare every scene with what was synced and with Plex, and queue what differs; the watcher syncs it."""
    session = open_session(stash)
    log_to_terminal(session, verbose=verbose)

    def work() -> int:
        from app.reconciling import compare  # noqa: PLC0415 -- a command's imports are its own

        answer = compare(session, session.settings(), recent=recent, deep=deep, confirmed=confirm_gone)
        if as_json:
            print_json(answer)
        if session.queue.next_due_at() is not None:
            spawn_watcher(session.connection)
        return 0 if answer["reason"] == "done" else 1

    return guarded(work, session)


@cli.command()
@click.option("--preview", is_flag=True, help="Only say what would be brought.")
@json_option
@verbose_option
@stash_option
def pull(preview: bool, as_json: bool, verbose: bool, stash: str) -> int:
    """Bring ratings, plays and places in a film from Plex to Stash, as far as the settings say."""
    session = open_session(stash)
    log_to_terminal(session, verbose=verbose)

    def work() -> int:
        from app.pulling import bring  # noqa: PLC0415 -- a command's imports are its own

        answer = bring(session, session.settings(), preview=preview)
        if as_json:
            print_json(answer)
        if not preview and session.queue.next_due_at() is not None:
            spawn_watcher(session.connection)  # a rating of Stash's that has won is to be written
        return 0 if answer["reason"] == "done" and not answer["failed"] else 1

    return guarded(work, session)


@cli.command()
@verbose_option
@stash_option
def worker(verbose: bool, stash: str) -> int:
    """Watch the queue for ever, as a service: after a reboot nothing waits for the next edit."""
    session = open_session(stash)
    log_to_terminal(session, verbose=verbose)
    return guarded(lambda: _serve(session), session)


def _serve(session: Session) -> int:
    from app.mending import with_sound_database  # noqa: PLC0415 -- a command's imports are its own
    from app.watch import run_watcher  # noqa: PLC0415

    ended = with_sound_database(session, lambda: run_watcher(session, runner="service", service=True))
    click.echo(STOPPED if ended == "stopped" else ended, err=True)
    return 0


for command in (status, watch, explain, plan, doctor, restore, unlock, resume):
    cli.add_command(command)
