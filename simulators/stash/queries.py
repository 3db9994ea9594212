"""What the queries do. Methods have the schema's names; graphql-core calls them with the arguments sent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from simulators.stash.filters import page_of, select
from simulators.stash.views import Views

if TYPE_CHECKING:
    from simulators.stash.caller import Caller
    from simulators.stash.server import StashSimulator
    from simulators.stash.store import SceneRow

Info = Any
JSON = dict[str, Any]


class Queries:
    """The part of a request's root that only reads."""

    def __init__(self, stash: StashSimulator, caller: Caller) -> None:
        self._stash = stash
        self._store = stash.store
        self._views = Views(stash.store, caller.base)

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
