"""Which scenes are asked for: ``scene_filter`` as each version of Stash understands it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from stash.exceptions import StashOdd
from stash.scene import FIRST_WITH_GROUPS

if TYPE_CHECKING:
    from datetime import tzinfo

CLOCK_MARGIN_S = 2 * 3600
"""Stash compares times as text in its own offset; where summer time begins or ends, text and time differ by an hour."""
HIERARCHICAL = frozenset({"studio", "tag"})


def showing(kind: str, object_id: int, depth: int, version: tuple[int, int]) -> dict[str, Any]:
    """Scenes with this performer, studio, tag or group. ``depth``: the levels of studios or tags below it that count too."""
    criterion: dict[str, Any] = {"value": [str(object_id)], "modifier": "INCLUDES"}
    if kind in HIERARCHICAL:
        criterion["depth"] = depth
    name = "movies" if kind == "group" and version < FIRST_WITH_GROUPS else f"{kind}s"
    return {name: criterion}


def updated_after(text: str) -> dict[str, Any]:
    """Scenes changed after this time, a text that Stash gave: it compares texts."""
    return {"updated_at": {"value": text, "modifier": "GREATER_THAN"}}


def zone_of(text: str) -> tzinfo | None:
    """The offset of a time that Stash gave. Raises StashOdd when it is none."""
    try:
        return datetime.fromisoformat(text).tzinfo
    except ValueError:
        raise StashOdd("Stash gave a time that is none") from None


def epoch_of(text: str) -> float:
    """A time that Stash gave, in epoch seconds. Raises StashOdd when it is none."""
    zone_of(text)
    return datetime.fromisoformat(text).timestamp()


def hours_ago(hours: float, now: float, *, like: str) -> str:
    """So many hours before ``now`` (epoch seconds), and the margin, as Stash would write it; ``like`` is a time of its own."""
    at = datetime.fromtimestamp(now - hours * 3600 - CLOCK_MARGIN_S, zone_of(like))
    return at.isoformat(timespec="seconds")


def well_before(text: str) -> str:
    """A time that is surely not after this one, however the server's clock and offset have changed since it gave it."""
    zone_of(text)
    return (datetime.fromisoformat(text) - timedelta(seconds=CLOCK_MARGIN_S)).isoformat(timespec="seconds")
