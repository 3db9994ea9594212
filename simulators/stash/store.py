"""What Stash holds: scenes and what they point to, with Stash's own times and its odd ways of comparing them."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

OFFSET = dt.timezone(dt.timedelta(hours=1))
"""Stash writes times in its own local offset, and compares them as text."""


def stamp(at: float) -> str:
    """Whole seconds, RFC 3339, in the server's offset."""
    return dt.datetime.fromtimestamp(int(at), OFFSET).isoformat()


@dataclass(slots=True, kw_only=True)
class File:
    """A video file."""

    id: int
    path: str
    size: int
    duration: float
    mod_time: str


@dataclass(slots=True, kw_only=True)
class Named:
    """A studio, performer, tag or group."""

    id: int
    name: str
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class SceneRow:
    """A scene as it is stored; the ids point into the other tables."""

    id: int
    values: dict[str, Any]
    files: list[File]
    studio_id: int | None = None
    performer_ids: list[int] = field(default_factory=list)
    tag_ids: list[int] = field(default_factory=list)
    group_ids: list[int] = field(default_factory=list)
    cover: bytes | None = None
    created_at: str = ""
    updated_at: str = ""


SCALARS = ("title", "code", "details", "director", "date", "rating100", "organized")


class Store:
    """All tables, under one lock. ``clock`` gives epoch seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.lock = threading.RLock()
        self._clock = clock
        self.scenes: dict[int, SceneRow] = {}
        self.tables: dict[str, dict[int, Named]] = {
            kind: {} for kind in ("studio", "performer", "tag", "group")
        }
        self.plugin_settings: dict[str, dict[str, Any]] = {}
        self._next = {"scene": 1, "file": 1, "studio": 1, "performer": 1, "tag": 1, "group": 1}

    def _id(self, kind: str) -> int:
        found = self._next[kind]
        self._next[kind] = found + 1
        return found

    def add_named(self, kind: str, name: str, **extra: Any) -> int:
        """A new studio, performer, tag or group; returns its id."""
        with self.lock:
            new = Named(id=self._id(kind), name=name, extra=extra)
            self.tables[kind][new.id] = new
            return new.id

    def named(self, kind: str, name: str) -> int:
        """The id of the one with this name, made when there is none."""
        with self.lock:
            for row in self.tables[kind].values():
                if row.name == name:
                    return row.id
            return self.add_named(kind, name)

    def add_scene(
        self,
        *,
        path: str | None = None,
        size: int = 1_000_000,
        duration: float = 60.0,
        files: Iterable[tuple[str, int, float]] | None = None,
        studio: str | None = None,
        performers: Iterable[str] = (),
        tags: Iterable[str] = (),
        groups: Iterable[str] = (),
        cover: bytes | None = None,
        **values: Any,
    ) -> int:
        """A scene that is simply there: no hook. Names of studios and the like are looked up or made."""
        with self.lock:
            described = list(files) if files is not None else [(path, size, duration)] if path else []
            row = SceneRow(
                id=self._id("scene"),
                values={"organized": False, **values},
                files=[self._file(*one) for one in described],
                studio_id=self.named("studio", studio) if studio else None,
                performer_ids=[self.named("performer", name) for name in performers],
                tag_ids=[self.named("tag", name) for name in tags],
                group_ids=[self.named("group", name) for name in groups],
                cover=cover,
            )
            row.created_at = row.updated_at = stamp(self._clock())
            self.scenes[row.id] = row
            return row.id

    def _file(self, path: str, size: int, duration: float) -> File:
        return File(
            id=self._id("file"), path=path, size=size, duration=duration, mod_time=stamp(self._clock())
        )

    def touch(self, row: SceneRow) -> None:
        """The scene has changed now."""
        row.updated_at = stamp(self._clock())

    def as_graphql(self, row: SceneRow, base: str) -> dict[str, Any]:
        """The scene as the schema has it; ``base`` is the address that this request came by."""
        version = int(dt.datetime.fromisoformat(row.updated_at).timestamp())
        return {
            "id": str(row.id),
            **{name: row.values.get(name) for name in SCALARS},
            "title": row.values.get("title") or "",
            "urls": row.values.get("urls") or [],
            "created_at": row.created_at,
            "updated_at": row.updated_at,
            "play_history": [],
            "files": [self._file_as_graphql(file) for file in row.files],
            "paths": {"screenshot": f"{base}/scene/{row.id}/screenshot?t={version}"},
            "studio": self._named_as_graphql("studio", row.studio_id, base) if row.studio_id else None,
            "performers": [self._named_as_graphql("performer", one, base) for one in row.performer_ids],
            "tags": [self._named_as_graphql("tag", one, base) for one in row.tag_ids],
            "groups": [
                {"group": self._named_as_graphql("group", one, base), "scene_index": None}
                for one in row.group_ids
            ],
            "stash_ids": [],
        }

    def _named_as_graphql(self, kind: str, row_id: int, base: str) -> dict[str, Any]:
        row = self.tables[kind][row_id]
        image = f"{base}/{kind}/{row.id}/image?t=1" + ("" if row.extra.get("image") else "&default=true")
        parents = [self._named_as_graphql("tag", one, base) for one in row.extra.get("parent_ids", ())]
        parent = row.extra.get("parent_id")
        return {
            "id": str(row.id),
            "name": row.name,
            "disambiguation": row.extra.get("disambiguation"),
            "alias_list": [],
            "image_path": image,
            "front_image_path": image,
            "parents": parents,
            "children": [],
            "parent_studio": self._named_as_graphql("studio", parent, base) if parent else None,
        }

    @staticmethod
    def _file_as_graphql(file: File) -> dict[str, Any]:
        oshash = hashlib.blake2b(f"{file.path}{file.size}".encode(), digest_size=8).hexdigest()
        return {
            "id": str(file.id),
            "path": file.path,
            "basename": file.path.replace("\\", "/").rpartition("/")[2],
            "size": file.size,
            "mod_time": file.mod_time,
            "duration": file.duration,
            "width": 1920,
            "height": 1080,
            "video_codec": "h264",
            "frame_rate": 25.0,
            "bit_rate": 1_000_000,
            "fingerprints": [{"type": "oshash", "value": oshash}],
        }
