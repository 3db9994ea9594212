"""Whose fault it is when a restore cannot read or write an item: the item's own, or that of a Plex which does no work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plex.exceptions import PlexRefused
from worker.referee import Referee

if TYPE_CHECKING:
    from collections.abc import Iterable

    from plex.exceptions import PlexError
    from sync_queue.ledger import Entry, Ledger
    from worker.plex_target import PlexTarget

IN_A_ROW = 3
"""Items that fail one after the other: then it may be Plex's fault and not theirs."""


class Trouble:
    """One for a restore. ``witnesses`` are the items that are at hand, which may be asked whether Plex works at all."""

    def __init__(self, plex: PlexTarget, ledger: Ledger) -> None:
        self._plex = plex
        self._referee = Referee(plex.client, ledger, server=lambda: plex.server, suspicious=lambda: False)
        self._in_a_row: set[int] = set()
        self.witnesses: Iterable[Entry] = ()

    def none(self) -> None:
        """An item was read, or written."""
        self._in_a_row.clear()

    def of(self, rating_key: int, error: PlexError, *, edit: bool, others_worked: bool) -> None:
        """Return when it is the item's own; raise when it concerns the whole server, as several in a row may.

        Of several one that has always worked is asked, of the ledger or of the witnesses: the ledger does not have those
        that are held, and soon all are.
        """
        if not isinstance(error, PlexRefused):
            raise_if_it_concerns_all(error)
        self._plex.client.probe()
        self._in_a_row.add(rating_key)
        if len(self._in_a_row) >= IN_A_ROW:
            self._referee.judge(
                self._in_a_row, error, edit=edit, others_worked=others_worked, witnesses=self.witnesses
            )


def raise_if_it_concerns_all(error: PlexError) -> None:
    """Raise it again when no item can be its cause."""
    if error.opens_breaker or error.stops_drain:
        raise error
