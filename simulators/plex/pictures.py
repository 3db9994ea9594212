"""Posters and art: their list, uploads and which one is shown."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from simulators.plex.model import PICTURES, Photo
from simulators.plex.wire import Refusal

if TYPE_CHECKING:
    from simulators.plex.library import Library
    from simulators.plex.model import Item

LIMIT_BYTES = 10_480_000
"""Plex answers 500 above it."""


def upload(library: Library, item: Item, kind: str, data: bytes) -> Photo:
    """Store a picture under a name made from its content, and show it. The same bytes again are the same entry."""
    if not data:
        raise Refusal(400, "no picture")
    if len(data) > LIMIT_BYTES:
        raise Refusal(500, "the picture is too large")
    library.ensure_pictures(item)
    key = f"upload://{kind}s/{hashlib.sha1(data, usedforsecurity=False).hexdigest()}"
    photos = item.pictures(kind)
    photo = next((photo for photo in photos if photo.rating_key == key), None)
    if photo is None:
        photo = Photo(key, selected=False, data=data)
        photos.insert(0, photo)
    _show(library, item, kind, photo)
    return photo


def select(library: Library, item: Item, kind: str, key: str) -> None:
    """Show an entry of the list. Raises Refusal(404) when it is not there."""
    library.ensure_pictures(item)
    for photo in item.pictures(kind):
        if photo.rating_key == key:
            _show(library, item, kind, photo)
            return
    raise Refusal(404, "no such picture")


def remove_shown(library: Library, item: Item, kind: str) -> None:
    """Show nothing, and forget the picture that was shown when it was uploaded."""
    photos = item.pictures(kind)
    photos[:] = [photo for photo in photos if not (photo.selected and photo.data is not None)]
    for photo in photos:
        photo.selected = False
    _set_epoch(item, kind, None)
    item.touch(library.clock())
    library.changed(item.section_id)


def shown(item: Item, kind: str) -> Photo | None:
    """The selected one."""
    return next((photo for photo in item.pictures(kind) if photo.selected), None)


def _show(library: Library, item: Item, kind: str, photo: Photo) -> None:
    for other in item.pictures(kind):
        other.selected = other is photo
    before = item.thumb_epoch if kind == "poster" else item.art_epoch
    _set_epoch(item, kind, max(library.now(), (before or 0) + 1))
    item.touch(library.clock())
    library.changed(item.section_id)


def _set_epoch(item: Item, kind: str, epoch: int | None) -> None:
    setattr(item, f"{PICTURES[kind]}_epoch", epoch)
