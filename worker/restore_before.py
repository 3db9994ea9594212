"""Back to what some changes of the journal have replaced: those of one run, or a single one."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from plex.diff import locks_of
from plex.fields import PICTURE_FIELDS, same_value, tag_keys
from plex.items import PlexItem
from plex.way_back import A_LATER_RUN, Step, to_before
from sync_queue import restoring
from sync_queue.ledger import NOBODY, Entry
from worker.pull_rules import RATING
from worker.restore_pictures import PictureBack, to_hash, to_photo
from worker.restore_plans import KIND_OF, PLEX_NAMES, Candidate, Way, remembered

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping

    from plex.client import PlexClient
    from sync_queue.journal import FieldChange
    from sync_queue.ledger import Ledger, Record


class ToBefore:
    """Back to what some changes of the journal have replaced: those of one run, or a single one."""

    holds_all = False

    def __init__(self, db: sqlite3.Connection, ledger: Ledger, changes: Iterable[list[FieldChange]]) -> None:
        """``changes`` come in pages, each with all of its items' in the order of ``restoring.pages_of_drain``."""
        self._db = db
        self._ledger = ledger
        self._changes = changes

    def pages(self) -> Iterator[list[Candidate]]:
        """As the protocol says."""
        for changes in self._changes:
            found = {key: list(some) for key, some in groupby(changes, key=lambda one: one.rating_key)}
            server = changes[0].server
            entries = self._ledger.get_many(server, found)
            newest = restoring.newest(self._db, server, list(found))
            yield [_of_changes(key, some, entries.get(key), newest) for key, some in found.items()]

    def way(self, client: PlexClient, candidate: Candidate, item: PlexItem) -> Way:
        """As the protocol says."""
        kept = self._ledger.snapshot(candidate.entry.server, item.rating_key)
        was = PlexItem.from_dict(kept) if kept else None
        record = candidate.entry.record
        steps: dict[str, Step] = {}
        pictures = []
        selected: Mapping[str, str] = (kept or {}).get("selected") or {}
        for name, (old, new) in _ends(candidate.changes).items():
            if name in KIND_OF:
                kind = KIND_OF[name]
                if old == (record.pictures.get(kind) or {}).get("hash", ""):
                    pictures.append(PictureBack(kind=kind, hash=old))  # that was done before
                elif name in candidate.later:
                    pictures.append(PictureBack(kind=kind, left=A_LATER_RUN))
                else:
                    pictures.append(_picture(client, item.rating_key, kind, record, selected, old))
            else:
                steps[PLEX_NAMES[name]] = Step(old=old, new=new, later=name in candidate.later)
        free = {PICTURE_FIELDS[one.kind] for one in pictures if not one.left and not one.hash}
        return Way(back=to_before(steps, was, item, record, free_pictures=free), pictures=pictures, was=was)

    def remember(self, entry: Entry, way: Way, item: PlexItem) -> None:
        """What was put back is the base from now on, and ours only where it is not the original.

        Stars are ours in any case: a pull must not take them for new ones that somebody has given now.
        """
        record, change, was = entry.record, way.back.change, way.was
        record.intent = dict(change.known_intent) or None
        record.locks = sorted(change.locks_after & locks_of(item))
        for name in (*change.scalars, *change.tags):
            record.meant.pop(name, None)
        for name in change.scalars:
            shown = item.scalars.get(name, "")
            record.base[name] = shown
            original = was is not None and same_value(name, shown, was.scalars.get(name, ""))
            if shown and (name == RATING or not original):
                record.ours[name] = True
            else:
                record.ours.pop(name, None)
        for kind in change.tags:
            record.base[kind] = list(item.tags.get(kind, ()))
            record.ours[kind] = _our_tags(kind, record, was, item, change.before)
        for one in way.pictures:
            if not one.left:
                noted = {"hash": one.hash, "etag": "", "pending": False}
                record.pictures = {k: v for k, v in record.pictures.items() if k != one.kind}
                record.pictures |= {one.kind: noted} if one.hash else {}
        entry.state_hash = entry.listing_digest = None


def _of_changes(
    rating_key: int, changes: list[FieldChange], entry: Entry | None, newest: Mapping[tuple[int, str], int]
) -> Candidate:
    last = {one.field: one.id for one in reversed(changes)}
    later = frozenset(name for name, number in last.items() if newest.get((rating_key, name), 0) > number)
    first = changes[0]
    made = Entry(server=first.server, rating_key=rating_key, scene_id=NOBODY, section_id=0)
    if entry is None:
        made.record, _ = remembered(reversed(changes))
    return Candidate(entry=entry or made, known=entry is not None, changes=changes, later=later)


def _ends(changes: Iterable[FieldChange]) -> dict[str, tuple[Any, Any]]:
    """Field → what it showed before the first of the changes, and after the last; they come the newest first."""
    ends: dict[str, tuple[Any, Any]] = {}
    for one in changes:
        ends[one.field] = (one.old, ends[one.field][1] if one.field in ends else one.new)
    return ends


def _picture(
    client: PlexClient, rating_key: int, kind: str, record: Record, selected: Mapping[str, str], old: str
) -> PictureBack:
    noted = record.pictures.get(kind) or {}
    if old:
        return to_hash(client, rating_key, kind, noted, old)
    return to_photo(client, rating_key, kind, noted, selected.get(kind, ""))


def _our_tags(kind: str, record: Record, was: PlexItem | None, item: PlexItem, before: PlexItem) -> list[str]:
    """Ours are those that were, and those that came back, unless they stood there before PlexSync did."""
    original = set(tag_keys(was.tags.get(kind, ()))) if was else set()
    back = set(tag_keys(item.tags.get(kind, ()))) - set(tag_keys(before.tags.get(kind, ())))
    ours = (set(tag_keys(record.ours.get(kind, ()))) | back) - original
    return [tag for tag in item.tags.get(kind, ()) if set(tag_keys([tag])) <= ours]
