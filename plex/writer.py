"""Writing a change: one edit request where it fits, and something shorter where the server refuses a long address.

An edit rides in the address of the request. About 6 kB get through everything in common use; a field that is longer
by itself goes alone, whole, and is cut only when the server will not have it: a text at a word, a list by its photos
first and then by the tags that Plex does not have yet. Tags that stand in Plex already are never left out.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from plex.edits import pack, pairs_size, units_of
from plex.exceptions import PlexPermanentError, RequestTooLong
from plex.fields import OUR_NAMES
from plex.read_back import verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plex.change import Change
    from plex.edits import Unit
    from plex.items import PlexItem

__all__ = ["LIMIT_BYTES", "Editor", "Writer", "Written", "to_requests", "verify"]

log = logging.getLogger("plexsync.Plex")

LIMIT_BYTES = 6000
"""Of encoded pairs in one request; the path and proxies' own additions come on top, and 8 kB is a common limit."""

SHORTER_BYTES = (60_000, 30_000, 15_000, 7_500, 6_000, 4_000, 2_000, 1_000)
"""What is tried, one after the other, once a request was refused for its length: just below what servers usually allow."""


class Editor(Protocol):
    """The part of ``PlexClient`` that writing needs."""

    def edit(self, section_id: int, rating_key: int, params: Sequence[tuple[str, str]]) -> None:
        """Send one edit; every name and value is percent-encoded once."""


@dataclass(slots=True, kw_only=True)
class Written:
    """What became of a change: notes for a person, and for each field that was cut what was written instead."""

    notes: list[str] = field(default_factory=list)
    cut: dict[str, str | tuple[str, ...]] = field(default_factory=dict)


def to_requests(change: Change, limit: int = LIMIT_BYTES) -> list[list[tuple[str, str]]]:
    """The pairs of each edit request that a change takes; none when there is nothing to write."""
    return [[pair for unit in batch for pair in unit.pairs()] for batch in pack(units_of(change), limit)]


class Writer:
    """Writes changes through one client. May be shared by threads: all that it remembers is what length was refused."""

    def __init__(self, client: Editor) -> None:
        self._client = client
        self._refused = 2**31
        """The shortest length in bytes that this server has refused so far."""

    def apply(self, item: PlexItem, change: Change) -> Written:
        """Send the change to ``item``. Nothing is sent when there is nothing to write.

        Afterwards every request was answered with success, which does not prove that Plex shows it: read the item
        back and ask ``verify``. Raises what the client raises (what was sent before stays written, and the next diff
        sees it), and ValueError when the item has no section: an edit without an id would hit the whole library.
        """
        if item.rating_key <= 0 or item.section_id is None:
            raise ValueError(
                f"an edit needs an item and its library, not {item.rating_key} in {item.section_id}"
            )
        sending = _Sending(self, item.section_id, item.rating_key)
        for batch in pack(units_of(change), min(LIMIT_BYTES, self._refused - 1)):
            sending.send(batch)
        return sending.written

    def edit(self, section_id: int, rating_key: int, units: Sequence[Unit]) -> bool:
        """Send units in one request. False when the server refused its length, or is known to refuse it."""
        pairs = [pair for unit in units for pair in unit.pairs()]
        size = pairs_size(pairs)
        if size >= self._refused:
            return False
        try:
            self._client.edit(section_id, rating_key, pairs)
        except RequestTooLong:
            if size <= SHORTER_BYTES[-1]:
                raise
            self._refused = min(self._refused, size)
            log.info(
                "Plex, or a proxy before it, refuses an edit of %d bytes; longer ones are cut from now on",
                size,
            )
            return False
        except PlexPermanentError as error:
            if size <= LIMIT_BYTES or "(400)" not in str(error):  # some proxies answer 400 to a long address
                raise
            return False
        return True


class _Sending:
    """One change on its way to one item."""

    def __init__(self, writer: Writer, section_id: int, rating_key: int) -> None:
        self._writer = writer
        self._ids = section_id, rating_key
        self.written = Written()

    def send(self, units: Sequence[Unit]) -> None:
        """Send units together, else one by one, else shortened."""
        if self._writer.edit(*self._ids, units):
            return
        if len(units) > 1:
            for unit in units:
                self.send([unit])
        else:
            self._send_shorter(units[0])

    def _send_shorter(self, unit: Unit) -> None:
        for room in SHORTER_BYTES:
            short = unit.cut_to(room) if room < unit.size else None
            if short is not None and self._writer.edit(*self._ids, [short]):
                self._note(unit, short.written)
                return
        if unit.value is None and unit.remove and self._writer.edit(*self._ids, [unit.removal_only()]):
            self._note(unit, unit.staying)
            return
        raise RequestTooLong(
            f"Plex refuses an edit of {unit.size} bytes for {OUR_NAMES[unit.name]}, and it cannot be made shorter"
        )

    def _note(self, unit: Unit, short: str | tuple[str, ...]) -> None:
        name, whole = OUR_NAMES[unit.name], unit.written
        if short == whole:
            self.written.notes.append(
                f"{name}: written without photos, because Plex refuses so long a request"
            )
            return
        unit_name = "characters" if isinstance(whole, str) else "entries"
        self.written.cut[unit.name] = short
        self.written.notes.append(
            f"{name}: cut to {len(short)} of {len(whole)} {unit_name}, because Plex refuses a longer request"
        )
