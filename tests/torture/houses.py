"""Faults of the disk in a Stash that runs the plugin: each is a function of a folder and a seed, and gives an outcome.

All go the same way: a library in step, then the fault; scenes are saved during it; the remedy, and all of it must arrive.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing, contextmanager
from random import Random
from typing import TYPE_CHECKING, Any

from simulators.stash import StashSimulator
from sync_queue.locks import watcher_lock
from tests.app.installed import OPERATE, RUN
from tests.app.test_upgrade import ROOMS, copy_plugin
from tests.torture.disks import fill_up, read_only, small_disk
from tests.torture.house import PLUGIN_ID, ROOT, House, house
from tests.torture.library import Library
from tests.torture.outcome import Outcome
from tests.torture.real_outages import seconds_until_right

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NONE = 1_000_000
"""No scene of the library must be given up."""
SCENES, SAVED = 10, 4
GOES_ON_WITHIN_S = 15.0
PATIENCE_S = 120.0
PAGE = 4096
DISK_BYTES = 1_500_000
LOCKS = ("drain.lock", "watcher.lock", "stats.lock", "index.lock")


class Home:
    """A house with a library in it that is in step; ``saved`` are the scenes that were saved since."""

    def __init__(self, made: House, chance: Random) -> None:
        self.made = made
        self.chance = chance
        self.library = Library(made, chance)
        self.saved: list[int] = []
        self.problems: list[str] = []
        self.library.fill(SCENES, doomed=NONE, first=1)
        self.task("Sync All Scenes")
        seconds_until_right(self.library, sorted(self.library.keys))
        self.quiet()

    def task(self, name: str) -> None:
        """Run a task, and wait until Stash has nothing to do."""
        self.made.stash.graphql(RUN, {"t": name, "a": {}})
        self.made.stash.jobs.wait_until_idle(PATIENCE_S)

    def quiet(self) -> None:
        """No drain is at work any more."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and self._draining():
            time.sleep(0.1)

    def _draining(self) -> bool:
        said = self.made.stash.graphql(OPERATE, {"a": {"mode": "status"}})["runPluginOperation"]
        return bool(self.made.stash.jobs.queue()) or bool(said["worker"]["draining"])

    def save(self, number: int = SAVED, *, keep_tags: bool = False) -> None:
        """Some scenes are edited and saved, each with its hook; with ``keep_tags`` none loses a tag."""
        for scene in self.chance.sample(sorted(self.library.keys), number):
            row = self.made.stash.store.scenes[scene]
            tags = row.tag_ids if keep_tags else []
            self.library.edit(scene)
            row.tag_ids = list(dict.fromkeys([*tags, *row.tag_ids]))
            self.made.save(scene)
            self.saved.append(scene)

    def watcher_waits(self) -> None:
        """Return when a watcher is there and has come to its first look."""
        end, lock = time.monotonic() + PATIENCE_S, watcher_lock(self.made.data)
        while lock.try_acquire():
            lock.release()
            assert time.monotonic() < end, "no watcher came"
            time.sleep(0.1)
        time.sleep(1.0)

    def log(self, *levels: str) -> list[str]:
        """Stash's log."""
        return [line.message for line in self.made.stash.logs if line.level in levels]

    def must_say(self, *parts: str) -> None:
        """One line of Stash's log has all of these."""
        lines = self.log("error", "warning")
        if not any(all(part in line for part in parts) for line in lines):
            self.problems.append(f"no line has {parts}: {lines[-3:]}")

    def outcome(self) -> Outcome:
        """Wait until all is right."""
        took = seconds_until_right(self.library, sorted(self.library.keys))
        wrong = [text for scene in sorted(self.library.keys) if (text := self.library.wrong(scene))]
        return Outcome(len(self.library.keys), wrong, self.problems, took_s=took)


@contextmanager
def home(folder: Path, seed: int, **how: Any) -> Iterator[Home]:
    """A house with the plugin, and its library."""
    with house(folder, plugin=True, **how) as made:
        yield Home(made, Random(seed))  # noqa: S311 -- repeatable on purpose


def read_only_folder(folder: Path, seed: int) -> Outcome:
    with home(folder, seed) as it:
        with read_only(it.made.data):
            it.save()
            it.must_say("cannot be used", "is kept in")
        it.save(1)
        return it.outcome()


def full_folder(folder: Path, seed: int) -> Outcome:
    with small_disk(folder / "data", DISK_BYTES), home(folder, seed) as it:
        ballast = fill_up(it.made.data)
        it.save(SCENES)
        ballast.unlink()
        it.save(1)
        return it.outcome()


def damaged(folder: Path, seed: int) -> Outcome:
    """While scenes wait for Plex, the file is overwritten: all of it, some pages, or its end.

    With the ledger goes the knowledge which tags in Plex are ours: those stay, as a person's do.
    """
    with home(folder, seed) as it:
        it.made.plex.refuse()
        it.save(keep_tags=True)
        file = it.made.data / "queue.sqlite"
        it.made.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        data = bytearray(file.read_bytes())
        kind = seed % 3
        start = (0, it.chance.randrange(10, len(data) // PAGE) * PAGE, len(data) // 2)[kind]
        data[start:] = it.chance.randbytes(len(data) - start) if kind < 2 else b""
        file.write_bytes(data)
        it.made.plex.resume()
        it.save(keep_tags=True)
        outcome = it.outcome()
        it.quiet()
        it.task("Show Status")
        kept = list(it.made.data.glob("queue.sqlite.damaged-*"))
        said = [line for line in it.log("error") if "was damaged; it is kept as" in line]
        outcome.problems += [] if kept and said else [f"{len(kept)} files were kept, and {said} was said"]
        return outcome


def newer(folder: Path, seed: int) -> Outcome:
    with home(folder, seed) as it:
        file = it.made.data / "queue.sqlite"
        with closing(sqlite3.connect(file)) as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            db.execute("PRAGMA user_version = 99")
            jobs = db.execute("SELECT count(*) FROM ledger").fetchone()[0]
        it.save()
        it.task("Sync Queued Scenes")
        it.must_say("written by a newer PlexSync")
        with closing(sqlite3.connect(file)) as db:
            it.problems += (
                [] if db.execute("SELECT count(*) FROM ledger").fetchone()[0] == jobs else ["it was changed"]
            )
            db.execute(f"PRAGMA user_version = {version}")
        it.save(1)
        return it.outcome()


def locks_left(folder: Path, seed: int) -> Outcome:
    with home(folder, seed) as it:
        for name in LOCKS:
            (it.made.data / name).write_text("4711\n")
        it.save()
        return it.outcome()


def two_stashes(folder: Path, seed: int) -> Outcome:
    """A second Stash, with other scenes under the same numbers, is given the first one's data folder."""
    with home(folder, seed) as it:
        (folder / "second").mkdir()
        env = {
            "PLEXSYNC_DATA_DIR": str(it.made.data),
            "COVERAGE_PROCESS_START": "",
            "COVERAGE_PROCESS_CONFIG": "",
        }
        with StashSimulator(plugin_dir=ROOT, config_dir=folder / "second", env=env) as second:
            second.store.plugin_settings[PLUGIN_ID] = it.made.stash.store.plugin_settings[PLUGIN_ID]
            for scene, row in it.made.stash.store.scenes.items():
                other = second.store.add_scene(
                    path=row.files[0].path, size=1000, duration=60.0, title="Second's"
                )
                second.store.scenes[other].created_at = "2020-01-01T10:00:00+01:00"
                it.problems += [] if other == scene else ["the numbers differ"]
            for scene in it.chance.sample(sorted(it.library.keys), SAVED):
                second.plugins.fire(
                    "Scene.Update.Post", scene, {"id": str(scene), "title": "x"}, ["id", "title"]
                )
            second.graphql(RUN, {"t": "Sync Queued Scenes", "a": {}})
            second.jobs.wait_until_idle(PATIENCE_S)
            told = [line.message for line in second.logs if line.level == "error"]
            if not any("belongs to another Stash" in line and "'Accept New Stash'" in line for line in told):
                it.problems.append(f"the second was told {told}")
            it.save()
            return it.outcome()


def upgraded(folder: Path, seed: int) -> Outcome:
    """Scenes wait for Plex, and a watcher with them, while Stash replaces the plugin's folder."""
    plugin = folder / "plugins" / PLUGIN_ID
    copy_plugin(plugin)
    with home(folder, seed, plugin_dir=plugin) as it:
        it.made.plex.refuse()
        it.save()
        it.made.stash.jobs.wait_until_idle(PATIENCE_S)
        it.watcher_waits()
        manifest = (plugin / "StashPlexSync.yml").read_text(encoding="utf-8")
        (plugin / "StashPlexSync.yml").unlink()
        for room in ROOMS:
            shutil.rmtree(plugin / room)
        time.sleep(it.chance.uniform(0.0, 3.0))
        for room in ROOMS:
            shutil.copytree(ROOT / room, plugin / room, ignore=shutil.ignore_patterns("__pycache__"))
        (plugin / "StashPlexSync.yml").write_text(f"{manifest}# newer\n", encoding="utf-8")
        it.made.plex.resume()
        return it.outcome()


HOUSES: dict[str, Callable[[Path, int], Outcome]] = {
    "the data folder is read-only": read_only_folder,
    "the data folder's disk is full": full_folder,
    "the database is damaged": damaged,
    "the database is from a newer version": newer,
    "lock files were left behind": locks_left,
    "a second Stash on the same data folder": two_stashes,
    "the plugin is replaced while a watcher waits": upgraded,
}
