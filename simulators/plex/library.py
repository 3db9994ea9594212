"""The state of the simulated server: sections, items and the files on its disk, and what happens to them."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from simulators.plex.model import RATINGS, SCALARS, TAGS, Item, MediaFile, Photo, Section, Tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

FIRST_KEY = 1001
FIRST_TAG_ID = 500_001
LOCAL_MEDIA = "com.plexapp.agents.localmedia"


@dataclass(frozen=True, slots=True)
class DiskFile:
    """A file that the next scan of its folder will find, with the fields its item shall have."""

    section_id: int
    file: MediaFile
    fields: Mapping[str, Any]


class Library:
    """Every method is one step under one lock, as Plex has a single writer."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.sections: dict[int, Section] = {}
        self.items: dict[int, Item] = {}
        self.of_section: dict[int, dict[int, Item]] = {}
        self.on_disk: list[DiskFile] = []
        self.version = 0
        """Counts every change; what is derived from the items is valid for one version."""
        self._tags: dict[tuple[int, str, str], Tag] = {}
        self._next_key = FIRST_KEY
        self._by_id: dict[int, Tag] = {}

    def now(self) -> int:
        """Whole epoch seconds, as Plex stores times."""
        return int(self.clock())

    def changed(self, section_id: int) -> None:
        """Something in the section changed: its counter moves."""
        self.version += 1
        self.sections[section_id].content_changed_at += 1

    def add_section(self, title: str, section_type: str, locations: tuple[str, ...]) -> Section:
        """Sections are numbered from 1."""
        with self.lock:
            number = len(self.sections) + 1
            section = Section(
                id=number,
                title=title,
                type=section_type,
                uuid=str(uuid5(NAMESPACE_URL, f"section:{number}:{title}")),
                locations=locations,
                created_at=self.now(),
            )
            section.type_number  # noqa: B018 - a type that Plex does not know raises KeyError here
            self.sections[number] = section
            self.of_section[number] = {}
            return section

    def add_item(self, section_id: int, files: list[MediaFile], fields: Mapping[str, Any]) -> Item:
        """A new item with a new rating key. ``fields`` are scalars, tag lists, ``locks``, ``roles``, ``added_at``, ``updated_at``."""
        with self.lock:
            added_at = int(fields.get("added_at", self.now()))
            item = Item(
                rating_key=self._next_key,
                section_id=section_id,
                files=files,
                added_at=added_at,
                updated_at=int(fields.get("updated_at", added_at)),
                thumb_epoch=added_at,
                locks=set(fields.get("locks", ())),
                roles=dict(fields.get("roles", {})),
            )
            item.fields["title"] = files[0].stem
            self.set_fields(item, {name: value for name, value in fields.items() if name not in _NOT_FIELDS})
            self._next_key += 1
            self.items[item.rating_key] = self.of_section[section_id][item.rating_key] = item
            self.changed(section_id)
            return item

    def set_fields(self, item: Item, fields: Mapping[str, Any]) -> None:
        """Scalars as text or numbers, tag kinds as lists. Raises TypeError for a name that Plex does not have."""
        for name, value in fields.items():
            if name in TAGS:
                item.tags[name] = [self.tag(item.section_id, name, tag).name for tag in value]
            elif name in SCALARS:
                self.set_scalar(item, name, "" if value is None else str(value))
            else:
                raise TypeError(f"Plex has no field named {name!r}")

    def set_scalar(self, item: Item, name: str, value: str) -> None:
        """Empty text clears. A rating is kept as the text of a float, as Plex shows it."""
        if value == "":
            item.fields.pop(name, None)
        else:
            item.fields[name] = str(float(value)) if name in RATINGS else value
        if name == "userRating":
            item.last_rated_at = self.now() if value else None

    def tag(self, section_id: int, kind: str, name: str) -> Tag:
        """The tag of that name. Another spelling of a known tag is the known one."""
        with self.lock:
            key = (section_id, kind, name.casefold())
            known = self._tags.get(key)
            if known is None:
                known = self._tags[key] = Tag(FIRST_TAG_ID + len(self._tags), name)
                self._by_id[known.id] = known
            return known

    def tag_by_id(self, tag_id: int) -> Tag | None:
        """What a filter names by its number."""
        return self._by_id.get(tag_id)

    def remove_item(self, rating_key: int) -> Item:
        """Raises KeyError when there is none."""
        with self.lock:
            item = self.items.pop(rating_key)
            del self.of_section[item.section_id][rating_key]
            self.changed(item.section_id)
            return item

    def move_item(self, rating_key: int, path: str) -> None:
        """The first file of the item has another path from now on; the item keeps its rating key."""
        with self.lock:
            item = self.items[rating_key]
            first = item.files[0]
            item.files[0] = MediaFile(path, first.size, first.duration_ms)
            item.touch(self.clock())
            self.changed(item.section_id)

    def scan(self, section_id: int, folder: str | None) -> list[Item]:
        """Files on disk below ``folder`` (None: everywhere) become items. A path of a file finds nothing."""
        with self.lock:
            found = [
                disk for disk in self.on_disk if disk.section_id == section_id and _below(disk.file.path, folder)
            ]
            self.on_disk = [disk for disk in self.on_disk if disk not in found]
            self.sections[section_id].scanned_at = self.now()
            return [self.add_item(section_id, [disk.file], disk.fields) for disk in found]

    def refresh(self, items: Iterable[Item]) -> None:
        """What the agent does without an online source: unlocked titles and posters fall back to those of the file."""
        with self.lock:
            for item in items:
                if "title" not in item.locks:
                    item.fields["title"] = item.files[0].stem
                if "thumb" not in item.locks and any(photo.data for photo in item.posters):
                    self.ensure_pictures(item)
                    for photo in item.posters:
                        photo.selected = photo.provider == LOCAL_MEDIA
                    item.thumb_epoch = max(self.now(), (item.thumb_epoch or 0) + 1)
                item.touch(self.clock())
                self.changed(item.section_id)

    def ensure_pictures(self, item: Item) -> None:
        """Every item has the frame that Plex took out of its file; selected until another one is."""
        if not any(photo.provider == LOCAL_MEDIA for photo in item.posters):
            key = f"media://{item.rating_key % 16:x}/{item.rating_key}.bundle/Contents/Thumbnails/thumb1.jpg"
            item.posters.append(Photo(key, not any(photo.selected for photo in item.posters), LOCAL_MEDIA))

    def collections(self, section_id: int) -> list[tuple[Tag, list[Item]]]:
        """Collections that have an item."""
        found: dict[int, list[Item]] = defaultdict(list)
        for item in self.of_section[section_id].values():
            for name in item.tags.get("collection", ()):
                found[self.tag(section_id, "collection", name).id].append(item)
        return [(self._by_id[tag_id], items) for tag_id, items in found.items()]


_NOT_FIELDS = frozenset({"added_at", "updated_at", "locks", "roles"})


def _below(path: str, folder: str | None) -> bool:
    if folder is None:
        return True
    return path.replace("\\", "/").startswith(folder.replace("\\", "/").rstrip("/") + "/")
