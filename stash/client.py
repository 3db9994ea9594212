"""Everything that the worker, the tasks and the watcher ask of Stash. The hook has ``stash.light``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import urllib3

from stash.answers import api_key_of, configuration_of, snake_case_keys, version_number, version_of
from stash.exceptions import QueryFailed, StashOdd
from stash.filters import epoch_of, hours_ago, showing, updated_after, zone_of
from stash.interface import VERSION, Interface, Session, translated
from stash.picture import Picture, local_path, read
from stash.scene import Scene, fragment, from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from stash.redact import Secrets
    from stash.runtime import Connection

MOST_SCENES = 100
OLDEST_SCENES = 5
QUIET_S = 900.0
"""A quarter of an hour: the age at which Stash voids a cookie is an hour by default, and each answer brings a new one."""
QUEUED = frozenset({"READY", "RUNNING", "STOPPING"})

API_KEY = "{configuration{general{apiKey}}}"
LOGIN = "{configuration{general{username apiKey}}}"
SETTINGS = "query($ids:[ID!]){version{version} configuration{plugins(include:$ids) general{apiKey}}}"
BY_IDS = "query($ids:[ID!]){findScenes(ids:$ids){scenes{...SyncScene}}}"
IDS = "query($f:FindFilterType,$s:SceneFilterType){findScenes(filter:$f,scene_filter:$s){scenes{id}}}"
COUNT = "query($f:FindFilterType,$s:SceneFilterType){findScenes(filter:$f,scene_filter:$s){count}}"
OLDEST = "query($f:FindFilterType){findScenes(filter:$f){scenes{id created_at}}}"
NEWEST = "query($f:FindFilterType){findScenes(filter:$f){scenes{updated_at}}}"
JOBS = "{jobQueue{status description}}"
FFMPEG = "{systemStatus{ffmpegPath}}"


class StashJob(NamedTuple):
    """One entry of Stash's job queue. A task's ``description`` is "Running plugin task: " and its name or own text."""

    status: str
    description: str


class StashClient:
    """Stash over GraphQL. Every method may raise StashDown, StashRefused or StashOdd, and nothing else of the wire's.

    The session may be used from several threads.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        api_key: str | None = None,
        verify: bool | str | None = None,
        clock: Callable[[], float] = time.time,
        timeout: tuple[float, float] = (5.0, 30.0),
        secrets: Secrets | None = None,
    ) -> None:
        """``verify`` None means: the certificate is checked unless Stash is on this machine, where its own certificate is
        made out for another name; a text is the path of an authority's certificate. ``timeout`` is for connecting and
        for each read, in seconds. ``secrets`` learns the credentials in use, those that Stash sends included.
        """
        checked: bool | str = not connection.loopback if verify is None else verify
        if checked is False and connection.scheme == "https":
            # Once per request, unprefixed on standard error, and Stash would show each as an error.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._url = connection.url
        self._clock = clock
        self._session = Session(
            timeout=timeout, verify=checked, cookie=connection.cookie, api_key=api_key, secrets=secrets
        )
        self._stash = Interface(connection, self._session)
        self._version: str | None = None
        self._extras: frozenset[str] = frozenset()
        self._last_answer_at = clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def version(self) -> str:
        """Stash's version as it writes it (``v0.30.1``); asked once."""
        if self._version is None:
            self._version = version_of(self.ask(VERSION, {}, "asking for the version"))
        return self._version

    def plugin_settings(self, plugin_id: str) -> tuple[dict[str, Any], str]:
        """What is saved of a plugin's settings, and Stash's API key ("" without one), in one call, which tells the version too.

        A setting that was never touched is absent. Stash 0.25 hands ``plex_url`` out as ``plexUrl``: that is undone.
        """
        data = self.ask(SETTINGS, {"ids": [plugin_id]}, "reading the settings")
        self._version = version_of(data) or self._version
        found = configuration_of(data, "reading the settings")
        plugins = found.get("plugins")
        by_id = {key.lower(): value for key, value in plugins.items()} if isinstance(plugins, dict) else {}
        saved = by_id.get(plugin_id.lower())
        return snake_case_keys(saved) if isinstance(saved, dict) else {}, api_key_of(found)

    def oldest_scenes(self) -> dict[int, float]:
        """The scenes of the lowest numbers, and when each was made (epoch seconds): no two Stashes agree in that."""
        page = {"page": 1, "per_page": OLDEST_SCENES, "sort": "id", "direction": "ASC"}
        found = {}
        for scene in self._find(OLDEST, {"f": page}, "looking at the first scenes"):
            found[from_json(scene).id] = epoch_of(str(scene.get("created_at")))
        return found

    def adopt_api_key(self, known: str = "") -> bool:
        """Go on with Stash's API key, if it has one, since a cookie ages; asks for it unless it is ``known``.

        Returns whether a key is in use afterwards.
        """
        if not self._session.has_api_key:
            doing = "asking for the API key"
            key = known or api_key_of(configuration_of(self.ask(API_KEY, {}, doing), doing))
            if key:
                self._session.use_api_key(key)
        return self._session.has_api_key

    def keep_alive(self, after_s: float = QUIET_S) -> bool:
        """Ask for something small when Stash has not been heard for so long, and get a fresh cookie; else do nothing.

        With an API key there is nothing to keep. Returns whether Stash was asked.
        """
        if self._session.has_api_key or 0 <= self._clock() - self._last_answer_at < after_s:
            return False
        self.ask(VERSION, {}, "keeping the session alive")
        return True

    def ask_for(self, extras: Collection[str]) -> None:
        """From now on scenes come with these parts too (``stash.scene.EXTRAS``), and with no other that costs extra."""
        if frozenset(extras) != self._extras:
            self._extras = frozenset(extras)
            self._stash.fragments.pop("SyncScene", None)

    def scenes(self, ids: Iterable[int]) -> dict[int, Scene]:
        """The scenes as they are now, up to 100 in a request. An id that Stash does not have is absent."""
        wanted = list(dict.fromkeys(ids))
        found: dict[int, Scene] = {}
        if wanted:
            self._teach_fragment()
        for start in range(0, len(wanted), MOST_SCENES):
            for data in self._some_scenes(wanted[start : start + MOST_SCENES]):
                scene = from_json(data)
                found[scene.id] = scene
        return found

    def scene_ids(
        self, *, updated_since: str | None = None, after: int = 0, page_size: int = 1000
    ) -> Iterator[list[int]]:
        """All scene ids in ascending order, page by page; a scene that is made or deleted meanwhile shifts no page.

        ``updated_since`` is a text that Stash gave (``Scene.updated_at``): the ids of those changed after it.
        """
        wanted = {} if updated_since is None else updated_after(updated_since)
        yield from self._id_pages(wanted, after, page_size)

    def scene_ids_with(
        self, kind: str, object_id: int, *, depth: int = 0, after: int = 0, page_size: int = 1000
    ) -> Iterator[list[int]]:
        """The ids of the scenes with this performer, studio, tag or group, page by page, ascending, from behind ``after``.

        ``depth`` counts the levels of tags or studios below it that are meant too.
        """
        wanted = showing(kind, object_id, depth, version_number(self.version()))
        yield from self._id_pages(wanted, after, page_size)

    def _id_pages(self, wanted: dict[str, Any], last: int, page_size: int) -> Iterator[list[int]]:
        page = {"page": 1, "per_page": page_size, "sort": "id", "direction": "ASC"}
        while True:
            behind = {**wanted, "id": {"value": last, "modifier": "GREATER_THAN"}}
            scenes = self._find(IDS, {"f": page, "s": behind}, "listing scenes")
            ids = [from_json(scene).id for scene in scenes]
            if not ids:
                return
            if ids[0] <= last or ids != sorted(set(ids)):
                raise StashOdd("Stash listed scenes in another order than by id")
            last = ids[-1]
            yield ids
            if len(ids) < page_size:
                return

    def recent_ids(self, hours: float) -> Iterator[int]:
        """The ids of scenes changed within the last hours, and some from up to two hours before; ascending."""
        newest = self.newest_change()
        if newest:
            for ids in self.scene_ids(updated_since=hours_ago(hours, self._clock(), like=newest)):
                yield from ids

    def newest_change(self) -> str:
        """When a scene was last changed, as Stash writes it; "" when it has none."""
        newest = {"page": 1, "per_page": 1, "sort": "updated_at", "direction": "DESC"}
        scenes = self._find(NEWEST, {"f": newest}, "listing scenes")
        text = str(scenes[0].get("updated_at") or "") if scenes else ""
        if text:
            zone_of(text)
        return text

    def count_scenes(self, *, updated_since: str | None = None) -> int:
        """How many scenes there are, or how many were changed after that time."""
        wanted = {} if updated_since is None else updated_after(updated_since)
        found = self.ask(COUNT, {"f": {"per_page": 1}, "s": wanted}, "counting scenes").get("findScenes")
        count = found.get("count") if isinstance(found, dict) else None
        if not isinstance(count, int):
            raise StashOdd("Stash gave no number of scenes")
        return count

    def jobs(self) -> tuple[StashJob, ...]:
        """What runs and waits in Stash's job queue, in its order."""
        found = self.ask(JOBS, {}, "looking at the job queue").get("jobQueue") or []
        if not isinstance(found, list) or not all(isinstance(job, dict) for job in found):
            raise StashOdd("Stash's job queue is not a list")
        texts = ({key: str(job.get(key) or "") for key in ("status", "description")} for job in found)
        jobs = [StashJob(**text) for text in texts]
        return tuple(job for job in jobs if job.status in QUEUED)

    def other_jobs_waiting(self, own: Collection[str] = ()) -> bool:
        """Whether somebody's job waits for its turn. Jobs whose description ends in one of ``own`` are ours."""
        return any(job.status == "READY" and not job.description.endswith(tuple(own)) for job in self.jobs())

    def wants_login(self) -> bool:
        """Whether Stash serves nothing, pictures neither, to whoever has no password or key."""
        doing = "asking whether there is a login"
        general = configuration_of(self.ask(LOGIN, {}, doing), doing).get("general")
        return isinstance(general, dict) and bool(general.get("username") or general.get("apiKey"))

    def ffmpeg_path(self) -> str:
        """The ffmpeg that Stash itself uses; "" when it has none, or does not say (before 0.26)."""
        try:
            found = self.ask(FFMPEG, {}, "asking for ffmpeg").get("systemStatus")
        except QueryFailed:
            return ""
        return str(found.get("ffmpegPath") or "") if isinstance(found, dict) else ""

    def picture(self, path_or_url: str, etag: str | None = None) -> Picture:
        """Fetch a picture by the path or URL that Stash gave for it; with ``etag``, only if it is another one by now."""
        headers: dict[str, str | None] = {
            "Accept": "image/*,*/*;q=0.5",
            "Content-Type": None,
            "If-None-Match": etag or None,
        }
        url = self._url + local_path(path_or_url)
        with (
            translated("fetching a picture"),
            self._session.get(url, headers=headers, stream=True) as response,
        ):
            picture = read(response)
        self._last_answer_at = self._clock()
        return picture

    def _some_scenes(self, ids: list[int]) -> list[object]:
        """One unknown id fails the whole query, so then each scene is asked for by itself, all in one request."""
        try:
            return list(self._find(BY_IDS, {"ids": [str(scene_id) for scene_id in ids]}, "reading scenes"))
        except QueryFailed as error:
            if not any("not found" in message for message in error.messages):
                raise
        each = " ".join(f"s{scene_id}:findScene(id:{scene_id}){{...SyncScene}}" for scene_id in ids)
        return [
            scene for scene in self.ask(f"{{{each}}}", {}, "reading scenes").values() if scene is not None
        ]

    def _teach_fragment(self) -> None:
        if "SyncScene" not in self._stash.fragments:
            self._stash.parse_fragments(fragment(version_number(self.version()), self._extras))

    def _find(self, gql: str, variables: dict[str, Any], doing: str) -> list[dict[str, Any]]:
        found = self.ask(gql, variables, doing).get("findScenes")
        scenes = found.get("scenes") if isinstance(found, dict) else None
        if not isinstance(scenes, list):
            raise StashOdd(f"Stash gave no list of scenes while {doing}")
        return scenes

    def ask(self, gql: str, variables: dict[str, Any], doing: str) -> dict[str, Any]:
        """One query or mutation, for the files of this room; ``doing`` is what an error says."""
        data = self._stash.ask(gql, variables, doing)
        self._last_answer_at = self._clock()
        return data
