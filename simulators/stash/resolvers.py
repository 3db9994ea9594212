"""What the queries and mutations do. Methods have the schema's names; graphql-core calls them with the arguments sent."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from simulators.stash.filters import page_of, select
from simulators.stash.store import SCALARS

if TYPE_CHECKING:
    from simulators.stash.server import StashSimulator
    from simulators.stash.store import SceneRow

Info = Any
JSON = dict[str, Any]


class Resolvers:
    """The root of one request. ``base`` is the address that it came by, for the URLs in its answer."""

    def __init__(self, stash: StashSimulator, base: str) -> None:
        self._stash = stash
        self._store = stash.store
        self._base = base

    # --- queries ---

    def version(self, _info: Info) -> JSON:
        return {"version": self._stash.version, "hash": "simulated", "build_time": "2026-01-01 00:00:00"}

    def systemStatus(self, _info: Info) -> JSON:
        return {"databaseSchema": 75, "appSchema": 75, "status": "OK"}

    def configuration(self, _info: Info) -> JSON:
        def plugins(_info: Info, include: list[str] | None = None) -> JSON:
            saved = self._store.plugin_settings
            return {key: dict(value) for key, value in saved.items() if include is None or key in include}

        general = {"apiKey": self._stash.api_key or "", "pythonPath": "", "ffmpegPath": ""}
        return {"general": general, "plugins": plugins}

    def findScene(self, _info: Info, id: str | None = None, **_other: Any) -> JSON | None:
        row = self._store.scenes.get(int(id)) if id else None
        return self._scene(row) if row else None

    def findScenes(self, _info: Info, **asked: Any) -> JSON:
        wanted = asked.get("ids") or asked.get("scene_ids")
        with self._store.lock:
            rows = self._by_ids(wanted) if wanted else select(self._store, asked.get("scene_filter") or {})
            shown = rows if wanted else page_of(rows, asked.get("filter") or {})
            scenes = [self._scene(row) for row in shown]
        size = sum(file.size for row in rows for file in row.files)
        return {"count": len(rows), "duration": 0.0, "filesize": size, "scenes": scenes}

    def _by_ids(self, ids: list[Any]) -> list[SceneRow]:
        """One unknown id, or one that comes twice, fails the whole query, as in Stash."""
        numbers = [int(one) for one in ids]
        if len(set(numbers)) != len(numbers):
            raise GraphQLError("duplicate ids are not allowed")
        for number in numbers:
            if number not in self._store.scenes:
                raise GraphQLError(f"scene with id {number} not found")
        return [self._store.scenes[number] for number in numbers]

    def jobQueue(self, _info: Info) -> list[JSON] | None:
        return [job.as_graphql() for job in self._stash.jobs.queue()] or None

    def findJob(self, _info: Info, input: JSON) -> JSON | None:
        job = self._stash.jobs.find(int(input["id"]))
        return job.as_graphql() if job else None

    # --- scenes ---

    def _scene(self, row: SceneRow) -> JSON:
        return self._store.as_graphql(row, self._base)

    def sceneCreate(self, _info: Info, input: JSON) -> JSON:
        row = self._store.scenes[self._store.add_scene()]
        self._apply(row, input)
        self._stash.hooks.fire("Scene.Create.Post", row.id, None, None)
        return self._scene(row)

    def sceneUpdate(self, _info: Info, input: JSON) -> JSON:
        row = self._row(input["id"])
        self._apply(row, input)
        self._stash.hooks.fire(
            "Scene.Update.Post", row.id, self._stash.whole_input("SceneUpdateInput", input), list(input)
        )
        return self._scene(row)

    def scenesUpdate(self, _info: Info, input: list[JSON]) -> list[JSON]:
        rows = [self._row(one["id"]) for one in input]
        for row, one in zip(rows, input, strict=True):
            self._apply(row, one)
        whole = [self._stash.whole_input("SceneUpdateInput", one) for one in input]
        for row, one in zip(rows, input, strict=True):
            self._stash.hooks.fire("Scene.Update.Post", row.id, whole, list(one))
        return [self._scene(row) for row in rows]

    def bulkSceneUpdate(self, _info: Info, input: JSON) -> list[JSON]:
        rows = [self._row(one) for one in input.get("ids") or []]
        for row in rows:
            self._apply_bulk(row, input)
        whole = self._stash.whole_input("BulkSceneUpdateInput", input)
        for row in rows:
            self._stash.hooks.fire("Scene.Update.Post", row.id, whole, list(input))
        return [self._scene(row) for row in rows]

    def sceneDestroy(self, _info: Info, input: JSON) -> bool:
        self._destroy([input["id"]], input)
        return True

    def scenesDestroy(self, _info: Info, input: JSON) -> bool:
        self._destroy(input["ids"], input)
        return True

    def _destroy(self, ids: list[str], sent: JSON) -> None:
        with self._store.lock:
            rows = [self._row(one) for one in ids]
            for row in rows:
                del self._store.scenes[row.id]
        for row in rows:
            path = row.files[0].path if row.files else ""
            self._stash.hooks.fire(
                "Scene.Destroy.Post", row.id, {**sent, "checksum": "", "oshash": "", "path": path}, list(sent)
            )

    def sceneGenerateScreenshot(self, _info: Info, id: str, at: float | None = None) -> str:
        """A new cover, no hook, and updated_at stays as it is."""
        self._row(id).cover = self._stash.generated_cover(f"{id} at {at}")
        return "todo"

    def _row(self, scene_id: Any) -> SceneRow:
        row = self._store.scenes.get(int(scene_id))
        if row is None:
            raise GraphQLError(f"scene with id {scene_id} not found")
        return row

    def _apply(self, row: SceneRow, sent: JSON) -> None:
        """Only the keys that were sent; an explicit null clears."""
        with self._store.lock:
            row.values.update({name: sent[name] for name in SCALARS if name in sent})
            if "studio_id" in sent:
                row.studio_id = int(sent["studio_id"]) if sent["studio_id"] else None
            if "performer_ids" in sent:
                row.performer_ids = [int(one) for one in sent["performer_ids"] or []]
            if "tag_ids" in sent:
                row.tag_ids = [int(one) for one in sent["tag_ids"] or []]
            if "groups" in sent:
                row.group_ids = [int(one["group_id"]) for one in sent["groups"] or []]
            if sent.get("cover_image"):
                row.cover = base64.b64decode(sent["cover_image"].rpartition(",")[2])
            self._store.touch(row)

    def _apply_bulk(self, row: SceneRow, sent: JSON) -> None:
        lists = {"performer_ids": row.performer_ids, "tag_ids": row.tag_ids, "group_ids": row.group_ids}
        self._apply(row, {name: value for name, value in sent.items() if name not in lists})
        for name, now in lists.items():
            change = sent.get(name)
            if change is not None:
                ids = [int(one) for one in change["ids"] or []]
                kept = [] if change["mode"] == "SET" else [one for one in now if one not in ids]
                setattr(row, name, kept if change["mode"] == "REMOVE" else kept + ids)

    # --- studios and the like: only their own hooks fire ---

    def performerUpdate(self, _info: Info, input: JSON) -> JSON:
        return self._update("performer", input)

    def studioUpdate(self, _info: Info, input: JSON) -> JSON:
        return self._update("studio", input)

    def tagUpdate(self, _info: Info, input: JSON) -> JSON:
        return self._update("tag", input)

    def groupUpdate(self, _info: Info, input: JSON) -> JSON:
        return self._update("group", input)

    def _update(self, kind: str, sent: JSON) -> JSON:
        row = self._store.tables[kind].get(int(sent["id"]))
        if row is None:
            raise GraphQLError(f"{kind} with id {sent['id']} not found")
        row.name = sent.get("name") or row.name
        row.extra.update({key: value for key, value in sent.items() if key not in {"id", "name"}})
        self._stash.hooks.fire(f"{kind.capitalize()}.Update.Post", row.id, dict(sent), list(sent))
        return {"id": str(row.id), "name": row.name, "alias_list": [], "parents": [], "children": []}

    def tagsMerge(self, _info: Info, input: JSON) -> JSON:
        destination = int(input["destination"])
        gone = {int(one) for one in input["source"]}
        with self._store.lock:
            for row in self._store.scenes.values():
                row.tag_ids = list(dict.fromkeys(destination if one in gone else one for one in row.tag_ids))
            for one in gone:
                self._store.tables["tag"].pop(one, None)
        self._stash.hooks.fire("Tag.Merge.Post", destination, dict(input), list(input))
        return {
            "id": str(destination),
            "name": self._store.tables["tag"][destination].name,
            "parents": [],
            "children": [],
        }

    # --- plugins and jobs ---

    def configurePlugin(self, _info: Info, plugin_id: str, input: JSON) -> JSON:
        self._store.plugin_settings[plugin_id] = dict(input)  # the whole map is replaced
        return dict(input)

    def runPluginTask(
        self,
        _info: Info,
        plugin_id: str,
        task_name: str | None = None,
        description: str | None = None,
        args_map: JSON | None = None,
    ) -> str:
        return str(self._stash.start_task(plugin_id, task_name, description, args_map or {}).id)

    def runPluginOperation(self, _info: Info, plugin_id: str, args: JSON | None = None) -> Any:
        return self._stash.run_operation(plugin_id, args or {})

    def reloadPlugins(self, _info: Info) -> bool:
        self._stash.load_plugin()
        return True

    def stopJob(self, _info: Info, job_id: str) -> bool:
        self._stash.jobs.stop(int(job_id))
        return True

    def stopAllJobs(self, _info: Info) -> bool:
        self._stash.jobs.forget()
        return True
