"""What the tests of the simulated Plex start from: a library, and raw requests with the owner's token."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
import requests

from tests.support import PATIENCE_S

if TYPE_CHECKING:
    from simulators.plex import PlexSimulator


class PlexWire:
    """Requests as anybody can send them, without plexapi. Query strings are sent as they are written."""

    def __init__(self, plex: PlexSimulator) -> None:
        self._plex = plex
        self.session = requests.Session()
        self.session.trust_env = False

    def send(self, method: str, target: str, token: str | None = None, **kwargs) -> requests.Response:
        """The answer, whatever it is. ``token`` is the owner's unless one is given; an empty one is none."""
        headers = {"X-Plex-Token": self._plex.token if token is None else token, **kwargs.pop("headers", {})}
        return self.session.request(
            method,
            self._plex.url + target,
            headers=headers,
            timeout=kwargs.pop("timeout", PATIENCE_S),
            **kwargs,
        )

    def get(self, target: str, **headers: str) -> ET.Element:
        """A document."""
        response = self.send("GET", target, headers={k.replace("_", "-"): v for k, v in headers.items()})
        assert response.status_code == 200, response.text
        return ET.fromstring(response.content)  # noqa: S314 -- our own server's

    def titles(self, target: str, **headers: str) -> list[str]:
        """Of the items in a document."""
        return [element.attrib["title"] for element in self.get(target, **headers)]

    def details(self, rating_key: int) -> ET.Element:
        """One item whole."""
        return self.get(f"/library/metadata/{rating_key}")[0]

    def edit(self, query: str, section_id: int = 1) -> int:
        """The status of an edit, its query as it stands."""
        return self.send("PUT", f"/library/sections/{section_id}/all?{query}").status_code


@pytest.fixture
def plex_wire(plex_sim):
    """Raw requests to ``plex_sim``."""
    wire = PlexWire(plex_sim)
    yield wire
    wire.session.close()


@pytest.fixture
def plex_library(plex_sim):
    """A library of films, with the id 1."""
    return plex_sim.add_section("Scenes", locations=("/media",))
