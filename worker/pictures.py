"""Poster and background: both come from the scene's cover, and go up only when its content is new.

Plex keeps every picture that it ever got and has no way to delete one, so the hash of what was sent last stands in
the ledger: noted before the upload, confirmed after it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from plex.exceptions import PlexError
from plex.images import content_hash, picture_problem, sniff
from stash.exceptions import StashDown, StashSlow
from worker.shaping import ORIGINAL, Shaping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from events import FieldOutcome
    from plex.client import PlexClient
    from plex.items import PlexItem
    from stash.client import StashClient
    from stash.picture import Picture
    from stash.scene import Scene
    from sync_queue.ledger import Record
    from worker.mapping import MappingOptions

log = logging.getLogger("plexsync.Worker")

LOCK_OF = {"poster": "thumb", "art": "art"}
"""Our picture kinds, and the field that Plex shows and locks for each."""
NAME_OF = {"poster": "poster", "art": "background"}
"""Our picture kinds, and the name by which settings and outcomes know them."""
UNKNOWN = "?"
"""The hash of a picture that was noted in a database which is lost."""
UPLOADED = "upload://"
"""How Plex names a picture that was uploaded, whoever did it."""


@dataclass(slots=True, kw_only=True)
class PictureStep:
    """What is to happen with one picture of one item: ``data`` is None when there is nothing to upload."""

    kind: str
    outcome: FieldOutcome
    data: bytes | None = None
    hash: str = ""
    """Of what is uploaded."""
    cover: str = ""
    """Hash of the cover that it was made of."""
    shape: str = ORIGINAL
    note: str = ""
    etag: str = ""
    photo: str = ""
    """Plex has this very picture already, under this name: it is selected instead of uploaded."""
    sent: bool = False


class Cover(NamedTuple):
    """The scene's cover as Stash gave it now. ``data`` is None when it is what it was (304), or not usable, or none.

    ``passing``: the ``problem`` may be over the next time.
    """

    data: bytes | None = None
    etag: str = ""
    same: bool = False
    problem: str = ""
    passing: bool = False


def wanted_kinds(exclude: frozenset[str]) -> tuple[str, ...]:
    """The picture kinds that the settings do not exclude."""
    return tuple(kind for kind, name in NAME_OF.items() if name not in exclude)


def wanted_pictures(mapping: MappingOptions, ffmpeg: str) -> dict[str, Shaping]:
    """The same kinds, with the shape that each of them gets."""
    shapings = {"poster": Shaping(mapping.poster_shape, ffmpeg)}
    return {kind: shapings.get(kind, Shaping()) for kind in wanted_kinds(mapping.exclude)}


def open_kinds(
    kinds: Mapping[str, Shaping], item: PlexItem | None, record: Record | None, *, override_locks: bool
) -> dict[str, Shaping]:
    """Those that somebody else's lock does not keep from us: only for them a cover is asked for."""
    return {
        kind: shaping
        for kind, shaping in kinds.items()
        if override_locks or not _foreign_lock(kind, item, record)
    }


def known_etag(record: Record | None, kinds: Mapping[str, Shaping]) -> str:
    """The ETag to ask Stash with: only when every wanted kind shows that very cover, confirmed, in its shape."""
    if record is None or not kinds:
        return ""
    pictures = {kind: record.pictures.get(kind) or {} for kind in kinds}
    etags = {str(picture.get("etag") or "") for picture in pictures.values()}
    confirmed = all(
        _shows(picture, _cover_of(picture), kinds[kind].shape) for kind, picture in pictures.items()
    )
    return etags.pop() if confirmed and len(etags) == 1 else ""


def fetch_cover(stash: StashClient, scene: Scene, etag: str) -> Cover:
    """Ask Stash for the cover, with the ETag of the one that is known. Raises StashError only when Stash is away."""
    if not scene.screenshot:
        return Cover(same=False)
    picture = _given(stash, scene.screenshot, etag)
    if isinstance(picture, Cover):
        return picture
    if picture.status == 304:  # noqa: PLR2004 -- not modified
        return Cover(etag=etag, same=True)
    if picture.data is None:
        problem = picture.problem or f"Stash answered {picture.status} for the cover"
        return Cover(problem=problem, passing=picture.passing)
    if sniff(picture.data) == "svg":
        # Stash's own drawing for scenes without a cover: not a picture of the scene, and no failure.
        return Cover()
    unfit = picture_problem(picture.content_type, picture.data)
    if unfit is not None:
        return Cover(problem=unfit)
    return Cover(data=picture.data, etag=picture.etag or "")


def _given(stash: StashClient, address: str, etag: str, *, again: bool = True) -> Picture | Cover:
    """What Stash gives; a cover with the problem when it serves and does not give this. A connection that broke is tried twice."""
    try:
        return stash.picture(address, etag=etag or None)
    except StashDown as error:
        stash.jobs()  # raises when Stash is away as a whole
        if again and not isinstance(error, StashSlow):  # it may have been restarted in this very moment
            return _given(stash, address, etag, again=False)
        return Cover(problem=str(error), passing=True)


def plan_pictures(
    cover: Cover,
    kinds: Mapping[str, Shaping],
    item: PlexItem | None,
    record: Record | None,
    *,
    override_locks: bool,
) -> list[PictureStep]:
    """Decide for each kind: equal, kept (somebody else's lock), changed (with data), or failed (not usable)."""
    steps = []
    free = open_kinds(kinds, item, record, override_locks=override_locks)
    digest = content_hash(cover.data) if cover.data is not None else ""
    for kind, shaping in kinds.items():
        known = (record.pictures.get(kind) if record else None) or {}
        if kind not in free:
            steps.append(PictureStep(kind=kind, outcome="kept"))
        elif cover.same or (cover.data is None and not cover.problem):
            steps.append(PictureStep(kind=kind, outcome="equal"))
        elif cover.data is None:
            steps.append(PictureStep(kind=kind, outcome="failed"))
        else:
            steps.append(_picture(kind, cover.data, digest, known, shaping))
            steps[-1].etag = cover.etag
            there = (record.uploaded.get(kind) if record else None) or {}
            steps[-1].photo = there.get("photo", "") if there.get("hash") == steps[-1].hash else ""
    return steps


def _picture(kind: str, data: bytes, digest: str, known: Mapping[str, Any], shaping: Shaping) -> PictureStep:
    """Equal when Plex shows this cover in the shape that it gets; else made ready for the upload."""
    if _shows(known, digest, shaping.shape):
        return PictureStep(kind=kind, outcome="equal", hash=known["hash"], cover=digest, shape=shaping.shape)
    shaped = shaping.apply(data)
    note = f"the {NAME_OF[kind]} goes up as it is: {shaped.problem}" if shaped.problem else ""
    if _shows(known, digest, shaped.shape):
        made = PictureStep(kind=kind, outcome="equal", hash=known["hash"])
    else:
        made = PictureStep(kind=kind, outcome="changed", data=shaped.data, hash=content_hash(shaped.data))
    made.cover, made.shape, made.note = digest, shaped.shape, note
    return made


def _shows(picture: Mapping[str, Any], cover: str, shape: str) -> bool:
    """Whether Plex shows this cover in this shape, confirmed."""
    made_of = (_cover_of(picture), picture.get("shape") or ORIGINAL)
    return bool(cover) and made_of == (cover, shape) and not picture.get("pending")


def _cover_of(picture: Mapping[str, Any]) -> str:
    """The hash of the cover that a picture was made of: its own where it went up as it was."""
    return str(picture.get("cover") or picture.get("hash") or "")


def leave_out_what_arrived(
    client: PlexClient, rating_key: int, steps: list[PictureStep], record: Record | None
) -> None:
    """An upload that was noted and never confirmed (a kill, an outage in between) may be in Plex: then it goes up no more.

    Costs two requests for such a picture, and none for any other.
    """
    for step in steps:
        known = (record.pictures.get(step.kind) if record else None) or {}
        unsure = step.data is not None and known.get("pending") and known.get("hash") in {step.hash, UNKNOWN}
        if unsure and _shown_hash(client, rating_key, step.kind) == step.hash:
            step.sent, step.data = True, None


def _shown_hash(client: PlexClient, rating_key: int, kind: str) -> str:
    """The hash of the uploaded picture that an item shows; empty when it shows none, or Plex does not give it out."""
    try:
        for photo in client.pictures(rating_key, kind):
            if photo.selected and photo.rating_key.startswith(UPLOADED):
                return content_hash(client.picture(rating_key, photo.rating_key))
    except PlexError as error:
        if error.opens_breaker or error.stops_drain:
            raise
        log.debug("what item %d shows as its %s could not be read: %s", rating_key, kind, error)
    return ""


def note_before(record: Record, steps: list[PictureStep]) -> None:
    """Write down what is about to be uploaded: after a kill in between Plex is asked whether it arrived."""
    for step in steps:
        if step.data is not None:
            record.pictures[step.kind] = _noted(step, pending=True)


def note_after(record: Record, steps: list[PictureStep]) -> bool:
    """Confirm what arrived, and the new ETag of what was equal; True when that is news.

    What was not sent stays pending, and goes up next time.
    """
    before = dict(record.pictures)
    for step in steps:
        if step.hash and (step.sent or step.outcome == "equal"):
            record.pictures[step.kind] = _noted(step, pending=False)
    return record.pictures != before


def _noted(step: PictureStep, *, pending: bool) -> dict[str, Any]:
    """What the ledger keeps of a picture; cover and shape only where it is another one than the cover."""
    noted: dict[str, Any] = {"hash": step.hash, "etag": step.etag, "pending": pending}
    return noted if step.shape == ORIGINAL else {**noted, "cover": step.cover, "shape": step.shape}


def _foreign_lock(kind: str, item: PlexItem | None, record: Record | None) -> bool:
    """Whether somebody else's lock is on it. Of an item that was not read: a picture that is wanted and not locked by us
    was found locked the last time.
    """
    lock = LOCK_OF[kind]
    ours = set(record.locks) if record else set()
    if record and record.intent:
        ours |= set(record.intent.get("locks") or ())
    return (item is None or lock in item.locks) and lock not in ours
