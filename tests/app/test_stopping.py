"""A process that is told to stop: real processes, real signals, and what they leave behind."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

import pytest

from app.stopping import Stop
from sync_queue import runners
from sync_queue.database import connect
from sync_queue.intake import RUN, enqueue_many
from tests.support import PATIENCE_S, wait_for
from worker.watcher import TROUBLE_PAUSE_S

ROOT = Path(__file__).parent.parent.parent
SCENES, DOZEN = 60, 12
SOON_S = 20.0
"""Sooner than anything ends that is waited for in vain."""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows ends a process without asking it")


def payload(installed, mode):
    """What Stash writes to a task's standard input."""
    connection = {
        "Scheme": "http",
        "Host": "127.0.0.1",
        "Port": installed.stash.port,
        "SessionCookie": None,
        "Dir": str(installed.data.parent),
        "PluginDir": str(ROOT),
    }
    return json.dumps({"server_connection": connection, "args": {"mode": mode}})


@contextmanager
def running(installed, *args, mode="", command=(), stderr=subprocess.PIPE):
    """The process of a task, of the watcher, or of a terminal's command."""
    environment = {
        **os.environ,
        "PLEXSYNC_DATA_DIR": str(installed.data),
        "PLEXSYNC_STASH_URL": installed.stash.url,
    }
    pipe = subprocess.PIPE
    command = command or [sys.executable, str(ROOT / "PlexSync.py"), *args]
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=stderr, text=True, env=environment
    ) as process:
        assert process.stdin is not None
        process.stdin.write(payload(installed, mode) if mode else "")
        process.stdin.close()
        process.stdin = None
        try:
            yield process
        finally:
            process.kill()


class Library(NamedTuple):
    """Scenes that nobody has synced yet. The first dozen of edits reach Plex; those that follow wait until ``go_on`` is set."""

    keys: list[int]
    go_on: Event


@pytest.fixture
def library(installed):
    """However late a signal is sent, or heard, it finds a drain that has not ended."""
    keys = [installed.scene(f"{number:02}.mp4", title=f"Scene {number}")[1] for number in range(SCENES)]
    go_on = Event()
    installed.plex.faults.add("latency", match="PUT", seconds=0.25)
    installed.plex.faults.add("status", match=late_edits(DOZEN, lambda: not go_on.wait(PATIENCE_S)))
    yield Library(keys, go_on)
    go_on.set()


def late_edits(first, what):
    """Matches edits, all but so many of the first ones, if ``what`` is true of them."""
    edits = itertools.count(1)
    return lambda request: request.method == "PUT" and next(edits) > first and what()


def puts(installed):
    return sum(request.method == "PUT" for request in installed.plex.seen())


def queue_all(installed, *, ask=True):
    """Every scene is queued; and a drain was asked for, as hooks do it, so that a task starts no watcher by its side."""
    db = connect(installed.data / "queue.sqlite")
    try:
        enqueue_many(db, list(installed.stash.store.scenes), trigger="test", priority=RUN, now=time.time())
        if ask:
            runners.ask(db, "test", os.getpid(), time.time())
    finally:
        db.close()


def left_behind(installed):
    """States of the queue's rows, and who is registered as draining."""
    db = sqlite3.connect(installed.data / "queue.sqlite")
    try:
        states = dict(db.execute("SELECT state, count(*) FROM jobs GROUP BY state").fetchall())
        return states, [kind for (kind,) in db.execute("SELECT kind FROM runners")]
    finally:
        db.close()


def figures(installed):
    return json.loads((installed.data / "stats.json").read_text(encoding="utf-8"))["session"]


def assert_whole(installed, told, done):
    """What was done is said, saved and true in Plex; what was not is queued, and nobody is registered."""
    assert 0 < done < SCENES
    summaries = re.findall(r"session: (\d+)/(\d+) succeeded", told) or re.findall(
        r"(\d+)/(\d+) succeeded", told
    )
    assert summaries[-1] == (str(done), str(done)), told
    assert figures(installed)["jobs_succeeded"] == done
    states, working = left_behind(installed)
    assert states == {"pending": SCENES - done}
    assert "drain" not in working


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_task_that_is_told_to_stop_ends_its_drain_in_order(installed, library, name):
    queue_all(installed)
    with running(installed, mode="drain") as task:
        wait_for(lambda: puts(installed) >= DOZEN, "the drain did not start")
        task.send_signal(getattr(signal, name))
        library.go_on.set()
        out, told = task.communicate(timeout=SOON_S)
    answer = json.loads(out)["output"]
    assert (task.returncode, answer["reason"]) == (0, "stopped")
    assert_whole(installed, told, answer["processed"])
    assert answer["figures"]["succeeded"] == answer["processed"]
    assert f"Stopped by {name}: what remains ({SCENES - answer['processed']} scenes) stays queued" in told
    shown = sum(installed.title(key).startswith("Scene") for key in library.keys)
    assert shown == answer["processed"], "nothing was written that was not settled"


def test_after_a_stop_the_rest_is_synced_and_nothing_is_written_twice(installed, library):
    queue_all(installed)
    with running(installed, mode="drain") as task:
        wait_for(lambda: puts(installed) >= DOZEN, "the drain did not start")
        task.terminate()
        library.go_on.set()
        task.communicate(timeout=30)
    installed.plex.faults.clear()
    with running(installed, mode="drain") as task:
        out, told = task.communicate(timeout=60)
        assert task.returncode == 0, told
    assert puts(installed) == SCENES
    assert figures(installed)["jobs_succeeded"] == json.loads(out)["output"]["processed"]
    data = json.loads((installed.data / "stats.json").read_text(encoding="utf-8"))
    assert data["cumulative"]["jobs_succeeded"] == SCENES


def test_a_kill_loses_the_figures_of_no_batch_that_was_settled(installed):
    """Stash's Stop: nobody hears it, and what stands in stats.json is what is settled."""
    in_the_second_batch = late_edits(110, lambda: True)
    hang = installed.plex.faults.add("hang", match=in_the_second_batch, seconds=PATIENCE_S)
    for number in range(150):
        installed.scene(f"{number:03}.mp4", title=f"Scene {number}")
    queue_all(installed)
    # So many scenes have more to tell than a pipe holds that nobody reads.
    with running(installed, mode="drain", stderr=subprocess.DEVNULL) as task:
        wait_for(lambda: hang.hits > 0, "the drain did not come to its second batch")
        wait_for((installed.data / "stats.json").exists, "the first batch was not settled")
        task.kill()
        task.communicate(timeout=30)
    installed.plex.faults.clear()
    assert figures(installed)["jobs_succeeded"] == 100
    with running(installed, mode="drain") as task:
        task.communicate(timeout=60)
    data = json.loads((installed.data / "stats.json").read_text(encoding="utf-8"))
    assert data["session"]["jobs_succeeded"] == 50
    assert data["cumulative"]["jobs_succeeded"] == 150
    assert puts(installed) < 150 + 16, "only what was under way may have been written twice"


def test_a_second_signal_does_not_wait_for_a_plex_that_hangs(installed, library):
    """The rows come back, the end is told and the figures are saved, though a request never ends."""
    queue_all(installed)
    installed.plex.faults.clear()
    hang = installed.plex.faults.add("hang", match=late_edits(DOZEN, lambda: True), seconds=PATIENCE_S)
    with running(installed, mode="drain") as task:
        wait_for(lambda: hang.hits > 0, "nothing hangs")
        # Two of one kind that come together are one; these are two, and are heard in this order.
        task.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert task.poll() is None, "the first signal waits for what is under way"
        task.terminate()
        out, told = task.communicate(timeout=SOON_S)
    assert json.loads(out)["output"]["reason"] == "stopped"
    assert "Stopped by SIGINT" in told
    states, working = left_behind(installed)
    assert set(states) == {"pending"}
    assert "drain" not in working
    installed.plex.faults.clear()
    with running(installed, mode="drain") as task:
        task.communicate(timeout=60)
    assert all(installed.title(key).startswith("Scene") for key in library.keys)


def test_the_watcher_that_is_told_to_stop_ends_its_drain_in_order(installed, library):
    queue_all(installed, ask=False)
    with running(installed, "keep-watch", mode="watch") as watcher:
        wait_for(lambda: puts(installed) >= DOZEN, "the watcher did not drain")
        watcher.terminate()
        library.go_on.set()
        watcher.communicate(timeout=30)
    assert watcher.returncode == 0
    done = figures(installed)["jobs_succeeded"]
    installed.run("Pause Syncing")  # any task hands on what the watcher had to say
    told = "\n".join(line for line in installed.lines("info") if "in the background" in line)
    assert_whole(installed, told, done)


@pytest.mark.parametrize(
    ("arguments", "mode", "trouble"),
    [
        (["keep-watch"], "watch", "maintenance"),
        (["worker"], "", "maintenance"),
        (["worker"], "", "refused"),
    ],
    ids=["watcher", "service", "service that was refused"],
)
def test_one_that_sleeps_wakes_and_ends(installed, arguments, mode, trouble):
    """While Plex is away, and in the ten seconds after a refusal, which a service waits for."""
    _, key = installed.scene(title="Waits")
    queue_all(installed, ask=False)
    if trouble == "maintenance":
        installed.plex.faults.add("maintenance")
    else:
        installed.configure(plex_token="wrong")
    with running(installed, *arguments, mode=mode) as process:
        wait_for(lambda: bool(installed.plex.seen()), "it did not drain")
        time.sleep(0.5)
        asked = time.monotonic()
        process.terminate()
        _, told = process.communicate(timeout=30)
        took = time.monotonic() - asked
    assert process.returncode == 0, told
    assert took < 0.8 * TROUBLE_PAUSE_S
    if arguments[0] == "worker":
        assert told.rstrip().endswith("stopped; what is queued stays queued")
    assert left_behind(installed)[0] == {"pending": 1}
    installed.plex.faults.clear()
    installed.configure()
    with running(installed, mode="drain") as task:
        task.communicate(timeout=30)
    assert installed.title(key) == "Waits"


def test_a_terminal_command_that_is_interrupted_says_so_and_leaves_nobody_behind(installed, library):
    queue_all(installed, ask=False)
    with running(installed, "sync") as process:
        wait_for(lambda: puts(installed) >= DOZEN, "the drain did not start")
        process.send_signal(signal.SIGINT)
        library.go_on.set()
        _, told = process.communicate(timeout=30)
    assert process.returncode == 1
    assert told.rstrip().endswith("stopped; what is queued stays queued")
    done = figures(installed)["jobs_succeeded"]
    assert_whole(installed, told, done)
    time.sleep(1.0)
    assert left_behind(installed) == ({"pending": SCENES - done}, []), "nobody goes on in the background"


def all_of(terminal):
    """What is shown there until nobody has it open any more."""
    shown = b""
    with open(terminal, "rb", buffering=0) as file, suppress(OSError):  # noqa: PTH123 -- a descriptor
        while piece := file.read(4096):
            shown += piece
    return shown.decode(errors="replace")


def test_a_person_at_the_terminal_is_told_that_the_first_signal_was_heard(installed, library):
    queue_all(installed, ask=False)
    ours, theirs = os.openpty()
    with running(installed, "sync", stderr=theirs) as process:
        os.close(theirs)
        wait_for(lambda: puts(installed) >= DOZEN, "the drain did not start")
        process.send_signal(signal.SIGINT)
        library.go_on.set()
        told = all_of(ours)
        process.communicate(timeout=30)
    assert "stopping after the scenes at hand; once more stops at once" in told
    assert told.rstrip().endswith("stopped; what is queued stays queued")


def test_outside_the_main_thread_nothing_is_caught():
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def look():
        with Stop() as stop:
            seen.append((signal.getsignal(signal.SIGTERM), stop.asked()))

    thread = Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [(before, False)]


def test_after_the_block_signals_are_handled_as_before():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Stop() as stop:
        signal.raise_signal(signal.SIGTERM)
        assert stop.signal == "SIGTERM"
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_keyboard_interrupt_that_is_not_of_a_second_signal_passes():
    with pytest.raises(KeyboardInterrupt), Stop():
        raise KeyboardInterrupt


def test_a_signal_that_was_ignored_at_the_start_stays_ignored(installed, library):
    """As nohup does it."""
    queue_all(installed, ask=False)
    command = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", sys.executable, str(ROOT / "PlexSync.py"), "sync"]
    with running(installed, command=command) as process:
        wait_for(lambda: puts(installed) >= DOZEN, "the drain did not start")
        process.send_signal(signal.SIGHUP)
        library.go_on.set()
        installed.plex.faults.clear()
        _, told = process.communicate(timeout=30)
    assert process.returncode == 0, told
    assert puts(installed) == SCENES
