"""Check Setup: every condition that a sync needs, tested one after another, each with the way out when it fails."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

from app.checks import Check
from app.compose import plex_client, plex_target
from app.path_check import check_paths
from app.photo_check import check_photos
from app.poster_check import check_poster_shape
from app.settings import Settings, SettingsError, check_login
from app.words import counted
from plex.exceptions import PlexError
from stash.exceptions import StashError
from sync_queue.database import DatabaseError
from worker.matching import file_facts
from worker.plex_target import choose, remember_offered
from worker.shaping import ORIGINAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.session import Session
    from plex.client import PlexClient
    from stash.scene import Scene
    from worker.plex_target import PlexTarget

SAMPLE = 500
MOST_MATCH = 0.9


def examine(session: Session, tell_progress: Callable[[float], None] = lambda _done: None) -> Iterator[Check]:
    """Test everything that can be tested; a failure ends only what depends on it."""
    yield Check("Python", ok=True, text=sys.version.split()[0])
    yield _data_folder(session)
    tell_progress(0.1)
    try:
        version = session.stash.version()
        yield Check("Stash", ok=True, text=f"{version} at {session.connection.url}")
        raw = session.raw_settings()
    except StashError as error:
        yield Check("Stash", ok=False, text=str(error), remedy=error.hint)
        return
    try:
        settings = Settings.from_stash(raw)
        check_login(settings, session.stash.wants_login)
    except SettingsError as error:
        for problem in error.problems:
            yield Check("Settings", ok=False, text=problem)
        return
    yield Check("Settings", ok=True, text="all valid")
    if settings.dry_run:
        yield Check(
            "Dry run", ok=True, text="on: syncs write nothing to Plex until the setting dry_run is off"
        )
    if settings.field_poster_shape != ORIGINAL:
        yield check_poster_shape(settings, session.stash)
    tell_progress(0.2)
    yield from _plex(session, settings, tell_progress)


def _data_folder(session: Session) -> Check:
    try:
        session.db.execute("PRAGMA user_version")
        mode = session.db.execute("PRAGMA journal_mode").fetchone()[0]
    except DatabaseError as error:
        return Check(
            "Data folder",
            ok=False,
            text=str(error),
            remedy="make it writable for the user that Stash runs as, or set PLEXSYNC_DATA_DIR",
        )
    if os.name == "posix" and session.folder.stat().st_mode & stat.S_IWOTH:
        return Check(
            "Data folder",
            ok=False,
            text=f"every user can write to {session.folder}, and so put an observer there for PlexSync to run",
            remedy=f"take that away: chmod o-w {session.folder}",
        )
    return Check("Data folder", ok=True, text=f"{session.folder} is writable (journal mode {mode})")


def _plex(session: Session, settings: Settings, tell_progress: Callable[[float], None]) -> Iterator[Check]:
    client = plex_client(session, settings)
    try:
        identity = client.identity()
        yield Check("Plex", ok=True, text=f"version {identity.version} at {settings.plex_url}")
        sections = client.sections()
        yield Check("Plex token", ok=True, text="accepted")
        remember_offered(session.db, sections)
        chosen = choose(sections, settings.plex_library)
        shown = "; ".join(f"{section.title!r} over {', '.join(section.locations)}" for section in chosen)
        yield Check("Plex libraries", ok=True, text=shown)
        target = plex_target(session, settings)
        target.look_up()
        target.index.refresh(full=True)
    except PlexError as error:
        yield Check(_failed_part(error), ok=False, text=str(error), remedy=error.hint)
        return
    yield _rights(client)
    tell_progress(0.6)
    items = target.index.get_stats().get("items", 0)
    yield Check(
        "Plex index",
        ok=items > 0,
        text=counted(int(items), "item"),
        remedy="" if items else "let Plex scan the library's folder",
    )
    scenes = _sample_scenes(session)
    yield from check_paths(settings, target, scenes)
    yield from _sample(scenes, target)
    if settings.field_cast_photos is not None:
        yield check_photos(settings.field_cast_photos, scenes)
    target.close()
    tell_progress(1.0)


def _failed_part(error: PlexError) -> str:
    return {
        "PlexRefused": "Plex token",
        "CertificateRefused": "Plex certificate",
        "LibraryMissing": "Plex libraries",
        "WrongSectionType": "Plex libraries",
    }.get(error.error_type, "Plex")


def _rights(client: PlexClient) -> Check:
    """Only the server's owner may edit, and only the owner sees the preferences: a read that tells without writing."""
    try:
        client.preferences()
    except PlexError as error:
        return Check(
            "Plex edit rights",
            ok=False,
            text=str(error),
            remedy="use the token of the server's owner: only the owner may edit",
        )
    return Check("Plex edit rights", ok=True, text="the token is the owner's")


def _sample(scenes: list[Scene], target: PlexTarget) -> Iterator[Check]:
    """Match a sample of scenes spread over the library, and say by what evidence."""
    if not scenes:
        yield Check(
            "Sample", ok=False, text="Stash has no scene with a file", remedy="scan a library in Stash first"
        )
        return
    methods: dict[str, int] = {}
    matched = 0
    for scene in scenes:
        match = target.matcher.match(file_facts(scene))
        matched += match.confidence == "high"
        method = f"by {match.method}" if match.confidence != "none" else "not found"
        methods[method] = methods.get(method, 0) + 1
    how = ", ".join(
        f"{count} {method}" for method, count in sorted(methods.items(), key=lambda pair: -pair[1])
    )
    enough = matched >= MOST_MATCH * len(scenes)
    remedy = (
        ""
        if enough
        else "let Plex scan the missing files; where it has them at other paths than Stash, set path_map"
    )
    yield Check(
        "Sample",
        ok=enough,
        text=f"{matched} of {len(scenes)} sample scenes match with certainty ({how})",
        remedy=remedy,
    )


def _sample_scenes(session: Session) -> list[Scene]:
    """Up to 500 scenes spread evenly over all ids, so that one folder does not speak for the library."""
    ids = [scene_id for page in session.stash.scene_ids() for scene_id in page]
    step = max(1, len(ids) // SAMPLE)
    chosen = ids[::step][:SAMPLE]
    found: list[Scene] = []
    for start in range(0, len(chosen), 100):
        found.extend(
            scene for scene in session.stash.scenes(chosen[start : start + 100]).values() if scene.files
        )
    return found
