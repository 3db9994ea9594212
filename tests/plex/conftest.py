"""What tests of the Plex room share: a client of the simulated server, a library, and indexes over it."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from plex.client import PlexClient, Section
from plex.index import PlexIndex
from plex.matcher import Matcher
from plex.paths import PathMap
from tests.support import Clock

NOW = 1_800_000_000.0


@pytest.fixture
def clock():
    return Clock(NOW)


@pytest.fixture
def client(plex_sim):
    """The owner's client of the simulated server."""
    made = PlexClient(plex_sim.url, plex_sim.token, client_identifier="plexsync-tests")
    yield made
    made.close()


@pytest.fixture
def library(plex_sim):
    """A movie library of the simulated server."""
    return plex_sim.add_section("Scenes", locations=("/media",))


@pytest.fixture
def index_of(client, tmp_path, clock):
    """Makes an index over the libraries that Plex has now, or over ``sections``; all of them share one file."""
    with ExitStack() as stack:

        def make(sections: list[Section] | None = None, *, path=None, **kwargs) -> PlexIndex:
            wanted = list(client.sections()) if sections is None else sections
            index = PlexIndex(client, path or tmp_path / "index.sqlite", wanted, clock=clock, **kwargs)
            stack.callback(index.close)
            return index

        yield make


@pytest.fixture
def index_path(tmp_path):
    return tmp_path / "data" / "index.sqlite"


@pytest.fixture
def built(plex_sim, library, index_of, index_path):
    """An index over three files; each call gives another connection to the same file."""
    plex_sim.add_items(library.id, [f"/media/{n}.mp4" for n in range(3)])
    first = index_of(path=index_path)
    first.ensure_built()
    first.close()
    return lambda: index_of(path=index_path)


@pytest.fixture
def matcher_of(plex_sim, library, index_of):
    """A matcher over what Plex has by now."""

    def make(rules: str = "", **kwargs) -> Matcher:
        index = index_of()
        if index.ensure_built() is None:
            index.refresh()
        return Matcher(index, PathMap.parse(rules), **kwargs)

    return make
