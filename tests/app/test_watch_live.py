"""``watch`` as a process: on a terminal, on a pipe, and against whatever lies in the data folder."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from sync_queue.database import connect
from sync_queue.intake import enqueue_many
from tests.app.installed import ROOT
from tests.support import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEAVE_SCREEN = "\x1b[?1049l"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are POSIX's")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    db = connect(folder / "queue.sqlite")
    enqueue_many(db, range(1, 13), trigger="sync_all", priority=2, now=1.0)
    db.close()
    return folder


class OnATerminal:
    """The command on a pseudo-terminal of its own."""

    def __init__(self, data: Path, *args: str) -> None:
        import pty  # noqa: PLC0415 -- POSIX only
        import termios  # noqa: PLC0415

        self._termios = termios
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(self._ours, (24, 100))
        self.before = termios.tcgetattr(theirs)
        self._theirs = theirs
        self.said = ""
        environment = {**os.environ, "PLEXSYNC_DATA_DIR": str(data), "TERM": "xterm-256color"}
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "PlexSync.py"), "watch", *args],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            start_new_session=True,
        )

    def until(self, text: str) -> None:
        """Read until this was shown, from now on."""
        deadline, fresh = time.monotonic() + PATIENCE_S, ""
        while text not in fresh:
            assert time.monotonic() < deadline, fresh
            if select.select([self._ours], [], [], 0.1)[0]:
                fresh += os.read(self._ours, 65536).decode(errors="replace")
        self.said += fresh

    def press(self, key: str) -> None:
        os.write(self._ours, key.encode())

    def modes(self) -> Any:
        return self._termios.tcgetattr(self._theirs)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)


@pytest.fixture
def terminal(data: Path) -> Iterator[OnATerminal]:
    made = OnATerminal(data, "--interval", "0.2")
    yield made
    made.close()


def test_it_follows_the_queue_and_q_ends_it_with_the_terminal_as_it_was(
    terminal: OnATerminal, data: Path
) -> None:
    terminal.until("12 pending")
    db = connect(data / "queue.sqlite")
    enqueue_many(db, range(13, 31), trigger="sync_all", priority=2, now=1.0)
    db.close()
    terminal.until("30 pending")
    terminal.press("x")  # any other key only looks at once
    terminal.until("30 pending")
    assert terminal.modes() != terminal.before
    terminal.press("q")
    terminal.until(LEAVE_SCREEN)
    assert terminal.process.wait(PATIENCE_S) == 0
    assert terminal.modes() == terminal.before


@pytest.mark.parametrize("how", ["ctrl-c", "SIGTERM"])
def test_ctrl_c_and_a_service_manager_end_it_as_cleanly(terminal: OnATerminal, how: str) -> None:
    terminal.until("12 pending")
    if how == "ctrl-c":
        os.killpg(terminal.process.pid, signal.SIGINT)
    else:
        terminal.process.terminate()
    terminal.until(LEAVE_SCREEN)
    assert terminal.process.wait(PATIENCE_S) == 0
    assert terminal.modes() == terminal.before
    assert "Traceback" not in terminal.said


def test_a_database_that_goes_away_and_comes_back_does_not_end_it(terminal: OnATerminal, data: Path) -> None:
    terminal.until("12 pending")
    away = data.rename(data.with_name("away"))
    terminal.until("Nothing was queued yet")
    away.rename(data)
    terminal.until("12 pending")
    terminal.press("q")
    assert terminal.process.wait(PATIENCE_S) == 0


def once(data: Path, *args: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PLEXSYNC_DATA_DIR": str(data), "COLUMNS": "100"}
    command = [sys.executable, str(ROOT / "PlexSync.py"), "watch", *args]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


def test_on_a_pipe_it_shows_one_plain_picture_and_leaves_no_trace(data: Path) -> None:
    before = (data / "queue.sqlite").read_bytes()
    done = once(data)
    assert (done.returncode, done.stderr) == (0, "")
    assert "12 pending" in done.stdout
    assert "\x1b" not in done.stdout
    assert (data / "queue.sqlite").read_bytes() == before


def test_without_a_data_folder_it_says_where_it_looked_and_makes_none(tmp_path: Path) -> None:
    done = once(tmp_path / "nowhere")
    assert done.returncode == 0
    assert "Nothing was queued yet" in done.stdout and "nowhere" in done.stdout
    assert not (tmp_path / "nowhere").exists()


def test_a_database_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "queue.sqlite").write_bytes(b"not a database" * 500)
    assert "not a database" in " ".join(once(tmp_path).stdout.split())


@pytest.mark.parametrize("interval", ["0", "soon"])
def test_an_odd_interval_is_a_wrong_usage(data: Path, interval: str) -> None:
    done = once(data, "--interval", interval)
    assert done.returncode == 2
    assert "--interval" in done.stderr
