"""What a restore is made of: the items that are concerned, what is to be done with each, and the plan that knows both.

A plan says which items are concerned and what is to be remembered of one afterwards; ``worker.restore`` does the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from plex.fields import OUR_NAMES, PICTURE_FIELDS, SCALARS, TAGS, tag_keys
from sync_queue import restoring
from sync_queue.ledger import Entry, Record
from worker.pictures import NAME_OF

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from plex.client import PlexClient
    from plex.items import PlexItem
    from plex.way_back import WayBack
    from sync_queue.journal import FieldChange
    from worker.restore_pictures import PictureBack

PAGE = 50
"""Items that are read together."""
PLEX_NAMES = {ours: name for name, ours in OUR_NAMES.items()}
KIND_OF = {name: kind for kind, name in NAME_OF.items()}


@dataclass(slots=True, kw_only=True)
class Candidate:
    """An item that is concerned. ``known`` False: the ledger has forgotten it, and ``entry`` is made of the journal.

    ``changes`` are the run's own, the newest first; ``later`` the fields that were written again since.
    """

    entry: Entry
    known: bool = True
    changes: list[FieldChange] = field(default_factory=list)
    later: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()
    idle: bool = False
    """Nothing of it is ours: it need not even be read."""

    @property
    def rating_key(self) -> int:
        """Plex's key of the item."""
        return self.entry.rating_key


@dataclass(slots=True, kw_only=True)
class Way:
    """What is to be done with one item, and what is left alone: field, by the names that people know → why."""

    back: WayBack
    pictures: list[PictureBack] = field(default_factory=list)
    was: PlexItem | None = None
    unknown: str = ""
    """Why nothing can be done with the item; then it is remembered as it was."""

    @property
    def writes(self) -> bool:
        """Whether there is anything to do in Plex."""
        return self.back.change.writes or any(one.due for one in self.pictures)

    @property
    def left(self) -> dict[str, str]:
        """Fields and pictures that stay, with the reason."""
        fields = {OUR_NAMES[name]: why for name, why in self.back.left.items()}
        fields |= {"": self.unknown} if self.unknown else {}
        return fields | {one.name: one.left for one in self.pictures if one.left}

    @property
    def fields(self) -> list[str]:
        """What changes, locks apart, by the names that people know."""
        change = self.back.change
        names = [
            OUR_NAMES[name] for name in (*SCALARS, *TAGS) if name in change.scalars or name in change.tags
        ]
        return names + [one.name for one in self.pictures if one.due]


class Plan(Protocol):
    """One restore. ``holds_all``: scenes are held also when nothing of them had to be written."""

    holds_all: bool

    def pages(self) -> Iterator[list[Candidate]]:
        """The items concerned. One whose restore is through does not come again."""

    def way(self, client: PlexClient, candidate: Candidate, item: PlexItem) -> Way:
        """What is to be done with the item as it is. Raises PlexError."""

    def remember(self, entry: Entry, way: Way, item: PlexItem) -> None:
        """Bring the entry up to date: the item shows what was meant."""


def is_untouched(record: Record) -> bool:
    """Whether nothing of the item is ours: at first contact, and after a restore."""
    return replace(record, uploaded={}) == Record()


def remembered(changes: Iterable[FieldChange]) -> tuple[Record, set[str]]:
    """What the journal knows of an item that the ledger has forgotten, and the fields that were written last by a sync."""
    record, written = Record(), set[str]()
    for one in changes:
        if one.field in KIND_OF:
            record.pictures[KIND_OF[one.field]] = {"hash": one.new, "etag": "", "pending": False}
            name = PICTURE_FIELDS[KIND_OF[one.field]]
        else:
            name = PLEX_NAMES[one.field]
            record.base[name] = one.new
            if name in SCALARS:
                record.ours[name] = bool(one.new)
            else:
                added = set(tag_keys(one.new)) - set(tag_keys(one.old)) | set(
                    tag_keys(record.ours.get(name, ()))
                )
                record.ours[name] = [tag for tag in one.new if set(tag_keys([tag])) <= added]
        if one.drain_id.startswith(restoring.PREFIX):
            _forget(record, name)
            written.discard(name)
        else:
            written.add(name)
    record.locks = sorted(written)
    return record, written & {*SCALARS, *TAGS}


def _forget(record: Record, name: str) -> None:
    record.base.pop(name, None)
    record.ours.pop(name, None)
    for kind, of in PICTURE_FIELDS.items():
        if of == name:
            record.pictures.pop(kind, None)
