"""Items to match, and the files of a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plex.evidence import FileFacts

if TYPE_CHECKING:
    from plex.matcher import MatchResult

SIZE, MS = 1000, 60_000


def keys(result: MatchResult) -> list[int]:
    return [row.rating_key for row in result.targets]


def add(plex_sim, library, path: str, size: int = SIZE, **kwargs) -> int:
    key: int = plex_sim.add_item(library.id, path, size=size, duration_ms=MS, **kwargs)
    return key


def facts(path: str, size: int | None = SIZE, duration_s: float | None = 60.0) -> FileFacts:
    return FileFacts(path, size, duration_s)
