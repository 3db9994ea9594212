"""Which Stash a data folder belongs to. Scenes are known there by their numbers, and another Stash has other scenes under
the same ones.

Stash has no name of its own. What tells two apart is when their first scenes were made; where nothing can be compared,
the folder of their configuration.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from app.words import counted
from stash.exceptions import OtherStash
from sync_queue import reconciling, runners
from sync_queue.database import transaction
from sync_queue.ledger import LET_GO
from sync_queue.meta import get_meta, set_meta
from sync_queue.repair import everything_is_wanted

if TYPE_CHECKING:
    import sqlite3

    from app.session import Session

log = logging.getLogger("plexsync.Tasks")

KEY = "stash_identity"
REMEMBERED = 50
"""Scenes whose time of making is kept: the first ones may be deleted, one after the other."""
BY_SCENE = ("jobs", "dead_letters", "closed_letters", "pins", "results", "errands", "pulled")
"""Tables whose rows mean scenes, or performers and the like, by their numbers."""


def check_stash(session: Session, first_scenes: dict[int, float] | None = None) -> None:
    """Raise OtherStash when the data folder belongs to another Stash; otherwise it belongs to this one from now on.

    ``first_scenes`` are those that Stash has given already; without them it is asked.
    """
    seen = session.stash.oldest_scenes() if first_scenes is None else first_scenes
    config_dir = session.connection.config_dir
    known = get_meta(session.db, KEY)
    if isinstance(known, dict) and not _is_same(known, seen, config_dir):
        theirs = known["config_dir"] or "another place"
        ours = config_dir or session.connection.url
        runners.drop_ask(session.db)  # the one whose folder it is must not wait for us
        raise OtherStash(
            f"the data folder {session.folder} belongs to another Stash: that one's configuration is in {theirs}, "
            f"this one's in {ours}, and the same scene numbers mean other scenes here"
        )
    _remember(session.db, seen, config_dir)


def accept_stash(session: Session) -> int:
    """This Stash takes the other one's place; returns how many rows of the other one's scenes were forgotten.

    What is known of Plex's items stays, so that our own values and locks are not taken for a person's. Afterwards every
    scene is due.
    """
    seen = session.stash.oldest_scenes()
    forgotten = 0
    with transaction(session.db) as db:
        for table in BY_SCENE:
            forgotten += db.execute(f"DELETE FROM {table}").rowcount  # noqa: S608 -- constants
        db.execute(LET_GO)
        reconciling.forget_all(db)
        set_meta(db, KEY, None)
        everything_is_wanted(db, session.clock())
    _remember(session.db, seen, session.connection.config_dir)
    log.info(
        "This Stash takes the other one's place: %s forgotten, every scene is compared with Plex",
        counted(forgotten, "note"),
    )
    return forgotten


def _is_same(known: dict[str, Any], seen: dict[int, float], config_dir: str) -> bool:
    common = [
        (known["scenes"][str(scene)], at) for scene, at in seen.items() if str(scene) in known["scenes"]
    ]
    if common:
        return any(before == at for before, at in common)
    moved = known["config_dir"] and config_dir and known["config_dir"] != config_dir
    return not (moved and known["scenes"] and seen)


def _remember(db: sqlite3.Connection, seen: dict[int, float], config_dir: str) -> None:
    known = get_meta(db, KEY) or {"scenes": {}, "config_dir": ""}
    scenes = {**known["scenes"], **{str(scene): at for scene, at in seen.items()}}
    row = {
        "scenes": dict(sorted(scenes.items(), key=lambda pair: int(pair[0]))[:REMEMBERED]),
        "config_dir": config_dir or known["config_dir"],
    }
    if row != known:
        set_meta(db, KEY, row)
