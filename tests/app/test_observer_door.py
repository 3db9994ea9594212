"""The door between processes: what is remembered of third parties' observers, and what "Show Status" tells."""

from __future__ import annotations

import json
import re
import time
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from app.observer_door import CALLS_REMEMBERED, ObserverDoor
from app.session import Session
from app.status import gather, lines
from events import emit, subscribe
from observers.loader import load_observers
from observers.watchdog import END_S, WARN_S
from stash.runtime import parse
from tests.observers.drain_makers import listening, progress, succeeded
from tests.support import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CONNECTION = {
    "Scheme": "http",
    "Host": "127.0.0.1",
    "Port": 1,
    "SessionCookie": None,
    "Dir": "",
    "PluginDir": "",
}
GUEST = """
import pathlib, time

class Guest:
    def on_job_succeeded(self, sender, *, event):
        {body}

create = lambda data_dir: Guest()
"""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    connection = parse(json.dumps({"server_connection": CONNECTION, "args": {}})).connection
    made = Session(connection, folder=str(tmp_path))
    (tmp_path / "observers").mkdir(mode=0o700)
    tmp_path.chmod(0o700)
    yield made
    made.close()


def put(session: Session, body: str = "pass", name: str = "guest.py", *, text: str = GUEST) -> str:
    path = session.folder / "observers" / name
    path.write_text(text.replace("{body}", body), encoding="utf-8")
    path.chmod(0o600)
    return str(path)


def one_drain(session: Session, jobs: int) -> None:
    """As a process of its own does it."""
    opened = ObserverDoor(session)
    with listening(opened, *load_observers(session.folder, door=opened)):
        for _ in range(jobs):
            emit(succeeded())
        emit(progress(jobs))
    opened.note_drain()
    opened.close()


def observers_line(session: Session) -> str:
    (line,) = [line for line in lines(gather(session)) if line.startswith("Observers: ")]
    return line


def warnings(caplog: pytest.LogCaptureFixture, word: str) -> list[str]:
    return [record.getMessage() for record in caplog.records if word in record.getMessage()]


def test_status_tells_how_each_fared_in_the_last_drain(session: Session) -> None:
    assert not any(line.startswith("Observers") for line in lines(gather(session)))
    put(session)
    put(session, "raise ValueError", "other.py")
    one_drain(session, 4)
    one_drain(session, 3)
    assert re.sub(r"\d+ ms", "N ms", observers_line(session)) == (
        "Observers: guest.py 3 calls, 0 failures, N ms in the last drain; "
        "other.py 3 calls, 3 failures, N ms in the last drain"
    )


def test_status_names_those_that_are_left_out_and_why(session: Session) -> None:
    put(session, text=GUEST.replace("succeeded", "suceeded"))
    one_drain(session, 1)
    assert "guest.py is left out (TypeError: Guest has on_job_suceeded, which is no signal; there are" in (
        observers_line(session)
    )


def test_without_observers_nothing_is_kept_and_after_the_last_nothing_is_told(session: Session) -> None:
    one_drain(session, 1)
    assert gather(session)["observers"] == []
    path = put(session)
    one_drain(session, 1)
    assert gather(session)["observers"] != []
    (session.folder / path).unlink()
    one_drain(session, 1)
    assert gather(session)["observers"] == []


def test_a_slow_one_is_reported_once_with_its_figure_even_over_short_runs(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    put(session, "time.sleep(0.12)")
    start = time.monotonic()
    for _ in range(4):
        one_drain(session, 3)
    spent_s = time.monotonic() - start
    (line,) = warnings(caplog, "every scene waits")
    took = re.search(r"guest\.py takes (\d+) ms", line)
    assert took and 120 <= int(took[1]) <= spent_s / 12 * 1000 + 1, line
    assert "(12 calls)" in line
    assert "let it work in a thread of its own" in line


def test_a_slow_one_in_a_long_drain_is_reported_before_its_end(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    put(session, "time.sleep(0.12)")
    door = ObserverDoor(session)
    with listening(door, *load_observers(session.folder, door=door)):
        for _ in range(10):
            emit(succeeded())
        assert not warnings(caplog, "every scene waits")
        emit(progress(10))
        assert len(warnings(caplog, "every scene waits")) == 1
    door.close()


def test_a_quick_one_is_not_reported_and_nine_slow_calls_prove_nothing(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    put(session)
    one_drain(session, 2 * CALLS_REMEMBERED)
    put(session, "time.sleep(0.12)", "slow.py")
    one_drain(session, 9)
    assert not warnings(caplog, "every scene waits")


HANGS = "while not pathlib.Path({ended!r}).exists(): time.sleep(0.01)"


class Hanging:
    """A guest that does not return until the run is ended for it, and the door before it, whose clock goes ahead when it is time."""

    def __init__(self, session: Session, caplog: pytest.LogCaptureFixture) -> None:
        self.codes: list[int] = []
        self._marker = session.folder / "ended"
        self._caplog = caplog
        self._ahead_s = 0.0
        self.body = HANGS.format(ended=str(self._marker))
        self.door = ObserverDoor(session, end=self._end, clock=lambda: time.monotonic() + self._ahead_s)

    def _end(self, code: int) -> None:
        self.codes.append(code)
        self._marker.touch()

    def while_time_passes(self, work: Callable[[], object]) -> None:
        """Let it hang in there, first for the time after which there is a warning, then for a minute."""
        passing = Thread(target=self._pass)
        passing.start()
        work()
        passing.join()
        self.door.close()

    def _pass(self) -> None:
        wait_for(lambda: self.door._presence.now is not None, "it is not at work")
        self._ahead_s = WARN_S
        wait_for(lambda: bool(warnings(self._caplog, "has been at work on")), "there was no warning")
        self._ahead_s = END_S
        wait_for(lambda: bool(self.codes), "the run was not ended")


@pytest.fixture
def hanging(session: Session, caplog: pytest.LogCaptureFixture) -> Hanging:
    return Hanging(session, caplog)


def test_one_that_hangs_ends_the_run_and_stays_out_until_its_file_is_saved_anew(
    session: Session, caplog: pytest.LogCaptureFixture, hanging: Hanging
) -> None:
    path = put(session, hanging.body)
    words: list[str] = []
    session.last_word = words.append
    (guest,) = load_observers(session.folder, door=hanging.door)
    subscription = subscribe(guest)
    hanging.while_time_passes(lambda: emit(succeeded()))
    subscription.close()
    assert hanging.codes[0] == 75
    assert words[0] == f"observer {path} did not return from job_succeeded"
    assert warnings(caplog, "has been at work on job_succeeded")
    assert warnings(caplog, "does not return from job_succeeded: this run is ended")
    one_drain(session, 1)
    assert "guest.py is left out (it did not return from job_succeeded on" in observers_line(session)
    put(session, "pass  # mended")
    one_drain(session, 1)
    assert observers_line(session).startswith("Observers: guest.py 1 calls, 0 failures")


def test_one_that_hangs_while_it_is_loaded_is_found_out_as_well(session: Session, hanging: Hanging) -> None:
    put(session, text=f"import pathlib, time\n{hanging.body}")
    hanging.while_time_passes(lambda: load_observers(session.folder, door=hanging.door))
    assert "did not return from its loading" in ObserverDoor(session).refusal(
        str(session.folder / "observers" / "guest.py")
    )
