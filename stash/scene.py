"""A scene as Stash has it now, with everything that Plex can show. Pure: JSON in, frozen dataclasses out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from stash.exceptions import StashOdd

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_LONE = re.compile("[\ud800-\udfff]")
"""Half a character, which no file and no database can hold: a path with one could not be looked for."""

FIRST_WITH_GROUPS = (0, 27)
"""What they are called since then; before, Stash had movies."""

FIELDS = """id title code details director date rating100 organized updated_at
  files {{ path size duration fingerprints {{ type value }} }}
  studio {{ id name{parent_studio} }}
  performers {{ id name disambiguation image_path }}
  tags {{ id name{tag_parents} }}
  paths {{ screenshot }}
  {groups}"""

GROUPS = "groups { group { id name } }"
MOVIES = "groups: movies { group: movie { id name } }"

EXTRAS = {
    "parent_studio": " parent_studio { id name }",
    "tag_parents": " parents { id name parents { id name parents { id name } } }",
}
"""What is asked only when somebody reads it: each costs Stash a query more for every studio or tag."""


def fragment(version: tuple[int, int], extras: Collection[str] = ()) -> str:
    """What is asked of every scene, as the fragment ``SyncScene``; ``extras`` are keys of ``EXTRAS``.

    A field that a Stash does not know fails its whole query, so there is nothing else.
    """
    asked = {name: text if name in extras else "" for name, text in EXTRAS.items()}
    groups = GROUPS if version >= FIRST_WITH_GROUPS else MOVIES
    return f"fragment SyncScene on Scene {{ {FIELDS.format(groups=groups, **asked)} }}"


class SceneFile(NamedTuple):
    """One file. ``size`` is in bytes, ``duration`` in seconds; None where Stash has not probed it yet."""

    path: str
    size: int | None = None
    duration: float | None = None
    fingerprints: tuple[tuple[str, str], ...] = ()
    """Pairs of type (oshash, md5, phash) and value."""


class Studio(NamedTuple):
    """A studio, and its parent's name and id, if it has one and it was asked for."""

    name: str
    id: int = 0
    parent: str | None = None
    parent_id: int = 0


class Performer(NamedTuple):
    """``image_path`` is a URL of Stash's; the built-in silhouette has ``default=true`` in its query."""

    name: str
    id: int = 0
    disambiguation: str = ""
    image_path: str = ""


class Tag(NamedTuple):
    """A tag. ``parents`` are the names of the tags above it, up to three levels, when they were asked for; and their ids."""

    id: int
    name: str
    parents: tuple[str, ...] = ()
    parent_ids: tuple[int, ...] = ()


class Scene(NamedTuple):
    """The stored scene. Texts are "" where Stash has nothing; ``files[0]`` is the primary file.

    ``date`` may be partial (``2021``, ``2021-05``) since Stash 0.30. ``updated_at`` is Stash's own text, with the
    server's offset: give it back as it is, because Stash compares it as text.
    """

    id: int
    title: str = ""
    code: str = ""
    details: str = ""
    director: str = ""
    date: str = ""
    rating100: int | None = None
    organized: bool = False
    updated_at: str = ""
    files: tuple[SceneFile, ...] = ()
    studio: Studio | None = None
    performers: tuple[Performer, ...] = ()
    tags: tuple[Tag, ...] = ()
    groups: tuple[str, ...] = ()
    """Their names."""
    group_ids: tuple[int, ...] = ()
    screenshot: str = ""


def from_json(data: object) -> Scene:
    """Read a scene as the fragment asks for it. Raises StashOdd when it has another shape."""
    scene = _object(data, "scene")
    studio = scene.get("studio")
    paths = scene.get("paths")
    groups = [_object(item.get("group"), "group") for item in _objects(scene, "groups")]
    return Scene(
        id=_whole(scene.get("id"), "scene.id"),
        title=_text(scene, "title"),
        code=_text(scene, "code"),
        details=_text(scene, "details"),
        director=_text(scene, "director"),
        date=_text(scene, "date"),
        rating100=_optional_whole(scene, "rating100"),
        organized=scene.get("organized") is True,
        updated_at=_text(scene, "updated_at"),
        files=tuple(_file(item) for item in _objects(scene, "files")),
        studio=None if studio is None else _studio(_object(studio, "studio")),
        performers=tuple(_performer(item) for item in _objects(scene, "performers")),
        tags=tuple(_tag(item) for item in _objects(scene, "tags")),
        groups=tuple(_text(group, "name") for group in groups),
        group_ids=tuple(_optional_whole(group, "id") or 0 for group in groups),
        screenshot="" if paths is None else _text(_object(paths, "paths"), "screenshot"),
    )


def _file(item: Mapping[str, Any]) -> SceneFile:
    duration = item.get("duration")
    if duration is not None and (not isinstance(duration, int | float) or isinstance(duration, bool)):
        raise StashOdd("duration is not a number in Stash's answer")
    return SceneFile(
        path=_LONE.sub("\N{REPLACEMENT CHARACTER}", _text(item, "path")),
        size=_optional_whole(item, "size"),
        # 0 is what Stash writes for a file that ffprobe could not read.
        duration=float(duration) if duration else None,
        fingerprints=tuple(
            (_text(mark, "type"), _text(mark, "value")) for mark in _objects(item, "fingerprints")
        ),
    )


def _studio(item: Mapping[str, Any]) -> Studio:
    above = item.get("parent_studio")
    parent = None if above is None else _object(above, "parent_studio")
    return Studio(
        id=_optional_whole(item, "id") or 0,
        name=_text(item, "name"),
        parent=None if parent is None else _text(parent, "name"),
        parent_id=0 if parent is None else _optional_whole(parent, "id") or 0,
    )


def _performer(item: Mapping[str, Any]) -> Performer:
    return Performer(
        id=_whole(item.get("id"), "performer.id"),
        name=_text(item, "name"),
        disambiguation=_text(item, "disambiguation"),
        image_path=_text(item, "image_path"),
    )


def _tag(item: Mapping[str, Any]) -> Tag:
    above = list(_above(item))
    return Tag(
        id=_whole(item.get("id"), "tag.id"),
        name=_text(item, "name"),
        parents=tuple(dict.fromkeys(_text(parent, "name") for parent in above)),
        parent_ids=tuple(dict.fromkeys(one for parent in above if (one := _optional_whole(parent, "id")))),
    )


def _above(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All tags above this one, as far as they were asked for; one may be reached by two ways."""
    for parent in _objects(item, "parents"):
        yield parent
        yield from _above(parent)


def _object(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise StashOdd(f"{name} is not an object in Stash's answer")
    return value


def _objects(data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = data.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise StashOdd(f"{key} is not a list in Stash's answer")
    return [_object(item, key) for item in value]


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise StashOdd(f"{key} is not a text in Stash's answer")
    return value


def _whole(value: object, name: str) -> int:
    """Ids are strings in GraphQL, sizes are numbers; a float that is whole is one too (JSON has but one kind)."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise StashOdd(f"{name} is not a number in Stash's answer")


def _optional_whole(data: Mapping[str, Any], key: str) -> int | None:
    value = data.get(key)
    return None if value is None else _whole(value, key)
