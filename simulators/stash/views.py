"""The stored rows as the schema shows them. What costs something is a function, called only when it is asked for."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simulators.stash.store import File, Named, SceneRow, Store

JSON = dict[str, Any]
TEXTS = ("code", "details", "director", "date")
OTHERS = ("rating100", "interactive_speed", "captions", "resume_time", "play_duration")
LISTS = ("urls", "o_history", "scene_markers", "galleries", "stash_ids")


def epoch(text: str) -> int:
    """Epoch seconds of a time that Stash wrote."""
    return int(dt.datetime.fromisoformat(text).timestamp())


def plays_of(row: SceneRow) -> list[str]:
    """When the scene was played, the newest first: times are stored in UTC, so as text they are in order."""
    return sorted(row.values.get("play_history") or (), reverse=True)


class Views:
    """``base`` is the address that the request came by: Stash puts it into every URL."""

    def __init__(self, store: Store, base: str) -> None:
        self._store = store
        self._base = base

    def scene(self, row: SceneRow) -> JSON:
        """A scene."""
        values = row.values
        return {
            "id": str(row.id),
            "title": values.get("title") or "",
            **{name: values.get(name) or None for name in TEXTS},
            **{name: values.get(name) for name in OTHERS},
            **{name: values.get(name) or [] for name in LISTS},
            "url": next(iter(values.get("urls") or ()), None),
            "organized": bool(values.get("organized")),
            "interactive": bool(values.get("interactive")),
            "play_history": plays_of(row),
            "last_played_at": next(iter(plays_of(row)), None),
            "play_count": len(values.get("play_history") or ()),
            "o_counter": len(values.get("o_history") or ()),
            "created_at": row.created_at,
            "updated_at": row.updated_at,
            "files": _lazy(lambda: [self._file(file) for file in row.files]),
            "paths": _lazy(lambda: self._paths(row)),
            "studio": _lazy(lambda: self.studio(row.studio_id) if row.studio_id else None),
            "performers": _lazy(lambda: self._all("performer", row.performer_ids)),
            "tags": _lazy(lambda: self._all("tag", row.tag_ids)),
            "groups": _lazy(lambda: self._groups(row, "group")),
            "movies": _lazy(lambda: self._groups(row, "movie")),
        }

    def studio(self, studio_id: int) -> JSON | None:
        """A studio; its parent's parent too, as far as somebody asks."""
        row = self._store.tables["studio"].get(studio_id)
        if row is None:
            return None
        parent = row.extra.get("parent_id")
        return {
            **self._named("studio", row),
            "parent_studio": _lazy(lambda: self.studio(int(parent)) if parent else None),
        }

    def named(self, kind: str, row: Named) -> JSON:
        """A performer, tag or group."""
        shown = self._named(kind, row)
        if kind == "studio":
            return self.studio(row.id) or shown
        if kind == "tag":
            shown["parents"] = _lazy(lambda: self._all("tag", row.extra.get("parent_ids") or ()))
            shown["children"] = _lazy(lambda: self._children(row.id))
        if kind == "performer":
            shown["tags"] = _lazy(lambda: self._all("tag", row.extra.get("tag_ids") or ()))
        return shown

    def _named(self, kind: str, row: Named) -> JSON:
        image = f"{self._base}/{kind}/{row.id}/image?t={epoch(row.updated_at)}"
        image += "" if row.extra.get("image") else "&default=true"
        return {
            "aliases": [],
            "alias_list": [],
            "urls": [],
            "favorite": False,
            **{key: value for key, value in row.extra.items() if key not in {"image", "front_image"}},
            "id": str(row.id),
            "name": row.name,
            "image_path": image,
            "front_image_path": image,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
        }

    def _all(self, kind: str, ids: Iterable[Any]) -> list[JSON]:
        table = self._store.tables[kind]
        return [self.named(kind, row) for one in ids if (row := table.get(int(one))) is not None]

    def _children(self, tag_id: int) -> list[JSON]:
        rows = list(self._store.tables["tag"].values())
        return [
            self.named("tag", row)
            for row in rows
            if tag_id in {int(one) for one in row.extra.get("parent_ids") or ()}
        ]

    def _groups(self, row: SceneRow, name: str) -> list[JSON]:
        return [{name: group, "scene_index": None} for group in self._all("group", row.group_ids)]

    def _paths(self, row: SceneRow) -> JSON:
        scene = f"{self._base}/scene/{row.id}"
        return {
            "screenshot": f"{scene}/screenshot?t={epoch(row.updated_at)}",
            "preview": f"{scene}/preview",
            "stream": f"{scene}/stream",
            "webp": f"{scene}/webp",
            "vtt": f"{scene}_thumbs.vtt",
            "sprite": f"{scene}_sprite.jpg",
        }

    @staticmethod
    def _file(file: File) -> JSON:
        prints = file.fingerprints
        return {
            "id": str(file.id),
            "path": file.path,
            "basename": file.basename,
            "size": file.size,
            "mod_time": file.mod_time,
            "created_at": file.mod_time,
            "updated_at": file.mod_time,
            "duration": file.duration,
            "format": "mp4",
            "width": 1920,
            "height": 1080,
            "video_codec": "h264",
            "audio_codec": "aac",
            "frame_rate": 25.0,
            "bit_rate": 1_000_000,
            "fingerprints": [{"type": kind, "value": value} for kind, value in prints.items()],
            "fingerprint": lambda _info, **asked: prints.get(asked["type"]),
        }


def _lazy(make: Callable[[], Any]) -> Callable[[Any], Any]:
    """graphql-core calls a function that it finds in a dict, with the field's info."""
    return lambda _info: make()
