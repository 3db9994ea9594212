"""Repeats: the first few lines of a kind are written, the rest is told in one line, and no scene's name is lost.

Stash keeps the newest 30 lines of its log for the page that shows it. A run in which 10,000 scenes are not in Plex
would push everything else out of it, to say one thing 10,000 times. What counts as one kind: the same level, component
and error type, and the same message before its values are filled in. A kind that was quiet for a window begins anew.
"""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from stash.text import cut

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

WINDOW_S = 30.0
FIRST = 5
"""Lines of a kind that are written in full…"""
FIRST_DETAILS = 100
"""… and of debug and trace lines, which somebody reads to see how it went with each."""
MOST_SCENES = 500
"""Scenes named in one line: with more, another one comes before the window is over."""
MOST_KINDS = 500
LONGEST_SAMPLE_BYTES = 120
NEVER = float("inf")
CARRIED = ("name", "levelno", "levelname", "drain", "error_type")
"""What a line that stands for many has of them."""

VALUE = re.compile(r"%(?:\(\w+\))?[-#0 +]*(?:\d+|\*)?(?:\.(?:\d+|\*))?[a-zA-Z%]")
WORD = re.compile(r"[^\W\d_]{3}")


@dataclass(slots=True)
class _Kind:
    """``folded`` counts the lines of which nobody has been told yet, since ``since``; ``latest`` is the last of them.

    ``sample`` is the text of the last that was written.
    """

    last_at: float
    written: int = 0
    sample: str = ""
    folded: int = 0
    since: float = 0.0
    scenes: set[int] = field(default_factory=set)
    latest: logging.LogRecord | None = None


class Repeats:
    """``text_of`` gives the message of a record without secrets, and never raises: it is quoted, and cut. ``clock`` is monotonic."""

    def __init__(
        self, text_of: Callable[[logging.LogRecord], str], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._text_of = text_of
        self._clock = clock
        self._kinds: dict[Hashable, _Kind] = {}
        self._look_at = NEVER

    def take(self, record: logging.LogRecord) -> list[logging.LogRecord]:
        """What is to be written now that this record has come: what is due of others, then the record unless it is folded."""
        now = self._clock()
        told = self._due(now) if now >= self._look_at else []
        key = self._kind_of(record)
        kind = self._kinds.pop(key, None)
        if kind is None or (not kind.folded and now - kind.last_at > WINDOW_S):
            kind = _Kind(now)
        self._kinds[key] = kind  # the one that was used last stands last
        kind.last_at = now
        first = FIRST_DETAILS if record.levelno < logging.INFO else FIRST
        if kind.written < first:
            kind.written += 1
            if kind.written == first:
                kind.sample = cut(self._text_of(record), LONGEST_SAMPLE_BYTES)
            told.append(record)
        else:
            self._fold(kind, record, now)
            if len(kind.scenes) >= MOST_SCENES:
                told.append(_told(kind))
        return told + self._forget_the_oldest()

    def flush(self) -> list[logging.LogRecord]:
        """Everything that is folded; afterwards nothing is."""
        self._look_at = NEVER
        return [_told(kind) for kind in self._kinds.values() if kind.folded]

    def _due(self, now: float) -> list[logging.LogRecord]:
        waiting = [kind for kind in self._kinds.values() if kind.folded]
        told = [_told(kind) for kind in waiting if now - kind.since >= WINDOW_S]
        self._look_at = min((kind.since + WINDOW_S for kind in waiting if kind.folded), default=NEVER)
        return told

    def _fold(self, kind: _Kind, record: logging.LogRecord, now: float) -> None:
        if not kind.folded:
            kind.since = now
            self._look_at = min(self._look_at, now + WINDOW_S)
        kind.folded += 1
        kind.latest = record
        scene = getattr(record, "scene_id", None)
        if isinstance(scene, int):
            kind.scenes.add(scene)

    def _forget_the_oldest(self) -> list[logging.LogRecord]:
        if len(self._kinds) <= MOST_KINDS:
            return []
        oldest = self._kinds.pop(next(iter(self._kinds)))
        return [_told(oldest)] if oldest.folded else []

    def _kind_of(self, record: logging.LogRecord) -> Hashable:
        """Details, and lines about scenes, are of one kind when only their values differ; other lines when they are equal.

        A message that is nothing but its values has no template: it counts by its text.
        """
        template = str(record.msg)
        by_template = record.levelno < logging.INFO or hasattr(record, "scene_id")
        text = template if by_template and _has_words(template) else self._text_of(record)
        return record.name, record.levelno, getattr(record, "error_type", ""), text


def _told(kind: _Kind) -> logging.LogRecord:
    """The line for what is folded, which then is no more. A single one is told as it was."""
    latest, count, scenes = kind.latest, kind.folded, kind.scenes
    assert latest is not None  # noqa: S101 -- something is folded, or nobody would ask
    kind.folded, kind.scenes, kind.latest = 0, set(), None
    if count == 1:
        return latest
    message, values = '… %d more like "%s"', [count, kind.sample]
    facts = {name: getattr(latest, name) for name in CARRIED if hasattr(latest, name)}
    facts["repeats"] = count
    if scenes:
        facts["scene_ids"] = sorted(scenes)
        message += f": scene{'s' if len(scenes) > 1 else ''} %s"
        values.append(ranges(scenes))
    return logging.makeLogRecord({**facts, "msg": message, "args": tuple(values)})


@lru_cache(maxsize=1000)
def _has_words(template: str) -> bool:
    return WORD.search(VALUE.sub("", template)) is not None


def ranges(numbers: Iterable[int]) -> str:
    """``1-3, 7`` for 1, 2, 3 and 7."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(f"{first}-{last}" if last > first else str(first) for first, last in found)
