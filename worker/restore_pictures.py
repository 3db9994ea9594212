"""Pictures on the way back: the one that was shown before is selected again. What was uploaded cannot be deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from plex.images import content_hash
from plex.way_back import A_PERSON
from worker.pictures import NAME_OF, UPLOADED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from plex.answers import Photo
    from plex.client import PlexClient

GONE = "Plex no longer has the picture that was shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureBack:
    """``photo`` is the picture to select, "" for none; ``left`` says why nothing is done. Neither: it is shown already."""

    kind: str
    photo: str = ""
    due: bool = False
    left: str = ""
    hash: str = ""
    """Of one of ours that is shown afterwards; "" when it is none of ours."""
    ours: str = ""
    """The picture of ours that is shown until then."""

    @property
    def name(self) -> str:
        """As settings and the journal call it."""
        return NAME_OF[self.kind]


def to_photo(
    client: PlexClient, rating_key: int, kind: str, noted: Mapping[str, Any], photo: str
) -> PictureBack:
    """Back to the picture ``photo`` ("" for none). ``noted`` is what the ledger has of ours. Raises what Plex raises."""
    photos = client.pictures(rating_key, kind)
    shown = next((one for one in photos if one.selected), None)
    if (shown.rating_key if shown else "") == photo:
        return PictureBack(kind=kind, photo=photo)
    if shown is None or not _is_ours(client, rating_key, photos, shown, noted):
        return PictureBack(kind=kind, left=A_PERSON)
    if photo and photo not in {one.rating_key for one in photos}:
        return PictureBack(kind=kind, left=GONE)
    return PictureBack(kind=kind, photo=photo, due=True, ours=shown.rating_key)


def to_hash(
    client: PlexClient, rating_key: int, kind: str, noted: Mapping[str, Any], wanted: str
) -> PictureBack:
    """Back to an earlier picture of ours, found among those that the item has by its content."""
    photos = client.pictures(rating_key, kind)
    shown = next((one for one in photos if one.selected), None)
    if shown is None or not _is_ours(client, rating_key, photos, shown, noted):
        return PictureBack(kind=kind, left=A_PERSON)
    for one in photos:
        if one.rating_key.startswith(UPLOADED) and _hash(client, rating_key, one) == wanted:
            return PictureBack(kind=kind, photo=one.rating_key, due=one is not shown, hash=wanted)
    return PictureBack(kind=kind, left=GONE)


def choose(client: PlexClient, rating_key: int, back: PictureBack) -> None:
    """Select it."""
    if back.photo:
        client.select(rating_key, back.kind, back.photo)
    else:
        client.select_none(rating_key, back.kind)


def is_shown(client: PlexClient, rating_key: int, back: PictureBack) -> bool:
    """Whether Plex shows what was chosen."""
    shown = [one.rating_key for one in client.pictures(rating_key, back.kind) if one.selected]
    return shown == ([back.photo] if back.photo else [])


def _is_ours(
    client: PlexClient, rating_key: int, photos: tuple[Photo, ...], shown: Photo, noted: Mapping[str, Any]
) -> bool:
    """The only upload that there is, if one of ours is known to have arrived; of several the one with our content."""
    if not shown.rating_key.startswith(UPLOADED):
        return False
    uploads = [one for one in photos if one.rating_key.startswith(UPLOADED)]
    if len(uploads) == 1 and noted.get("hash") and not noted.get("pending"):
        return True
    return _hash(client, rating_key, shown) == noted.get("hash")


def _hash(client: PlexClient, rating_key: int, photo: Photo) -> str:
    return content_hash(client.picture(rating_key, photo.rating_key))
