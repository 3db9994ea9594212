"""Items and sections as the XML that Plex sends: cut tag lists and no locks in a listing, everything on a details page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simulators.plex.model import ELEMENT_OF, MOVIE, PICTURE_KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from simulators.plex.library import Library
    from simulators.plex.model import Item, MediaFile, Section, Tagging

HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'
SHOWN_IN_LISTING = {"genre": 2, "country": 2, "collection": 2, "director": 2, "writer": 2, "actor": 3}
"""How many tags of a kind a listing shows; the other kinds are on the details page only."""

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_LINE_ENDS = str.maketrans({"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
_SPECIAL = re.compile('[&<>"]')
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def element(tag: str, attributes: Mapping[str, object], children: Iterable[str] = ()) -> str:
    """One element. None leaves an attribute out; an empty text does not.

    Control characters go out as they are: Plex has been seen to do so, although XML cannot carry them.
    """
    words = [tag]
    for name, value in attributes.items():
        if isinstance(value, int):
            words.append(f'{name}="{value:d}"')
        elif value is not None:
            words.append(f'{name}="{escaped(str(value))}"')
    inner = "".join(children)
    return f"<{' '.join(words)}>{inner}</{tag}>" if inner else f"<{' '.join(words)}/>"


def escaped(text: str) -> str:
    """An attribute's value."""
    return text.translate(_ESCAPES) if _SPECIAL.search(text) else text


def container(
    attributes: Mapping[str, object], children: Iterable[str], *, keep_newlines: bool = False
) -> bytes:
    """A whole document; ``keep_newlines`` writes line ends inside of attributes as references.

    A lone surrogate, which UTF-8 cannot say, becomes a question mark in a diamond.
    """
    body = element("MediaContainer", attributes, children)
    if keep_newlines:
        body = body.translate(_LINE_ENDS)
    text = HEADER + body + "\n"
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _LONE_SURROGATE.sub("\ufffd", text).encode()


class Renderer:
    """Writes what the library holds."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def section(self, section: Section) -> str:
        """A library, as the list of libraries has it."""
        folders = [
            element("Location", {"id": section.id * 10 + number, "path": path})
            for number, path in enumerate(section.locations)
        ]
        attributes = {
            "allowSync": 1,
            "key": section.id,
            "type": section.type,
            "title": section.title,
            "agent": section.agent,
            "scanner": "Plex Video Files Scanner",
            "language": "xn",
            "uuid": section.uuid,
            "refreshing": int(section.refreshing > 0),
            "updatedAt": section.created_at,
            "createdAt": section.created_at,
            "scannedAt": section.scanned_at or section.created_at,
            "content": 1,
            "directory": 1,
            "contentChangedAt": section.content_changed_at,
            "hidden": 0,
        }
        return element("Directory", attributes, folders)

    def listing_row(self, item: Item, *, guids: bool = False) -> str:
        """An item in a listing: every scalar field, the files, the first few tags by name alone."""
        children = [self._media(item, number, file) for number, file in enumerate(item.files)]
        for kind, count in SHOWN_IN_LISTING.items():
            for tagging in item.tags.get(kind, ())[:count]:
                children.append(element(ELEMENT_OF[kind], {"tag": tagging.tag.name}))
        if guids:
            children += [element("Guid", {"id": guid}) for guid in item.guids]
        return element(_tag_of(item), self._attributes(item), children)

    def details(self, item: Item, *, without: Collection[str] = (), blank: Collection[str] = ()) -> str:
        """An item whole. ``without`` names elements and ``blank`` attributes that the request did not want."""
        section = self._library.sections[item.section_id]
        attributes = self._attributes(item) | {
            "librarySectionTitle": section.title,
            "librarySectionID": section.id,
            "librarySectionKey": f"/library/sections/{section.id}",
        }
        children: list[str] = []
        if "Media" not in without:
            children += [
                self._media(item, number, file, whole=True) for number, file in enumerate(item.files)
            ]
        for kind, name in ELEMENT_OF.items():
            if name not in without:
                children += [_tagging(name, kind, tagging) for tagging in item.tags.get(kind, ())]
        if "Guid" not in without:
            children += [element("Guid", {"id": guid}) for guid in item.guids]
        if "Field" not in without:
            children += [element("Field", {"locked": 1, "name": name}) for name in sorted(item.locks)]
        shown = {name: value for name, value in attributes.items() if name not in blank}
        return element(_tag_of(item), shown, children)

    def attributes(self, item: Item) -> dict[str, str]:
        """The attributes that say something, as text."""
        return {name: str(value) for name, value in self._attributes(item).items() if value is not None}

    def _attributes(self, item: Item) -> dict[str, object]:
        fields = item.fields
        key = f"/library/metadata/{item.rating_key}"
        if item.type != MOVIE:
            key = f"/library/collections/{item.rating_key}/children"
        sort = fields.get("titleSort")
        attributes: dict[str, object] = {
            "ratingKey": item.rating_key,
            "key": key,
            "guid": item.guid,
            "studio": fields.get("studio") or None,
            "type": item.type,
            "title": item.title,
            "titleSort": sort if sort and sort != item.title else None,
        }
        for name in ("originalTitle", "editionTitle", "contentRating"):
            attributes[name] = fields.get(name) or None
        attributes["summary"] = fields.get("summary", "")
        for name in ("rating", "audienceRating", "userRating"):
            attributes[name] = fields.get(name) or None
        attributes["lastRatedAt"] = item.rated_at if fields.get("userRating") else None
        attributes["viewOffset"] = item.view_offset_ms or None
        attributes["viewCount"] = item.view_count or None
        attributes["lastViewedAt"] = item.viewed_at or None
        for name in ("year", "tagline", "originallyAvailableAt"):
            attributes[name] = fields.get(name) or None
        attributes |= self._picture_attributes(item)
        if item.type == MOVIE:
            attributes["duration"] = item.files[0].duration_ms
        else:
            attributes["subtype"] = MOVIE
            attributes["childCount"] = len(self._library.members(item))
            attributes["smart"] = 0
        return attributes | {"addedAt": item.added_at, "updatedAt": item.updated_at}

    def _picture_attributes(self, item: Item) -> dict[str, object]:
        found: dict[str, object] = {}
        for kind, name in PICTURE_KINDS.items():
            touched = item.pictures.get(kind)
            shown = any(photo.selected for photo in touched) if touched is not None else item.type == MOVIE
            if shown and name in {"thumb", "art"}:
                epoch = item.stamps.get(name, item.added_at)
                found[name] = f"/library/metadata/{item.rating_key}/{name}/{epoch}"
        return found

    def _media(self, item: Item, number: int, file: MediaFile, *, whole: bool = False) -> str:
        media_id = item.rating_key * 100 + number
        ending = file.path.rpartition(".")[2].lower()
        streams = []
        if whole:
            streams = [
                element("Stream", {"id": media_id * 10, "streamType": 1, "codec": "h264", "index": 0}),
                element("Stream", {"id": media_id * 10 + 1, "streamType": 2, "codec": "aac", "index": 1}),
            ]
        gone = {"deletedAt": self._library.sections[item.section_id].scanned_at} if file.missing else {}
        part = {
            "id": media_id,
            "key": f"/library/parts/{media_id}/{item.added_at}/file.{ending}",
            "duration": file.duration_ms,
            "file": file.path,
            "size": file.size,
            "container": ending,
        }
        media = {"id": media_id, "duration": file.duration_ms, "videoCodec": "h264", "container": ending}
        return element("Media", media | gone, [element("Part", part | gone, streams)])


def _tag_of(item: Item) -> str:
    return "Video" if item.type == MOVIE else "Directory"


def _tagging(name: str, kind: str, tagging: Tagging) -> str:
    tag = tagging.tag
    attributes: dict[str, object] = {"id": tag.id, "filter": f"{kind}={tag.id}", "tag": tag.name}
    if kind in {"actor", "director", "writer", "producer"}:
        attributes |= {"role": tagging.text or None, "thumb": tag.thumb or None}
    return element(name, attributes)
