"""What the watcher costs while it waits: ``python benchmarks/at_rest.py [--quick]``.

A real watcher process, started as a hook starts it, over a queue in which a scene waits for something. Its processor time is
what the system has counted for it over a minute.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import (
    ENTRY,
    PYTHON,
    Remote,
    connection_json,
    environment,
    folder,
    options,
    table,
    verdict,
)
from sync_queue.database import connect
from sync_queue.intake import enqueue

CONFIGURE = 'mutation($i:Map!){configurePlugin(plugin_id:"StashPlexSync",input:$i)}'
CPU_BOUND = 0.5
SETTLED_S = 20.0
"""In its first seconds a watcher looks more often, and an outage is probed after 1, 2, 4 and 8 seconds."""
TICKS = os.sysconf("SC_CLK_TCK")


def started(data: Path, port: int) -> subprocess.Popen[bytes]:
    """A watcher."""
    process = subprocess.Popen(
        [PYTHON, str(ENTRY), "keep-watch"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(PLEXSYNC_DATA_DIR=str(data)),
    )
    assert process.stdin is not None
    process.stdin.write(connection_json(port, data, mode="watch"))
    process.stdin.close()
    return process


def cpu_s(pid: int) -> float:
    """Seconds of processor time so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_mb(pid: int) -> float:
    """Megabytes in memory now."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


class Watched:
    """A watcher, and what it costs between two looks."""

    def __init__(self, data: Path, port: int) -> None:
        self._data = data
        self._process = started(data, port)

    def look(self) -> None:
        """Begin to count."""
        self._cpu, self._at = cpu_s(self._process.pid), time.perf_counter()

    def percent(self) -> float:
        """Of a core, since the look."""
        return 100 * (cpu_s(self._process.pid) - self._cpu) / (time.perf_counter() - self._at)

    def megabytes(self) -> float:
        """In memory now."""
        return rss_mb(self._process.pid)

    def end(self) -> float:
        """Leave nothing to wait for; seconds until the watcher has ended."""
        db = connect(self._data / "queue.sqlite")
        db.execute("DELETE FROM jobs")
        db.close()
        start = time.perf_counter()
        self._process.wait(30)
        return time.perf_counter() - start


def main() -> int:
    """Print the table; 1 when a bound does not hold."""
    seconds = 15.0 if options(__doc__).quick else 60.0
    with Remote("stash") as stash, Remote("plex") as plex, folder() as asleep, folder() as down:
        settings = {"plex_url": plex.where["url"], "plex_token": plex.where["token"]}
        stash.ask("graphql", query=CONFIGURE, variables={"i": settings})
        plex.ask("maintenance")
        ids = stash.ask("add", first=0, count=1)
        watchers = []
        for data, due_in in ((asleep, 500.0), (down, 0.0)):
            db = connect(data / "queue.sqlite")
            enqueue(db, ids[0], trigger="benchmark", priority=0, now=time.time(), due_at=time.time() + due_in)
            db.close()
            watchers.append(Watched(data, stash.where["port"]))
        time.sleep(SETTLED_S)
        plex.ask("forget")
        for watcher in watchers:
            watcher.look()
        time.sleep(seconds)
        (idle, idle_mb), (away, away_mb) = [(watcher.percent(), watcher.megabytes()) for watcher in watchers]
        probes = sum(plex.ask("counts").values())
        ended = max(watcher.end() for watcher in watchers)
    table(
        ("", f"processor, over {seconds:.0f} s", "memory", "requests to Plex"),
        [
            ("asleep: a retry is due in minutes", f"{idle:.2f} %", f"{idle_mb:.0f} MB", "0"),
            ("Plex is down", f"{away:.2f} %", f"{away_mb:.0f} MB", f"{probes}"),
        ],
    )
    print(f"\nWhen nothing was left both had ended after {ended:.1f} s.")
    within = idle <= CPU_BOUND and probes <= seconds / 10 + 1 and ended <= 3
    return verdict(f"Bounds: asleep at most {CPU_BOUND} % of a core; down one probe in 10 s", holds=within)


if __name__ == "__main__":
    sys.exit(main())
