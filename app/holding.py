"""Letting go: the pause ends, or scenes that are held after a restore are synced again.

The two are kept apart, so that who pauses and resumes does not undo what he restored on purpose: while syncing is paused a
resume ends the pause and nothing else, and without a pause it lets every held scene go.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from app.arguments import scene_ids_of
from app.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.session import Session

log = logging.getLogger("plexsync.Tasks")


def let_go(session: Session, args: Mapping[str, Any]) -> dict[str, Any]:
    """End the pause; or let go what is held: the scenes of ``scene_id`` or ``scene_ids``, or all. Raises CallError.

    Named scenes are let go during a pause too, which then goes on.
    """
    queue, released, ended = session.queue, 0, False
    if args.get("scene_id") is not None or args.get("scene_ids") is not None:
        released = queue.unhold(scene_ids_of(args))
    elif queue.paused:
        queue.resume()
        ended = True
    else:
        released = queue.unhold()
    held = queue.count().held
    _tell(ended, released, held)
    return {"pause_ended": ended, "released": released, "held": held}


def _tell(ended: bool, released: int, held: int) -> None:
    if ended:
        log.info("Syncing goes on%s", f"; {staying(held)}" if held else "")
    elif released:
        rest = f"; {staying(held)}" if held else ""
        log.info("%s held no more, and synced again%s", _are(released), rest)
    else:
        log.info(
            "Syncing is not paused, and none of these scenes is held" if held else "Nothing is paused or held"
        )


def staying(held: int) -> str:
    """What is said of scenes that are held still."""
    return f"{_are(held)} held after a restore: run 'Resume Syncing' once more to sync them again"


def _are(count: int) -> str:
    return f"{counted(count, 'scene')} {'is' if count == 1 else 'are'}"
