"""The line of works on their way to Plex: each is prepared, announced in the ledger, and written, in that order.

Every step has threads of its own, so that covers are fetched and intents committed while others are being written, and
while the drain's own thread reads the next scenes. How many works are ahead of the writers is bounded, and so are the
pictures that are held in memory. The line tells nobody anything: the drain's thread looks at what has passed.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Protocol

from stash.log_context import adopt, facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from worker.pace import Pace
    from worker.work import Work

AHEAD_FOR_EACH_WRITER = 8
"""Works that are prepared or announced while they wait for a writer."""
PREPARERS_FOR_EACH_WRITER = 2
"""To fetch a cover and to look at what it replaces takes about as long as to write."""
SWITCH_S = 0.0005
"""How long a thread may keep the interpreter to itself while another one wants it."""
COMMIT_S = 1.0
"""How long a process that is to end at once waits for a commit; it waits for no answer of Plex's."""
ROOM_BYTES = 32 * 1024 * 1024
"""Pictures held in memory at one time; a single work may bring more."""


class Steps(Protocol):
    """What the line does with a work. What these raise stops the line; a failure of the work's own they keep with it."""

    def prepare(self, work: Work) -> None:
        """Get together what is to be written. Called by several threads."""

    def announce(self, works: list[Work]) -> list[Work]:
        """Commit what is about to be written, and return the works that have something to write. Called by one thread.

        One that was overtaken has nothing.
        """

    def write(self, work: Work) -> None:
        """Write. Called by several threads."""

    def troubled(self, work: Work) -> bool:
        """Whether the work met trouble that somebody must judge before others go on."""

    def weight(self, work: Work) -> int:
        """Bytes of pictures that the work holds."""


class Line:
    """``writers`` threads write, as many as ``pace`` lets. Threads begin with the first work; ``close`` ends them."""

    def __init__(self, steps: Steps, pace: Pace, *, writers: int, patience: int) -> None:
        """Once a work has met trouble, ``patience`` more are written before the line holds: several tell more than one."""
        self._steps = steps
        self._pace = pace
        self._writers = writers
        self._patience = patience
        self._lock = threading.Lock()
        self._can_prepare = threading.Condition(self._lock)
        self._can_announce = threading.Condition(self._lock)
        self._can_write = threading.Condition(self._lock)
        self._has_moved = threading.Condition(self._lock)
        self._fed: deque[Work] = deque()
        self._prepared: list[Work] = []
        self._announced: deque[Work] = deque()
        self._weights: dict[int, int] = {}
        """What the works ahead hold in bytes, by the identity of the work; 0 while it is being prepared."""
        self._writing = 0
        self._at_work = 0
        """Threads that announce or write at this moment."""
        self._held = False
        self._left: int | None = None
        self._closed = self._given_up = False
        self._threads: list[threading.Thread] = []
        self._announcer: threading.Thread | None = None
        self.passed = 0
        """Works that have come to the line's end, written or not."""
        self.trouble: list[Work] = []
        """Works that met trouble since the line last went on."""
        self.error: BaseException | None = None
        """What a step raised: the line holds for good."""

    # --- what the drain's thread asks ---

    def feed(self, works: Iterable[Work]) -> None:
        """Put works at the line's end."""
        if not self._threads:
            self._start()
        with self._lock:
            self._fed.extend(works)
            self._can_prepare.notify_all()

    def wait(self, seconds: float, *, until: Callable[[], bool]) -> None:
        """Wait until that is so, at most so long. It is asked whenever a work has passed; a line that stands ends the wait too."""
        with self._lock:
            self._has_moved.wait_for(lambda: until() or self._stands(), seconds)

    def stands(self) -> bool:
        """Whether nothing is being written, nor will be before somebody has looked: the line holds, or has come to its end with trouble."""
        with self._lock:
            return self._stands()

    def hold(self) -> None:
        """Let nothing more be announced or written; return when nothing is."""
        with self._lock:
            self._held = True
            self._has_moved.wait_for(lambda: not self._at_work)

    def go_on(self, only: int | None = None) -> None:
        """End a hold; with ``only`` the line holds again by itself after so many works."""
        with self._lock:
            self._held, self._left = self.error is not None, only
            self.trouble = []
            self._can_announce.notify()
            self._can_write.notify_all()

    def close(self, *, at_once: bool = False) -> bool:
        """End the threads: those that write finish what they are at, unless ``at_once``. What is left stays unwritten.

        Returns whether nothing is announced any more: a commit that is under way is waited for, but not for ever.
        """
        with self._lock:
            self._closed, self._given_up = True, at_once
            for condition in (self._can_prepare, self._can_announce, self._can_write):
                condition.notify_all()
        if not at_once:
            for thread in self._threads:
                thread.join()
        elif self._announcer is not None:
            self._announcer.join(COMMIT_S)
        return self._announcer is None or not self._announcer.is_alive()

    def _stands(self) -> bool:
        at_its_end = not self._fed and not self._weights
        return not self._at_work and (self._held or (bool(self.trouble) and at_its_end))

    # --- the threads ---

    def _start(self) -> None:
        around = facts()
        # A thread that has its answer should not wait for 5 ms, which is a quarter of what a write takes, to see it.
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_S))
        preparers = self._writers * PREPARERS_FOR_EACH_WRITER
        loops = [self._prepare_loop] * preparers + [self._announce_loop] + [self._write_loop] * self._writers
        for loop in loops:
            # Daemons: a process that is told to end at once does not wait for an answer of Plex's.
            thread = threading.Thread(
                target=self._run, args=(loop, around), name="plexsync-line", daemon=True
            )
            self._threads.append(thread)
            if loop == self._announce_loop:
                self._announcer = thread
            thread.start()

    def _run(self, loop: Callable[[], None], around: dict[str, object]) -> None:
        adopt(around)
        try:
            loop()
        except BaseException as error:  # noqa: BLE001 -- raised again in the drain's own thread
            with self._lock:
                self._stop_with(error)

    def _stop_with(self, error: BaseException) -> None:
        self.error = self.error or error
        self._held = self._closed = True
        for condition in (self._can_prepare, self._can_announce, self._can_write, self._has_moved):
            condition.notify_all()

    def _prepare_loop(self) -> None:
        while True:
            with self._lock:
                self._can_prepare.wait_for(lambda: self._closed or (self._fed and self._has_room()))
                if self._closed:
                    return
                work = self._fed.popleft()
                self._weights[id(work)] = 0
            self._steps.prepare(work)
            with self._lock:
                self._weights[id(work)] = self._steps.weight(work)
                self._prepared.append(work)
                self._can_announce.notify()

    def _has_room(self) -> bool:
        return (
            len(self._weights) < self._writers * AHEAD_FOR_EACH_WRITER
            and sum(self._weights.values()) < ROOM_BYTES
        )

    def _announce_loop(self) -> None:
        """A commit for several works, as long as the writers have something to do."""
        while True:
            with self._lock:
                self._can_announce.wait_for(lambda: self._closed or self._may_announce())
                if self._closed:
                    return
                works, self._prepared = self._prepared, []
                self._at_work += 1
            try:
                to_write = self._steps.announce(works)
            except BaseException:
                with self._lock:
                    self._at_work -= 1
                raise
            with self._lock:
                self._at_work -= 1
                self._announced.extend(to_write)
                self._can_write.notify(len(to_write))
                self._has_moved.notify_all()
                meant = {id(work) for work in to_write}
                for work in works:
                    if id(work) not in meant:
                        self._let_pass(work, written=not work.overtaken)

    def _may_announce(self) -> bool:
        return bool(self._prepared) and not self._held and len(self._announced) <= self._writers

    def _write_loop(self) -> None:
        while True:
            with self._lock:
                # One look at the pause for both questions: one that ends in between would be waited for without an end.
                while not self._closed and not self._may_write(pause_s := self._pace.pause_s()):
                    self._can_write.wait(pause_s or None)
                if self._closed:
                    return
                work = self._announced.popleft()
                self._writing += 1
                self._at_work += 1
                self._count_down()
                self._can_announce.notify()
            written = False
            try:
                written = self._write(work)
            finally:
                with self._lock:
                    self._writing -= 1
                    self._at_work -= 1
                    self._let_pass(work, written=written)
                    self._can_write.notify()

    def _may_write(self, pause_s: float) -> bool:
        return bool(self._announced) and not self._held and self._writing < self._pace.limit and pause_s <= 0

    def _count_down(self) -> None:
        if self._left is not None:
            self._left -= 1
            self._held = self._held or self._left <= 0

    def _write(self, work: Work) -> bool:
        """Whether the work was dealt with, be it with trouble."""
        if work.overtaken:
            return False
        start = time.perf_counter()
        self._steps.write(work)
        with self._lock:
            self._pace.note(time.perf_counter() - start, busy=self._steps.troubled(work))
        return True

    def _let_pass(self, work: Work, *, written: bool) -> None:
        if self._steps.troubled(work):
            self.trouble.append(work)
            self._left = self._patience if self._left is None else self._left
            self._held = self._held or self._left <= 0
        self._weights.pop(id(work))
        work.written = written and not self._given_up
        work.passed = True
        self.passed += 1
        self._can_prepare.notify()
        self._has_moved.notify_all()
