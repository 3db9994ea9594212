"""A Stash that has lost its scenes: a comparison must not take the half of a library for deleted, and undo it in Plex.

A drive that was not mounted while Stash cleaned, a database that was begun anew or put back from an old copy: all of them look
as if somebody had deleted thousands of scenes. What is noted of an item then goes, and by ``deleted_scenes`` its locks and
collections. So where so many are gone a person has to say that it is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stash.exceptions import StashError

if TYPE_CHECKING:
    from stash.client import StashClient
    from sync_queue.ledger import Ledger

MOST_GONE = 20
"""As many may be gone from the smallest library."""
MOST_SHARE = 0.5
LAST = 2**63 - 1


class ScenesGone(StashError):
    """More than twenty scenes are gone from Stash, and more than half of those that PlexSync knows."""

    hint = (
        "Look first whether Stash has lost them (a drive that is not mounted, an older database). If they are meant to be gone, "
        "run 'python PlexSync.py reconcile --confirm-gone', or the operation 'reconcile' with confirm_gone: true"
    )


def check_scenes_are_there(stash: StashClient, ledger: Ledger, server: str) -> None:
    """Raise ScenesGone when so many of the scenes that the ledger has for a server are not in Stash. Ids alone are asked for."""
    known = set(ledger.scene_ids(server, 0, LAST))
    if len(known) <= MOST_GONE:
        return
    gone = known.difference(*stash.scene_ids())
    if len(gone) > max(MOST_GONE, len(known) * MOST_SHARE):
        raise ScenesGone(
            f"{len(gone)} of the {len(known)} scenes that were synced are no longer in Stash, and nothing was done about it"
        )
