"""The state of one Plex server, and the changes that everything else is made of. Callers hold ``lock``."""

from __future__ import annotations

import hashlib
import itertools
import threading
import uuid
from typing import TYPE_CHECKING

from simulators.plex.messages import Refusal
from simulators.plex.model import (
    COLLECTION,
    MOVIE,
    PICTURE_KINDS,
    Item,
    MediaFile,
    Photo,
    Section,
    Tag,
    Tagging,
    Viewing,
    file_title,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simulators.plex.options import Options

FIRST_KEY = 4711


class Library:
    """Sections, items and tags. ``clock`` gives epoch seconds; ``disk`` are the files that a scan can find, with size
    and duration.
    """

    def __init__(self, options: Options, clock: Callable[[], float]) -> None:
        self.options = options
        self.clock = clock
        self.lock = threading.RLock()
        self.sections: dict[int, Section] = {}
        self.items: dict[int, Item] = {}
        self.disk: dict[str, tuple[int, int]] = {}
        self.guest_ratings: dict[int, str] = {}
        self.history: list[Viewing] = []
        self._tags: dict[tuple[str, str], Tag] = {}
        self._keys = itertools.count(FIRST_KEY)
        self._tag_ids = itertools.count(87)
        self._members: dict[tuple[int, Tag], set[int]] = {}
        self._orders: dict[tuple[int, str], tuple[int, list[Item]]] = {}

    # --- time and change ---

    def now(self) -> int:
        """Plex counts whole seconds."""
        return int(self.clock())

    def touch(self, item: Item) -> None:
        """Something about the item has changed."""
        item.updated_at = self.now()
        self.sections[item.section_id].content_changed_at += 1

    def stamp(self, item: Item, name: str) -> None:
        """A picture has changed, so its address gets another time."""
        item.stamps[name] = max(self.now(), item.stamps.get(name, item.added_at) + 1)
        self.touch(item)

    def reordered(self, section: Section) -> None:
        """Items came, went, or changed what fixed orders depend on."""
        section.structure += 1
        section.content_changed_at += 1

    def order(self, section: Section, name: str, make: Callable[[], list[Item]]) -> list[Item]:
        """An order of a section's items that holds until one comes or goes."""
        known = self._orders.get((section.id, name))
        if known is None or known[0] != section.structure:
            known = (section.structure, make())
            self._orders[section.id, name] = known
        return known[1]

    # --- sections and items ---

    def section(self, section_id: int) -> Section:
        """Raises Refusal(404)."""
        if section_id not in self.sections:
            raise Refusal(404)
        return self.sections[section_id]

    def item(self, rating_key: int) -> Item:
        """Raises Refusal(404)."""
        if rating_key not in self.items:
            raise Refusal(404)
        return self.items[rating_key]

    def add_section(self, title: str, kind: str, locations: tuple[str, ...]) -> Section:
        """Ids count from 1 and are not used again."""
        number = max(self.sections, default=0) + 1
        section = Section(number, title, kind, str(uuid.uuid4()), locations, self.now())
        self.sections[number] = section
        return section

    def add(self, section: Section, files: tuple[MediaFile, ...], added_at: int | None = None) -> Item:
        """A new item, as the "Personal Media" agent leaves it: titled by its file."""
        key = next(self._keys)
        now = self.now()
        item = Item(
            key,
            section.id,
            f"local://{key}",
            fields={"title": file_title(files[0].path)},
            files=files,
            added_at=now if added_at is None else added_at,
            updated_at=now if added_at is None else added_at,
        )
        self.items[key] = section.items[key] = item
        for file in files:
            self.disk.setdefault(file.path, (file.size, file.duration_ms))
        self.reordered(section)
        return item

    def delete(self, item: Item) -> None:
        """Gone for good; a collection takes its tag from its members, and goes itself with its last member."""
        section = self.sections[item.section_id]
        if item.type == COLLECTION:
            for member in self.members(item):
                self.set_tags(
                    member, COLLECTION, [t for t in member.tags[COLLECTION] if t.tag is not item.own_tag]
                )
        else:
            self.set_tags(item, COLLECTION, ())
            del section.items[item.rating_key]
        if section.collections.pop(item.rating_key, None) and item.own_tag is not None:
            self._members.pop((section.id, item.own_tag), None)
        self.items.pop(item.rating_key, None)
        self.reordered(section)

    # --- tags ---

    def tag(self, kind: str, name: str) -> Tag:
        """The tag of that name, made when it is new."""
        key = self._tag_key(kind, name)
        if key not in self._tags:
            self._tags[key] = Tag(next(self._tag_ids), kind, name)
        return self._tags[key]

    def set_tags(self, item: Item, kind: str, taggings: Iterable[Tagging]) -> None:
        """Give an item the tags of a kind, in the order of their index; collections come and go with their members."""
        before = {tagging.tag for tagging in item.tags.get(kind, ())}
        item.tags[kind] = sorted(taggings, key=lambda tagging: tagging.index)
        if kind == COLLECTION and item.type == MOVIE:
            self._move_member(item, before, {tagging.tag for tagging in item.tags[kind]})

    def rename(self, tag: Tag, name: str) -> None:
        """Every item that has the tag shows the new name."""
        old = self._tag_key(tag.kind, tag.name)
        if self._tags.get(old) is tag:
            del self._tags[old]
            self._tags[self._tag_key(tag.kind, name)] = tag
        tag.name = name

    def _tag_key(self, kind: str, name: str) -> tuple[str, str]:
        return kind, name if self.options.case_sensitive_tags else name.casefold()

    # --- collections ---

    def add_collection(self, section: Section, tag: Tag) -> Item:
        """An item of type 18 for those that carry the tag."""
        key, now = next(self._keys), self.now()
        guid = f"collection://{uuid.uuid4()}"
        item = Item(key, section.id, guid, type=COLLECTION, added_at=now, updated_at=now, own_tag=tag)
        item.fields["title"] = tag.name
        self.items[key] = section.collections[key] = item
        self._members.setdefault((section.id, tag), set())
        return item

    def new_collection(self, section: Section, title: str) -> Item:
        """One more, also when there is one of that title: Plex does not look."""
        tag = self.tag(COLLECTION, title)
        if (section.id, tag) in self._members:
            tag = Tag(next(self._tag_ids), COLLECTION, title)
        return self.add_collection(section, tag)

    def members(self, collection: Item) -> list[Item]:
        """The items of a collection, oldest first."""
        if collection.own_tag is None:
            return []
        keys = self._members.get((collection.section_id, collection.own_tag), set())
        return [self.items[key] for key in sorted(keys)]

    def _move_member(self, item: Item, before: set[Tag], after: set[Tag]) -> None:
        section = self.sections[item.section_id]
        for tag in after - before:
            if (section.id, tag) not in self._members:
                self.add_collection(section, tag)
            self._members[section.id, tag].add(item.rating_key)
        for tag in before - after:
            members = self._members.get((section.id, tag), set())
            members.discard(item.rating_key)
            if not members:
                self._drop_collection(section, tag)

    def _drop_collection(self, section: Section, tag: Tag) -> None:
        """Plex keeps no collection without members."""
        self._members.pop((section.id, tag), None)
        for key, collection in list(section.collections.items()):
            if collection.own_tag is tag:
                del section.collections[key], self.items[key]

    # --- pictures ---

    def pictures_of(self, item: Item, kind: str) -> list[Photo]:
        """All that an item has of a kind; an untouched film has the poster and the art that Plex took from its file."""
        if kind not in item.pictures:
            generated: list[Photo] = []
            if item.type == MOVIE and kind in {"poster", "art"}:
                bundle = hashlib.sha1(str(item.rating_key).encode(), usedforsecurity=False).hexdigest()
                name = (
                    f"media://{bundle[0]}/{bundle[1:]}.bundle/Contents/Thumbnails/{PICTURE_KINDS[kind]}1.jpg"
                )
                generated = [Photo(name, selected=True, provider="com.plexapp.agents.localmedia")]
            item.pictures[kind] = generated
        return item.pictures[kind]
