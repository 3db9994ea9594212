"""Plex as the worker sees it: one server, its libraries, and the index over them, opened without a request when known.

What a server and its libraries are called changes rarely, so they stand in the database from the last look. A drain
of one scene then costs Plex three requests: read, write, read back.
"""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING, Any, NamedTuple

from plex.client import Section
from plex.exceptions import LibraryMissing, WrongSectionType, WrongServer
from plex.index import PlexIndex
from plex.learning import accepted
from plex.matcher import Matcher
from sync_queue.database import transaction
from sync_queue.meta import get_meta, set_meta
from sync_queue.repair import everything_is_wanted
from worker.learned_paths import recall, remember

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from plex.client import PlexClient
    from plex.index import RefreshResult
    from plex.learning import LearnedRule
    from plex.paths import PathMap

log = logging.getLogger("plexsync.Plex")

OFFERED = "plex_movie_libraries"
"""The titles of all movie libraries that Plex had when it was asked last, whether they are synced or not."""
KEY = "plex_server"
MOVIE = "movie"
LIBRARIES_KEPT_S = 600.0
"""How long a drain trusts that the same server with the same libraries is behind the address."""


class Libraries(NamedTuple):
    """Which libraries are wanted (empty: every movie library), on which address."""

    url: str
    names: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Changes when the owner changes address or libraries, so that what was remembered is looked up anew."""
        return hashlib.sha256("\n".join((self.url, *self.names)).encode()).hexdigest()[:16]


class PlexTarget:
    """One Plex server with the libraries that are wanted.

    ``open`` must run first; afterwards ``server`` is the machineIdentifier and ``matcher`` answers from the index.
    """

    server: str
    index: PlexIndex
    matcher: Matcher

    def __init__(
        self,
        client: PlexClient,
        libraries: Libraries,
        db: sqlite3.Connection,
        *,
        index_file: Path,
        path_map: PathMap,
        learned_rules_confirmed: bool = False,
        allow_low_confidence: bool,
        clock: Callable[[], float],
    ) -> None:
        self.client = client
        self._libraries = libraries
        self._db = db
        self._index_file = index_file
        self._path_map = path_map
        self._confirmed = learned_rules_confirmed
        self._allow_low_confidence = allow_low_confidence
        self._clock = clock
        self._relisted = False

    @property
    def relisted(self) -> bool:
        """Whether the whole listing was read since this target was opened, so that its digests can be trusted."""
        return self._relisted

    def open(self, *, surely: bool = False) -> None:
        """Learn server and libraries, from the database when they are known there, and list what was never listed.

        ``surely``, and when the last look is too old, Plex is asked who it is and which libraries it has.

        Raises LibraryMissing or WrongSectionType when a named library is not to be had, WrongServer when another
        server answers than the one that this database belongs to, and whatever the client raises.
        """
        known = get_meta(self._db, KEY)
        if isinstance(known, dict) and not surely and self._still_holds(known):
            self._use(str(known["server"]), [_section_from(row) for row in known["sections"]])
        else:
            self.look_up()
        built = self.index.ensure_built()
        self._relisted = built is not None and built.listed == len(self.sections)

    def open_from_memory(self) -> bool:
        """Take server and libraries as they were when they were met last, without a request; False when they never were.

        The index is as it was left, and may never have been built.
        """
        known = get_meta(self._db, KEY)
        if not isinstance(known, dict):
            return False
        self._use(str(known["server"]), [_section_from(row) for row in known["sections"]])
        return True

    def _still_holds(self, known: dict[str, Any]) -> bool:
        looked_at = known.get("looked_at")
        fresh = isinstance(looked_at, (int, float)) and 0 <= self._clock() - looked_at <= LIBRARIES_KEPT_S
        return fresh and known.get("fingerprint") == self._libraries.fingerprint

    def accept(self) -> str | None:
        """Whoever answers is the server from now on; returns which one was until now, or None. What stands under its name stays.

        When it is another one every scene is due, in the transaction that changes the server.
        """
        known = get_meta(self._db, KEY)
        self.look_up(accept=True)
        return str(known["server"]) if isinstance(known, dict) else None

    def look_up(self, *, accept: bool = False) -> None:
        """Ask Plex who it is and which libraries it has, and remember both. Raises WrongServer, unless another is to be accepted."""
        identity = self.client.identity()
        known = get_meta(self._db, KEY)
        if not accept and isinstance(known, dict) and known["server"] != identity.machine_identifier:
            message = (
                f"the Plex server at {self._libraries.url} is another one ({identity.machine_identifier}) than the one synced so far "
                f"({known['server']})"
            )
            raise WrongServer(message)
        there = self.client.sections()
        remember_offered(self._db, there)
        sections = choose(there, self._libraries.names)
        row = {
            "fingerprint": self._libraries.fingerprint,
            "server": identity.machine_identifier,
            "version": identity.version,
            "looked_at": self._clock(),
            "sections": [_section_row(section) for section in sections],
        }
        with transaction(self._db) as db:
            if isinstance(known, dict) and known["server"] != identity.machine_identifier:
                everything_is_wanted(db, self._clock())
            set_meta(db, KEY, row)
        self._use(identity.machine_identifier, sections)

    def forget_libraries(self) -> None:
        """What was remembered of the libraries no longer holds: the next drain asks for them again."""
        known = get_meta(self._db, KEY)
        if isinstance(known, dict):
            set_meta(self._db, KEY, {**known, "fingerprint": ""})

    def close(self) -> None:
        """Give the index and the connections back."""
        if "index" in self.__dict__:
            self.index.close()
        self.client.close()

    def path_in_plex(self, path: str) -> str:
        """Where Plex should see a file of Stash's, by the path map."""
        return self._path_map.apply(path)

    def learn(self, rules: Iterable[LearnedRule]) -> None:
        """Match by these rules from now on, as far as they are accepted, and so will every later drain."""
        remember(self._db, self.server, rules)
        self.matcher = self._matcher()

    def relist(self) -> RefreshResult:
        """Read the whole listing once in this target's life; later calls only look for what is new."""
        if self._relisted:
            return self.index.refresh()
        self.look_up()
        result = self.index.refresh(full=True)
        self._relisted = True
        return result

    def _use(self, server: str, sections: list[Section]) -> None:
        if "index" in self.__dict__:
            self.index.close()
        self.server = server
        self.sections = tuple(sections)
        self.index = PlexIndex(self.client, self._index_file, self.sections, server=server, clock=self._clock)
        self.matcher = self._matcher()

    def _matcher(self) -> Matcher:
        learned = accepted(recall(self._db, self.server), confirmed=self._confirmed)
        return Matcher(
            self.index, self._path_map, learned=learned, allow_low_confidence=self._allow_low_confidence
        )


def remember_offered(db: sqlite3.Connection, sections: tuple[Section, ...]) -> None:
    """Before names are looked for among them: a wrong one is mended by picking from these."""
    set_meta(db, OFFERED, [section.title for section in sections if section.type == MOVIE])


def choose(sections: tuple[Section, ...], names: tuple[str, ...]) -> list[Section]:
    """The libraries with these names, in their order; without names every movie library.

    Names are compared without regard to case. Raises LibraryMissing and WrongSectionType, naming what there is.
    """
    movies = [section for section in sections if section.type == MOVIE]
    if not names:
        if not movies:
            raise LibraryMissing("Plex has no movie library; make one over the folder of your scenes")
        return movies
    chosen: list[Section] = []
    for name in names:
        found = [section for section in sections if section.title.casefold() == name.casefold()]
        if not found:
            there = ", ".join(repr(section.title) for section in movies) or "none"
            raise LibraryMissing(
                f"plex_library names {name!r}, which Plex does not have; its movie libraries are: {there}"
            )
        if found[0].type != MOVIE:
            raise WrongSectionType(
                f"plex_library names {name!r}, which is a library of type {found[0].type!r}; scenes need one of type 'movie'"
            )
        chosen.extend(section for section in found if section.type == MOVIE)
    return chosen


def _section_row(section: Section) -> dict[str, Any]:
    return {
        "id": section.id,
        "title": section.title,
        "type": section.type,
        "uuid": section.uuid,
        "locations": list(section.locations),
    }


def _section_from(row: dict[str, Any]) -> Section:
    return Section(
        id=row["id"],
        title=row["title"],
        type=row["type"],
        uuid=row["uuid"],
        locations=tuple(row["locations"]),
        content_changed_at=None,
        refreshing=False,
    )
