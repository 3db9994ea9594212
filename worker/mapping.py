"""Scene → what its Plex item should show: a pure function of the scene and the settings.

A field that is excluded, or off by choice, is absent from the result: Plex keeps what it has there. A field that Stash
has empty is present and empty: what PlexSync had put there goes.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from plex.fields import Desired, clean_tags, normal_text, one_line, tag_key
from plex.fields import state_hash as hash_of_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stash.scene import Performer, Scene, Tag

FIELD_NAMES = frozenset(
    {
        "title",
        "sort_title",
        "summary",
        "tagline",
        "studio",
        "content_rating",
        "date",
        "rating",
        "tags",
        "collections",
        "labels",
        "director",
        "performers",
        "poster",
        "background",
    }
)
"""What ``exclude`` may name."""

_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", re.ASCII)
_PLACEHOLDER = re.compile(r"\{(title|studio|date|code)\}")
_WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]|\\\\")


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingOptions:
    """What of a scene goes to Plex, and how. Names are compared without regard to case; everything by choice is off."""

    exclude: frozenset[str] = frozenset()
    """Fields that are none of our business, out of ``FIELD_NAMES``."""
    sort_title: str = ""
    """A pattern of {title}, {studio}, {date} and {code}, as in ``{studio} {date}``; empty: no sort title."""
    tagline_from_code: bool = False
    content_rating: str = ""
    """The same for every item, as in ``XXX``; empty: none is set."""
    labels: tuple[str, ...] = ()
    """Put on every item, as in ``Stash``; empty: labels are none of our business."""
    include_tags: tuple[str, ...] = ()
    """When there are any, only these tags, and those right below them, become genres."""
    exclude_tags: tuple[str, ...] = ()
    """These tags, and those right below them, become no genres, included or not."""
    cast_photos: bool = False
    stash_url: str = ""
    """Where the Plex server reaches Stash, for cast photos: it fetches them itself. Empty: as Stash names itself to us."""
    stash_api_key: str = field(default="", repr=False)
    """Goes into the photos' addresses when Stash wants a login."""


def desired_of(scene: Scene, options: MappingOptions) -> tuple[Desired, tuple[str, ...]]:
    """What the item should show, and notes for a person on what was left out."""
    notes: list[str] = []
    scalars = {
        "title": _title(scene),
        "titleSort": _sort_title(scene, options.sort_title),
        "summary": normal_text(scene.details),
        "tagline": one_line(scene.code) if options.tagline_from_code else None,
        "studio": one_line(scene.studio.name) if scene.studio else "",
        "contentRating": one_line(options.content_rating) or None,
        "originallyAvailableAt": _full_date(scene.date, notes),
        "userRating": _rating(scene.rating100),
    }
    cast = _cast(scene.performers)
    tags = {
        "genre": clean_tags(_listed(scene.tags, options)),
        "collection": clean_tags([*([scene.studio.name] if scene.studio else []), *scene.groups]),
        "label": clean_tags(options.labels) or None,
        "director": clean_tags(scene.director.split(",")),
        "actor": tuple(cast),
    }
    excluded = {_PLEX_NAMES[name] for name in options.exclude if name in _PLEX_NAMES}
    desired = Desired(
        scalars={
            name: value for name, value in scalars.items() if value is not None and name not in excluded
        },
        tags={kind: value for kind, value in tags.items() if value is not None and kind not in excluded},
        actor_photos=_photos(cast, options) if "actor" not in excluded else {},
        pictures={
            kind: _address(scene.screenshot)
            for kind, name in _PICTURES.items()
            if scene.screenshot and name not in options.exclude
        },
    )
    return desired, tuple(notes)


def state_hash(desired: Desired, options: MappingOptions, **rules: bool) -> str:
    """SHA-256 (hex) that stays the same as long as there is nothing new to write because of Stash, these options or rules."""
    return hash_of_state(desired, {"exclude": sorted(options.exclude), **rules})


_PICTURES = {"poster": "poster", "art": "background"}

_PLEX_NAMES = {
    "title": "title",
    "sort_title": "titleSort",
    "summary": "summary",
    "tagline": "tagline",
    "studio": "studio",
    "content_rating": "contentRating",
    "date": "originallyAvailableAt",
    "rating": "userRating",
    "tags": "genre",
    "collections": "collection",
    "labels": "label",
    "director": "director",
    "performers": "actor",
}


def _title(scene: Scene) -> str | None:
    """The title, else the primary file's name without its ending; None (Plex keeps its own) when there is neither."""
    title = one_line(scene.title)
    if title or not scene.files:
        return title or None
    path = scene.files[0].path
    name = PureWindowsPath(path) if _WINDOWS_PATH.match(path) else PurePosixPath(path)
    return one_line(name.stem) or None


def _sort_title(scene: Scene, pattern: str) -> str | None:
    """The pattern filled in; None when there is no pattern, or nothing to fill in."""
    values = {
        "title": _title(scene) or "",
        "studio": scene.studio.name if scene.studio else "",
        "date": scene.date,
        "code": scene.code,
    }
    return one_line(_PLACEHOLDER.sub(lambda match: values[match[1]], pattern)) or None


def _full_date(date: str, notes: list[str]) -> str | None:
    """Plex wants a whole date: a year becomes its first of January, a month its first day. None when it is no date."""
    date = date.strip()
    if not date:
        return ""
    parts = _PARTIAL_DATE.fullmatch(date)
    if parts is not None:
        try:
            return dt.date(int(parts[1]), int(parts[2] or 1), int(parts[3] or 1)).isoformat()
        except ValueError:
            parts = None
    notes.append(f"date left out: {one_line(date)[:40]!r} is no date")
    return None


def _rating(rating100: int | None) -> str:
    """Stash counts to 100, Plex to 10 and shows one decimal. Neither knows a rating of zero."""
    return f"{min(rating100, 100) / 10:.1f}" if rating100 is not None and rating100 > 0 else ""


def _listed(tags: Iterable[Tag], options: MappingOptions) -> list[str]:
    """The names of the tags that the two lists let through, in Stash's order."""
    include, exclude = _key_set(options.include_tags), _key_set(options.exclude_tags)
    through = []
    for tag in tags:
        keys = _key_set((tag.name, *tag.parents))
        if not keys & exclude and (not include or keys & include):
            through.append(tag.name)
    return through


def _key_set(names: Sequence[str]) -> frozenset[str]:
    return frozenset(key for name in names if (key := tag_key(name)))


def _cast(performers: Iterable[Performer]) -> dict[str, Performer]:
    """Performers by the name under which they appear, in Stash's order. Of two with one name the second shows what tells them apart."""
    cast: dict[str, Performer] = {}
    keys: set[str] = set()
    for performer in performers:
        name = one_line(performer.name)
        if tag_key(name) in keys and performer.disambiguation.strip():
            name = one_line(f"{name} ({performer.disambiguation})")
        if name and tag_key(name) not in keys:
            keys.add(tag_key(name))
            cast[name] = performer
    return cast


def _photos(cast: dict[str, Performer], options: MappingOptions) -> dict[str, str]:
    """Addresses of the photos that are photos: for who has none Stash draws a silhouette, marked in its address."""
    if not options.cast_photos:
        return {}
    paths = {name: performer.image_path for name, performer in cast.items() if performer.image_path}
    return {
        name: _photo_url(path, options)
        for name, path in paths.items()
        if "default=true" not in urlsplit(path).query
    }


def _photo_url(path: str, options: MappingOptions) -> str:
    parts = urlsplit(path)
    base = options.stash_url.rstrip("/") if options.stash_url else f"{parts.scheme}://{parts.netloc}"
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "apikey"]
    if options.stash_api_key:
        query.append(("apikey", options.stash_api_key))
    return base + parts.path + (f"?{urlencode(query)}" if query else "")


def _address(url: str) -> str:
    """Path and query: the host is how this process came to reach Stash, and says nothing about the picture."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
