"""Which files a sync opens: run as a program, it syncs scenes with hostile paths and prints every path that was opened.

Usage: ``python -m tests.opened_files <folder> <file that nobody may read>``.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

opened: list[str] = []


def note(event: str, arguments: tuple[object, ...]) -> None:
    """What the interpreter tells of every open, stat-like listing and start of a program."""
    if event in {"open", "os.listdir", "os.scandir", "os.rename", "os.remove", "shutil.copyfile"}:
        opened.append(os.fsdecode(arguments[0]) if isinstance(arguments[0], (str, bytes)) else "")
    elif event in {"subprocess.Popen", "os.system", "os.posix_spawn", "os.exec"}:
        opened.append(f"PROGRAM {arguments[0]}")


def main(folder: Path, secret: Path) -> None:
    """Sync with a path map that points at the secret, and scenes that claim to be it."""
    from simulators.plex import PlexSimulator  # noqa: PLC0415 -- so that only the sync is watched
    from simulators.stash import StashSimulator  # noqa: PLC0415
    from tests.worker.conftest import World  # noqa: PLC0415

    with PlexSimulator() as plex, StashSimulator() as stash:
        section = plex.add_section("Scenes", locations=(str(secret.parent),)).id
        world = World(plex, stash, folder / "data", section, path_map=f"/media => {secret.parent}")
        for path in (f"/media/{secret.name}", str(secret), f"/media/../{secret.name}", f"file://{secret}"):
            plex.add_item(section, path, size=1, duration_ms=1000)
            scene = stash.store.add_scene(path=path, size=1, duration=1.0, title=path)
            world.put(scene)
        sys.addaudithook(note)
        world.drain()
        world.close()
    sys.stdout.write(json.dumps(opened))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
