"""Changes of scenes. Everything is checked before anything is stored, as in one transaction."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from simulators.stash.pictures import from_input

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simulators.stash.store import SceneRow, Store

JSON = dict[str, Any]
SCALARS = ("title", "code", "details", "director", "rating100", "organized", "date", "play_duration")
ID_LISTS = {"performer_ids": "performer", "tag_ids": "tag", "group_ids": "group"}
WHOLE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
PARTIAL_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


class Edits:
    """Changes to the store. ``partial_dates`` since 0.30."""

    def __init__(self, store: Store, *, partial_dates: bool) -> None:
        self._store = store
        self._date = PARTIAL_DATE if partial_dates else WHOLE_DATE

    def row(self, scene_id: Any) -> SceneRow:
        """The scene. Raises GraphQLError when there is none."""
        row = self._store.scenes.get(int(scene_id))
        if row is None:
            raise GraphQLError(f"scene with id {scene_id} not found")
        return row

    def rows(self, ids: Iterable[Any]) -> list[SceneRow]:
        """All of them, or GraphQLError for the first that is not there."""
        return [self.row(one) for one in ids]

    def create(self, sent: JSON) -> SceneRow:
        """A new scene without files. ``file_ids`` is taken and left aside."""
        self._check(sent)
        with self._store.lock:
            row = self._store.scenes[self._store.add_scene()]
            self._apply(row, sent)
            return row

    def update(self, inputs: list[JSON]) -> list[SceneRow]:
        """Each input to its scene: only the keys that were sent; an explicit null clears."""
        with self._store.lock:
            rows = self.rows(one["id"] for one in inputs)
            for row, one in zip(rows, inputs, strict=True):
                self._check(one)
                if "title" in one and not one["title"] and not row.files:
                    raise GraphQLError("title must be set if scene has no files")
            for row, one in zip(rows, inputs, strict=True):
                self._apply(row, one)
            return rows

    def update_bulk(self, sent: JSON) -> list[SceneRow]:
        """One input to many scenes; lists of ids have a mode."""
        with self._store.lock:
            rows = self.rows(sent.get("ids") or ())
            lists = {
                name: sent[name] for name in (*ID_LISTS, "movie_ids", "urls") if sent.get(name) is not None
            }
            plain = {name: value for name, value in sent.items() if name not in {*lists, "ids"}}
            self._check({**plain, **{name: change.get("ids") for name, change in lists.items()}})
            for row in rows:
                self._apply(row, {**plain, **self._resolved(row, lists)})
            return rows

    def destroy(self, ids: Iterable[Any]) -> list[SceneRow]:
        """Delete them, all or none."""
        with self._store.lock:
            rows = self.rows(ids)
            for row in rows:
                self._store.scenes.pop(row.id, None)
            return rows

    def merge_tags(self, destination: int, sources: set[int]) -> None:
        """The sources' scenes get the destination's tag; no scene is touched by it."""
        table = self._store.tables["tag"]
        with self._store.lock:
            if destination not in table:
                raise GraphQLError(f"tag with id {destination} not found")
            for row in self._store.scenes.values():
                row.tag_ids = list(
                    dict.fromkeys(destination if one in sources else one for one in row.tag_ids)
                )
            for one in sources - {destination}:
                table.pop(one, None)

    def destroy_named(self, kind: str, one: int) -> None:
        """A studio, performer, tag or group goes, from the scenes too; their ``updated_at`` stays."""
        with self._store.lock:
            if self._store.tables[kind].pop(one, None) is None:
                raise GraphQLError(f"{kind} with id {one} not found")
            for row in self._store.scenes.values():
                if kind == "studio":
                    row.studio_id = None if row.studio_id == one else row.studio_id
                else:
                    ids: list[int] = getattr(row, f"{kind}_ids")
                    setattr(row, f"{kind}_ids", [other for other in ids if other != one])

    # --- checking ---

    def _check(self, sent: JSON) -> None:
        if (date := sent.get("date")) and not self._date.fullmatch(date):
            raise GraphQLError(f'converting date: parsing date "{date}": not a date')
        for name, kind in (*ID_LISTS.items(), ("movie_ids", "group")):
            self._check_ids(kind, sent.get(name) or ())
        self._check_ids("group", (one["group_id"] for one in sent.get("groups") or ()))
        self._check_ids("group", (one["movie_id"] for one in sent.get("movies") or ()))
        self._check_ids("studio", [sent["studio_id"]] if sent.get("studio_id") else ())
        if sent.get("cover_image"):
            try:
                from_input(sent["cover_image"])
            except ValueError as error:
                raise GraphQLError(f"processing cover image: {error}") from error

    def _check_ids(self, kind: str, ids: Iterable[Any]) -> None:
        if any(int(one) not in self._store.tables[kind] for one in ids):
            raise GraphQLError("FOREIGN KEY constraint failed")

    # --- storing ---

    def _apply(self, row: SceneRow, sent: JSON) -> None:
        row.values.update({name: sent[name] for name in SCALARS if name in sent})
        for name in ("urls", "stash_ids"):
            if name in sent:
                row.values[name] = list(sent[name] or ())
        if sent.get("url") and "urls" not in sent:
            row.values["urls"] = [sent["url"]]
        self._relate(row, sent)
        if sent.get("cover_image"):
            row.cover = from_input(sent["cover_image"])
        if sent.get("primary_file_id"):
            self._make_primary(row, int(sent["primary_file_id"]))
        self._store.touch(row)

    @staticmethod
    def _relate(row: SceneRow, sent: JSON) -> None:
        for name in ID_LISTS:
            if name in sent:
                setattr(row, name, [int(one) for one in sent[name] or ()])
        if "studio_id" in sent:
            row.studio_id = int(sent["studio_id"]) if sent["studio_id"] else None
        if "groups" in sent:
            row.group_ids = [int(one["group_id"]) for one in sent["groups"] or ()]
        elif "movies" in sent:
            row.group_ids = [int(one["movie_id"]) for one in sent["movies"] or ()]

    @staticmethod
    def _make_primary(row: SceneRow, file_id: int) -> None:
        if all(file.id != file_id for file in row.files):
            raise GraphQLError(f"file with id {file_id} not associated with scene")
        row.files.sort(key=lambda file: file.id != file_id)

    @staticmethod
    def _resolved(row: SceneRow, lists: JSON) -> JSON:
        """What the lists with a mode come to for this scene."""
        found: JSON = {}
        for name, change in lists.items():
            attribute = "group_ids" if name == "movie_ids" else name
            if name == "urls":
                now, sent = list(row.values.get("urls") or ()), list(change.get("values") or ())
            else:
                now, sent = list(getattr(row, attribute)), [int(one) for one in change.get("ids") or ()]
            found[attribute] = _combined(change["mode"], now, sent)
        return found


def _combined(mode: str, now: list[Any], sent: list[Any]) -> list[Any]:
    modes: dict[str, Callable[[], list[Any]]] = {
        "SET": lambda: sent,
        "ADD": lambda: list(dict.fromkeys([*now, *sent])),
        "REMOVE": lambda: [one for one in now if one not in sent],
    }
    return modes[mode]()
