"""Asking Plex to look for new files: Stash has met a file that Plex has not, and Plex's own next scan may be hours away.

What is asked for is a folder of a library, and never the library as a whole. A hundred new files of one folder are one
scan; a folder is asked for at most every half minute, and what came meanwhile is asked for by the next drain: there is
one soon, since their scenes wait. A library that Plex scans already is left alone until it has done.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from plex.exceptions import PlexError, PlexNotFound
from plex.paths import folded, is_windows, normal_path
from sync_queue.meta import get_meta, set_meta

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from plex.client import Section
    from worker.plex_target import PlexTarget
    from worker.work import Work

log = logging.getLogger("plexsync.Plex")

KEY = "plex_scans"
CREATED = "Scene.Create.Post"
PAUSE_S = 30.0
"""Between two scans of one folder."""
KEPT_S = 86_400.0
"""A folder that could not be asked for in that time (Plex scans all day, or has no such folder) is forgotten."""
MOST_FOLDERS = 20
"""Scans of one library at a time. More folders than this are one scan: of the folder that they have in common."""


@dataclass(slots=True)
class Scans:
    """Folders, as Plex sees them → since when they are wanted, and when they were asked for last (epoch seconds)."""

    wanted: dict[str, float] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A folder of a library: one of the library's own, as Plex spells it, and the names below it."""

    location: str
    below: tuple[str, ...]

    def spelled(self) -> str:
        """The whole path, with the slashes that Plex's system has."""
        slash = "\\" if "\\" in self.location else "/"
        return slash.join([self.location.rstrip("/\\"), *self.below]) or slash


class ScanAsker:
    """One for a drain; does nothing unless ``enabled``. What it wants to ask for is in the database, and outlives it."""

    def __init__(
        self, plex: PlexTarget, db: sqlite3.Connection, *, enabled: bool, clock: Callable[[], float]
    ) -> None:
        self._plex = plex
        self._db = db
        self._enabled = enabled
        self._clock = clock

    def note(self, works: Iterable[Work]) -> None:
        """Remember where Plex should look for the files of these scenes: those that are new and that it has not found."""
        if not self._enabled:
            return
        folders = {folder_of(path) for work in works if is_new_file(work) for path in work.looked_for}
        # One that lies in no library would be looked for in Plex's list of them again and again.
        folders = {one for one in folders if any(place_in(section, one) for section in self._plex.sections)}
        if folders:
            scans = self._load()
            for folder in folders:
                scans.wanted.setdefault(folder, self._clock())
            self._save(scans)

    def ask(self) -> None:
        """Ask for what is wanted and may be asked for now. Plex's trouble with it is nobody's: it stays wanted for a day."""
        if not self._enabled:
            return
        scans, now = self._load(), self._clock()
        due = [folder for folder in scans.wanted if now - scans.asked.get(folder, 0.0) >= PAUSE_S]
        if not due:
            return
        try:
            libraries = self._libraries()
            busy = {
                one for one in due for section in libraries if section.refreshing and place_in(section, one)
            }
            free = [one for one in due if one not in busy]
            refused = {one for section in libraries for one in self._ask_in(section, free, scans)}
            for folder in free:
                if folder in scans.asked and folder not in refused:
                    scans.wanted.pop(folder)
        except PlexError as error:
            log.debug("Plex could not be asked to look for new files: %s", error)
        finally:
            self._save(scans)

    def _libraries(self) -> list[Section]:
        """As they are now: which are being scanned changes from minute to minute."""
        ours = {section.id for section in self._plex.sections}
        return [section for section in self._plex.client.sections() if section.id in ours]

    def _ask_in(self, section: Section, due: list[str], scans: Scans) -> Iterable[str]:
        """Ask for those that lie in the library; returns those that it would not scan now. Raises PlexError when Plex is away."""
        found = {folder: place for folder in due if (place := place_in(section, folder)) is not None}
        for folder in found:
            scans.asked[folder] = self._clock()
        try:
            for folder in folders_to_scan(found.values()):
                self._plex.client.scan(section.id, folder)
                log.info("Plex is asked to look for new files in %s (library %r)", folder, section.title)
        except PlexError as error:
            if error.opens_breaker:
                raise
            log.debug("Library %r could not be asked to look for new files: %s", section.title, error)
            return found
        return ()

    def _load(self) -> Scans:
        row, now = get_meta(self._db, KEY), self._clock()
        parts = row if isinstance(row, dict) else {}
        return Scans(_young(parts.get("wanted"), now, KEPT_S), _young(parts.get("asked"), now, PAUSE_S))

    def _save(self, scans: Scans) -> None:
        set_meta(self._db, KEY, {"wanted": scans.wanted, "asked": scans.asked})


def is_new_file(work: Work) -> bool:
    """Whether a scan of Stash's has just met the scene's file, and Plex has not."""
    new = work.job.trigger == CREATED and work.job.waiting_since is None
    return new and isinstance(work.failure, PlexNotFound)


def folder_of(path: str) -> str:
    """The folder of a file, in normal form."""
    return normal_path(path).rpartition("/")[0] or "/"


def place_in(section: Section, folder: str) -> Place | None:
    """Where in a library the folder lies; None when it lies in none of the library's own folders."""
    for location in section.locations:
        root = normal_path(location).rstrip("/")
        head, rest = folder[: len(root)], folder[len(root) :]
        same = folded(head) == folded(root) if is_windows(root) else head == root
        if same and (not rest or rest.startswith("/")):
            return Place(location, tuple(part for part in rest.split("/") if part))
    return None


def folders_to_scan(places: Iterable[Place]) -> list[str]:
    """As Plex spells them, without those that lie in another of them; too many in one place are the one they have in common."""
    of_location: dict[str, list[tuple[str, ...]]] = {}
    for place in sorted(set(places)):
        kept = of_location.setdefault(place.location, [])
        if not any(place.below[: len(other)] == other for other in kept):
            kept.append(place.below)
    return [
        Place(location, below).spelled()
        for location, kept in of_location.items()
        for below in (kept if len(kept) <= MOST_FOLDERS else [_common(kept)])
    ]


def _common(places: list[tuple[str, ...]]) -> tuple[str, ...]:
    first, last = min(places), max(places)
    shared = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:shared]


def _young(times: Any, now: float, kept_s: float) -> dict[str, float]:
    """Without what is older than that, and what a clock that jumped has dated ahead."""
    if not isinstance(times, dict):
        return {}
    return {folder: at for folder, at in times.items() if 0 <= now - at <= kept_s}
