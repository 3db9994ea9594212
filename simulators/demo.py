"""The demo: a scene travels from a simulated Stash to a simulated Plex, through the real plugin, over real HTTP."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulators.plex import PlexSimulator
from simulators.stash import StashSimulator, jpeg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PLUGIN = Path(__file__).resolve().parent.parent
SAVE = "mutation($i:SceneUpdateInput!){sceneUpdate(input:$i){id}}"
CONFIGURE = 'mutation($i:Map!){configurePlugin(plugin_id:"StashPlexSync",input:$i)}'
RUN = 'mutation($t:String!){runPluginTask(plugin_id:"StashPlexSync",task_name:$t)}'
PATIENCE_S = 60.0
OF_OBSERVERS = ("[PlexSync Observers]", "[PlexSync Print]")
"""How debug lines begin that tell of somebody's observer, or that it has printed."""
STYLES = {"warning": "yellow", "error": "bold red", "debug": "dim", "trace": "dim"}

console = Console(highlight=False)


def run_demo(*, keep: bool = False, observers: Sequence[Path] = ()) -> int:
    """Show it; returns 0 when the scene arrived, 1 when it did not. ``keep`` leaves the demo's folder behind.

    ``observers`` are files of somebody's own that are to listen; then debug lines that tell of them are shown too.
    """
    folder = Path(tempfile.mkdtemp(prefix="plexsync-demo-"))
    data = folder / "data"
    for file in observers:
        (data / "observers").mkdir(mode=0o700, parents=True, exist_ok=True)
        (data / "observers" / file.name).write_bytes(file.read_bytes())
    try:
        with (
            PlexSimulator() as plex,
            StashSimulator(
                plugin_dir=PLUGIN, config_dir=folder, env={"PLEXSYNC_DATA_DIR": str(data)}
            ) as stash,
        ):
            arrived = _Show(plex, stash, data, observed=bool(observers)).run()
    finally:
        # A watcher that still sleeps ends by itself when it finds its data folder gone.
        if keep:
            console.print(f"\nThe demo's files are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if arrived else 1


class _Show:
    """The acts, in order."""

    def __init__(self, plex: PlexSimulator, stash: StashSimulator, data: Path, *, observed: bool) -> None:
        self.plex = plex
        self.stash = stash
        self.data = data
        self.observed = observed
        self.shown = 0

    def run(self) -> bool:
        """All acts; False when the scene did not arrive."""
        scene, key = self._stage()
        before = self.plex.item(key)
        arrived = self._one_save(scene, key, before)
        self._a_failure()
        self._everything()
        self._statistics()
        return arrived

    def _stage(self) -> tuple[int, int]:
        _head("A Stash and a Plex", "two servers on this machine, with the plugin's own manifest in between")
        section = self.plex.add_section("Scenes", locations=("/media/scenes",)).id
        key = self.plex.add_item(
            section, "/media/scenes/harbour-2024.mp4", size=734_003_200, duration_ms=1_800_000
        )
        scene = self.stash.store.add_scene(
            path="/data/harbour-2024.mp4",
            size=734_003_200,
            duration=1800.0,
            details="Fog lifts over the harbour.\n\nThe ferry leaves at six.",
            date="2024-05",
            studio="North Pier Films",
            performers=["Ann Example", "Bo Sample"],
            tags=["Harbour", "Fog", "Morning"],
            cover=jpeg("harbour"),
        )
        for number in range(1, 25):
            name = f"clip-{number:02}.mp4"
            self.plex.add_item(section, f"/media/scenes/{name}", size=1000 + number, duration_ms=60_000)
            self.stash.store.add_scene(
                path=f"/data/{name}", size=1000 + number, duration=60.0, title=f"Clip {number}", tags=["Clip"]
            )
        for copy in ("old", "new"):
            self.plex.add_item(section, f"/media/scenes/{copy}/twin.mp4", size=5000, duration_ms=60_000)
        self.stash.store.add_scene(path="/data/unsorted/twin.mp4", size=5000, duration=60.0, title="Twin")
        settings = {
            "plex_url": self.plex.url,
            "plex_token": self.plex.token,
            "path_map": "/data => /media/scenes",
        }
        self.stash.graphql(CONFIGURE, {"i": settings})
        console.print(f"Stash at {self.stash.url}, Plex at {self.plex.url}, path map: {settings['path_map']}")
        return scene, key

    def _one_save(self, scene: int, key: int, before: Any) -> bool:
        _head("Somebody saves a scene in Stash", "a title and a rating; nobody presses a button in Plex")
        start = time.monotonic()
        self.stash.graphql(SAVE, {"i": {"id": scene, "title": "Harbour at Dawn", "rating100": 90}})
        saved = time.monotonic() - start
        arrived = _wait(
            lambda: (
                self.plex.item(key).fields.get("title") == "Harbour at Dawn" and bool(self.plex.item(key).art)
            )
        )
        took = time.monotonic() - start
        hook = self.stash.hooks.runs[-1]
        console.print(
            f"The save took {saved * 1000:.0f} ms, of which the hook {hook.seconds * 1000:.0f} ms; Plex showed it after {took:.1f} s.\n"
        )
        _compare(before, self.plex.item(key))
        self._quiet()
        if self.observed:
            self._log()
        return arrived

    def _a_failure(self) -> None:
        _head(
            "A scene that cannot be synced",
            "Plex has two files of that name and size, and nothing tells them apart",
        )
        twin = max(self.stash.store.scenes)
        self.stash.graphql(SAVE, {"i": {"id": twin, "title": "Twin, renamed"}})
        _wait(lambda: any("AmbiguousMatch" in line.message for line in self.stash.logs))
        self._quiet()
        self._log()

    def _everything(self) -> None:
        _head("Sync All Scenes", "what is equal is not written")
        for turn in ("first", "second"):
            written = len(self.plex.writes())
            self.stash.graphql(RUN, {"t": "Sync All Scenes"})
            self._quiet()
            console.print(f"[bold]The {turn} run wrote {len(self.plex.writes()) - written} times.[/bold]")
            self._log()

    def _statistics(self) -> None:
        _head("stats.json", "what machines read")
        stats = json.loads((self.data / "stats.json").read_text(encoding="utf-8"))
        kept = (
            "jobs_processed",
            "jobs_succeeded",
            "jobs_unchanged",
            "jobs_failed",
            "jobs_to_dlq",
            "errors_by_type",
            "success_rate",
        )
        console.print_json(
            data={
                "schema": stats["schema"],
                "cumulative": {name: stats["cumulative"].get(name) for name in kept},
            }
        )

    def _quiet(self) -> None:
        self.stash.jobs.wait_until_idle(PATIENCE_S)
        time.sleep(0.2)

    def _log(self) -> None:
        """The lines that came to Stash's log since the last look."""
        lines, self.shown = self.stash.logs[self.shown :], len(self.stash.logs)
        for line in lines:
            of_observers = self.observed and line.message.startswith(OF_OBSERVERS)
            if line.level in {"info", "warning", "error"} or of_observers:
                console.print(
                    Text(f"  {line.level:<7} {line.message}", style=STYLES.get(line.level, "")),
                    soft_wrap=True,
                )


def _head(title: str, text: str) -> None:
    console.print()
    console.rule(f"[bold]{title}[/bold]", align="left")
    console.print(f"[dim]{text}[/dim]\n")


def _compare(before: Any, after: Any) -> None:
    table = Table(title="The Plex item", title_justify="left", show_edge=False, pad_edge=False)
    for column in ("field", "before", "after"):
        table.add_column(column, overflow="fold")
    names = dict.fromkeys([*before.fields, *after.fields])
    for name in names:
        if before.fields.get(name) != after.fields.get(name):
            table.add_row(name, Text(before.fields.get(name, "")), Text(after.fields.get(name, "")))
    for kind in dict.fromkeys([*before.tags, *after.tags]):
        table.add_row(kind, ", ".join(before.tags.get(kind, [])), ", ".join(after.tags.get(kind, [])))
    table.add_row("poster", _shown(before.poster), _shown(after.poster))
    table.add_row("background", _shown(before.art), _shown(after.art))
    table.add_row("locked", ", ".join(sorted(before.locks)), ", ".join(sorted(after.locks)))
    console.print(table)


def _shown(picture: bytes | None) -> str:
    return f"{len(picture)} bytes" if picture else ""


def _wait(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False
