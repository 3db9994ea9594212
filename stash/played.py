"""What Stash knows of ratings, plays and places in a film, and how it is told of them.

Stash fires its hook for a rating, and none for plays and places; these do not move ``updated_at`` either.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stash.exceptions import StashOdd
from stash.filters import epoch_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stash.client import StashClient

AT_ONCE = 100
FIELDS = "id title rating100 updated_at last_played_at resume_time play_history files{path}"
RATE = "mutation($i:SceneUpdateInput!){sceneUpdate(input:$i){id}}"
ADD_PLAYS = "mutation($id:ID!,$times:[Timestamp!]){sceneAddPlay(id:$id,times:$times){count}}"
SAVE_PLACE = "mutation($id:ID!,$s:Float){sceneSaveActivity(id:$id,resume_time:$s)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A scene. ``rating100`` is 0 for none; times are epoch seconds, 0 when there is none.

    ``updated_at`` moves with every edit, so the rating is at most as new as it says.
    """

    id: int
    title: str = ""
    rating100: int = 0
    updated_at: float = 0.0
    plays: tuple[float, ...] = ()
    resume_s: float = 0.0

    @property
    def played_at(self) -> float:
        """When it was last played."""
        return max(self.plays, default=0.0)


def read(stash: StashClient, scene_ids: Iterable[int]) -> dict[int, Played]:
    """The scenes as they are now, a hundred in a request; those that Stash does not have are absent."""
    ids, found = list(dict.fromkeys(scene_ids)), {}
    for start in range(0, len(ids), AT_ONCE):
        each = " ".join(f"s{one}:findScene(id:{one}){{{FIELDS}}}" for one in ids[start : start + AT_ONCE])
        for data in stash.ask(f"{{{each}}}", {}, "reading what was watched").values():
            if data is not None:
                played = _from_json(data)
                found[played.id] = played
    return found


def rate(stash: StashClient, scene_id: int, rating100: int) -> None:
    """Give the scene a rating; 0 takes it away."""
    sent = {"id": str(scene_id), "rating100": rating100 or None}
    stash.ask(RATE, {"i": sent}, f"rating scene {scene_id}")


def add_plays(stash: StashClient, scene_id: int, times: Iterable[float]) -> None:
    """Count one play for each time (epoch seconds). Stash looks for no double: the caller must."""
    texts = [datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for at in times]
    stash.ask(ADD_PLAYS, {"id": str(scene_id), "times": texts}, f"counting plays of scene {scene_id}")


def save_place(stash: StashClient, scene_id: int, seconds: float) -> None:
    """Say where the scene goes on."""
    stash.ask(SAVE_PLACE, {"id": str(scene_id), "s": seconds}, f"saving the place in scene {scene_id}")


def _from_json(data: Any) -> Played:
    try:
        file: dict[str, Any] = next(iter(data.get("files") or ()), {})
        return Played(
            id=int(data["id"]),
            title=str(data.get("title") or str(file.get("path") or "").replace("\\", "/").rpartition("/")[2]),
            rating100=int(data.get("rating100") or 0),
            updated_at=epoch_of(str(data["updated_at"])),
            plays=tuple(sorted(epoch_of(str(at)) for at in data.get("play_history") or ())),
            resume_s=float(data.get("resume_time") or 0.0),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise StashOdd("Stash gave a scene of another shape while reading what was watched") from None
