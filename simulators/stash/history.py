"""What was watched, and how far (pkg/sqlite/history.go, SaveActivity). Nothing of it fires a hook or moves ``updated_at``."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from simulators.stash.views import plays_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulators.stash.store import SceneRow, Store

JSON = dict[str, Any]


class History:
    """Plays and activity of the scenes of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def save_activity(self, scene_id: Any, resume_s: float | None, played_s: float | None) -> None:
        """The place is set, the time played is added; what was not sent stays."""
        with self._store.lock:
            values = self._row(scene_id, "id {} does not exist in scenes").values
            if resume_s is not None:
                values["resume_time"] = resume_s
            if played_s is not None:
                values["play_duration"] = (values.get("play_duration") or 0.0) + played_s

    def add_plays(self, scene_id: Any, times: Iterable[str]) -> JSON:
        """One play for each time, now without any. A time that is there already is one more play."""
        with self._store.lock:
            at = [_stored(time) for time in times] or [_stored(self._store.now())]
            row = self._row(scene_id, "inserting into scenes_view_dates: FOREIGN KEY constraint failed")
            row.values["play_history"] = [*(row.values.get("play_history") or ()), *at]
            return _told(row)

    def delete_plays(self, scene_id: Any, times: Iterable[str]) -> JSON:
        """One play for each time, the newest without any; a time that is not there is nothing."""
        with self._store.lock:
            row = self._row(scene_id, "")
            left = plays_of(row)
            for at in [_stored(time) for time in times] or left[:1]:
                if at in left:
                    left.remove(at)
            row.values["play_history"] = left
            return _told(row)

    def _row(self, scene_id: Any, problem: str) -> SceneRow:
        row = self._store.scenes.get(int(scene_id))
        if row is None:
            raise GraphQLError(problem.format(scene_id) or f"scene with id {scene_id} not found")
        return row


def _told(row: SceneRow) -> JSON:
    plays = plays_of(row)
    return {"count": len(plays), "history": plays}


def _stored(time: str) -> str:
    """RFC 3339 in UTC and whole seconds, as Stash stores it. Raises GraphQLError."""
    try:
        at = dt.datetime.fromisoformat(time)
    except ValueError:
        raise GraphQLError(f"cannot parse Timestamp: {time}") from None
    at = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
