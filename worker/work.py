"""A claimed job on its way through a batch, and each Plex item that it touches."""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from plex.exceptions import PlexError, Unknown
from stash.exceptions import StashError, StashOdd
from stash.log_context import about
from sync_queue.database import DatabaseError
from sync_queue.ledger import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events import FieldOutcome
    from plex.change import Change
    from plex.exceptions import PlexRefused
    from plex.fields import Desired
    from plex.index import IndexRow
    from plex.items import PlexItem
    from plex.matcher import MatchResult
    from stash.scene import Scene
    from sync_queue.jobs import Job
    from worker.pictures import PictureStep


@dataclass(slots=True, kw_only=True)
class Target:
    """One Plex item that shows the scene. A file that lies in two libraries has two of them."""

    row: IndexRow
    entry: Entry | None
    before: PlexItem | None = None
    change: Change | None = None
    after: PlexItem | None = None
    pictures: list[PictureStep] = field(default_factory=list)
    photos: dict[str, str] = field(default_factory=dict)
    """Kinds of which Plex gets a picture of ours for the first time → what it shows until then, for the snapshot."""
    outcomes: dict[str, FieldOutcome] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    cut: dict[str, object] = field(default_factory=dict)
    unchanged: bool = False
    """The ledger and a fresh listing agree that nothing has moved on either side: nothing was read or written."""
    wrote: bool = False
    gone: bool = False
    """Plex no longer has it, or it shows another file now."""

    @property
    def rating_key(self) -> int:
        """Plex's key of the item."""
        return self.row.rating_key

    def own_entry(self, server: str, scene_id: int) -> Entry:
        """The item's entry, made now at first contact; from here on the item belongs to this scene."""
        if self.entry is None:
            self.entry = Entry(
                server=server, rating_key=self.rating_key, scene_id=scene_id, section_id=self.row.section_id
            )
        self.entry.scene_id = scene_id
        return self.entry


@dataclass(slots=True, kw_only=True)
class Work:
    """One job. ``failure`` and ``skip`` are set at most once, and end its way through the steps."""

    job: Job
    scene: Scene | None = None
    match: MatchResult | None = None
    looked_for: list[str] = field(default_factory=list)
    """Where Plex should see the scene's files, by the path map."""
    desired: Desired | None = None
    state_hash: str = ""
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failure: PlexError | StashError | None = None
    refused: PlexRefused | None = None
    """Plex will not have the edit: not yet known whether that is said to this one or to everybody."""
    postponed: PlexError | None = None
    """What this scene needs is not to be had now, and it is not its fault: it goes back as it was, while others go on."""
    cover_missing: StashOdd | None = None
    """Stash did not give the cover, and may the next time: the fields are written, and then the scene is tried again."""
    skip: tuple[str, str] | None = None
    spent_s: float = 0.0
    stale: bool = False
    """An item that the index named was gone: it is matched once more, against a fresh index."""
    gives_way: bool = False
    """An item of it is being written for another scene that has less right to it: it goes back, and has it afterwards."""
    overtaken: bool = False
    """A more urgent edit has written one of its items since they were read: it goes back, to be compared anew."""
    parted: list[int] = field(default_factory=list)
    """Items of a deleted scene that were written for the last time, by ratingKey."""
    passed: bool = False
    """It has come to the end of the line of works that are written."""
    written: bool = False
    """The write step has dealt with it, if only by finding nothing to write. What it did not reach goes back to the queue."""

    @property
    def open(self) -> bool:
        """Whether there is still something to do for it."""
        return self.failure is None and self.skip is None and self.postponed is None

    @property
    def finished(self) -> bool:
        """Whether it has come to an end, good or bad; otherwise it goes back to the queue."""
        return self.failure is not None or self.skip is not None or (self.open and self.written)

    def go_back(self) -> None:
        """Whatever was done for it, another one has written its item since: it is no more finished, nor has it failed."""
        self.overtaken = True
        self.written = False
        self.failure = self.refused = None

    @property
    def path(self) -> str:
        """The primary file, or what the queue remembers of it."""
        return self.scene.files[0].path if self.scene and self.scene.files else self.job.path

    @property
    def title(self) -> str:
        """The scene's title for a person to read: never empty when there is a file."""
        if self.scene is None:
            return self.job.title
        return self.scene.title or self.path.replace("\\", "/").rpartition("/")[2]

    @contextmanager
    def step(self) -> Iterator[None]:
        """The border of a job: what goes wrong inside is this job's failure, and its time this job's time.

        What concerns more than this job is raised: Plex or Stash away, a refusal, a wrong set-up.
        """
        start = time.perf_counter()
        try:
            with about(scene_id=self.job.scene_id):
                yield
        except StashError as error:
            if not isinstance(error, StashOdd):
                raise
            self.failure = error
        except PlexError as error:
            if error.opens_breaker or error.stops_drain:
                raise
            self.failure = error
        except (DatabaseError, sqlite3.Error):
            raise  # the queue's own trouble is no scene's
        except Exception as error:  # noqa: BLE001 -- one odd scene must not stand in the way of all the others
            self.failure = Unknown(f"{type(error).__name__}: {error}")
            self.failure.__cause__ = error
        finally:
            self.spent_s += time.perf_counter() - start


@contextmanager
def shared_time(works: list[Work]) -> Iterator[None]:
    """Split the time of a request that serves many jobs evenly among them."""
    start = time.perf_counter()
    try:
        yield
    finally:
        share = (time.perf_counter() - start) / max(1, len(works))
        for work in works:
            work.spent_s += share
