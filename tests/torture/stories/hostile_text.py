"""Hostile titles, details, names and paths, through the whole worker into Plex, and through the log.

Every scene is one case. Plex must show the documented normal form of all it was given, a second run must write nothing,
a long edit must be split as designed, and whatever stands in a text, each line of the log must be one that Stash's own
reader takes for PlexSync's.
"""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from plex.writer import LIMIT_BYTES
from simulators.stash.loglines import LINE_LIMIT, detect_level
from stash.log import TRACE, StashLogHandler
from stash.redact import Secrets
from tests.torture.hostile import File, file, key, long_text, normal, of_one_line, text
from tests.torture.outcome import Outcome, row_of
from tests.torture.story import Row
from tests.torture.trial import trial

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from simulators.plex import Request
    from tests.torture.story import Stage
    from tests.torture.trial import Trial

AT_ONCE = 250
"""Cases in an installation."""
LONG_ONE_IN = 125
FIRST_SIZE = 2_000_000
"""Bytes. Each file has a size of its own, so that it is found under whatever name."""
OURS = re.compile(r"\[PlexSync [A-Za-z0-9_.]+\] ")
LEVELS = (TRACE, logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR)


@dataclass
class Case:
    """A scene of hostile texts. ``rating_key`` is its Plex item."""

    title: str
    details: str
    studio: str
    tags: tuple[str, ...]
    performers: tuple[str, ...]
    file: File
    scene: int = 0
    rating_key: int = 0

    def wrong(self, made: Trial) -> str:
        """What Plex does not show as it should, or nothing."""
        item = made.plex.item(self.rating_key)
        title = of_one_line(self.title) or of_one_line(self.file.stem)
        summary, studio = normal(self.details), of_one_line(self.studio)
        # The name under which Plex had the file is left as it is where it says the same but for its blanks.
        shown = (of_one_line(item.title), item.fields.get("summary", ""), item.fields.get("studio", ""))
        if shown != (title, summary, studio):
            return f"scene {self.scene} shows {shown!r:.600} and not {(title, summary, studio)!r:.600}"
        for kind, names in (("genre", self.tags), ("actor", self.performers), ("collection", (self.studio,))):
            wanted = {key(name) for name in names if key(name)}
            if {key(name) for name in item.tags.get(kind, [])} != wanted:
                return (
                    f"scene {self.scene} has the {kind}s {item.tags.get(kind)!r:.400} and not {wanted!r:.400}"
                )
        return ""


@dataclass
class LogCheck:
    """What was written to Stash's log, read as Stash reads it."""

    lines: int = 0
    bad: list[str] = field(default_factory=list)

    def read(self, written: bytes) -> None:
        """Take the bytes of a standard error."""
        for line in written.split(b"\n")[:-1]:
            self.lines += 1
            level, message = detect_level(line.decode(errors="replace"))
            sound = level not in {None, "progress"} and OURS.match(message) and len(line) < LINE_LIMIT
            if not sound or "\N{REPLACEMENT CHARACTER}" in message or not _is_harmless(message):
                self.bad.append(f"a line that is not ours: {line[:200]!r}")


def _is_harmless(message: str) -> bool:
    return len(message.splitlines()) == 1 and not any(ord(char) < 0x20 for char in message)


def run(stage: Stage) -> Iterator[Row]:
    """Installations of some hundred cases each; then the row of the log."""
    cases, log = stage.of(full=5000, short=250), LogCheck()
    outcomes = []
    for number in range(cases // AT_ONCE):
        chance = stage.chance()
        chance.seed(f"{stage.seed} hostile {number}")
        outcomes.append(_installation(stage, number, chance, log))
        if number % 5 == 4:
            stage.say(f"{(number + 1) * AT_ONCE} cases")
    yield row_of("hostile titles, details, names and paths", outcomes)
    yield Row(
        fault="hostile texts in the log",
        provoked=log.lines,
        jobs_in=log.lines,
        right=log.lines - len(log.bad),
        problems=tuple(log.bad[:3]),
    )


def _installation(stage: Stage, number: int, chance: random.Random, log: LogCheck) -> Outcome:
    written = io.BytesIO()
    handler = StashLogHandler(
        written, secrets=Secrets(), log_format=chance.choice(["text", "json"]), clock=Ticks()
    )
    with trial(stage.folder / f"{number}", chance) as (made, _library):
        logger = logging.getLogger("plexsync")
        logger.addHandler(handler)
        logger.setLevel(TRACE)
        try:
            cases = [_case(made, chance, one) for one in range(AT_ONCE)]
            for case in cases:
                made.put(case.scene)
                for hostile in (case.title, case.details[:2000], case.studio, case.file.in_stash):
                    logging.getLogger(f"plexsync.{chance.choice(['Worker', 'Plex'])}").log(
                        chance.choice(LEVELS), "%s: %s", case.scene, hostile
                    )
            made.drain()
            problems = list(_badly_split(made.plex.writes()))
            wrong = [bad for case in cases if (bad := case.wrong(made))]
            first = len(made.plex.writes())
            for case in cases:
                made.put(case.scene)
            made.drain()
            again = made.plex.writes()[first:]
        finally:
            handler.flush()
            logger.removeHandler(handler)
        problems += [f"a second run wrote {len(again)} times: {again[0].query!r:.300}"] if again else []
        problems += [f"{made.open_jobs()} jobs are left"] if made.open_jobs() else []
        log.read(written.getvalue())
        return Outcome(AT_ONCE, wrong, problems, made.repeated(), provoked=AT_ONCE)


class Ticks:
    """A clock that goes on by a minute at each look, so that no line is taken for a repeat of one just said."""

    def __init__(self) -> None:
        self._now = 0.0

    def __call__(self) -> float:
        self._now += 60.0
        return self._now


def _case(made: Trial, chance: random.Random, number: int) -> Case:
    is_long = number % LONG_ONE_IN == LONG_ONE_IN - 1
    case = Case(
        title=text(chance) if chance.random() < 0.9 else chance.choice(["", " ", "\0", "\n"]),
        details=long_text(chance) if is_long else text(chance, pieces=40),
        studio=text(chance),
        tags=tuple(dict.fromkeys(text(chance) for _ in range(chance.choice([0, 1, 4, 40])))),
        performers=tuple(dict.fromkeys(text(chance) for _ in range(chance.choice([0, 1, 3])))),
        file=file(chance, number),
    )
    size = FIRST_SIZE + number
    case.rating_key = made.plex.add_item(made.section, case.file.in_plex, size=size, duration_ms=60_000)
    case.scene = made.stash.store.add_scene(
        path=case.file.in_stash,
        size=size,
        duration=60.0,
        title=case.title,
        details=case.details,
        studio=case.studio,
        tags=case.tags,
        performers=case.performers,
    )
    return case


def _badly_split(writes: list[Request]) -> Iterator[str]:
    """An edit is at most so long, unless a single field makes it longer; and no list is ever spread over two edits."""
    lists: Counter[tuple[str, str]] = Counter()
    for write in writes:
        if write.method != "PUT":
            continue
        pairs = [(name, value) for name, value in write.query if name not in {"type", "id"}]
        fields = {re.split(r"[.\[]", name)[0] for name, _ in pairs}
        size = sum(len(quote(name, safe="")) + len(quote(value, safe="")) + 2 for name, value in pairs)
        if size > LIMIT_BYTES + len(pairs) and len(fields) > 1:
            yield f"an edit of {size} bytes has {sorted(fields)} in it"
        lists.update({(write.get("id"), re.split(r"\[", name)[0]) for name, _ in pairs if "[" in name})
    for (item, kind), times in lists.items():
        if times > 1:
            yield f"the {kind}s of item {item} were written in {times} edits"
