"""Filling a simulated Plex, looking into it, and doing what people and disks do to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulators.plex import picture_calls, scanning
from simulators.plex.editing import apply_edit
from simulators.plex.model import COLLECTION, ELEMENT_OF, LOCKABLE, MOVIE, SCALARS, MediaFile, Tagging
from simulators.plex.views import ItemView, view
from simulators.plex.watching import OWNER_ACCOUNT, watched

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simulators.plex.backstage import Backstage
    from simulators.plex.library import Library
    from simulators.plex.model import Item, Section

SIZE, DURATION_MS = 1_125_000_000, 1_800_000
PICTURES = {"poster": "thumb", "art": "art"}


class Stage:
    """Everything here is done at once and without a request, unless it says so. Unknown rating keys raise KeyError."""

    def __init__(self, library: Library, backstage: Backstage) -> None:
        self.library = library
        self.backstage = backstage

    # --- filling ---

    def add_section(
        self,
        title: str,
        type: str = MOVIE,
        locations: Iterable[str] = ("/media/scenes",),
    ) -> Section:
        """A library; its ``id``, ``uuid``, ``title`` can be read and changed."""
        with self.library.lock:
            return self.library.add_section(title, type, tuple(locations))

    def remove_section(self, section_id: int) -> None:
        """With everything in it."""
        with self.library.lock:
            section = self.library.sections[section_id]
            for item in list(section.items.values()):
                self.library.delete(item)
            del self.library.sections[section_id]

    def add_item(
        self, section_id: int, path: str, *, size: int = SIZE, duration_ms: int = DURATION_MS, **fields: Any
    ) -> int:
        """An item that Plex has scanned; returns its rating key.

        ``fields``: scalar fields by Plex's names, tag lists by kind (``genre=["A"]``; the cast is ``actor``, as names or
        as a mapping to roles), ``locks``, ``versions`` (more files: path, size, duration), ``added_at``, ``updated_at``,
        ``view_count``, ``guids``, ``poster`` and ``art`` as bytes.
        """
        with self.library.lock:
            section = self.library.sections[section_id]
            return self._add(section, path, {"size": size, "duration_ms": duration_ms, **fields}).rating_key

    def add_items(self, section_id: int, items: Iterable[str | Mapping[str, Any]]) -> list[int]:
        """Many at once: paths, or mappings with ``path`` and the arguments of ``add_item``. Made for 100,000."""
        with self.library.lock:
            section = self.library.sections[section_id]
            keys = []
            for item in items:
                given = {"path": item} if isinstance(item, str) else dict(item)
                keys.append(self._add(section, given.pop("path"), given).rating_key)
            return keys

    # --- looking ---

    def item(self, rating_key: int) -> ItemView:
        """A copy of an item, or of a collection."""
        with self.library.lock:
            return view(self.library, self.library.items[rating_key])

    def items(self, section_id: int) -> list[ItemView]:
        """Copies of a section's items."""
        with self.library.lock:
            return [view(self.library, item) for item in self.library.sections[section_id].items.values()]

    def keys_of(self, path: str) -> list[int]:
        """The items that have the file."""
        with self.library.lock:
            return [
                key for key, item in self.library.items.items() if any(f.path == path for f in item.files)
            ]

    def collections(self, section_id: int) -> dict[str, list[int]]:
        """The collections by title, with the rating keys of their members."""
        with self.library.lock:
            section = self.library.sections[section_id]
            return {
                collection.title: [member.rating_key for member in self.library.members(collection)]
                for collection in section.collections.values()
            }

    def wait_idle(self, timeout_s: float = 60.0) -> None:
        """Return once scans and refreshes have ended; raises TimeoutError."""
        self.backstage.wait_idle(timeout_s)

    def hurry(self) -> None:
        """End scans and refreshes here and now, with all that they find."""
        self.backstage.hurry()
        self.wait_idle()

    # --- disks and agents ---

    def add_file_on_disk(self, path: str, *, size: int = SIZE, duration_ms: int = DURATION_MS) -> None:
        """A file that Plex knows nothing of until it scans."""
        with self.library.lock:
            self.library.disk[path] = (size, duration_ms)

    def remove_file_from_disk(self, path: str) -> None:
        """Plex notices with its next scan, and forgets the item when its trash is emptied."""
        with self.library.lock:
            del self.library.disk[path]

    def scan(self, section_id: int, folder: str = "") -> list[int]:
        """Scan here and now; returns the rating keys of new items."""
        with self.library.lock:
            section = self.library.sections[section_id]
            return [item.rating_key for item in scanning.scan_now(self.library, section, folder)]

    def refresh(self, rating_key: int) -> None:
        """What Plex's own refresh does, here and now: unlocked titles and posters go back to the file's."""
        with self.library.lock:
            scanning.refresh_now(self.library, self.library.items[rating_key])

    def delete_item(self, rating_key: int) -> None:
        """The item, not the file: a scan finds it again and gives it another rating key."""
        with self.library.lock:
            self.library.delete(self.library.items[rating_key])

    def readd_item(self, rating_key: int) -> int:
        """Delete and scan: the same file with nothing but its own title, under a new rating key, which is returned."""
        with self.library.lock:
            item = self.library.items[rating_key]
            self.library.delete(item)
            section = self.library.sections[item.section_id]
            return self.library.add(section, item.files).rating_key

    def move_item(self, rating_key: int, path: str) -> None:
        """Its first file is somewhere else now, and Plex knows; the rating key stays."""
        with self.library.lock:
            item = self.library.items[rating_key]
            old = item.files[0]
            self.library.disk.pop(old.path, None)
            self.library.disk[path] = (old.size, old.duration_ms)
            item.files = (MediaFile(path, old.size, old.duration_ms), *item.files[1:])
            self.library.touch(item)

    def replace_file(self, rating_key: int, *, size: int, duration_ms: int) -> None:
        """Another file lies under the same path now, and Plex knows."""
        with self.library.lock:
            item = self.library.items[rating_key]
            path = item.files[0].path
            self.library.disk[path] = (size, duration_ms)
            item.files = (MediaFile(path, size, duration_ms), *item.files[1:])
            self.library.touch(item)

    # --- people ---

    def person_edits(self, rating_key: int, **fields: Any) -> None:
        """What Plex's own pages do when somebody edits an item: the fields change and are locked.

        Scalars as text (None or "" clears), whole tag lists by kind, ``poster`` and ``art`` as bytes. A rating is given
        by clicking stars, which locks nothing.
        """
        with self.library.lock:
            item = self.library.items[rating_key]
            self._fill(item, fields)
            item.locks |= {PICTURES.get(name, name) for name in fields if name != "userRating"}
            self.library.touch(item)

    def person_rates(self, rating_key: int, rating: float | None, *, at: float | None = None) -> None:
        """Stars given or taken away, ten at most; ``at`` in epoch seconds, now without it. Nothing is locked by it."""
        with self.library.lock:
            item = self.library.items[rating_key]
            item.fields["userRating"] = "" if rating is None else str(float(rating))
            item.rated_at = int(self.library.clock() if at is None else at)
            self.library.touch(item)

    def person_watches(
        self, rating_key: int, *, until_ms: int = 0, at: float | None = None, account: int = OWNER_ACCOUNT
    ) -> None:
        """Watched to the end, or until a place in it, where it will go on; ``at`` is when it ended."""
        with self.library.lock:
            when = int(self.library.clock() if at is None else at)
            item = self.library.items[rating_key]
            watched(self.library, item, when, until_ms=until_ms, account=account)

    def person_locks(self, rating_key: int, *names: str) -> None:
        """A click on the padlocks of fields, such as ``title``, ``genre``, ``thumb``; raises ValueError for others."""
        self._padlocks(rating_key, names, "1")

    def person_unlocks(self, rating_key: int, *names: str) -> None:
        """Another click on them."""
        self._padlocks(rating_key, names, "0")

    def _padlocks(self, rating_key: int, names: tuple[str, ...], value: str) -> None:
        if unknown := set(names) - LOCKABLE:
            raise ValueError(f"Plex has no padlock on {', '.join(sorted(unknown))}")
        with self.library.lock:
            item = self.library.items[rating_key]
            apply_edit(self.library, [item], [(f"{name}.locked", value) for name in names])

    # --- making items ---

    def _add(self, section: Section, path: str, given: dict[str, Any]) -> Item:
        first = MediaFile(path, given.pop("size", SIZE), given.pop("duration_ms", DURATION_MS))
        more = [MediaFile(*version) for version in given.pop("versions", ())]
        item = self.library.add(section, (first, *more), given.pop("added_at", None))
        item.updated_at = given.pop("updated_at", item.updated_at)
        item.view_count = given.pop("view_count", 0)
        item.guids = tuple(given.pop("guids", ()))
        item.locks = frozenset(given.pop("locks", ()))
        if given:
            stamps = item.updated_at
            self._fill(item, given)
            item.updated_at = stamps
        return item

    def _fill(self, item: Item, fields: dict[str, Any]) -> None:
        for name, value in fields.items():
            if name in SCALARS:
                item.fields[name] = "" if value is None else str(value)
            elif name in ELEMENT_OF:
                roles = value if isinstance(value, dict) else dict.fromkeys(value, "")
                tags = {self.library.tag(name, tag): text for tag, text in roles.items()}
                self.library.set_tags(
                    item, name, [Tagging(tag, index, text) for index, (tag, text) in enumerate(tags.items())]
                )
            elif name in PICTURES:
                picture_calls.add_picture(self.library, item, name, value)
            else:
                raise TypeError(
                    f"a Plex item has no {name!r}; it has {', '.join((*SCALARS, *ELEMENT_OF, *PICTURES))}"
                )
        if "originallyAvailableAt" in fields and "year" not in {*fields, *item.locks}:
            item.fields["year"] = item.fields["originallyAvailableAt"][:4]
        if item.type == COLLECTION and item.own_tag is not None and "title" in fields:
            self.library.rename(item.own_tag, item.title)
