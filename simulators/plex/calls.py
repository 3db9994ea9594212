"""One call on its way: the request, what it named in its path, and the server that it meets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulators.plex.rendering import Renderer

if TYPE_CHECKING:
    from simulators.plex.backstage import Backstage
    from simulators.plex.library import Library
    from simulators.plex.messages import Request
    from simulators.plex.model import Item, Section
    from simulators.plex.options import Options


@dataclass(slots=True)
class Call:
    """Handlers get one of these, with the library's lock held, and return an Answer or raise Refusal."""

    library: Library
    backstage: Backstage
    request: Request
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def options(self) -> Options:
        """What this server is like."""
        return self.library.options

    @property
    def render(self) -> Renderer:
        """Writes XML."""
        return Renderer(self.library)

    def section(self) -> Section:
        """The section in the path; raises Refusal(404)."""
        return self.library.section(int(self.parts["section"]))

    def item(self) -> Item:
        """The item in the path; raises Refusal(404)."""
        return self.library.item(int(self.parts["id"]))
