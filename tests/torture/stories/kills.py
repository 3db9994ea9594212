"""One long drain, killed again and again: at random moments, and at each step where a kill could cost most.

The processes are real, and each is the watcher as a hook starts it. Between two kills scenes are edited, so that a kill
meets rows in flight that have changed meanwhile. When all is done every scene is edited once more: a value of ours that
was taken for a person's edit would then stay, for ``preserve_plex_edits`` is on.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any

from sync_queue.intake import MANY, PERSON, RUN, enqueue_many
from tests.torture.house import House, house
from tests.torture.library import Library
from tests.torture.story import Row

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from simulators.plex import Request
    from tests.torture.story import Stage

RANDOM = "killed at a random moment"
STEPS = {
    "killed after taking the queue over": "after:sync_queue.jobs:SyncQueue.take_over:1",
    "killed after the claim": "after:sync_queue.jobs:SyncQueue.claim:1",
    "killed after the intent": "after:worker.writing:WriteStep._note_intents:1",
    "killed after the PUT, before its answer": "PUT",
    "killed after an upload, before its answer": "POST",
    "killed after the read back": "after:worker.processor:Processor._read_back:1",
    "killed before the commit": "after:worker.settling:SettleStep._settle:3",
    "killed after the commit, before the events": "before:worker.settling:emit:1",
    "killed during a burial": "before:sync_queue.jobs:insert:1",
    "killed during the write of stats.json": "rename:stats.json:1",
    "killed during a write to the index": "before:plex.index_store:IndexStore.note:1",
    "killed during a migration": "migration",
    "killed in the middle of taking the spare folder over": "after:sync_queue.adopt:_copy:1",
    "killed between the commits of the two folders": "before:sync_queue.database:transaction.__exit__:2",
}
IN_SPARE_FOLDER = "folder"
"""In the name of a fault: its scenes were saved while the data folder could not be written."""
PATIENCE_S, LAST_DRAIN_S = 120.0, 240.0
COUNTING = """
CREATE TABLE torture_ends (scene_id INTEGER);
CREATE TRIGGER torture_done AFTER DELETE ON jobs BEGIN INSERT INTO torture_ends VALUES (old.scene_id); END;
CREATE TRIGGER torture_edited AFTER UPDATE OF state ON jobs
    WHEN old.state = 'in_flight' AND new.state = 'pending' AND old.generation IS NOT old.claimed_generation
    BEGIN INSERT INTO torture_ends VALUES (old.scene_id); END;
"""
"""The file itself counts how often a job has ended: its row went, or stays for an edit that came meanwhile (some of those
went back unworked, so there may be fewer ends than this counts, and never more)."""
MOST_SAID = 1000
AT_WORK_S = 8.0
"""The next process is at work by then: it waits for no lease of the one that was killed."""
MOST_PARTS = 51
"""stats.json keeps the figures of the last fifty drains one by one, and of all that were before as one."""


def run(stage: Stage) -> Iterator[Row]:
    """All kills on one queue."""
    with house(stage.folder, preserve_plex_edits=True, not_found_days=0) as made:
        drain = KilledDrain(made, stage.chance())
        drain.fill(stage.of(full=3000, short=200))
        left = stage.of(full=200, short=8)
        for turn in range(stage.of(full=5, short=1)):
            for fault, step in STEPS.items():
                drain.kill_at(fault, step)
                for _ in range(stage.of(full=2, short=0)):
                    left -= 1
                    drain.kill_somewhere(left)
            stage.say(f"{sum(drain.kills.values())} kills, {made.open_jobs()} jobs open, turn {turn + 1}")
        for turns_left in reversed(range(left)):
            drain.kill_somewhere(turns_left)
        stage.say(f"{sum(drain.kills.values())} kills, {made.open_jobs()} jobs open")
        drain.finish()
        yield from drain.rows(stage.within(AT_WORK_S))


@dataclass
class KilledDrain:
    """``kills`` and ``touched`` are by fault: how many there were, and the scenes that were in the queue for it."""

    house: House
    chance: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    touched: dict[str, set[int]] = field(default_factory=dict)
    repeated: Counter[str] = field(default_factory=Counter)
    recovery_s: dict[str, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    queued: int = 0

    def __post_init__(self) -> None:
        self.library = Library(self.house, self.chance)
        self.house.db.executescript(COUNTING)
        self._seen: set[tuple[object, ...]] = set()
        self._last_fault = ""
        self._killed_at = 0.0
        self._not_at_work: set[str] = set()
        self._repeated_now = 0
        self._deadly_method = ""
        self._requests_left = 0
        self._reached = Event()
        self._process: subprocess.Popen[bytes] | None = None
        self.house.plex.on_applied = self._applied

    # --- the queue ---

    def fill(self, scenes: int) -> None:
        """A whole library, queued as a run does."""
        self.library.fill(scenes)
        everything = [*self.library.keys, *self.library.doomed]
        enqueue_many(self.house.db, everything, trigger="sync_all", priority=RUN, now=time.time())
        self.queued += len(everything)
        self.touched[RANDOM] = set(everything)

    def stir(self, fault: str, *, scenes: int = 6) -> None:
        """Somebody edits a few scenes, some with a new cover, and saves one that must be given up."""
        chosen = self.chance.sample(sorted(self.library.keys), scenes)
        file = self.house.db if IN_SPARE_FOLDER not in fault else self.house.spare()
        for number, scene in enumerate(chosen):
            self.library.edit(scene, cover=number % 3 == 0)
        for scene in [*chosen, self.chance.choice(sorted(self.library.doomed))]:
            self.house.put(scene, priority=self.chance.choice((PERSON, MANY)), db=file)
            self.touched.setdefault(fault, set()).add(scene)
            self.queued += 1
        if file is not self.house.db:
            file.close()

    # --- killing ---

    def kill_at(self, fault: str, step: str) -> None:
        """One life that ends at the step."""
        self.stir(fault)
        self._deadly_method = step if step in {"PUT", "POST"} else ""
        process = self._live("" if self._deadly_method else step)
        with suppress(TimeoutError):
            self._wait(process)
        if process.returncode != -9:
            self.problems.append(
                f"{fault}: the process ended with {process.returncode} and was not killed there"
            )
            process.kill()
            process.wait()
        self._note_kill(fault)

    def kill_somewhere(self, turns_left: int) -> None:
        """One life that ends when Plex has got so many requests, or so long after its start."""
        self.stir(RANDOM, scenes=1)
        soon = self.chance.random() < 0.2
        share = self.house.open_jobs() / (turns_left + 1)
        self._requests_left = self.chance.randint(1, max(8, int(2 * share)))
        self._reached.clear()
        process = self._live("")
        if soon:
            time.sleep(self.chance.uniform(0.0, 0.8))
        else:
            while not self._reached.wait(0.01) and process.poll() is None:
                pass
            time.sleep(self.chance.uniform(0.0, 0.02))
        process.kill()
        process.wait()
        self._note_kill(RANDOM)

    def _live(self, kill: str) -> subprocess.Popen[bytes]:
        self._process = self.house.watcher(kill=kill)
        return self._process

    @staticmethod
    def _wait(process: subprocess.Popen[bytes], patience_s: float = PATIENCE_S) -> None:
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None

    def _note_kill(self, fault: str) -> None:
        self.kills[fault] += 1
        self._deadly_method = ""
        self._last_fault, self._killed_at, self._repeated_now = fault, time.monotonic(), 0
        self._not_at_work.add(fault)

    def _applied(self, request: Request) -> None:
        """Plex has done what was asked and has not answered yet."""
        took = time.monotonic() - self._killed_at
        waiting, self._not_at_work = self._not_at_work, set()
        for fault in waiting:  # where one kill followed another, from the last of them on
            self.recovery_s[fault] = max(took, self.recovery_s.get(fault, 0.0))
        if request.is_write:
            self._count(request)
        if self._deadly_method == request.method and self._process is not None:
            self._deadly_method = ""
            self._process.kill()
            self._process.wait()
        self._requests_left -= 1
        if self._requests_left == 0:
            self._reached.set()

    def _count(self, request: Request) -> None:
        write = (request.method, request.path, tuple(request.query), request.body)
        if write in self._seen:
            self.repeated[self._last_fault] += 1
            self._repeated_now += 1
            if self._repeated_now == 2:
                self.problems.append(f"{self._last_fault}: more than one write was repeated after one kill")
        self._seen.add(write)

    # --- the end ---

    def finish(self) -> None:
        """No more kills; then a person edits in Plex, every scene is edited in Stash, and all of it must arrive."""
        self._drain()
        for scene in self.chance.sample(sorted(self.library.keys), 10):
            self.library.somebody_edits_in_plex(scene)
        for scene in self.library.keys:
            self.library.edit(scene)
        enqueue_many(self.house.db, self.library.keys, trigger="sync_all", priority=RUN, now=time.time())
        self.queued += len(self.library.keys)
        self._drain()

    def _drain(self) -> None:
        process = self._live("")
        with suppress(TimeoutError):
            self._wait(process, LAST_DRAIN_S)
        if process.returncode != 0:
            self.problems.append(f"the last drain ended with {process.returncode} (None: not at all)")
            process.kill()
            process.wait()

    def rows(self, at_work_s: float) -> Iterator[Row]:
        """What became of it. Somebody is to be at work again after so many seconds."""
        everywhere = [*self.problems, *self._file_problems(), *self._stats_problems()]
        wrong = {scene: self.library.wrong(scene) for scene in [*self.library.keys, *self.library.doomed]}
        for fault in (RANDOM, *STEPS):
            scenes = self.touched.get(fault, set())
            bad = [wrong[scene] for scene in sorted(scenes) if wrong[scene]]
            took = self.recovery_s.get(fault, 0.0)
            late = [f"nobody was at work for {took:.1f} s"] if took > at_work_s else []
            yield Row(
                fault=fault,
                provoked=self.kills[fault],
                jobs_in=len(scenes),
                right=len(scenes) - len(bad),
                duplicates=self.repeated[fault],
                recover_s=self.recovery_s.get(fault),
                problems=(*bad[:3], *late, *(everywhere if fault == RANDOM else ())),
                facts=(self._stats_fact(),) if fault == RANDOM else (),
            )

    def _file_problems(self) -> list[str]:
        problems = []
        for name in ("queue.sqlite", "index.sqlite"):
            with sqlite3.connect(self.house.data / name) as db:
                said = db.execute("PRAGMA integrity_check").fetchall()
            db.close()
            if said != [("ok",)]:
                problems.append(f"{name}: {said}")
        unsettled = self._count_rows("changes WHERE done = 0")
        if unsettled:
            problems.append(f"{unsettled} rows of the journal are open, though every item was read since")
        if self._count_rows("said") > MOST_SAID:
            problems.append(f"{self._count_rows('said')} lines are kept for Stash's log")
        stuck = self.house.db.execute("SELECT scene_id, state FROM jobs").fetchall()
        problems += [f"scene {row[0]} is stuck as {row[1]}" for row in stuck[:3]]
        return problems + ([self.house.errors()] if self.house.errors() else [])

    def _count_rows(self, what: str) -> int:
        return int(self.house.db.execute(f"SELECT count(*) FROM {what}").fetchone()[0])  # noqa: S608 -- our own words

    def _stats(self) -> dict[str, Any]:
        figures: dict[str, Any] = json.loads((self.house.data / "stats.json").read_text(encoding="utf-8"))
        return figures

    def _counted(self) -> int:
        figures = self._stats()["cumulative"]
        return int(figures["jobs_processed"] + sum(figures["skips_by_reason"].values()))

    def _stats_problems(self) -> Iterator[str]:
        if self._counted() > self._count_rows("torture_ends"):
            yield f"stats.json counts {self._counted()} jobs, and {self._count_rows('torture_ends')} have ended"
        if len(self._stats()["parts"]) > MOST_PARTS:
            yield f"stats.json has {len(self._stats()['parts'])} parts"

    def _stats_fact(self) -> str:
        ended = self._count_rows("torture_ends")
        return f"{self.queued:,} edits were queued and {ended:,} jobs ended, of which stats.json counts {self._counted():,}"
