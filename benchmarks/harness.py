"""What the benchmarks share: simulators in processes of their own, a drain over them, interleaved timing, Markdown tables."""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Self

from app.compose import Composition
from app.session import Session
from app.settings import Settings
from app.stopping import Stop
from stash.log import TRACE, StashLogHandler
from stash.redact import Secrets
from stash.runtime import parse
from sync_queue.intake import RUN, enqueue_many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from worker.drain import Result

ROOT = Path(__file__).resolve().parents[1]
ENTRY = ROOT / "PlexSync.py"
LATENCY_S = 0.02
"""What the simulated Plex takes for each request, beyond its own work: a Plex on the same network takes 10 to 200 ms."""
PYTHON = sys.executable
NOT_OURS = ("COV", "COVERAGE", "PYTHONDONTWRITEBYTECODE")


def environment(**more: str) -> dict[str, str]:
    """This process's own, without what would slow a new Python down."""
    return {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)} | more


class Remote:
    """A simulator in a process of its own; calling one of its methods runs the one of that name in ``served.py``."""

    def __init__(self, kind: str, **options: Any) -> None:
        command = [PYTHON, str(ROOT / "benchmarks" / "served.py"), kind, json.dumps(options)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.where: dict[str, Any] = self.ask("where")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    def ask(self, what: str, **how: Any) -> Any:
        """Have it done there and return what it gives."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": what, "with": how}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def connection_json(port: int, folder: Path, **args: Any) -> bytes:
    """What Stash writes to a plugin's standard input."""
    connection = {
        "Scheme": "http",
        "Host": "127.0.0.1",
        "Port": port,
        "SessionCookie": None,
        "Dir": str(folder),
        "PluginDir": str(ROOT),
    }
    return json.dumps({"server_connection": connection, "args": args}).encode()


class Installation:
    """PlexSync between a Stash and a Plex, with a data folder of its own, in this process."""

    def __init__(self, stash: Remote, plex: Remote, folder: Path, **settings: Any) -> None:
        self.stash, self.plex, self.folder = stash, plex, folder
        payload = parse(connection_json(stash.where["port"], folder).decode())
        self.session = Session(payload.connection, folder=str(folder))
        self.settings = Settings(plex_url=plex.where["url"], plex_token=plex.where["token"], **settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.session.close()

    def queue(self, ids: Iterable[int]) -> None:
        """As "Sync All Scenes" does."""
        enqueue_many(self.session.db, ids, trigger="benchmark", priority=RUN, now=time.time())

    def drain(self) -> Result:
        """Work off what is queued, with all observers."""
        composition = Composition(self.session, self.settings)
        try:
            return composition.drain(self.settings, runner="benchmark", stop=Stop())
        finally:
            composition.close()

    def sync(self, ids: Sequence[int]) -> float:
        """Queue the scenes and drain; seconds from the first look at the queue until the last scene is settled."""
        self.queue(ids)
        start = time.perf_counter()
        result = self.drain()
        took = time.perf_counter() - start
        assert (result.reason, result.processed) == ("empty", len(ids)), result
        return took - LINGER_S


LINGER_S = 1.0
"""How long a drain waits for another edit before it ends: no work."""


def log_to_nowhere() -> None:
    """Lines are put together and written as in a task, to a file that keeps nothing."""
    handler = StashLogHandler(Path(os.devnull).open("wb"), secrets=Secrets(), owns_stream=True)  # noqa: SIM115 -- the handler's
    root = logging.getLogger("plexsync")
    root.handlers[:] = [handler]
    root.setLevel(TRACE)
    root.propagate = False


def run(command: Sequence[str], stdin: bytes = b"", **more: str) -> float:
    """Seconds from the start of a process until its standard output ends and it is reaped, as Stash waits for a hook."""
    start = time.perf_counter()
    done = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        env=environment(**more),
        check=False,
    )
    took = time.perf_counter() - start
    assert done.returncode == 0, done
    return took


def interleaved(actions: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median of each action's figure, the actions taking turns: a machine's speed changes from minute to minute."""
    figures: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            figures[name].append(action())
    return {name: median(each) for name, each in figures.items()}


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a Markdown table; the first column is text, the others are numbers."""
    print(f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 1)}", sep="\n")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |", flush=True)


def verdict(what: str, *, holds: bool) -> int:
    """Print whether a bound holds; returns the exit code."""
    print(f"\n{what}: {'holds' if holds else 'BROKEN'}.", flush=True)
    return 0 if holds else 1


def options(doc: str | None) -> argparse.Namespace:
    """``--quick`` for fewer rounds and smaller libraries, whose figures are rougher."""
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller libraries")
    return parser.parse_args()


@contextmanager
def servers(
    scenes: int, *, in_plex: int | None = None, covers: bool = False
) -> Iterator[tuple[Remote, Remote, list[int]]]:
    """A Stash with so many scenes and a Plex that has their files, or the first so many; the scenes' ids beside them."""
    with Remote("stash") as stash, Remote("plex") as plex:
        ids = stash.ask("add", first=0, count=scenes, covers=covers)
        plex.ask("add", first=0, count=scenes if in_plex is None else in_plex)
        yield stash, plex, ids


@contextmanager
def folder() -> Iterator[Path]:
    """A data folder that is removed afterwards; a watcher on it ends when its queue is gone."""
    with ExitStack() as stack:
        yield Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
