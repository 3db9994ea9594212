"""From the start of the drain task's process to its first request to Plex: ``python benchmarks/start_time.py [--quick]``.

The floor is a Python that does nothing but import plexapi's server. Within ours also lie: reading the payload, opening the
queue, asking Stash for the settings, and every import that a drain needs.
"""

from __future__ import annotations

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
    interleaved,
    options,
    run,
    servers,
    table,
    verdict,
)
from sync_queue.database import connect
from sync_queue.intake import enqueue

BOUND = 1.5
CONFIGURE = 'mutation($i:Map!){configurePlugin(plugin_id:"StashPlexSync",input:$i)}'


def until_first_request(stash: Remote, plex: Remote, data: Path, scene: int) -> float:
    """A scene is queued and a drain was asked for, as by a hook; seconds from the start of the task to its first request."""
    db = connect(data / "queue.sqlite")
    enqueue(db, scene, trigger="benchmark", priority=0, now=time.time(), asker="benchmark")
    db.close()
    plex.ask("forget")
    started = time.time()
    task = connection_json(stash.where["port"], data, mode="drain")
    process = subprocess.Popen(
        [PYTHON, "-S", str(ENTRY)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(PLEXSYNC_DATA_DIR=str(data)),
    )
    process.communicate(task)
    first: float = plex.ask("first_request_at")
    return first - started


def main() -> int:
    """Print the table; 1 when the bound does not hold."""
    rounds = 5 if options(__doc__).quick else 15
    with servers(1) as (stash, plex, ids), folder() as data:
        settings = {"plex_url": plex.where["url"], "plex_token": plex.where["token"]}
        stash.ask("graphql", query=CONFIGURE, variables={"i": settings})
        until_first_request(stash, plex, data, ids[0])
        took = interleaved(
            {
                "import": lambda: run([PYTHON, "-c", "import plexapi.server"]),
                "drain": lambda: until_first_request(stash, plex, data, ids[0]),
            },
            rounds,
        )
    ratio = took["drain"] / took["import"]
    table(
        ("", "ms", "ratio"),
        [
            ("`python -c 'import plexapi.server'`", f"{took['import'] * 1000:.0f}", "1.00"),
            ("drain task, start to first request to Plex", f"{took['drain'] * 1000:.0f}", f"{ratio:.2f}"),
        ],
    )
    return verdict(f"Bound: at most {BOUND} times the import", holds=ratio <= BOUND)


if __name__ == "__main__":
    sys.exit(main())
