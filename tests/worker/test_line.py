"""The line of works on their way to Plex, with steps that note who is at what."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import pytest

from sync_queue.job import Job
from tests.support import PATIENCE_S, wait_for
from worker.line import AHEAD_FOR_EACH_WRITER, ROOM_BYTES, Line
from worker.pace import Pace
from worker.work import Work

PATIENCE = 3


class Steps:
    """What the line calls, with gates that the test opens. A work is known by its scene's id."""

    def __init__(self):
        self.prepared, self.announced, self.written = [], [], []
        self.commits = []
        self.open = threading.Event()
        self.open.set()
        self.weights = {}
        self.failing = set()
        self.raising = set()
        self.nothing_to_write = set()
        self.at_once = 0
        self.most_at_once = 0
        self._lock = threading.Lock()

    def prepare(self, work):
        self.prepared.append(work.job.scene_id)

    def announce(self, works):
        ids = [work.job.scene_id for work in works]
        self.commits.append(ids)
        self.announced += ids
        return [
            work for work in works if work.job.scene_id not in self.nothing_to_write and not work.overtaken
        ]

    def write(self, work):
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        assert work.job.scene_id in self.announced
        assert self.open.wait(PATIENCE_S)
        self.written.append(work.job.scene_id)
        with self._lock:
            self.at_once -= 1
        if work.job.scene_id in self.raising:
            raise ConnectionError("Plex is gone")

    def troubled(self, work):
        return work.job.scene_id in self.failing and work.job.scene_id in self.written

    def weight(self, work):
        return self.weights.get(work.job.scene_id, 0)


def works(*ids):
    return [Work(job=job(scene)) for scene in ids]


def job(scene_id):
    return Job(
        scene_id=scene_id,
        trigger="sync_all",
        priority=2,
        attempts=0,
        generation=1,
        queued_at=0,
        changed_at=0,
        waiting_since=None,
        deleted=False,
        force=False,
        again_at=None,
        path="",
        title="",
    )


def line_of(steps, writers=2):
    return closing(Line(steps, Pace(writers), writers=writers, patience=PATIENCE))


def all_passed(some):
    return all(work.passed for work in some)


def run(line, some):
    line.feed(some)
    line.wait(PATIENCE_S, until=lambda: all_passed(some))


def test_every_work_is_prepared_announced_and_written_once():
    steps, some = Steps(), works(*range(100))
    with line_of(steps) as line:
        run(line, some)
    assert sorted(steps.prepared) == sorted(steps.announced) == sorted(steps.written) == list(range(100))
    assert all(work.written for work in some)
    assert steps.most_at_once <= 2


def test_what_has_nothing_to_write_passes_and_counts_as_dealt_with():
    steps, some = Steps(), works(1, 2, 3)
    steps.nothing_to_write = {1, 3}
    with line_of(steps) as line:
        run(line, some)
    assert steps.written == [2]
    assert all(work.written for work in some)


def test_only_so_many_are_ahead_of_the_writers():
    steps, some = Steps(), works(*range(100))
    steps.open.clear()
    with line_of(steps) as line:
        line.feed(some)
        wait_for(lambda: len(steps.prepared) == 2 * AHEAD_FOR_EACH_WRITER, "the line did not fill")
        time.sleep(0.05)
        assert len(steps.prepared) == 2 * AHEAD_FOR_EACH_WRITER
        steps.open.set()
        line.wait(PATIENCE_S, until=lambda: all_passed(some))


def test_pictures_in_memory_are_bounded_and_one_alone_may_be_larger():
    steps, some = Steps(), works(*range(8))
    steps.weights = dict.fromkeys(range(8), ROOM_BYTES)
    steps.open.clear()
    with line_of(steps, writers=1) as line:
        line.feed(some)
        wait_for(lambda: steps.at_once == 1, "nobody writes")
        time.sleep(0.05)
        assert len(steps.prepared) <= 2  # as many as were begun before the first one was weighed
        steps.open.set()
        line.wait(PATIENCE_S, until=lambda: all_passed(some))
    assert sorted(steps.written) == list(range(8))


def test_commits_are_shared_while_the_writers_are_busy():
    steps, some = Steps(), works(*range(60))
    steps.open.clear()
    with line_of(steps) as line:
        line.feed(some)
        wait_for(lambda: len(steps.prepared) == 2 * AHEAD_FOR_EACH_WRITER, "the line did not fill")
        steps.open.set()
        line.wait(PATIENCE_S, until=lambda: all_passed(some))
    # Two are written and three wait, each with a commit of its own at most; what was prepared meanwhile has one for all,
    # but for the four that were just being prepared.
    assert sum(len(ids) for ids in steps.commits[:10]) >= 2 * AHEAD_FOR_EACH_WRITER


def test_a_hold_waits_for_those_that_write_and_lets_nobody_begin():
    steps, some = Steps(), works(*range(40))
    with line_of(steps) as line:
        line.feed(some)
        line.wait(PATIENCE_S, until=lambda: line.passed >= 5)
        line.hold()
        written, announced = len(steps.written), len(steps.announced)
        assert steps.at_once == 0
        time.sleep(0.05)
        assert (len(steps.written), len(steps.announced)) == (written, announced)
        line.go_on()
        line.wait(PATIENCE_S, until=lambda: all_passed(some))
    assert len(steps.written) == 40


def test_what_was_overtaken_meanwhile_is_not_written():
    steps, some = Steps(), works(*range(40))
    with line_of(steps) as line:
        line.go_on(only=5)
        line.feed(some)
        line.wait(PATIENCE_S, until=lambda: line.passed >= 5)
        some[-1].overtaken = True
        line.go_on()
        line.wait(PATIENCE_S, until=lambda: all_passed(some))
    assert 39 not in steps.written
    assert not some[-1].written
    assert all(work.written for work in some[:-1])


def test_after_a_first_trouble_a_few_more_are_tried_and_then_the_line_holds():
    steps, some = Steps(), works(*range(40))
    steps.failing = set(range(40))
    with line_of(steps) as line:
        line.feed(some)
        line.wait(PATIENCE_S, until=lambda: False)
        assert line.stands()
        assert 1 + PATIENCE <= len(steps.written) <= 2 + PATIENCE
        assert len(line.trouble) == len(steps.written)
        before = len(steps.written)
        line.go_on(only=1)
        line.wait(PATIENCE_S, until=lambda: False)
        assert len(steps.written) == before + 1


def test_trouble_at_the_lines_end_is_for_somebody_to_look_at():
    steps, some = Steps(), works(1, 2)
    steps.failing = {2}
    with line_of(steps) as line:
        line.feed(some)
        line.wait(PATIENCE_S, until=lambda: False)
        assert line.stands()
        assert [work.job.scene_id for work in line.trouble] == [2]


def test_what_a_step_raises_stops_the_line_and_is_there_to_be_raised():
    steps, some = Steps(), works(*range(40))
    steps.raising = {3}
    with line_of(steps) as line:
        line.feed(some)
        line.wait(PATIENCE_S, until=lambda: False)
        assert isinstance(line.error, ConnectionError)
        assert len(steps.written) < 40
        assert not some[3].written


@pytest.mark.parametrize("at_once", [False, True])
def test_closing_waits_for_those_that_write_unless_it_is_urgent(at_once):
    steps, some = Steps(), works(1)
    steps.open.clear()
    line = Line(steps, Pace(1), writers=1, patience=PATIENCE)
    line.feed(some)
    wait_for(lambda: steps.at_once == 1, "nobody writes")
    if not at_once:
        threading.Timer(0.1, steps.open.set).start()
    line.close(at_once=at_once)
    assert bool(steps.written) is not at_once
    steps.open.set()
    wait_for(lambda: some[0].passed, "the write was not finished")
    assert some[0].written is not at_once


def test_a_pause_that_ends_between_two_looks_at_it_is_not_waited_for_without_an_end():
    class Passing(Pace):
        ending = False

        def pause_s(self):
            was, self.ending = self.ending, False
            return 1e-6 if was else 0.0

    class Pausing(Steps):
        def announce(self, works):
            pace.ending = True
            return super().announce(works)

    steps, pace, some = Pausing(), Passing(1), works(1)
    with closing(Line(steps, pace, writers=1, patience=PATIENCE)) as line:
        line.feed(some)
        line.wait(PATIENCE_S, until=lambda: all_passed(some))
    assert steps.written == [1]


def test_a_line_that_ends_at_once_waits_for_no_answer_and_announces_nothing_more(monkeypatch):
    monkeypatch.setattr(
        "worker.line.COMMIT_S", PATIENCE_S
    )  # a busy machine may take its time to end a thread
    steps, some = Steps(), works(*range(40))
    steps.open.clear()
    with line_of(steps) as line:
        line.feed(some)
        while not steps.at_once:
            time.sleep(0.001)
        assert line.close(at_once=True)
        assert steps.at_once > 0
        announced = list(steps.announced)
        steps.open.set()
    assert steps.announced == announced
    assert len(steps.written) < 40
