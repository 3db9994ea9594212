"""Scene → what its Plex item should show: a pure function of the scene and the settings.

A field that is excluded is absent from the result: Plex keeps what it has there. A field that Stash has empty, and one
that is off by choice, is present and empty: what PlexSync had put there goes, and nothing else does.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from plex.fields import OUR_NAMES, PICTURE_FIELDS, Desired, clean_tags, normal_text, one_line, tag_key
from plex.fields import state_hash as hash_of_state
from worker.cast import cast_of, characters_of, photos_of
from worker.shaping import ORIGINAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stash.scene import Scene, Tag
    from worker.cast import PhotoAddress
    from worker.templates import Template

FIELD_NAMES = frozenset(OUR_NAMES.values())
"""What ``exclude`` may name."""
TAG_PARENTS, PARENT_STUDIO = "tag_parents", "parent_studio"
"""What is asked of Stash only when an option reads it."""

_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", re.ASCII)
_WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]|\\\\")


class MappingOptions(NamedTuple):
    """What of a scene goes to Plex, and how. Names are compared without regard to case; everything by choice is off."""

    exclude: frozenset[str] = frozenset()
    """Fields that are none of our business, out of ``FIELD_NAMES``."""
    title: Template | None = None
    sort_title: Template | None = None
    original_title: Template | None = None
    tagline: Template | None = None
    studio: Template | None = None
    """Patterns for these fields; without one title and studio are Stash's, and the others empty."""
    content_rating: str = ""
    """The same for every item, as in ``XXX``."""
    labels: tuple[str, ...] = ()
    """Put on every item, as in ``Stash``."""
    label_tags: tuple[str, ...] = ()
    """These tags, and those below them, become labels, besides whatever else they become."""
    include_tags: tuple[str, ...] = ()
    """When there are any, only these tags, and those below them, become genres."""
    exclude_tags: tuple[str, ...] = ()
    """These tags, and those below them, become no genres, included or not."""
    characters: bool = False
    """The text that tells a performer from others of that name stands under the name."""
    photos: PhotoAddress | None = None
    studio_collections: bool = True
    studio_collection_prefix: str = ""
    group_collection_prefix: str = ""
    poster_shape: str = ORIGINAL
    """One of ``worker.shaping.SHAPES``."""

    @property
    def reads(self) -> frozenset[str]:
        """What these options read of a scene that is not read otherwise."""
        extras = set()
        if self.include_tags or self.exclude_tags or self.label_tags:
            extras.add(TAG_PARENTS)
        templates = (self.title, self.sort_title, self.original_title, self.tagline, self.studio)
        if any(template is not None and PARENT_STUDIO in template.names for template in templates):
            extras.add(PARENT_STUDIO)
        return frozenset(extras)


def desired_of(scene: Scene, options: MappingOptions) -> tuple[Desired, tuple[str, ...]]:
    """What the item should show, and notes for a person on what was left out."""
    notes: list[str] = []
    scalars = _scalars(scene, options, notes)
    cast = cast_of(scene.performers)
    tags = {
        "genre": _genres(scene.tags, options),
        "collection": _collections(scene, options),
        "label": clean_tags([*options.labels, *_listed(scene.tags, options.label_tags)]),
        "director": clean_tags(scene.director.split(",")),
        "actor": tuple(cast),
    }
    excluded = {name for name, ours in OUR_NAMES.items() if ours in options.exclude}
    has_cast = "actor" not in excluded
    desired = Desired(
        scalars={name: value for name, value in scalars.items() if name not in excluded},
        tags={kind: names for kind, names in tags.items() if kind not in excluded},
        actor_roles=characters_of(cast) if options.characters and has_cast else {},
        actor_photos=photos_of(cast, options.photos) if options.photos and has_cast else {},
        pictures=_pictures(scene, options, excluded),
    )
    return desired, tuple(notes)


def state_hash(desired: Desired, options: MappingOptions, **rules: bool) -> str:
    """SHA-256 (hex) that stays the same as long as there is nothing new to write because of Stash, these options or rules."""
    return hash_of_state(desired, {"exclude": sorted(options.exclude), **rules})


def _scalars(scene: Scene, options: MappingOptions, notes: list[str]) -> dict[str, str]:
    values = _values(scene)
    studio = values["studio"] if options.studio is None else options.studio.fill(values)
    title = options.title.fill(values) if options.title is not None else ""
    found = {
        "title": one_line(title) or values["title"] or None,
        "titleSort": _filled(options.sort_title, values),
        "originalTitle": _filled(options.original_title, values),
        "summary": normal_text(scene.details),
        "tagline": _filled(options.tagline, values),
        "studio": one_line(studio),
        "contentRating": one_line(options.content_rating),
        "originallyAvailableAt": _full_date(scene.date, notes),
        "userRating": plex_rating(scene.rating100),
    }
    return {name: value for name, value in found.items() if value is not None}


def _values(scene: Scene) -> dict[str, str]:
    """What a pattern may show of the scene, by the names of ``worker.templates.NAMES``."""
    studio, file = scene.studio, _file_name(scene)
    date = scene.date.strip() if _full_date(scene.date, []) else ""
    texts = {
        "title": one_line(scene.title) or file,
        "file": file,
        "studio": studio.name if studio else "",
        "parent_studio": (studio.parent or "") if studio else "",
        "code": scene.code,
        "date": date,
        "year": date[:4],
        "director": scene.director,
        "performers": ", ".join(cast_of(scene.performers)),
        "groups": ", ".join(clean_tags(scene.groups)),
    }
    return {name: one_line(text) for name, text in texts.items()}


def _filled(template: Template | None, values: Mapping[str, str]) -> str:
    return "" if template is None else one_line(template.fill(values))


def _file_name(scene: Scene) -> str:
    """The primary file's name without its ending; "" without a file."""
    if not scene.files:
        return ""
    path = scene.files[0].path
    name = PureWindowsPath(path) if _WINDOWS_PATH.match(path) else PurePosixPath(path)
    return one_line(name.stem)


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


def plex_rating(rating100: int | None) -> str:
    """Stash counts to 100, Plex to 10 and shows one decimal. Neither knows a rating of zero."""
    return f"{min(rating100, 100) / 10:.1f}" if rating100 is not None and rating100 > 0 else ""


def _genres(tags: Iterable[Tag], options: MappingOptions) -> tuple[str, ...]:
    """The tags that the two lists let through, in Stash's order. The second list has the last word."""
    out = set(_listed(tags, options.exclude_tags))
    through = (
        [tag.name for tag in tags] if not _keys(options.include_tags) else _listed(tags, options.include_tags)
    )
    return clean_tags(name for name in through if name not in out)


def _listed(tags: Iterable[Tag], names: Iterable[str]) -> list[str]:
    """The names of those tags that are listed, or that stand below a listed one."""
    listed = _keys(names)
    return [tag.name for tag in tags if _keys((tag.name, *tag.parents)) & listed]


def _keys(names: Iterable[str]) -> frozenset[str]:
    return frozenset(key for name in names if (key := tag_key(name)))


def _collections(scene: Scene, options: MappingOptions) -> tuple[str, ...]:
    found = []
    if scene.studio is not None and options.studio_collections and one_line(scene.studio.name):
        found.append(_prefixed(options.studio_collection_prefix, scene.studio.name))
    found += [_prefixed(options.group_collection_prefix, group) for group in scene.groups if one_line(group)]
    return clean_tags(found)


def _prefixed(prefix: str, name: str) -> str:
    return f"{prefix} {name}" if prefix.strip() else name


def _pictures(scene: Scene, options: MappingOptions, excluded: set[str]) -> dict[str, str]:
    """What changes when a picture may have changed: its address, and for the poster the shape that it gets."""
    address = _address(scene.screenshot)
    shaped = address if options.poster_shape == ORIGINAL else f"{address}#{options.poster_shape}"
    found = {"poster": shaped, "art": address}
    return {kind: text for kind, text in found.items() if address and PICTURE_FIELDS[kind] not in excluded}


def _address(url: str) -> str:
    """Path and query: the host is how this process came to reach Stash, and says nothing about the picture."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
