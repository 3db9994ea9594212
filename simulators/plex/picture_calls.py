"""Calls about posters and art: what there is, one more, which one is shown."""

from __future__ import annotations

import hashlib
import itertools
import urllib.request
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import quote

from simulators.plex.messages import Answer, Refusal
from simulators.plex.model import PICTURE_KINDS, Photo
from simulators.plex.rendering import container, element

if TYPE_CHECKING:
    from simulators.plex.calls import Call
    from simulators.plex.library import Library
    from simulators.plex.model import Item

FETCH_S = 10.0
BLANK_JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
"""Stands for what Plex took from the file itself."""


def pictures(call: Call) -> Answer:
    """All of a kind, the selected one marked."""
    item = call.item()
    rows = [
        element(
            "Photo",
            {
                "key": f"/library/metadata/{item.rating_key}/file?url={quote(photo.rating_key, safe='')}",
                "provider": photo.provider or None,
                "ratingKey": photo.rating_key,
                "selected": int(photo.selected),
                "thumb": f"/library/metadata/{item.rating_key}/file?url={quote(photo.rating_key, safe='')}",
            },
        )
        for photo in call.library.pictures_of(item, _kind(call))
    ]
    return Answer(body=container({"size": len(rows), "identifier": "com.plexapp.plugins.library"}, rows))


def upload(call: Call) -> Answer:
    """The body as it is, or what an address gave (see ``fetched``). The new picture is the selected one."""
    item, data = call.item(), call.request.body
    if not data:
        raise Refusal(400)
    if len(data) > call.options.image_limit:
        raise Refusal(500)
    add_picture(call.library, item, _kind(call), data)
    return Answer()


def select(call: Call) -> Answer:
    """``PUT …/poster?url=…``: the path is singular here. 404 for a picture that the item does not have."""
    item, wanted = call.item(), call.request.get("url")
    photos = call.library.pictures_of(item, call.parts["singular"])
    if wanted not in {photo.rating_key for photo in photos}:
        raise Refusal(404)
    for photo in photos:
        photo.selected = photo.rating_key == wanted
    call.library.stamp(item, PICTURE_KINDS[call.parts["singular"]])
    return Answer()


def unselect(call: Call) -> Answer:
    """``DELETE …/thumb``: the item shows none."""
    item, name = call.item(), call.parts["shown"]
    kind = next(kind for kind, field in PICTURE_KINDS.items() if field == name)
    for photo in call.library.pictures_of(item, kind):
        photo.selected = False
    call.library.stamp(item, name)
    return Answer()


def shown(call: Call) -> Answer:
    """The bytes behind the address in ``thumb`` or ``art``."""
    item, name = call.item(), call.parts["shown"]
    kind = next(kind for kind, field in PICTURE_KINDS.items() if field == name)
    return _bytes(next((p for p in call.library.pictures_of(item, kind) if p.selected), None))


def file(call: Call) -> Answer:
    """The bytes of any picture of an item, by its name."""
    item, wanted = call.item(), call.request.get("url")
    found = (
        p for kind in PICTURE_KINDS for p in call.library.pictures_of(item, kind) if p.rating_key == wanted
    )
    return _bytes(next(found, None))


def add_picture(library: Library, item: Item, kind: str, data: bytes) -> Photo:
    """Named by its content: the same bytes again are the same picture, unless the server keeps copies."""
    photos = library.pictures_of(item, kind)
    name = f"upload://{kind}s/{hashlib.sha1(data, usedforsecurity=False).hexdigest()}"
    known = [photo for photo in photos if photo.rating_key == name]
    if known and library.options.duplicate_uploads:
        taken = {photo.rating_key for photo in photos}
        name = next(f"{name}-{n}" for n in itertools.count(2) if f"{name}-{n}" not in taken)
        known = []
    photo = known[0] if known else Photo(name, selected=True, data=data)
    if not known:
        photos.insert(0, photo)
    for other in photos:
        other.selected = other is photo
    library.stamp(item, PICTURE_KINDS[kind])
    return photo


def fetched(url: str, limit: int) -> bytes:
    """What an address gives: Plex itself downloads it. Raises Refusal(500) when it cannot."""
    if not url.startswith(("http://", "https://")):
        raise Refusal(400)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=FETCH_S) as response:
            data: bytes = response.read(limit + 1)
    except HTTPError as error:
        error.close()
        raise Refusal(500) from error
    except OSError as error:  # URLError is one
        raise Refusal(500) from error
    return data


def _kind(call: Call) -> str:
    return call.parts["plural"].removesuffix("s")


def _bytes(photo: Photo | None) -> Answer:
    if photo is None:
        raise Refusal(404)
    return Answer(body=BLANK_JPEG if photo.data is None else photo.data, content_type="image/jpeg")
