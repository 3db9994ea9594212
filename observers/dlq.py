"""The DLQ reporter: each failure in one line that says what to do, and what the dead letters hold when that has changed."""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from events import DeadLetterClosed, DrainFinished, DrainProgress, DrainStarted, JobFailed, JobSucceeded

log = logging.getLogger("plexsync.DLQ")

MOST_REMEMBERED = 10_000
MOST_CAUSES = 10
"""Causes that one report names; 'Show Status' and the count in the first line have the rest."""
SHOWN_CLOSED = 3
OTHER_HINT = "See the message in 'Show Status'; mend the cause and run 'Retry Failed Scenes'"
CLOSED_WORDS = {
    "edited": "edited in Stash",
    "appeared": "now in Plex",
    "run": "queued by a run over the library",
}
"""Dead letters that close by themselves; whoever retries, discards or holds one knows it already."""


class Cause(Protocol):
    """What the report says of one cause."""

    @property
    def cause(self) -> str:
        """What is common to the messages of all its scenes."""

    @property
    def text(self) -> str:
        """The message itself where all its scenes have the same."""

    @property
    def hint(self) -> str:
        """What to do."""

    @property
    def count(self) -> int:
        """How many scenes it has stopped."""

    @property
    def folder(self) -> str:
        """The folder that holds all their files, or empty."""

    @property
    def examples(self) -> tuple[tuple[int, str], ...]:
        """Some of the scenes: id and title."""


class DeadLetters(Protocol):
    """What the reporter needs of the dead letter queue."""

    def get_error_summary(self) -> dict[str, int]:
        """How many of each error type, the most frequent first."""

    def count_causes(self) -> Mapping[tuple[str, str], int]:
        """How many scenes each cause, an (error type, cause), has stopped, the most frequent first."""

    def describe_cause(self, error_type: str, cause: str) -> Cause | None:
        """One cause with its blast radius, or None when it is over."""


class Said(Protocol):
    """Where the reporter keeps what it said last, so that another process does not say it again."""

    def read(self) -> dict[str, int] | None:
        """What was written last; None when nothing ever was."""

    def write(self, summary: dict[str, int]) -> None:
        """Keep it beyond the end of this process."""


class DlqReporter:
    """One line for each failure, and the report at the end of a drain.

    A failure that will be retried is a warning the first time for its scene and a debug line after that; the one that
    was the last is an error. Without ``said`` the report comes when a drain has changed the dead letters; with it, when
    they differ from what any process said last. It names the causes that have grown, each with how many scenes it has
    stopped. That dead letters have closed by themselves is said before what becomes of their scenes.
    """

    def __init__(self, *, dead_letters: DeadLetters, said: Said | None = None) -> None:
        self._dead_letters = dead_letters
        self._store = said
        self._said: dict[str, int] = {}
        self._warned: dict[int, str] = {}
        self._closed: Counter[str] = Counter()
        self._closed_examples: dict[str, list[str]] = {}

    def on_drain_started(self, _sender: object, *, event: DrainStarted) -> None:  # noqa: ARG002 -- a start is a start
        """Note what is old: each of Stash's tasks is a process of its own, and must not repeat it."""
        self._said = (self._store.read() or {}) if self._store else self._counts()

    def on_job_failed(self, _sender: object, *, event: JobFailed) -> None:
        """Say scene, path, error type, what was tried, and what to do."""
        self._say_closed()
        level = self._level(event)
        if not log.isEnabledFor(level):
            return
        log.log(
            level,
            "Scene %d %r (%s): %s: %s.%s %s. %s",
            event.scene_id,
            event.title,
            event.path,
            event.error_type,
            event.message.rstrip("."),
            f" Tried: {event.tried}." if event.tried else "",
            what_next(event),
            event.hint,
            extra={"scene_id": event.scene_id, "path": event.path, "error_type": event.error_type},
        )

    def _level(self, event: JobFailed) -> int:
        if not event.will_retry:
            self._warned.pop(event.scene_id, None)
            return logging.ERROR
        # A later try was announced by its first one, perhaps by another process.
        if event.attempt > 1 or self._warned.get(event.scene_id) == event.error_type:
            return logging.DEBUG
        if len(self._warned) >= MOST_REMEMBERED:
            self._warned.pop(next(iter(self._warned)))
        self._warned[event.scene_id] = event.error_type
        return logging.WARNING

    def on_job_succeeded(self, _sender: object, *, event: JobSucceeded) -> None:
        """It works again: the next failure of this scene is news."""
        self._say_closed()
        self._warned.pop(event.scene_id, None)

    def on_dead_letter_closed(self, _sender: object, *, event: DeadLetterClosed) -> None:
        """Count it; many may close at once."""
        if event.reason in CLOSED_WORDS:
            self._closed[event.reason] += 1
            examples = self._closed_examples.setdefault(event.reason, [])
            if len(examples) < SHOWN_CLOSED:
                examples.append(_example(event.scene_id, event.title))

    def on_drain_progress(self, _sender: object, *, event: DrainProgress) -> None:  # noqa: ARG002 -- a batch is a batch
        """Say what has closed."""
        self._say_closed()

    def on_drain_finished(self, _sender: object, *, event: DrainFinished) -> None:  # noqa: ARG002 -- an end is an end
        """Say what the dead letters hold if that is news."""
        self._say_closed()
        counts = self._counts()
        if counts == self._said:
            return
        self._report(counts)
        self._said = counts
        if self._store:
            self._store.write(counts)

    def _say_closed(self) -> None:
        """Many close at once, before any of their scenes is tried again: one line for each reason."""
        for reason, count in sorted(self._closed.items()):
            examples = _and_more(self._closed_examples[reason], count)
            log.info("No longer given up: %s, %s: %s", _scenes(count), CLOSED_WORDS[reason], examples)
        self._closed.clear()
        self._closed_examples.clear()

    def _counts(self) -> dict[str, int]:
        """By a text for each cause, which can be kept as JSON."""
        return {
            f"{kind}: {cause}": count for (kind, cause), count in self._dead_letters.count_causes().items()
        }

    def _report(self, counts: dict[str, int]) -> None:
        if not counts:
            log.info("DLQ is empty again")
            return
        summary = self._dead_letters.get_error_summary()
        total = sum(summary.values())
        kinds = ", ".join(f"{count} {kind}" for kind, count in summary.items())
        grown = {text for text, count in counts.items() if count > self._said.get(text, 0)}
        log.log(
            logging.WARNING if grown else logging.INFO,
            "DLQ contains %d item%s: %s",
            total,
            "" if total == 1 else "s",
            kinds,
        )
        keys = [key for key in self._dead_letters.count_causes() if f"{key[0]}: {key[1]}" in grown]
        self._say_causes(keys[:MOST_CAUSES])
        if len(keys) > MOST_CAUSES:
            log.warning("… and %d more causes; see 'Show Status'", len(keys) - MOST_CAUSES)

    def _say_causes(self, keys: list[tuple[str, str]]) -> None:
        """By type: what to do, and then a line for each cause."""
        for kind in dict.fromkeys(kind for kind, _ in keys):
            causes = [self._dead_letters.describe_cause(*key) for key in keys if key[0] == kind]
            known = [cause for cause in causes if cause is not None]
            for hint in dict.fromkeys(cause.hint for cause in known):
                log.warning("%s: %s", kind, hint or OTHER_HINT)
                for cause in (cause for cause in known if cause.hint == hint):
                    log.warning("  %s", radius(cause))


def radius(cause: Cause) -> str:
    """How many scenes a cause has stopped, where they lie, and examples."""
    examples = _and_more([_example(*one) for one in cause.examples], cause.count)
    text = (
        cause.text if cause.count > 1 else cause.cause
    )  # the whole message of a single one was said in its own line
    where = f", all below {cause.folder}" if cause.folder and cause.count > 1 else ""
    return f"{_scenes(cause.count)}: {text.rstrip('.')}{where}: {examples}"


def what_next(event: JobFailed) -> str:
    """Which try it was, and when the next one is."""
    tries = f"Try {event.attempt} of {event.max_attempts}"
    if not event.will_retry:
        last = event.attempt >= event.max_attempts
        return f"{tries}; given up" if last else f"{tries}; given up, for another one would not help"
    if event.next_try_at is None:
        return f"{tries}; will be tried again"
    when = _when(event.next_try_at, event.at)
    return (
        f"Looked for again when Plex has new items, at the latest {when}"
        if event.waits
        else f"{tries}; next {when}"
    )


def _when(at: float, now: float) -> str:
    seconds = max(0.0, at - now)
    form = "%H:%M:%S" if seconds < 12 * 3600 else "%d %b %H:%M"
    return f"in {_duration(seconds)}, at {time.strftime(form, time.localtime(at))}"


def _duration(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _scenes(count: int) -> str:
    return "1 scene" if count == 1 else f"{count} scenes"


def _example(scene_id: int, title: str) -> str:
    return f"{scene_id} {title!r}" if title else str(scene_id)


def _and_more(examples: list[str], count: int) -> str:
    more = count - len(examples)
    return ", ".join(examples) + (f" and {more} more" if more > 0 else "")
