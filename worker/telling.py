"""The events that tell of a job's end, made from its work: all that an observer may want, so that none has to ask."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypedDict

from events import DeadLetterClosed, JobDlq, JobFailed, JobSkipped, JobSucceeded, emit
from plex.fields import OUR_NAMES
from stash.log_context import about
from sync_queue.causes import cause_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from events import FieldOutcome
    from plex.exceptions import PlexError
    from stash.exceptions import StashError
    from sync_queue.dead_letters import DeadLetterQueue
    from worker.work import Target, Work

log = logging.getLogger("plexsync.Worker")

CLOSED_BY = {
    "appeared": "appeared",
    "retry": "retried",
    "discard": "discarded",
    "purge": "purged",
    "hold": "held",
    "Scene.Destroy.Post": "deleted",
}
"""What closes a dead letter besides an edit (any other hook) and a run over many scenes (anything else)."""


class _Common(TypedDict):
    scene_id: int
    title: str
    path: str
    attempt: int
    drain_id: str
    at: float
    trigger: str


class Teller:
    """Makes the events of one drain; ``clock`` gives epoch seconds."""

    def __init__(self, *, drain_id: str, max_tries: int, clock: Callable[[], float]) -> None:
        self._drain_id = drain_id
        self._max_tries = max_tries
        self._clock = clock

    def common(self, work: Work) -> _Common:
        """What every event of the job carries."""
        return {
            "scene_id": work.job.scene_id,
            "title": work.title,
            "path": work.path,
            "attempt": work.job.attempts + 1,
            "drain_id": self._drain_id,
            "at": self._clock(),
            "trigger": work.job.trigger,
        }

    def succeeded(self, work: Work) -> JobSucceeded:
        """The items show what Stash has."""
        outcomes = _merged([target.outcomes for target in work.targets])
        replaced = [name for target in work.targets if target.change for name in target.change.replaced]
        notes = [*work.notes, *(note for target in work.targets for note in target.notes)]
        return JobSucceeded(
            **self.common(work),
            duration_s=work.spent_s,
            confidence=work.match.confidence if work.match else "high",
            score=work.match.score if work.match else None,
            changed=tuple(name for name, outcome in outcomes.items() if outcome == "changed"),
            outcomes=outcomes,
            targets=tuple(target.rating_key for target in work.targets),
            replaced=tuple(dict.fromkeys(replaced)),
            notes=tuple(dict.fromkeys(notes)),
        )

    def skipped(self, work: Work, reason: str, detail: str) -> JobSkipped:
        """There was nothing to do."""
        return JobSkipped(**self.common(work), duration_s=work.spent_s, reason=reason, detail=detail)

    def failed(
        self, work: Work, error: PlexError | StashError, *, next_try_at: float | None, waits: bool = False
    ) -> JobFailed:
        """A try has failed; without ``next_try_at`` it was the last."""
        with about(scene_id=work.job.scene_id):
            log.debug("how scene %d failed", work.job.scene_id, exc_info=error)
        return JobFailed(
            **self.common(work),
            duration_s=work.spent_s,
            max_attempts=self._max_tries,
            error_type=error.error_type,
            message=str(error),
            hint=error.hint,
            will_retry=next_try_at is not None,
            next_try_at=next_try_at,
            tried=tried(work),
            confidence=work.match.confidence if work.match else None,
            score=work.match.score if work.match else None,
            outcomes=_merged([outcomes_of_failure(target) for target in work.targets]),
            cause=cause(work, error),
            waits=waits,
        )

    def dead(self, work: Work, error: PlexError | StashError, *, dead_total: int) -> JobDlq:
        """The scene was given up."""
        return JobDlq(
            **self.common(work),
            error_type=error.error_type,
            message=str(error),
            hint=error.hint,
            retry_count=work.job.attempts + 1,
            dead_total=dead_total,
            cause=cause(work, error),
        )


def cause(work: Work, error: PlexError | StashError) -> str:
    """What this failure has in common with those of other scenes."""
    return error.cause or cause_of(str(error), work.path)


def tried(work: Work) -> str:
    """What was done for the scene before it failed, in words; empty when it was not even looked for."""
    if work.match is None:
        return ""
    if not work.targets:
        looked = f"looked for {' and '.join(work.looked_for)}" if work.looked_for else "looked for its files"
        return looked if work.match.confidence == "none" else f"{looked}, best evidence: {work.match.method}"
    items = ", ".join(str(target.rating_key) for target in work.targets)
    found = f"found Plex item {items} by {work.match.method}"
    fields = dict.fromkeys(name for target in work.targets for name in _written(target))
    return f"{found}, wrote {', '.join(fields)}" if fields else found


def _written(target: Target) -> list[str]:
    if not target.wrote or target.change is None:
        return []
    return [OUR_NAMES[name] for name in (*target.change.scalars, *target.change.tags)]


def tell_closed(dead: DeadLetterQueue, drain_id: str) -> None:
    """Emit ``dead_letter_closed`` for every dead letter that is gone since the last time, whoever closed it."""
    while closed := dead.take_closed():
        for letter in closed:
            emit(
                DeadLetterClosed(
                    scene_id=letter.scene_id,
                    title=letter.title,
                    path=letter.path,
                    drain_id=drain_id,
                    at=letter.closed_at,
                    error_type=letter.error_type,
                    cause=letter.cause,
                    died_at=letter.died_at,
                    reason=closed_by(letter.trigger),
                )
            )


def closed_by(trigger: str) -> str:
    """The reason, in the word that ``DeadLetterClosed`` has for it."""
    return CLOSED_BY.get(trigger) or ("edited" if trigger.startswith("Scene.") else "run")


def _merged(parts: list[dict[str, FieldOutcome]]) -> dict[str, FieldOutcome]:
    """One outcome for each field over all targets: the one that says most about what happened."""
    order: tuple[FieldOutcome, ...] = ("equal", "kept", "changed", "failed")
    merged: dict[str, FieldOutcome] = {}
    for part in parts:
        for name, outcome in part.items():
            merged[name] = max(merged.get(name, "equal"), outcome, key=order.index)
    return merged


def outcomes_of_failure(target: Target) -> dict[str, FieldOutcome]:
    """What was to be written and was not read back counts as failed, whatever Plex may have made of it."""
    if target.after is not None:
        return target.outcomes
    return {name: "failed" if outcome == "changed" else outcome for name, outcome in target.outcomes.items()}
