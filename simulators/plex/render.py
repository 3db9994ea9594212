"""Items as XML: cut short in listings, complete on the details page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.plex.markup import element
from simulators.plex.model import SCALARS, TAGS

if TYPE_CHECKING:
    from collections.abc import Collection

    from simulators.plex.library import Library
    from simulators.plex.markup import Value
    from simulators.plex.model import Item, Photo, Section, Tag

IN_LISTING = {"genre": 2, "country": 2, "director": 2, "writer": 2, "collection": 2, "actor": 3}
"""How many tags of a kind a listing shows; the kinds that are not named it does not show at all."""

TEXT_ATTRIBUTES = tuple(name for name in SCALARS if name not in {"title", "titleSort", "summary"})


def element_name(kind: str) -> str:
    """``Genre`` for genre; actors are ``Role``."""
    return "Role" if kind == "actor" else kind.capitalize()


def listing_entry(item: Item) -> str:
    """What a page of ``/library/sections/{id}/all`` shows: files and scalars whole, tags cut, no locks, no labels."""
    inner = [_media(item, details=False)]
    for kind, tags in item.tags.items():
        for name in tags[: IN_LISTING.get(kind, 0)]:
            inner.append(element(element_name(kind), [("tag", name)]))
    return element("Video", _attributes(item), "".join(inner))


def details(item: Item, library: Library, exclude_elements: Collection[str], exclude_fields: Collection[str]) -> str:
    """What ``/library/metadata/{id}`` shows."""
    section = library.sections[item.section_id]
    pairs = [pair for pair in _attributes(item) if pair[0] not in exclude_fields]
    pairs += [
        ("librarySectionTitle", section.title),
        ("librarySectionID", section.id),
        ("librarySectionKey", f"/library/sections/{section.id}"),
    ]
    inner = [("Media", _media(item, details=True))]
    for kind in TAGS:
        name = element_name(kind)
        inner += [(name, _tag(item, kind, library.tag(section.id, kind, tag))) for tag in item.tags.get(kind, ())]
    inner += [("Field", element("Field", [("locked", 1), ("name", name)])) for name in sorted(item.locks)]
    return element("Video", pairs, "".join(markup for name, markup in inner if name not in exclude_elements))


def directory(section: Section) -> str:
    """A section in ``/library/sections``."""
    locations = [
        element("Location", [("id", section.id * 100 + number), ("path", path)])
        for number, path in enumerate(section.locations, 1)
    ]
    return element(
        "Directory",
        [
            ("allowSync", 1),
            ("art", f"/:/resources/{section.type}-fanart.jpg"),
            ("filters", 1),
            ("refreshing", section.refreshing),
            ("key", section.id),
            ("type", section.type),
            ("title", section.title),
            ("agent", section.agent),
            ("scanner", section.scanner),
            ("language", "xn"),
            ("uuid", section.uuid),
            ("updatedAt", section.created_at),
            ("createdAt", section.created_at),
            ("scannedAt", section.scanned_at),
            ("content", 1),
            ("directory", 1),
            ("contentChangedAt", section.content_changed_at),
            ("hidden", 0),
        ],
        "".join(locations),
    )


def collection(tag: Tag, items: list[Item], section: Section) -> str:
    """A collection in a listing of type 18."""
    return element(
        "Directory",
        [
            ("ratingKey", tag.id),
            ("key", f"/library/collections/{tag.id}/children"),
            ("guid", f"collection://{section.uuid}/{tag.id}"),
            ("type", "collection"),
            ("title", tag.name),
            ("subtype", section.type),
            ("summary", ""),
            ("index", tag.id),
            ("childCount", len(items)),
            ("addedAt", min(item.added_at for item in items)),
            ("updatedAt", max(item.updated_at for item in items)),
        ],
    )


def photo(entry: Photo, item: Item) -> str:
    """One entry of a list of posters or arts. What was uploaded has no provider."""
    return element(
        "Photo",
        [
            ("key", f"/library/metadata/{item.rating_key}/file?url={entry.rating_key}"),
            ("provider", entry.provider),
            ("ratingKey", entry.rating_key),
            ("selected", entry.selected),
            ("thumb", f"/library/metadata/{item.rating_key}/file?url={entry.rating_key}"),
        ],
    )


def _attributes(item: Item) -> list[tuple[str, Value]]:
    key = f"/library/metadata/{item.rating_key}"
    fields = item.fields
    sort = fields.get("titleSort")
    date = fields.get("originallyAvailableAt")
    pairs: list[tuple[str, Value]] = [
        ("ratingKey", item.rating_key),
        ("key", key),
        ("guid", item.guid),
        ("type", "movie"),
        ("title", item.title),
        ("titleSort", None if sort == item.title else sort),
        ("summary", fields.get("summary", "")),
    ]
    pairs += [(name, fields.get(name)) for name in TEXT_ATTRIBUTES if name in fields]
    pairs += [
        ("year", date[:4] if date else None),
        ("thumb", f"{key}/thumb/{item.thumb_epoch}" if item.thumb_epoch else None),
        ("art", f"{key}/art/{item.art_epoch}" if item.art_epoch else None),
        ("duration", item.files[0].duration_ms),
        ("viewCount", item.view_count or None),
        ("lastViewedAt", item.last_viewed_at),
        ("lastRatedAt", item.last_rated_at),
        ("addedAt", item.added_at),
        ("updatedAt", item.updated_at),
    ]
    return pairs


def _media(item: Item, *, details: bool) -> str:
    shown = []
    for number, file in enumerate(item.files):
        part_id = item.rating_key * 10 + number
        ending = file.path.rsplit(".", 1)[-1]
        stream = [("id", part_id), ("streamType", 1), ("codec", "h264"), ("index", 0)]
        part = element(
            "Part",
            [
                ("id", part_id),
                ("key", f"/library/parts/{part_id}/{item.added_at}/file.{ending}"),
                ("duration", file.duration_ms),
                ("file", file.path),
                ("size", file.size),
                ("container", ending),
            ],
            element("Stream", stream) if details else "",
        )
        shown.append(
            element("Media", [("id", part_id), ("duration", file.duration_ms), ("container", ending)], part)
        )
    return "".join(shown)


def _tag(item: Item, kind: str, tag: Tag) -> str:
    pairs: list[tuple[str, Value]] = [("id", tag.id), ("filter", f"{kind}={tag.id}"), ("tag", tag.name)]
    if kind == "actor":
        pairs += [("role", item.roles.get(tag.name)), ("thumb", tag.thumb or None)]
    return element(element_name(kind), pairs)
