"""Back to what items were before the first write, or the same items without our locks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plex.change import Change
from plex.diff import diff
from plex.fields import PICTURE_FIELDS, SCALARS, TAGS, Desired, same_value, tag_keys
from plex.items import PlexItem
from plex.way_back import WayBack, to_original
from sync_queue import restoring
from sync_queue.ledger import NOBODY, Entry, Record
from worker.pull_rules import RATING
from worker.restore_pictures import to_photo
from worker.restore_plans import PAGE, PLEX_NAMES, Candidate, Way, is_untouched, remembered

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

    from plex.client import PlexClient
    from sync_queue.ledger import Ledger

NOT_KNOWN = "what it was before PlexSync is not known"
ANOTHER_ITEM = "another film has the item's number in Plex now"


class ToOriginal:
    """Back to what the items were before the first write: of one scene, or of all, those of deleted scenes included."""

    holds_all = True

    def __init__(
        self, db: sqlite3.Connection, ledger: Ledger, server: str, *, scene_id: int | None = None
    ) -> None:
        self._db = db
        self._ledger = ledger
        self._server = server
        self._scene_id = scene_id

    def pages(self) -> Iterator[list[Candidate]]:
        """As the protocol says."""
        if self._scene_id is not None:
            entries = self._ledger.of_scene(self._server, self._scene_id)
            keys = restoring.orphans_of_scene(self._db, self._server, self._scene_id)
            known = self._ledger.get_many(self._server, keys)
            yield [
                *map(_candidate, [*entries, *known.values()]),
                *(self._orphan(key) for key in keys if key not in known),
            ]
            return
        after = 0
        while entries := self._ledger.after(self._server, after, limit=PAGE):
            after = entries[-1].rating_key
            yield [_candidate(entry) for entry in entries]
        after = 0
        while keys := restoring.orphans(self._db, self._server, after, PAGE):
            after = keys[-1]
            yield [self._orphan(key) for key in keys]

    def way(self, client: PlexClient, candidate: Candidate, item: PlexItem) -> Way:
        """As the protocol says."""
        entry = candidate.entry
        kept = self._ledger.snapshot(self._server, item.rating_key)
        if kept is None:
            ours = entry.record.ours or entry.record.locks
            return Way(back=WayBack(change=Change(before=item)), unknown=NOT_KNOWN if ours else "")
        was = PlexItem.from_dict(kept)
        if not _is_same(was, item):
            return Way(back=WayBack(change=Change(before=item)), unknown=ANOTHER_ITEM)
        selected: Mapping[str, str] = kept.get("selected") or {}
        pictures = [
            to_photo(client, item.rating_key, kind, entry.record.pictures[kind], selected[kind])
            for kind in selected
            if kind in entry.record.pictures
        ]
        persons = {PICTURE_FIELDS[one.kind] for one in pictures if one.left}
        written, taken = self._our_doing(candidate, was, item)
        back = to_original(was, item, entry.record, written=written, taken=taken, persons_pictures=persons)
        return Way(back=back, pictures=pictures, was=was)

    def remember(self, entry: Entry, way: Way, item: PlexItem) -> None:
        """As at first contact: our old base must not make a person's edit of what was put back.

        Stars that were there at first are the exception: Stash's were written over them once, and a pull must not take
        them for new ones that somebody has given now.
        """
        stars = item.scalars.get(RATING, "")
        first = way.was.scalars.get(RATING, "") if way.was else ""
        overruled = bool(stars and entry.record.ours.get(RATING)) and same_value(RATING, stars, first)
        noted = entry.record.pictures
        out_of_sight = {
            one.kind: {"hash": str(noted[one.kind]["hash"]), "photo": one.ours}
            for one in way.pictures
            if one.ours
        }
        entry.record = Record(uploaded={**entry.record.uploaded, **out_of_sight})
        if overruled:
            entry.record.base[RATING], entry.record.ours[RATING] = stars, True
        entry.outcomes = {}
        entry.state_hash = entry.listing_digest = entry.synced_at = None

    def _our_doing(
        self, candidate: Candidate, was: PlexItem, now: PlexItem
    ) -> tuple[set[str], dict[str, set[str]]]:
        """Of what is not there any more: the journal says whether we have cleared it, or a person.

        Where it does not go back so far an empty field counts as cleared by us, and a missing tag as taken out by a person.
        """
        written, taken = set(candidate.written), dict[str, set[str]]()
        cleared = {
            name for name in written & {*SCALARS} if was.scalars.get(name) and not now.scalars.get(name)
        }
        missing = {kind: _keys(was, kind) - _keys(now, kind) for kind in TAGS}
        if not cleared and not any(missing.values()):
            return written, taken
        intended = (candidate.entry.record.intent or {}).get("removed") or {}
        taken = {kind: missing[kind] & set(tag_keys(intended.get(kind, ()))) for kind in TAGS}
        for one in restoring.of_item(self._db, self._server, now.rating_key):
            name = PLEX_NAMES.get(one.field, "")
            if name in cleared:
                (written.discard if one.new else written.add)(name)
            elif name in missing:
                old, new = set(tag_keys(one.old)), set(tag_keys(one.new))
                taken[name] = (taken[name] - new) | (missing[name] & (old - new))
        return written, taken

    def _orphan(self, rating_key: int) -> Candidate:
        changes = restoring.of_item(self._db, self._server, rating_key)
        record, written = remembered(changes)
        entry = Entry(
            server=self._server, rating_key=rating_key, scene_id=NOBODY, section_id=0, record=record
        )
        return Candidate(entry=entry, known=False, written=frozenset(written))


class Unlocked:
    """Without our locks; every value stays."""

    holds_all = True

    def __init__(self, ledger: Ledger, server: str, *, scene_id: int | None = None) -> None:
        self._ledger = ledger
        self._server = server
        self._scene_id = scene_id

    def pages(self) -> Iterator[list[Candidate]]:
        """As the protocol says."""
        if self._scene_id is not None:
            yield [_candidate(entry) for entry in self._ledger.of_scene(self._server, self._scene_id)]
            return
        after = 0
        while entries := self._ledger.after(self._server, after, limit=PAGE):
            after = entries[-1].rating_key
            yield [_candidate(entry) for entry in entries]

    def way(self, client: PlexClient, candidate: Candidate, item: PlexItem) -> Way:  # noqa: ARG002 -- see Plan
        """As the protocol says."""
        change = diff(Desired(), item, candidate.entry.record, preserve=True, override_locks=False)
        return Way(back=WayBack(change=change))

    def remember(self, entry: Entry, way: Way, item: PlexItem) -> None:  # noqa: ARG002 -- see Plan
        """Our values stay ours; a sync would set the locks anew, so the item is to be compared then."""
        entry.record.locks = []
        entry.record.intent = (
            dict(way.back.change.known_intent, locks=[]) if way.back.change.known_intent else None
        )
        entry.state_hash = entry.listing_digest = None


def _candidate(entry: Entry) -> Candidate:
    written = {PLEX_NAMES[name] for name, (_, _, at) in entry.outcomes.items() if at is not None}
    return Candidate(
        entry=entry, written=frozenset(written & {*SCALARS, *TAGS}), idle=is_untouched(entry.record)
    )


def _keys(item: PlexItem, kind: str) -> set[str]:
    return set(tag_keys(item.tags.get(kind, ())))


def _is_same(was: PlexItem, now: PlexItem) -> bool:
    """Whether the item is the one that was written: a file may have been moved, and an item matched anew, but not both."""
    paths = {file.path for file in was.files}
    return not paths or was.guid == now.guid or bool(paths & {file.path for file in now.files})
