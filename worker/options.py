"""What the worker may be told. The composer makes these from the settings; the worker never reads a setting."""

from __future__ import annotations

from typing import NamedTuple

from worker.mapping import MappingOptions
from worker.retry import RetryPolicy

KEEP, UNLOCK, LEAVE_COLLECTIONS = FAREWELLS = ("keep", "unlock", "leave_collections")
"""What becomes of the Plex item of a scene that was deleted in Stash; see ``worker.farewell``."""
NEWEST, PLEX, STASH = CONFLICTS = ("newest", "plex", "stash")
"""Whose rating or place wins when both sides have changed it since the last pull; see ``worker.pull_rules``."""
DAY_S = 86_400.0


class WorkerOptions(NamedTuple):
    """Counts, except where the name says seconds or days."""

    mapping: MappingOptions = MappingOptions()
    retry: RetryPolicy = RetryPolicy()
    preserve_plex_edits: bool = False
    override_locks: bool = False
    allow_low_confidence: bool = False
    ignore_missing: bool = False
    dry_run: bool = False
    """Every drain looks and writes nothing to Plex."""
    not_found_days: int = 7
    scan_new_files: bool = False
    """Whether Plex is asked to look where Stash has met a new file."""
    pulled: frozenset[str] = frozenset()
    """Plex's names of the fields that are brought from Plex to Stash too: the sync leaves those made in Plex to the pull."""
    deleted_scenes: str = KEEP
    """One of ``FAREWELLS``."""
    ffmpeg: str = ""
    """The path of the ffmpeg that gives posters their shape; "" when there is none."""
    batch_size: int = 100
    """Details are read for a hundred items with one request; more makes the URL too long for some proxies."""
    writers: int = 2
    """Threads that may write at the same time; fewer do while Plex is slow. It writes its database one at a time."""
    linger_s: float = 1.0
    """How long a drain waits for another edit before it ends."""

    @property
    def rules(self) -> dict[str, bool]:
        """What decides beside the wish whether there is something to write: a change of it makes every item stale."""
        rules = {"preserve": self.preserve_plex_edits, "override_locks": self.override_locks}
        return rules | {f"pulled {name}": True for name in sorted(self.pulled)}
