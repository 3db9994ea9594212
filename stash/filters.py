"""Which scenes are asked for: ``scene_filter`` as each version of Stash understands it."""

from __future__ import annotations

from typing import Any

from stash.scene import FIRST_WITH_GROUPS

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
