"""The terminal: ``python PlexSync.py`` and one of the commands of ``app.commands``.

Exit codes: 0 done, 1 failed or not everything right, 2 wrong usage. A person sees tables and bars; ``--json`` and pipes
get plain data. The API key comes from the environment only: arguments are readable by every user of the machine.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from app.spawn import WATCHER_COMMAND
from app.stopping import end

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session import Session
    from stash.runtime import Connection

DEFAULT_STASH = "http://localhost:9999"


def run(args: list[str]) -> int:
    """Run one command and return the exit code."""
    if args == [WATCHER_COMMAND]:
        return _keep_watch()
    import click  # noqa: PLC0415 -- the watcher comes through here and needs none of this

    from app.commands import cli  # noqa: PLC0415

    try:
        code = cli.main(args=args, prog_name="PlexSync.py", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        sys.stderr.write("stopped\n")
        return 1
    return end(code if isinstance(code, int) else 0)


def _keep_watch() -> int:
    from stash.runtime import PayloadError, parse  # noqa: PLC0415 -- beside their only use

    try:
        payload = parse(sys.stdin.buffer.read().decode("utf-8", errors="replace"))
    except PayloadError:
        return 2  # nobody reads what this process could say
    sys.stdin.close()
    ask = str(payload.args.get("ask") or "")
    if ask:
        from app.ask import ask_stash  # noqa: PLC0415 -- before anything heavy: a save shall soon be seen in Plex

        if ask_stash(payload.connection):
            ask = ""  # it is Stash's from now on
    from app.watch import watch  # noqa: PLC0415 -- see above

    return end(watch(payload, ask))


def connection_to(url: str) -> Connection:
    """A connection to the Stash at this address, as a payload of Stash's own would describe it.

    Raises click.BadParameter when it is no address.
    """
    import click  # noqa: PLC0415 -- see run

    from stash.runtime import parse  # noqa: PLC0415

    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise click.BadParameter(f"{url!r} is not an address such as {DEFAULT_STASH}")
    described = {
        "Scheme": parts.scheme,
        "Host": parts.hostname,
        "Port": port,
        "SessionCookie": None,
        "Dir": "",
        "PluginDir": "",
    }
    return parse(json.dumps({"server_connection": described, "args": {}})).connection


def open_session(url: str) -> Session:
    """A session with Stash at this address; the key from ``PLEXSYNC_STASH_API_KEY``."""
    from app.session import Session  # noqa: PLC0415 -- see run

    return Session(connection_to(url), api_key=os.environ.get("PLEXSYNC_STASH_API_KEY", ""))


def guarded(action: Callable[[], int], session: Session) -> int:
    """Run it, turn what our rooms raise into one clear line each, and close the session.

    Raises click.ClickException when what was asked for cannot be.
    """
    import click  # noqa: PLC0415 -- see run

    from app.arguments import CallError  # noqa: PLC0415
    from app.mending import with_sound_database  # noqa: PLC0415 -- see run
    from app.settings import SettingsError  # noqa: PLC0415
    from plex.exceptions import PlexError  # noqa: PLC0415
    from stash.exceptions import StashError  # noqa: PLC0415
    from sync_queue.database import DatabaseError  # noqa: PLC0415

    try:
        return with_sound_database(session, action)
    except CallError as error:
        raise click.ClickException(str(error)) from error
    except SettingsError as error:
        told: tuple[str, ...] = error.problems
    except (StashError, PlexError, DatabaseError) as error:
        told = (f"{error}. {getattr(error, 'hint', '')}",)
    finally:
        session.close()
    for line in told:
        sys.stderr.write(session.secrets.scrub(line) + "\n")
    return 1


def log_to_terminal(session: Session, *, verbose: bool) -> None:
    """Our log lines on standard error, coloured where a person looks, and free of secrets as everywhere.

    Where no person looks (a service's journal) and ``log_format`` is json, each is one JSON object with its time.
    """
    from rich.console import Console  # noqa: PLC0415 -- see run
    from rich.text import Text  # noqa: PLC0415

    from app.logs import use  # noqa: PLC0415
    from stash.log import CallbackHandler  # noqa: PLC0415
    from stash.log_lines import NAMES  # noqa: PLC0415

    console = Console(stderr=True, highlight=False)
    styles = {"w": "yellow", "e": "bold red", "d": "dim", "t": "dim"}

    def show(at: float, level: str, component: str, message: str, facts: dict[str, Any]) -> None:
        if session.log_format == "json" and not console.is_terminal:
            told = {"at": at, "level": NAMES[level], "component": component, "message": message, **facts}
            sys.stderr.write(json.dumps(told) + "\n")
            return
        console.print(
            Text.assemble((f"{component:<9} ", "cyan"), (message, styles.get(level, ""))), soft_wrap=True
        )

    handler = CallbackHandler(show, secrets=session.secrets)
    handler.setLevel(logging.DEBUG if verbose else logging.INFO)
    use(handler)


def print_json(data: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False, default=str) + "\n")
