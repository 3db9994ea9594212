"""A Stash, a Plex, a data folder, and PlexSync in processes of its own between them: what stories break."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.places import queue_file, spare_dir
from simulators.plex import PlexSimulator
from simulators.stash import StashSimulator
from sync_queue.database import connect
from sync_queue.intake import enqueue

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
PLUGIN_ID = "StashPlexSync"


@dataclass
class House:
    """``data`` is PlexSync's data folder; ``said`` keeps what its processes wrote to standard error."""

    plex: PlexSimulator
    stash: StashSimulator
    data: Path
    section: int
    db: sqlite3.Connection
    clock: Any
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def scene(self, name: str, *, in_plex: bool = True, size: int = 1000, **values: Any) -> tuple[int, int]:
        """A scene that nobody has queued, and its Plex item under the same path; (scene id, ratingKey or 0)."""
        path = f"/media/{name}"
        key = self.plex.add_item(self.section, path, size=size, duration_ms=60_000) if in_plex else 0
        return self.stash.store.add_scene(path=path, size=size, duration=60.0, **values), key

    def settings(self, **settings: Any) -> None:
        """What the owner has entered, the two required settings besides."""
        self.stash.store.plugin_settings[PLUGIN_ID] = {
            "plex_url": self.plex.url,
            "plex_token": self.plex.token,
            **settings,
        }

    def put(self, scene: int, *, priority: int = 0, db: sqlite3.Connection | None = None) -> None:
        """Queue the scene, as a hook does."""
        enqueue(db or self.db, scene, trigger="Scene.Update.Post", priority=priority, now=self.clock())

    def spare(self) -> sqlite3.Connection:
        """The queue beside Stash's configuration, where hooks write when they cannot write to the data folder."""
        return connect(queue_file(spare_dir(str(self.stash.config_dir))))

    def watcher(self, *, kill: str = "") -> subprocess.Popen[bytes]:
        """Start the watcher's process, as a hook would; ``kill`` as ``tests.torture.child`` describes it."""
        process = self._start(
            ["-m", "tests.torture.child", "keep-watch"], stdin=subprocess.PIPE, PLEXSYNC_TORTURE_KILL=kill
        )
        assert process.stdin is not None
        with process.stdin as stdin:
            stdin.write(self.stash.connection_json(args={"mode": "watch"}).encode())
        return process

    def service(self) -> subprocess.Popen[bytes]:
        """Start ``PlexSync.py worker``, which watches the queue until it is stopped."""
        return self._start(["PlexSync.py", "worker", "--stash", self.stash.url], stdin=subprocess.DEVNULL)

    def _start(self, arguments: list[str], *, stdin: int, **environment: str) -> subprocess.Popen[bytes]:
        with (self.data.parent / "stderr.txt").open("ab") as errors:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                stdin=stdin,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env={
                    **os.environ,
                    "PLEXSYNC_DATA_DIR": str(self.data),
                    "PYTHONPATH": str(ROOT),
                    **environment,
                },
                cwd=ROOT,
            )
        self.processes.append(process)
        return process

    def save(self, scene: int) -> None:
        """Run the hooks of a saved scene as Stash does, and wait for them as its user does (with ``plugin`` only)."""
        title = self.stash.store.scenes[scene].values["title"]
        self.stash.plugins.fire(
            "Scene.Update.Post", scene, {"id": str(scene), "title": title}, ["id", "title"]
        )

    def task_pids(self) -> set[int]:
        """The process that runs as a task of Stash's, if there is one."""
        return {job.process.pid for job in self.stash.jobs.queue() if job.process is not None}

    def open_jobs(self) -> int:
        """Rows that are not finished, whatever they wait for."""
        return int(self.db.execute("SELECT count(*) FROM jobs").fetchone()[0])

    def buried(self) -> set[int]:
        """The scenes that were given up."""
        return {int(row[0]) for row in self.db.execute("SELECT scene_id FROM dead_letters")}

    def errors(self) -> str:
        """What the processes wrote to standard error: nothing, unless something broke."""
        file = self.data.parent / "stderr.txt"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""


@contextmanager
def house(
    folder: Path, *, clock: Any = time.time, plugin: bool = False, plugin_dir: Path = ROOT, **settings: Any
) -> Iterator[House]:
    """A house with one movie library; when it is left, no process of it lives.

    With ``plugin`` Stash has the plugin of ``plugin_dir`` installed and runs its hooks and tasks; otherwise the story
    starts processes.
    """
    data = folder / "data"
    (folder / "stash").mkdir(parents=True)
    # What a developer's coverage adds to the start of every Python is not to be measured.
    environment = {
        "PLEXSYNC_DATA_DIR": str(data),
        "COVERAGE_PROCESS_START": "",
        "COVERAGE_PROCESS_CONFIG": "",
    }
    with (
        PlexSimulator() as plex,
        StashSimulator(
            plugin_dir=plugin_dir if plugin else None, config_dir=folder / "stash", env=environment
        ) as stash,
    ):
        section = plex.add_section("Scenes", locations=("/media",)).id
        db = connect(data / "queue.sqlite")
        made = House(plex, stash, data, section, db, clock)
        made.settings(**settings)
        try:
            yield made
        finally:
            for process in made.processes:
                process.kill()
                process.wait()
            db.close()
            # A watcher that a hook has started ends when it finds its queue gone.
            for file in data.glob("queue.sqlite*"):
                file.unlink(missing_ok=True)
