"""Whose fault it is when work on some items fails: the items' own, or that of a Plex that does no work at all.

A Plex whose database is locked answers every probe and fails every edit, and so does one with a corrupt item, for that
item alone. What tells them apart is an item that has always worked: asked for the same, it works or it does not.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from plex.exceptions import PlexError, PlexRefused, PlexStuck

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from plex.client import PlexClient
    from sync_queue.ledger import Entry, Ledger

log = logging.getLogger("plexsync.Worker")

LOOKED_AT = 20
"""Items of the ledger, the last synced first, among which some are looked for that can be asked."""
ASKED = 3
"""Asked one after the other until one works: a single one may fail by chance."""


class Referee:
    """``server`` gives the machineIdentifier; ``suspicious`` whether Plex has yet to prove that it works again."""

    def __init__(
        self,
        client: PlexClient,
        ledger: Ledger,
        *,
        server: Callable[[], str],
        suspicious: Callable[[], bool],
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._server = server
        self._suspicious = suspicious

    @property
    def suspicious(self) -> bool:
        """Plex was away, answers again, and has done no work since."""
        return self._suspicious()

    def judge(
        self,
        shaken: Collection[int],
        error: PlexError,
        *,
        edit: bool,
        others_worked: bool = False,
        witnesses: Iterable[Entry] = (),
    ) -> None:
        """Return when it is the fault of the items ``shaken`` (ratingKeys), of which ``error`` is the last; raise when it is Plex's.

        Without an item to ask, what others did in the same batch tells; without those, several failures are no
        coincidence, and a single one is the item's own unless Plex was away just now. ``witnesses`` may be asked besides
        those that the ledger has. Raises PlexStuck, PlexRefused when every edit is refused, and what a probe raises.
        """
        self._client.probe()
        asked, last = 0, error
        for entry in self._known_to_work(shaken, witnesses, error):
            try:
                if self._client.does_work(entry.rating_key, entry.record.locks[0], edit=edit):
                    return
            except PlexError as trouble:
                asked, last = asked + 1, trouble
                log.debug("Plex item %d, which has always worked, fails too: %s", entry.rating_key, trouble)
                if asked == ASKED:
                    break
        if not asked and (others_worked or self._looks_single(shaken, error)):
            return
        raise _verdict(last, edit=edit)

    def _looks_single(self, shaken: Collection[int], error: PlexError) -> bool:
        return len(shaken) == 1 and not self.suspicious and not isinstance(error, PlexRefused)

    def _known_to_work(
        self, shaken: Collection[int], witnesses: Iterable[Entry], error: PlexError
    ) -> Iterator[Entry]:
        """Others; and of an edit that was refused also its own item: a filter that dislikes a text lets a lock pass."""
        entries = [*witnesses, *self._ledger.last_synced(self._server(), LOOKED_AT)]
        entries = [entry for entry in entries if entry.record.locks]
        yield from (entry for entry in entries if entry.rating_key not in shaken)
        if isinstance(error, PlexRefused):
            yield from (entry for entry in entries if entry.rating_key in shaken)


def _verdict(error: PlexError, *, edit: bool) -> PlexError:
    if isinstance(error, PlexRefused):
        return PlexRefused(
            f"{error}, though it lets this token read: only the owner's token may edit",
            cause="only the owner's token may edit",
        )
    return PlexStuck(f"it answers, but {'takes no edit' if edit else 'gives no item'} ({error})")
