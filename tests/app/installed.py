"""The plugin as Stash runs it: the real manifest, real processes, both simulators."""

from __future__ import annotations

import contextlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulators.stash import StashSimulator
from tests.support import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulators.plex import PlexSimulator

ROOT = Path(__file__).parent.parent.parent
SAVE = "mutation($i:SceneUpdateInput!){sceneUpdate(input:$i){id}}"
CONFIGURE = 'mutation($i:Map!){configurePlugin(plugin_id:"StashPlexSync",input:$i)}'
RUN = 'mutation($t:String!,$a:Map){runPluginTask(plugin_id:"StashPlexSync",task_name:$t,args_map:$a)}'
RUN_S = 180.0
"""At the most, for a task over a thousand scenes on a machine that does much else."""
OPERATE = 'mutation($a:Map){runPluginOperation(plugin_id:"StashPlexSync",args:$a)}'


@dataclass
class Installed:
    """Stash with the plugin in it, and Plex."""

    plex: PlexSimulator
    stash: StashSimulator
    data: Path
    section: int

    def scene(self, name: str = "one.mp4", *, in_plex: bool = True, **values: Any) -> tuple[int, int]:
        """A scene that no hook has told of, and its Plex item."""
        path = f"/media/{name}"
        key = self.plex.add_item(self.section, path, size=1000, duration_ms=60_000) if in_plex else 0
        return self.stash.store.add_scene(path=path, size=1000, duration=60.0, **values), key

    def configure(self, **settings: Any) -> None:
        """Save settings, replacing all others."""
        self.stash.graphql(
            CONFIGURE, {"i": {"plex_url": self.plex.url, "plex_token": self.plex.token, **settings}}
        )

    def save(self, scene: int, **values: Any) -> None:
        """Save a scene as the edit page does; returns when Stash answers, so after the hook."""
        self.stash.graphql(SAVE, {"i": {"id": scene, **values}})

    def run(self, task: str, **args: Any) -> None:
        """Run a task and wait until Stash's queue is empty."""
        self.stash.graphql(RUN, {"t": task, "a": args})
        assert self.stash.jobs.wait_until_idle(RUN_S)

    def operate(self, **args: Any) -> Any:
        """Run an operation and return its output."""
        return self.stash.graphql(OPERATE, {"a": args})["runPluginOperation"]

    def title(self, key: int) -> str:
        """What Plex shows."""
        return self.plex.item(key).fields.get("title", "")

    def lines(self, *levels: str) -> list[str]:
        """What is in Stash's log at these levels."""
        return [line.message for line in self.stash.logs if line.level in levels]

    def heard(self, *words: str) -> str:
        """Wait for the line that has all these words; what was said in the background a task hands on."""

        def found() -> list[str]:
            every = self.lines("info", "warning", "error")
            return [line for line in every if all(word in line for word in words)]

        def is_there() -> bool:
            if not found():
                self.run("Show Status")
            return bool(found())

        wait_for(is_there, f"nobody said {words}")
        return found()[0]

    def until_nobody_watches(self) -> None:
        """Wait until no watcher is there, nor one on its way: whatever happens from now on is the test's own doing."""
        wait_for(lambda: not watchers_of(self.data), "a watcher does not end")

    def asked(self) -> int:
        """How often a hook asked Stash for a drain."""
        return sum(
            "runPluginTask" in text and (variables or {}).get("d") is not None
            for text, variables in self.stash.requests
        )


def watchers_of(data: Path) -> list[int]:
    """The processes of watchers that were started for this data folder. None is seen where there is no /proc."""
    ours, found = f"PLEXSYNC_DATA_DIR={data}\0".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if b"keep-watch" in (process / "cmdline").read_bytes():
                found += [int(process.name)] if ours in (process / "environ").read_bytes() + b"\0" else []
    return found


@contextmanager
def installation(folder: Path, plex: PlexSimulator, **settings: Any) -> Iterator[Installed]:
    """Everything in place, with the two required settings. ``settings`` are the simulated Stash's."""
    data = folder / "data"
    env = {"PLEXSYNC_DATA_DIR": str(data), **settings.pop("env", {})}
    with StashSimulator(plugin_dir=ROOT, config_dir=folder, env=env, **settings) as stash:
        section = plex.add_section("Scenes", locations=("/media",)).id
        made = Installed(plex, stash, data, section)
        made.configure()
        yield made
        # A watcher that has something left ends when its queue is gone; it never begins where a test has put a file for the folder.
        # It is kept under another name: at the end of all tests somebody looks for secrets in it.
        for name in ("queue.sqlite", "queue.sqlite-wal", "queue.sqlite-shm"):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                (data / name).rename(data / f"ended-{name}")
