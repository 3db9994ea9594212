"""Accept New Plex Server: another Plex answers at the address, and its owner says that it is the one from now on."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from app import tasks
from app.compose import plex_target
from app.words import counted
from plex.exceptions import PlexError

if TYPE_CHECKING:
    from app.session import Session
    from app.settings import Settings

log = logging.getLogger("plexsync.Tasks")


def accept_plex(session: Session, _args: dict[str, Any]) -> Any:
    """Take whichever server answers at plex_url for the one to sync with, list it anew, and compare every scene with it.

    What is known of another server's items stays under that server's name, snapshots and journal too: when that one comes back
    and is accepted, it goes on from there.
    """
    settings = tasks.checked_settings(session)
    try:
        former, now = _accept(session, settings)
    except PlexError as error:
        log.error(  # noqa: TRY400 -- the text says what to do
            "Accept New Plex Server: %s. %s", error, error.hint, extra={"error_type": error.error_type}
        )
        return {"reason": "trouble", "message": str(error)}
    known = session.ledger.count(now)
    answer = {"former": former, "server": now, "known_items": known}
    if former == now:
        log.info("The Plex server at %s is the one that is synced already", settings.plex_url)
        return {"reason": "done", **answer}
    held = session.queue.count().held
    log.info(
        "The Plex server at %s is the one from now on (%s): %s; every scene is compared with it%s",
        settings.plex_url,
        now,
        f"{counted(known, 'item')} of it are known from before" if known else "it was never synced before",
        f", save {counted(held, 'scene')} that a restore holds" if held else "",
    )
    return {**answer, **tasks.drain(session, {})}


def _accept(session: Session, settings: Settings) -> tuple[str | None, str]:
    """The server that was synced so far, and the one from now on. Nothing has changed when this raises."""
    target = plex_target(session, settings)
    try:
        former = target.accept()
        if former != target.server:
            target.relist()
    finally:
        target.close()
    return former, target.server
