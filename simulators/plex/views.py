"""Items and collections as a test looks at them: copies, with plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulators.plex.model import SCALARS
from simulators.plex.rendering import Renderer

if TYPE_CHECKING:
    from simulators.plex.library import Library
    from simulators.plex.model import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoView:
    """One picture. ``data`` is None for what Plex took from the file."""

    rating_key: str
    selected: bool
    provider: str
    data: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """An item at one moment. ``fields`` holds what is set, as the text that Plex sends; ``tags`` are complete, by kind
    (the cast is ``actor``), and ``roles`` and ``photos`` are by the actor's name.
    """

    rating_key: int
    section_id: int
    guid: str
    fields: dict[str, str]
    tags: dict[str, list[str]]
    roles: dict[str, str]
    photos: dict[str, str]
    locks: set[str]
    files: list[str]
    posters: list[PhotoView]
    arts: list[PhotoView]
    thumb: str
    added_at: int
    updated_at: int
    view_count: int
    viewed_at: int
    view_offset_ms: int
    rated_at: int

    @property
    def title(self) -> str:
        """As it is shown."""
        return self.fields.get("title", "")

    @property
    def poster(self) -> bytes | None:
        """The picture that is shown; None while it is the one that Plex took from the file."""
        return next((photo.data for photo in self.posters if photo.selected), None)

    @property
    def art(self) -> bytes | None:
        """The background that is shown; None while it is the one that Plex took from the file."""
        return next((photo.data for photo in self.arts if photo.selected), None)


def view(library: Library, item: Item) -> ItemView:
    """A copy of everything about an item."""
    cast = item.tags.get("actor", [])
    return ItemView(
        rating_key=item.rating_key,
        section_id=item.section_id,
        guid=item.guid,
        fields={name: item.fields[name] for name in SCALARS if item.fields.get(name)},
        tags={kind: [t.tag.name for t in taggings] for kind, taggings in item.tags.items() if taggings},
        roles={tagging.tag.name: tagging.text for tagging in cast if tagging.text},
        photos={tagging.tag.name: tagging.tag.thumb for tagging in cast if tagging.tag.thumb},
        locks=set(item.locks),
        files=[file.path for file in item.files],
        posters=_photos(library, item, "poster"),
        arts=_photos(library, item, "art"),
        thumb=Renderer(library).attributes(item).get("thumb", ""),
        added_at=item.added_at,
        updated_at=item.updated_at,
        view_count=item.view_count,
        viewed_at=item.viewed_at,
        view_offset_ms=item.view_offset_ms,
        rated_at=item.rated_at,
    )


def _photos(library: Library, item: Item, kind: str) -> list[PhotoView]:
    return [
        PhotoView(rating_key=p.rating_key, selected=p.selected, provider=p.provider, data=p.data)
        for p in library.pictures_of(item, kind)
    ]
