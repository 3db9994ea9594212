"""The signals, one for each kind of event: the type of an event picks its signal, so name and payload cannot disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blinker import Namespace

from events.messages import (
    DeadLetterClosed,
    DrainFinished,
    DrainProgress,
    DrainStarted,
    JobDlq,
    JobFailed,
    JobPreviewed,
    JobSkipped,
    JobSucceeded,
    MatchScored,
    PlexDown,
    PlexUp,
)

if TYPE_CHECKING:
    from blinker import NamedSignal

namespace = Namespace()

match_scored = namespace.signal("match_scored", MatchScored.__doc__)
job_succeeded = namespace.signal("job_succeeded", JobSucceeded.__doc__)
job_skipped = namespace.signal("job_skipped", JobSkipped.__doc__)
job_previewed = namespace.signal("job_previewed", JobPreviewed.__doc__)
job_failed = namespace.signal("job_failed", JobFailed.__doc__)
job_dlq = namespace.signal("job_dlq", JobDlq.__doc__)
dead_letter_closed = namespace.signal("dead_letter_closed", DeadLetterClosed.__doc__)
drain_started = namespace.signal("drain_started", DrainStarted.__doc__)
drain_progress = namespace.signal("drain_progress", DrainProgress.__doc__)
drain_finished = namespace.signal("drain_finished", DrainFinished.__doc__)
plex_down = namespace.signal("plex_down", PlexDown.__doc__)
plex_up = namespace.signal("plex_up", PlexUp.__doc__)

SIGNAL_OF: dict[type, NamedSignal] = {
    MatchScored: match_scored,
    JobSucceeded: job_succeeded,
    JobSkipped: job_skipped,
    JobPreviewed: job_previewed,
    JobFailed: job_failed,
    JobDlq: job_dlq,
    DeadLetterClosed: dead_letter_closed,
    DrainStarted: drain_started,
    DrainProgress: drain_progress,
    DrainFinished: drain_finished,
    PlexDown: plex_down,
    PlexUp: plex_up,
}
"""Every kind of event and its signal."""
