"""Whatever happens in Plex, the index comes to show it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from plex.client import PlexClient
from plex.index import PlexIndex
from simulators.plex import PlexSimulator

if TYPE_CHECKING:
    from pathlib import Path

OLD = 1_700_000_000
STEPS = ("add", "add_old", "delete", "move", "edit", "readd", "refresh", "note", "forget")


class World:
    """A library that changes, an index over it, and a clock that moves with each step."""

    def __init__(self, plex_sim: PlexSimulator, folder: Path, now: list[float]) -> None:
        self.plex_sim, self.now = plex_sim, now
        self.library = plex_sim.add_section("Scenes")
        self.client = PlexClient(plex_sim.url, plex_sim.token, client_identifier="tests")
        self.index = PlexIndex(self.client, folder / "i.sqlite", self.client.sections(), clock=lambda: now[0])

    def close(self) -> None:
        """Give file and connections back."""
        self.index.close()
        self.client.close()

    def step(self, event: str, key: int) -> None:
        """One thing happens; ``key`` is the item that it happens to."""
        self.now[0] += 1
        new_path = f"/media/{self.now[0]:.0f}.mp4"
        match event:
            case "add":
                self.plex_sim.add_item(self.library.id, new_path)
            case "add_old":
                self.plex_sim.add_item(self.library.id, new_path, added_at=1000)
            case "refresh":
                self.index.refresh()
        if key:
            self._happen_to(event, key, new_path)

    def _happen_to(self, event: str, key: int, new_path: str) -> None:
        match event:
            case "delete":
                self.plex_sim.delete_item(key)
            case "move":
                self.plex_sim.move_item(key, new_path)
            case "edit":
                self.plex_sim.person_edits(key, title=new_path)
            case "readd":
                self.plex_sim.readd_item(key)
            case "note":
                self.index.note(self.client.details([key])[key])
            case "forget":
                self.index.forget(key)

    def check(self) -> None:
        """The index shows what the library shows."""
        views = self.plex_sim.items(self.library.id)
        found = [self.index.by_path(view.files[0]) for view in views]
        assert [[(row.rating_key, row.title) for row in rows] for rows in found] == [
            [(view.rating_key, view.title)] for view in views
        ]
        assert self.index.get_stats()["items"] == len(views)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(STEPS), max_size=25), st.randoms(use_true_random=False))
def test_after_a_refresh_the_index_knows_every_file_and_no_other(tmp_path_factory, events, random) -> None:
    """Whatever happened between two looks, as long as a change moves ``updatedAt`` or the size of the library."""
    now = [float(OLD)]
    # Hypothesis may break a test off wherever it draws: what is open must close then, too.
    with (
        PlexSimulator(clock=lambda: now[0], page_limit=4) as plex_sim,
        closing(World(plex_sim, tmp_path_factory.mktemp("index"), now)) as world,
    ):
        world.index.ensure_built()
        for event in events:
            world.step(event, random.choice([0, *world.library.items]))
        world.index.refresh()
        # One that came with an old date while another one went is seen only by the whole listing.
        if "add_old" in events and {"delete", "readd", "forget"} & set(events):
            world.index.refresh(full=True)
        world.check()
