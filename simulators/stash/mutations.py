"""What the mutations do, and which hooks they fire. Methods have the schema's names, as in ``simulators.stash.queries``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from simulators.stash.history import History
from simulators.stash.pictures import from_input, jpeg
from simulators.stash.queries import Queries
from simulators.stash.schema import whole_input

if TYPE_CHECKING:
    from simulators.stash.caller import Caller
    from simulators.stash.queries import JSON, Info
    from simulators.stash.server import StashSimulator


class Root(Queries):
    """The root of one request: graphql-core asks it for queries and mutations alike."""

    def __init__(self, stash: StashSimulator, caller: Caller) -> None:
        super().__init__(stash, caller)
        self._edits = stash.edits
        self._history = History(stash.store)
        self._caller = caller

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
