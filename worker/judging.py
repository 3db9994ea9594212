"""What a comparison of the library finds of one scene, by what Stash has, the ledger remembers and Plex lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sync_queue.ledger import Entry

Kind = Literal[
    "never_synced",
    "stale",
    "changed_in_plex",
    "missing_in_plex",
    "orphaned",
    "uncertain",
    "shared_item",
    "no_files",
    "held",
    "unreadable",
    "in_step",
]
TITLES: dict[Kind, str] = {
    "never_synced": "never synced",
    "stale": "changed in Stash since their last sync",
    "changed_in_plex": "changed in Plex since their last sync",
    "missing_in_plex": "missing in Plex",
    "orphaned": "deleted in Stash, with items left in Plex",
    "uncertain": "with no certain item in Plex",
    "shared_item": "of which another scene has the item",
    "no_files": "without a file",
    "held": "held back",
    "unreadable": "that Stash could not give",
    "in_step": "in step",
}
"""In the order in which they are told."""
TO_QUEUE: frozenset[Kind] = frozenset({"never_synced", "stale", "changed_in_plex"})
TO_QUEUE_IF_UNKNOWN: frozenset[Kind] = frozenset({"missing_in_plex", "uncertain"})
"""Queued only when the queue knows nothing of the scene: those that wait, or were given up, are there already."""


def judge_entries(
    entries: Iterable[Entry | None], state_hash: str, digest_of: Callable[[int], str | None]
) -> Kind:
    """The items of one scene as the ledger has them (None: at first contact), against what is wanted and listed now."""
    known = list(entries)
    synced = [entry for entry in known if entry is not None and entry.synced_at is not None]
    if len(synced) < len(known):
        return "never_synced"
    if any(entry.state_hash != state_hash or entry.record.intent is not None for entry in synced):
        return "stale"
    if any(entry.listing_digest != digest_of(entry.rating_key) for entry in synced):
        return "changed_in_plex"
    return "in_step"
