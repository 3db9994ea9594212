"""The one place that knows all parts: which observers listen, which clients a drain gets, what the settings mean."""

from __future__ import annotations

import logging
import os
import uuid
from contextlib import ExitStack, redirect_stdout
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from app.dry_run import DryRunReports
from app.observer_door import ObserverDoor
from app.stores import HistoryStore, Said
from events import subscribe
from observers.dlq import DlqReporter
from observers.dry_run import DryRunSummarizer
from observers.edits import EditReporter
from observers.history import HistoryKeeper
from observers.hours import HourKeeper
from observers.loader import load_observers
from observers.persist import JsonPersister
from observers.stats import StatsAccumulator
from observers.story import StoryTeller
from observers.summary import BatchSummarizer, figures
from plex.client import PlexClient
from plex.fields import OUR_NAMES
from stash.output import printed_as_log_lines
from stash.runtime import is_loopback
from sync_queue.hours import Hours
from sync_queue.locks import drain_lock
from sync_queue.meta import get_meta, set_meta
from worker.drain import Drain, Parts
from worker.mapping import MappingOptions
from worker.options import WorkerOptions
from worker.plex_target import Libraries, PlexTarget
from worker.pull_rules import RATING
from worker.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session import Session
    from app.settings import Settings
    from app.stopping import Stop
    from worker.drain import Result

log = logging.getLogger("plexsync.PlexSync")

IDENTIFIER_KEY = "client_identifier"


def mapping_from(settings: Settings) -> MappingOptions:
    """What of a scene goes to Plex, and how."""
    return MappingOptions(
        exclude=settings.exclude_fields,
        title=settings.field_title,
        sort_title=settings.field_sort_title,
        original_title=settings.field_original_title,
        tagline=settings.field_tagline,
        studio=settings.field_studio,
        content_rating=settings.field_content_rating,
        labels=settings.field_labels,
        label_tags=settings.field_tags_as_labels,
        include_tags=settings.field_tags_include,
        exclude_tags=settings.field_tags_exclude,
        characters=settings.field_cast_characters,
        photos=settings.field_cast_photos,
        studio_collections=not settings.field_collection_no_studio,
        studio_collection_prefix=settings.field_collection_studio_prefix,
        group_collection_prefix=settings.field_collection_group_prefix,
        poster_shape=settings.field_poster_shape,
    )


def pushes_ratings(settings: Settings) -> bool:
    """Whether the sync writes ratings to Plex."""
    return OUR_NAMES[RATING] not in settings.exclude_fields


def options_from(settings: Settings) -> WorkerOptions:
    """What the settings mean to the worker."""
    return WorkerOptions(
        mapping=mapping_from(settings),
        retry=RetryPolicy(max_tries=settings.max_retries),
        preserve_plex_edits=settings.preserve_plex_edits,
        override_locks=settings.override_locks,
        allow_low_confidence=settings.allow_low_confidence,
        ignore_missing=settings.ignore_missing,
        dry_run=settings.dry_run,
        not_found_days=settings.not_found_days,
        writers=settings.writers,
        scan_new_files=settings.plex_scan_new_files,
        pulled=frozenset({RATING} if settings.pull_ratings and pushes_ratings(settings) else ()),
        deleted_scenes=settings.deleted_scenes,
    )


def client_identifier(session: Session) -> str:
    """What Plex knows this installation by: made once and kept, or every run would be a "new device" to Plex's owner."""
    known = get_meta(session.db, IDENTIFIER_KEY)
    if isinstance(known, str):
        return known
    fresh = f"plexsync-{uuid.uuid4()}"
    set_meta(session.db, IDENTIFIER_KEY, fresh)
    return fresh


def plex_client(session: Session, settings: Settings) -> PlexClient:
    """A client for the server of the settings."""
    return PlexClient(
        settings.plex_url,
        settings.plex_token,
        client_identifier=client_identifier(session),
        verify=certificate_check(settings),
    )


def certificate_check(settings: Settings) -> bool | str:
    """Whether Plex's certificate is checked, or by which file. On this machine it is made out for another name, and not."""
    if settings.plex_ca_file:
        return settings.plex_ca_file
    return not (settings.plex_any_certificate or is_loopback(urlsplit(settings.plex_url).hostname or ""))


def plex_target(session: Session, settings: Settings) -> PlexTarget:
    """The server with the libraries of the settings, not opened yet."""
    return PlexTarget(
        plex_client(session, settings),
        Libraries(url=settings.plex_url, names=settings.plex_library),
        session.db,
        index_file=session.index_file,
        path_map=settings.path_map,
        learned_rules_confirmed=settings.path_map_learned,
        allow_low_confidence=settings.allow_low_confidence,
        clock=session.clock,
    )


class Composition:
    """The observers of one process, and drains to listen to. Close it to take the observers off again."""

    def __init__(self, session: Session, settings: Settings) -> None:
        self._session = session
        self._stack = ExitStack()
        self.stats = StatsAccumulator()
        own = [
            self.stats,
            BatchSummarizer(every=settings.summary_every),
            DryRunSummarizer(every=settings.summary_every),
            DlqReporter(dead_letters=session.dead, said=Said(session)),
            EditReporter(),
            StoryTeller(),
            HistoryKeeper(store=HistoryStore(session)),
            HourKeeper(store=Hours(session.db)),
            JsonPersister(data_dir=session.folder),
        ]
        self._stack.enter_context(redirect_stdout(printed_as_log_lines()))
        self._door = ObserverDoor(session)
        self._stack.callback(self._door.close)
        allowed = os.environ.get("PLEXSYNC_ENTRY_POINTS") == "1"
        theirs = load_observers(session.folder, entry_points=allowed, door=self._door)
        for observer in (*own, self._door, *theirs):
            self._stack.callback(subscribe(observer).close)

    def listen(self, observer: object) -> None:
        """One more observer, for as long as this composition lives."""
        self._stack.callback(subscribe(observer).close)

    def drain(
        self, settings: Settings, *, runner: str, stop: Stop, must_stop: Callable[[], str] = lambda: ""
    ) -> Result:
        """One drain with the settings as they are now."""
        session = self._session
        reports = DryRunReports(session)
        parts = Parts(
            db=session.db,
            queue=session.queue,
            dead=session.dead,
            ledger=session.ledger,
            plex=plex_target(session, settings),
            stash=session.stash,
            lock=drain_lock(session.folder),
            options=options_from(settings)._replace(ffmpeg=session.ffmpeg),
            clock=session.clock,
            interrupted=stop.asked,
            preview=reports.add,
        )
        try:
            result = self._drained(parts, runner, must_stop)
        finally:
            reports.close()
        return result

    def _drained(self, parts: Parts, runner: str, must_stop: Callable[[], str]) -> Result:
        session = self._session
        result = Drain(parts, runner=runner, must_stop=must_stop, by_hand=session.by_hand).run()
        if result.processed:
            self._door.note_drain()
        return result

    def figures(self) -> dict[str, Any]:
        """What has come of all drains so far, with the names of the summary's JSON line."""
        return figures(self.stats.stats)

    def close(self) -> None:
        """Take every observer off."""
        self._stack.close()
