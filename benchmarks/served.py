"""A simulator in a process of its own, so that its work does not thin out what is measured: started by ``harness``.

It reads one JSON object a line, ``{"do": name, "with": {...}}``, and answers each with one line.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.library import about, cover_of, path_of
from simulators.plex import PlexSimulator
from simulators.stash import StashSimulator

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]


class Plex:
    """What can be asked of the simulated Plex."""

    def __init__(self, sim: PlexSimulator) -> None:
        self._sim = sim
        self._section = sim.add_section("Scenes", locations=("/media/scenes",)).id

    def where(self) -> Any:
        """Address, token and section."""
        return {"url": self._sim.url, "token": self._sim.token, "section": self._section}

    def add(self, first: int, count: int) -> Any:
        """Items that show the scenes of these numbers, added and last changed one second after the other."""
        epoch = 1_700_000_000
        rows = [
            {
                "path": path_of(number),
                "size": 1_000_000 + number,
                "duration_ms": 60_000,
                "added_at": epoch + number,
                "updated_at": epoch + number,
            }
            for number in range(first, first + count)
        ]
        return self._sim.add_items(self._section, rows)

    def counts(self) -> Any:
        """Requests by method and route, since they were forgotten last."""
        return {f"{method} {route}": number for (method, route), number in self._sim.counts().items()}

    def forget(self) -> None:
        """Count from zero again."""
        self._sim.forget_requests()

    def writes(self) -> Any:
        """Each write: method, path, the pairs of its query, the length of its body."""
        return [
            (request.method, request.path, request.query, len(request.body)) for request in self._sim.writes()
        ]

    def first_request_at(self) -> Any:
        """When the first one came, in epoch seconds."""
        seen = self._sim.seen()
        return seen[0].at if seen else None

    def latency(self, seconds: float) -> None:
        """Each request takes so much longer from now on."""
        self._sim.faults.clear()
        if seconds:
            self._sim.faults.add("latency", seconds=seconds)

    def hang(self) -> None:
        """No request is answered any more."""
        self._sim.faults.add("hang")

    def maintenance(self) -> None:
        """As while it starts: 503 for everything but who it is."""
        self._sim.start_maintenance()

    def refuse(self) -> None:
        """Nobody listens any more."""
        self._sim.refuse()

    def title(self, key: int) -> Any:
        """What an item shows."""
        return self._sim.item(key).fields.get("title", "")


class Stash:
    """What can be asked of the simulated Stash."""

    def __init__(self, sim: StashSimulator) -> None:
        self._sim = sim

    def where(self) -> Any:
        """Its port."""
        return {"port": self._sim.port}

    def add(self, first: int, count: int, *, covers: bool = False, edition: str = "") -> Any:
        """The scenes of these numbers; returns their ids."""
        return [
            self._sim.store.add_scene(
                path=path_of(number),
                size=1_000_000 + number,
                duration=60.0,
                cover=cover_of(number) if covers else None,
                **about(number, edition),
            )
            for number in range(first, first + count)
        ]

    def edit(self, ids: list[int], edition: str) -> None:
        """Change title and summary of scenes without a hook, as Auto Tag would."""
        for scene in ids:
            row = self._sim.store.scenes[scene]
            row.values.update(title=f"Edited {scene}{edition}", details=f"Edited.{edition}")

    def covers(self, ids: list[int], edition: int) -> None:
        """Give scenes other covers."""
        for scene in ids:
            self._sim.store.scenes[scene].cover = cover_of(scene + edition * 1_000_000)

    def calls(self) -> Any:
        """GraphQL calls and pictures asked for so far."""
        pictures = sum(text.startswith("GET ") for text, _ in self._sim.requests)
        return {"graphql": len(self._sim.requests) - pictures, "pictures": pictures}

    def graphql(self, query: str, variables: dict[str, Any]) -> Any:
        """As a browser does; returns when Stash answers."""
        return self._sim.graphql(query, variables)

    def block(self) -> Any:
        """A job of Stash's own that goes on for long."""
        return self._sim.add_blocking_job().id

    def idle(self) -> Any:
        """Wait until Stash's job queue is empty."""
        return self._sim.jobs.wait_until_idle(600)


def obey(served: object) -> None:
    """Answer commands until standard input ends."""
    for line in sys.stdin:
        command = json.loads(line)
        act: Callable[..., Any] = getattr(served, command["do"])
        print(json.dumps(act(**command["with"])), flush=True)


def main(kind: str, options: dict[str, Any]) -> None:
    """Serve a Plex or a Stash."""
    if kind == "plex":
        with PlexSimulator(**options) as plex:
            obey(Plex(plex))
    else:
        for name in ("plugin_dir", "config_dir"):
            options |= {name: Path(options[name])} if name in options else {}
        with StashSimulator(**options) as stash:
            obey(Stash(stash))


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
