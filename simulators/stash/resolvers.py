"""What the queries and mutations do. Methods have the schema's names; graphql-core calls them with the arguments sent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from simulators.stash.filters import page_of, select
from simulators.stash.history import History
from simulators.stash.pictures import from_input, jpeg
from simulators.stash.schema import whole_input
from simulators.stash.views import Views

if TYPE_CHECKING:
    from simulators.stash.caller import Caller
    from simulators.stash.server import StashSimulator
    from simulators.stash.store import SceneRow

Info = Any
JSON = dict[str, Any]


class Resolvers:
    """The root of one request."""

    def __init__(self, stash: StashSimulator, caller: Caller) -> None:
        self._stash = stash
        self._store = stash.store
        self._edits = stash.edits
        self._history = History(stash.store)
        self._caller = caller
        self._views = Views(stash.store, caller.base)

    # --- queries ---

    def version(self, _info: Info) -> JSON:
        return {"version": self._stash.version, "hash": "simulated", "build_time": "2026-01-01 00:00:00"}

    def systemStatus(self, _info: Info) -> JSON:
        folder = str(self._stash.config_dir)
        return {
            "databaseSchema": 75,
            "appSchema": 75,
            "status": self._stash.status,
            "configPath": f"{folder}/config.yml",
            "databasePath": f"{folder}/stash-go.sqlite",
            "os": "linux",
            "workingDir": folder,
            "homeDir": folder,
            "ffmpegPath": self._stash.ffmpeg_path,
        }

    def configuration(self, _info: Info) -> JSON:
        def plugins(_info: Info, include: list[str] | None = None) -> JSON:
            saved = self._store.plugin_settings
            return {key: dict(value) for key, value in saved.items() if not include or key in include}

        general = {
            "configFilePath": f"{self._stash.config_dir}/config.yml",
            "pluginsPath": f"{self._stash.config_dir}/plugins",
            "ffmpegPath": self._stash.ffmpeg_path,
            "ffprobePath": "",
            "parallelTasks": 1,
            "apiKey": self._stash.api_key or "",
            "username": "admin" if self._stash.require_login else "",
            "maxSessionAge": int(self._stash.session_age_s),
            "pythonPath": self._stash.python,
        }
        return {"general": general, "plugins": plugins}

    def plugins(self, _info: Info) -> list[JSON]:
        return [
            {
                "id": one.id,
                "name": one.name,
                "description": one.description,
                "version": one.version,
                "enabled": True,
                "tasks": [{"name": task.name, "description": task.description} for task in one.tasks],
                "hooks": [
                    {"name": hook.name, "description": hook.description, "hooks": list(hook.triggered_by)}
                    for hook in one.hooks
                ],
            }
            for one in self._stash.plugins.loaded.values()
        ]

    def findScene(self, _info: Info, id: str | None = None, **_other: Any) -> JSON | None:
        row = self._store.scenes.get(int(id)) if id else None
        return self._views.scene(row) if row else None

    def findSceneByHash(self, _info: Info, input: JSON) -> JSON | None:
        with self._store.lock:
            for name, kind in (("checksum", "md5"), ("oshash", "oshash")):
                for row in self._store.scenes.values():
                    if input.get(name) and any(
                        file.fingerprints.get(kind) == input[name] for file in row.files
                    ):
                        return self._views.scene(row)
        return None

    def findScenes(self, _info: Info, **asked: Any) -> JSON:
        time.sleep(self._stash.seconds_for_each_scene * len(asked.get("ids") or ()))
        with self._store.lock:
            rows = self._by_ids(asked)
            shown = rows
            if rows is None:
                rows = select(self._store, asked.get("scene_filter") or {})
                shown = page_of(rows, asked.get("filter") or {})
            scenes = [self._views.scene(row) for row in shown or ()]
        first = [row.files[0] for row in rows if row.files]
        return {
            "count": len(rows),
            "duration": lambda _info: sum(file.duration for file in first),
            "filesize": lambda _info: float(sum(file.size for file in first)),
            "scenes": scenes,
        }

    def _by_ids(self, asked: JSON) -> list[SceneRow] | None:
        """One unknown id, or one that comes twice, fails the whole query; filter, sort and paging are ignored."""
        ids = asked.get("ids") or ()
        for number, one in enumerate(ids):
            if one in ids[:number]:
                raise GraphQLError(f"validating ids: duplicate id found: {one}")
        numbers = [int(one) for one in ids or asked.get("scene_ids") or ()]
        if not numbers:
            return None
        rows: list[SceneRow] = []
        for number in numbers:
            row = self._store.scenes.get(number)
            if row is None or row in rows:  # in the older form the second one is not found
                raise GraphQLError(f"scene with id {number} not found")
            rows.append(row)
        return rows

    def jobQueue(self, _info: Info) -> list[JSON] | None:
        return [job.as_graphql() for job in self._stash.jobs.queue()] or None

    def findJob(self, _info: Info, input: JSON) -> JSON | None:
        job = self._stash.jobs.find(int(input["id"]))
        return job.as_graphql() if job else None

    # --- scenes ---

    def sceneCreate(self, _info: Info, input: JSON) -> JSON:
        row = self._edits.create(input)
        self._fire("Scene.Create.Post", row.id, None)
        return self._views.scene(row)

    def sceneUpdate(self, _info: Info, input: JSON) -> JSON:
        row = self._edits.update([input])[0]
        self._fire("Scene.Update.Post", row.id, self._whole("SceneUpdateInput", input), list(input))
        return self._views.scene(row)

    def scenesUpdate(self, _info: Info, input: list[JSON]) -> list[JSON]:
        rows = self._edits.update(input)
        whole = [self._whole("SceneUpdateInput", one) for one in input]
        for row, one in zip(rows, input, strict=True):
            self._fire("Scene.Update.Post", row.id, whole, list(one))
        return [self._views.scene(row) for row in rows]

    def bulkSceneUpdate(self, _info: Info, input: JSON) -> list[JSON]:
        rows = self._edits.update_bulk(input)
        whole = self._whole("BulkSceneUpdateInput", input)
        for row in rows:
            self._fire("Scene.Update.Post", row.id, whole, list(input))
        return [self._views.scene(row) for row in rows]

    def sceneDestroy(self, _info: Info, input: JSON) -> bool:
        return self._destroy([input["id"]], self._whole("SceneDestroyInput", input))

    def scenesDestroy(self, _info: Info, input: JSON) -> bool:
        return self._destroy(input["ids"], self._whole("ScenesDestroyInput", input))

    def _destroy(self, ids: list[str], sent: JSON) -> bool:
        for row in self._edits.destroy(ids):
            prints = row.files[0].fingerprints if row.files else {}
            more = {
                "checksum": prints.get("md5", ""),
                "oshash": prints.get("oshash", ""),
                "path": row.files[0].path if row.files else "",
            }
            self._fire("Scene.Destroy.Post", row.id, {**sent, **more})
        return True

    def sceneGenerateScreenshot(self, _info: Info, id: str, at: float | None = None) -> str:
        """A new cover, no hook, and updated_at stays as it is."""
        self._edits.row(id).cover = jpeg(f"{id} at {at}")
        return "todo"

    # --- what was watched: no hook, and updated_at stays as it is ---

    def sceneSaveActivity(
        self, _info: Info, id: str, resume_time: float | None = None, **more: float | None
    ) -> bool:
        self._history.save_activity(id, resume_time, more.get("playDuration"))
        return True

    def sceneAddPlay(self, _info: Info, id: str, times: list[str] | None = None) -> JSON:
        return self._history.add_plays(id, times or ())

    def sceneDeletePlay(self, _info: Info, id: str, times: list[str] | None = None) -> JSON:
        return self._history.delete_plays(id, times or ())

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
        with self._store.lock:
            row = self._store.tables[kind].get(int(sent["id"]))
            if row is None:
                raise GraphQLError(f"{kind} with id {sent['id']} not found")
            row.name = sent.get("name") or row.name
            row.extra.update({key: value for key, value in sent.items() if key not in {"id", "name"}})
            image = sent.get("image") or sent.get("front_image")
            if image:
                row.extra["image"] = from_input(image)
            row.updated_at = self._store.now()
        title = kind.capitalize()
        whole = self._whole(f"{title}UpdateInput", sent)
        # Group edits fire the hooks of the former name too.
        for name in ("Group", "Movie") if kind == "group" else (title,):
            self._fire(f"{name}.Update.Post", row.id, whole, list(sent))
        return self._views.named(kind, row)

    def performerDestroy(self, _info: Info, input: JSON) -> bool:
        return self._destroy_named("performer", input)

    def studioDestroy(self, _info: Info, input: JSON) -> bool:
        return self._destroy_named("studio", input)

    def tagDestroy(self, _info: Info, input: JSON) -> bool:
        return self._destroy_named("tag", input)

    def groupDestroy(self, _info: Info, input: JSON) -> bool:
        return self._destroy_named("group", input)

    def _destroy_named(self, kind: str, sent: JSON) -> bool:
        """No scene is touched by it, and none can be found by it any more."""
        self._edits.destroy_named(kind, int(sent["id"]))
        for name in ("Group", "Movie") if kind == "group" else (kind.capitalize(),):
            self._fire(f"{name}.Destroy.Post", int(sent["id"]), dict(sent))
        return True

    def tagsMerge(self, _info: Info, input: JSON) -> JSON | None:
        if not input["source"]:
            return None
        destination = int(input["destination"])
        self._edits.merge_tags(destination, {int(one) for one in input["source"]})
        self._fire("Tag.Merge.Post", destination, dict(input))
        return self._views.named("tag", self._store.tables["tag"][destination])

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
        started = self._stash.plugins.start_task(
            plugin_id, task_name, description, args_map or {}, self._caller
        )
        return str(started.id)

    def runPluginOperation(self, _info: Info, plugin_id: str, args: JSON | None = None) -> Any:
        return self._stash.plugins.run_operation(plugin_id, args or {}, self._caller)

    def reloadPlugins(self, _info: Info) -> bool:
        self._stash.plugins.reload()
        return True

    def stopJob(self, _info: Info, job_id: str) -> bool:
        self._stash.jobs.stop(int(job_id))
        return True

    def stopAllJobs(self, _info: Info) -> bool:
        self._stash.jobs.stop_all()
        return True

    # --- hooks ---

    def _fire(self, event: str, object_id: int, sent: Any, fields: list[str] | None = None) -> None:
        self._stash.plugins.fire(event, object_id, sent, fields, self._caller)

    def _whole(self, name: str, sent: JSON) -> JSON:
        return whole_input(self._stash.schema, name, sent)
