"""A Plex item as we need it, read from the XML of a listing or of a details page.

A listing carries every scalar field, files and all, but only the first two or three tags of each kind and no locks:
it is enough to match and to see that something has changed, and never enough to compare or edit tags.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from plex.fields import SCALARS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

SCALAR_ATTRIBUTES = (*SCALARS, "thumb", "art")
TAG_ELEMENTS = {
    "Genre": "genre",
    "Collection": "collection",
    "Label": "label",
    "Director": "director",
    "Role": "actor",
}
"""Plex's elements, and the names by which an edit knows them: the cast is ``actor`` there."""


class PlexFile(NamedTuple):
    """One file of an item, as Plex sees its path. ``size`` in bytes, ``duration_ms`` of the version that it belongs to."""

    path: str
    size: int | None = None
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlexItem:
    """An absent scalar is not in ``scalars``; tags are in Plex's order. ``complete`` says that it is from a details page."""

    rating_key: int
    section_id: int | None = None
    guid: str = ""
    scalars: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    roles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Name of the cast → the text under it, where there is one; from a details page only."""
    locks: frozenset[str] = frozenset()
    files: tuple[PlexFile, ...] = ()
    added_at: int = 0
    updated_at: int = 0
    complete: bool = False

    @classmethod
    def from_element(
        cls, element: Element, *, section_id: int | None = None, complete: bool = False
    ) -> PlexItem:
        """Read a ``Video`` element. ``section_id`` is the container's, for a listing names it only there."""
        attributes = element.attrib
        own_section = attributes.get("librarySectionID")
        tags: dict[str, list[str]] = {}
        locks: list[str] = []
        files: list[PlexFile] = []
        roles: dict[str, str] = {}
        for child in element:  # once through all: a listing has a hundred thousand of them
            if child.tag == "Media":
                files += _files(child, attributes)
            elif child.tag == "Field":
                locks += [child.attrib.get("name", "")] if child.attrib.get("locked") == "1" else []
            elif child.tag in TAG_ELEMENTS and child.attrib.get("tag"):
                tags.setdefault(TAG_ELEMENTS[child.tag], []).append(child.attrib["tag"])
                if complete and child.attrib.get("role"):
                    roles[child.attrib["tag"]] = child.attrib["role"]
        return cls(
            rating_key=int(attributes["ratingKey"]),
            section_id=int(own_section) if own_section else section_id,
            guid=attributes.get("guid", ""),
            scalars=MappingProxyType(
                {name: attributes[name] for name in SCALAR_ATTRIBUTES if name in attributes}
            ),
            tags=MappingProxyType({kind: tuple(names) for kind, names in tags.items()}),
            roles=MappingProxyType(roles),
            locks=frozenset(locks),
            files=tuple(files),
            added_at=_whole(attributes.get("addedAt")) or 0,
            updated_at=_whole(attributes.get("updatedAt")) or 0,
            complete=complete,
        )

    def listing_digest(self) -> str:
        """Stands for everything that the listing and the details page both carry whole: it changes when the item does."""
        parts = [
            str(self.updated_at),
            *(f"{name}={self.scalars.get(name, '')}" for name in SCALAR_ATTRIBUTES),
        ]
        return hashlib.blake2b(
            "\x00".join(parts).encode("utf-8", "surrogatepass"), digest_size=12
        ).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, for the snapshot that is kept before the first write."""
        return {
            "rating_key": self.rating_key,
            "section_id": self.section_id,
            "guid": self.guid,
            "scalars": dict(self.scalars),
            "tags": {kind: list(names) for kind, names in self.tags.items()},
            "roles": dict(self.roles),
            "locks": sorted(self.locks),
            "files": [file.path for file in self.files],
            "updated_at": self.updated_at,
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> PlexItem:
        """The item as ``to_dict`` has kept it. One that was kept before roles were has none."""
        return cls(
            rating_key=int(kept["rating_key"]),
            section_id=kept.get("section_id"),
            guid=str(kept.get("guid") or ""),
            scalars=MappingProxyType(dict(kept.get("scalars") or {})),
            tags=MappingProxyType({kind: tuple(names) for kind, names in (kept.get("tags") or {}).items()}),
            roles=MappingProxyType(dict(kept.get("roles") or {})),
            locks=frozenset(kept.get("locks") or ()),
            files=tuple(PlexFile(path) for path in kept.get("files") or ()),
            updated_at=int(kept.get("updated_at") or 0),
            complete=True,
        )


def _files(media: Element, item: Mapping[str, str]) -> list[PlexFile]:
    duration = _whole(media.attrib.get("duration")) or _whole(item.get("duration"))
    return [
        PlexFile(part.attrib["file"], _whole(part.attrib.get("size")), duration)
        for part in media
        if part.tag == "Part" and part.attrib.get("file")
    ]


def _whole(text: str | None) -> int | None:
    try:
        return int(text) if text else None
    except ValueError:
        return None
