"""The net that is spread under all other tests holds."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from simulators.planted import API_KEY, GUEST_TOKEN, MARKER, OWNER_TOKEN, WRONG_TOKEN
from simulators.plex import PlexSimulator
from simulators.stash import StashSimulator
from tests.secret_witness import SecretWitness

ROOT = Path(__file__).parents[1]
ROOMS = ("app", "benchmarks", "events", "observers", "plex", "simulators", "stash", "sync_queue", "worker")


@pytest.fixture
def witness():
    """Another one than the one that watches this test."""
    return SecretWitness()


@pytest.mark.parametrize("secret", [OWNER_TOKEN, GUEST_TOKEN, WRONG_TOKEN, API_KEY])
def test_every_planted_secret_is_known_whole_and_in_part(witness, secret):
    witness.look("a log record", f"GET /x?X-Plex-Token={secret} failed")
    witness.look("a log record", f"GET /x?X-Plex-Token={secret[:-3]}")
    witness.look("a log record", secret[3:])
    assert len(witness.leaks) == 3
    assert "test_every_planted_secret_is_known" in witness.leaks[0]
    with pytest.raises(AssertionError, match="3 secrets have leaked"):
        witness.give_evidence()


def test_the_simulators_give_out_nothing_else():
    with PlexSimulator() as plex, StashSimulator(require_login=True, api_key=API_KEY) as stash:
        assert all(MARKER in secret for secret in (plex.token, plex.guest_token, stash.new_session()))


def test_what_is_no_secret_is_no_leak(witness):
    for text in ("", "plex_token", "X-Plex-Token=***"):
        witness.look("a log record", text)
    witness.give_evidence()
    assert witness.shown == {"a log record": 3}


def test_files_are_looked_into_whatever_they_are(witness, tmp_path):
    (tmp_path / "deep" / "down").mkdir(parents=True)
    leak = tmp_path / "deep" / "down" / "queue.sqlite"
    leak.write_bytes(b"\x00\xff" * 5000 + GUEST_TOKEN[:-9].encode() + b"\x00")
    (tmp_path / "fine.json").write_text("{}")
    witness.look_into(tmp_path)
    leak.unlink()  # or the one that watches this test finds it as well
    assert witness.shown["a file"] == 2
    assert len(witness.leaks) == 1
    assert "queue.sqlite" in witness.leaks[0]


def test_a_file_that_goes_while_it_looks_is_no_trouble(witness, tmp_path, monkeypatch):
    """A watcher that a hook has started outlives the tests by some seconds, and closes its database then."""
    for name in ("gone.sqlite-wal", "stays.json"):
        (tmp_path / name).write_text("{}")
    read = Path.read_bytes

    def read_too_late(path: Path) -> bytes:
        if path.name.startswith("gone"):
            path.unlink()
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_too_late)
    witness.look_into(tmp_path)
    assert witness.shown["a file"] == 1


def test_exceptions_in_records_are_looked_at_down_to_their_causes(witness):
    make = witness.looking_at_records(logging.LogRecord)
    try:
        try:
            raise KeyError(OWNER_TOKEN)  # noqa: TRY301 -- a chain is what is wanted
        except KeyError as error:
            raise ValueError("fine") from error
    except ValueError:
        make("plexsync.Plex", logging.ERROR, "", 0, "it %s", ("failed",), sys.exc_info())
    assert len(witness.leaks) == 1


LEAKY = """
import logging
from simulators.planted import OWNER_TOKEN

def test_that_leaks(tmp_path):
    {leak}
"""


@pytest.mark.parametrize(
    "leak",
    [
        "logging.getLogger('plexsync.Plex').error('token %s', OWNER_TOKEN)",
        "(tmp_path / 'stats.json').write_text(OWNER_TOKEN)",
    ],
)
def test_a_run_in_which_something_leaks_fails_though_every_test_passes(tmp_path, leak):
    """The project's own conftest, over one test that leaks."""
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    (tmp_path / "test_leaky.py").write_text(LEAKY.replace("{leak}", leak))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--basetemp",
        str(tmp_path / "base"),
    ]
    done = subprocess.run(
        [
            *command,
            "-c",
            str(ROOT / "pyproject.toml"),
            "--rootdir",
            str(ROOT),
            str(tmp_path / "test_leaky.py"),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    (tmp_path / "base" / "test_that_leaks0" / "stats.json").unlink(missing_ok=True)
    assert "1 passed, 1 error" in done.stdout
    assert "1 secrets have leaked" in done.stdout
    assert done.returncode == 1


def test_no_text_that_hypothesis_makes_up_is_taken_for_a_secret() -> None:
    """It reads the constants of every module that is no test."""
    sources = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    assert sources
    assert not [path for path in sources if MARKER in path.read_text(encoding="utf-8")]
