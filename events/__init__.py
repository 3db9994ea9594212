"""The vocabulary of PlexSync: what happens, and how to be told. The one file that an observer's author reads.

Subscribe with ``subscribe(observer)``, which connects each ``on_<signal>(self, sender, *, event)`` method, or with
blinker's ``signal.connect(function, weak=False)``. What an observer hears is already true on disk, comes from one
thread in the order in which it happened, and an observer that raises harms nobody.
"""

from events.bus import ReceiverStats, Subscription, emit, name_of, receiver_stats, receivers_of, subscribe
from events.messages import (
    Candidate,
    Confidence,
    DrainFinished,
    DrainProgress,
    DrainStarted,
    Event,
    FieldOutcome,
    JobDlq,
    JobEvent,
    JobFailed,
    JobSkipped,
    JobSucceeded,
    MatchScored,
    PlexDown,
    PlexTraffic,
    PlexUp,
    plain,
)
from events.signals import (
    SIGNAL_OF,
    drain_finished,
    drain_progress,
    drain_started,
    job_dlq,
    job_failed,
    job_skipped,
    job_succeeded,
    match_scored,
    namespace,
    plex_down,
    plex_up,
)
from events.stats import SyncStats

__all__ = [
    "SIGNAL_OF",
    "Candidate",
    "Confidence",
    "DrainFinished",
    "DrainProgress",
    "DrainStarted",
    "Event",
    "FieldOutcome",
    "JobDlq",
    "JobEvent",
    "JobFailed",
    "JobSkipped",
    "JobSucceeded",
    "MatchScored",
    "PlexDown",
    "PlexTraffic",
    "PlexUp",
    "ReceiverStats",
    "Subscription",
    "SyncStats",
    "drain_finished",
    "drain_progress",
    "drain_started",
    "emit",
    "job_dlq",
    "job_failed",
    "job_skipped",
    "job_succeeded",
    "match_scored",
    "name_of",
    "namespace",
    "plain",
    "plex_down",
    "plex_up",
    "receiver_stats",
    "receivers_of",
    "subscribe",
]
