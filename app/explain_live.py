"""The part of an explanation that asks: the scene in Stash, the settings, the index, and the Plex items as they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.compose import options_from, plex_target
from app.explain import our_names
from app.settings import SettingsError
from plex.diff import locks_of
from plex.exceptions import PlexError
from plex.fields import OUR_NAMES, TAGS
from plex.matcher import FileFacts
from stash.exceptions import StashError
from sync_queue.pins import Pins
from worker.comparing import difference
from worker.mapping import desired_of
from worker.matching import file_facts
from worker.pinned import follow

if TYPE_CHECKING:
    from app.session import Session
    from app.settings import Settings
    from plex.change import Change
    from plex.items import PlexItem
    from plex.matcher import MatchResult
    from stash.scene import Scene
    from worker.plex_target import PlexTarget


def look(session: Session, scene_id: int, found: dict[str, Any]) -> dict[str, Any]:
    """What is so now, to be put over what was stored. Never raises what Stash or Plex being away raises."""
    asking = _Asking(session, scene_id, found)
    asking.stash()
    asking.plex()
    return asking.answer


class _Asking:
    """Goes from Stash to Plex; whatever is not to be had is noted, and what depends on it is left out."""

    def __init__(self, session: Session, scene_id: int, found: dict[str, Any]) -> None:
        self._session = session
        self._scene_id = scene_id
        self._found = found
        self._settings: Settings | None = None
        self._scene: Scene | None = None
        self.answer: dict[str, Any] = {
            "in_stash": None,
            "paths": [],
            "match": _remembered(found["last_result"]),
            "not_looked_up": [],
        }

    def _missing(self, part: str, reason: object) -> None:
        self.answer["not_looked_up"].append({"part": part, "reason": str(reason)})

    def stash(self) -> None:
        """The settings and the scene, each for itself: wrong settings do not hide the scene."""
        try:
            self._settings = self._session.settings()
            self._session.stash.ask_for(options_from(self._settings).mapping.reads)
        except SettingsError as error:
            self._missing("settings", " ".join(error.problems))
        except StashError as error:
            self._missing("Stash", error)
            return
        try:
            self._scene = self._session.stash.scenes([self._scene_id]).get(self._scene_id)
        except StashError as error:
            self._missing("Stash", error)
            return
        self.answer["in_stash"] = self._scene is not None
        if self._scene is not None:
            files = self._scene.files
            self.answer["path"] = files[0].path if files else ""
            self.answer["title"] = (
                self._scene.title or self.answer["path"].replace("\\", "/").rpartition("/")[2]
            )

    def plex(self) -> None:
        """The path map, the match from the index, and the items as Plex has them now."""
        if self._settings is None:
            self._missing("Plex", "without the settings there is no telling which Plex it is")
            return
        paths = self._paths()
        self.answer["paths"] = [self._mapped(path) for path in paths]
        target = plex_target(self._session, self._settings)
        try:
            if not target.open_from_memory():
                self._missing("Plex", "it was not met yet; run 'Check Setup'")
                return
            self._match(target, paths)
            self._items(target)
        except PlexError as error:
            self._missing("Plex", error)
        finally:
            target.close()

    def _paths(self) -> list[str]:
        if self._scene is not None:
            return [file.path for file in self._scene.files]
        return [self._found["path"]] if self._found["path"] else []

    def _mapped(self, path: str) -> dict[str, Any]:
        assert self._settings is not None  # noqa: S101 -- the caller looked
        plex, rule = self._settings.path_map.explain(path)
        return {"stash": path, "plex": plex, "rule": None if rule is None else str(rule)}

    def _match(self, target: PlexTarget, paths: list[str]) -> None:
        looked_at = target.index.looked_at()
        if looked_at is None:
            self._missing("Plex index", "it was not built yet; the next sync builds it")
            return
        if not paths:
            return
        result = self._result(target, paths)
        titles = {section.id: section.title for section in target.sections}
        owners = {
            row.rating_key: self._session.ledger.owner(target.server, row.rating_key)
            for row in result.targets
        }
        self.answer["match"] = _told(result, titles, owners, looked_at)

    def _result(self, target: PlexTarget, paths: list[str]) -> MatchResult:
        if self._scene is None:
            return target.matcher.match([FileFacts(path=path) for path in paths])
        pin = Pins(self._session.db).of_scene(target.server, self._scene_id)
        if pin is not None:
            return follow(target.index, pin, self._scene)[0]
        return target.matcher.match(file_facts(self._scene))

    def _items(self, target: PlexTarget) -> None:
        """Each item that is the scene's, or would be, compared with what Stash has now."""
        known = {item["rating_key"]: item for item in self._found["items"]}
        match = self.answer["match"] or {}
        mine = [t["rating_key"] for t in match.get("targets", []) if t.get("owner") in {None, self._scene_id}]
        keys = list(dict.fromkeys([*known, *mine]))
        if not keys:
            return
        if self._found["plex_away"]:
            self._missing("Plex", f"it is away: {self._found['plex_away']['reason']}")
            return
        items = target.client.details(keys)
        for key in keys:
            shown = known.get(key)
            if shown is not None:
                shown["now"] = self._now(target, items.get(key))
        self.answer["items"] = [*known.values(), *self._unknown_items(target, keys, items, known)]

    def _unknown_items(
        self,
        target: PlexTarget,
        keys: list[int],
        items: dict[int, PlexItem],
        known: dict[int, dict[str, Any]],
    ) -> list[dict[str, Any]]:
        titles = {section.id: section.title for section in target.sections}
        blank: dict[str, Any] = {
            "synced_at": None,
            "snapshot_at": None,
            "our_locks": [],
            "fields": {},
            "open_writes": [],
        }
        return [
            {
                "rating_key": key,
                "library": titles.get(items[key].section_id or 0),
                **blank,
                "now": self._now(target, items[key]),
            }
            for key in keys
            if key not in known and key in items
        ]

    def _now(self, target: PlexTarget, item: PlexItem | None) -> dict[str, Any]:
        """What Plex shows, and where that is not what Stash has. Pictures are left out: they are compared in a sync only."""
        if item is None:
            return {"gone": True, "title": "", "differs": {}, "kept": [], "their_locks": []}
        entry = self._session.ledger.get(target.server, item.rating_key)
        ours = set(entry.record.locks) if entry else set()
        found = {
            "gone": False,
            "title": item.scalars.get("title", ""),
            "differs": {},
            "kept": [],
            "their_locks": our_names(locks_of(item) - ours),
        }
        if self._scene is not None and self._scene.files and self._settings is not None:
            options = options_from(self._settings)
            desired, _ = desired_of(self._scene, options.mapping)
            change = difference(desired, item, entry.record if entry else None, options)
            found["differs"] = _differing(change, item)
            found["kept"] = [name for name, outcome in change.outcomes.items() if outcome == "kept"]
        return found


def _differing(change: Change, item: PlexItem) -> dict[str, Any]:
    wanted = {**change.scalars, **{kind: list(tags.final) for kind, tags in change.tags.items()}}
    return {
        OUR_NAMES[name]: {
            "plex": list(item.tags.get(name, ())) if name in TAGS else item.scalars.get(name, ""),
            "stash": value,
        }
        for name, value in wanted.items()
    }


def _told(
    result: MatchResult, titles: dict[int, str], owners: dict[int, int | None], looked_at: float
) -> dict[str, Any]:
    return {
        "source": "index",
        "at": looked_at,
        "confidence": result.confidence,
        "score": result.score,
        "method": result.method,
        "targets": [
            {
                "rating_key": row.rating_key,
                "title": row.title,
                "path": row.path,
                "library": titles.get(row.section_id),
                "owner": owners.get(row.rating_key),
            }
            for row in result.targets
        ],
        "candidates": [
            {
                "rating_key": one.row.rating_key,
                "title": one.row.title,
                "path": one.row.path,
                "score": one.score,
                "evidence": one.evidence,
            }
            for one in result.candidates
        ],
    }


def _remembered(last: dict[str, Any] | None) -> dict[str, Any] | None:
    """The evidence of the last try: all that there is when Stash is away."""
    match = last.get("match") if last else None
    if last is None or not isinstance(match, dict):
        return None
    targets = [{"rating_key": key} for key in match.get("targets", [])]
    return {**match, "source": "last try", "at": last["at"], "targets": targets}
