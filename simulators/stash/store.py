"""What Stash holds: scenes and what they point to, with its own times."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

KINDS = ("studio", "performer", "tag", "group")
ONE_HOUR = dt.timedelta(hours=1)

FileLike = tuple[str, int, float]
"""Path, size in bytes, duration in seconds."""


def stamp(at: float, offset: dt.timedelta = ONE_HOUR) -> str:
    """Whole seconds, RFC 3339, in the server's offset. Stash stores this text and compares it as text."""
    return dt.datetime.fromtimestamp(int(at), dt.timezone(offset)).isoformat()


@dataclass(slots=True, kw_only=True)
class File:
    """A video file. ``fingerprints`` are by type: oshash, md5, phash."""

    id: int
    path: str
    size: int
    duration: float
    mod_time: str
    fingerprints: dict[str, str] = field(default_factory=dict)

    @property
    def basename(self) -> str:
        """The last part of the path, whichever way the slashes lean."""
        return self.path.replace("\\", "/").rpartition("/")[2]


@dataclass(slots=True, kw_only=True)
class Named:
    """A studio, performer, tag or group. ``extra`` has its other fields by the schema's names, and ``image`` bytes."""

    id: int
    name: str
    created_at: str
    updated_at: str
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class SceneRow:
    """A scene as it is stored: ``values`` by the schema's names; the ids point into the other tables."""

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


class Store:
    """All tables, under one lock. ``clock`` gives epoch seconds; ``offset`` is the server's from UTC, and may be
    changed on the way, as daylight saving time does.
    """

    def __init__(self, clock: Callable[[], float] = time.time, offset: dt.timedelta = ONE_HOUR) -> None:
        self.lock = threading.RLock()
        self.offset = offset
        self.scenes: dict[int, SceneRow] = {}
        self.tables: dict[str, dict[int, Named]] = {kind: {} for kind in KINDS}
        self.plugin_settings: dict[str, dict[str, Any]] = {}
        self._clock = clock
        self._next = dict.fromkeys((*KINDS, "scene", "file"), 1)

    def now(self) -> str:
        """The time as Stash would write it."""
        return stamp(self._clock(), self.offset)

    def add_named(self, kind: str, name: str, **extra: Any) -> int:
        """A new studio, performer, tag or group; returns its id."""
        with self.lock:
            now = self.now()
            new = Named(id=self._id(kind), name=name, created_at=now, updated_at=now, extra=extra)
            self.tables[kind][new.id] = new
            return new.id

    def named(self, kind: str, name: str) -> int:
        """The id of the one with this name, made when there is none."""
        with self.lock:
            found = next((row.id for row in self.tables[kind].values() if row.name == name), None)
            return self.add_named(kind, name) if found is None else found

    def add_scene(
        self,
        *,
        path: str | None = None,
        size: int = 1_000_000,
        duration: float = 60.0,
        files: Iterable[FileLike] | None = None,
        fingerprints: Mapping[str, str] | None = None,
        studio: str | None = None,
        performers: Iterable[str] = (),
        tags: Iterable[str] = (),
        groups: Iterable[str] = (),
        cover: bytes | None = None,
        **values: Any,
    ) -> int:
        """A scene that is simply there: no hook. Names of studios and the like are looked up or made; ``fingerprints``
        are the first file's, beside its oshash. Returns the scene's id.
        """
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
            if row.files:
                row.files[0].fingerprints.update(fingerprints or {})
            row.created_at = row.updated_at = self.now()
            self.scenes[row.id] = row
            return row.id

    def add_file(self, scene_id: int, path: str, size: int = 1_000_000, duration: float = 60.0) -> File:
        """One more file of a scene, which moves ``updated_at``."""
        with self.lock:
            row = self.scenes[scene_id]
            new = self._file(path, size, duration)
            row.files.append(new)
            self.touch(row)
            return new

    def touch(self, row: SceneRow) -> None:
        """The scene has changed now."""
        row.updated_at = self.now()

    def _id(self, kind: str) -> int:
        found = self._next[kind]
        self._next[kind] = found + 1
        return found

    def _file(self, path: str, size: int, duration: float) -> File:
        oshash = hashlib.blake2b(f"{path}{size}".encode(errors="surrogatepass"), digest_size=8).hexdigest()
        return File(
            id=self._id("file"),
            path=path,
            size=size,
            duration=duration,
            mod_time=self.now(),
            fingerprints={"oshash": oshash},
        )
