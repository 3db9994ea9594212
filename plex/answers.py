"""What Plex answers, typed: the server, its libraries, a piece of a listing, the pictures of an item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from plex.items import PlexItem


class Identity(NamedTuple):
    """Which server answers, and its version without the build."""

    machine_identifier: str
    version: str


class Section(NamedTuple):
    """A library. ``locations`` are its folders as Plex sees them.

    ``content_changed_at`` is a counter and no time: an equal one hints that nothing has changed.
    """

    id: int
    title: str
    type: str
    uuid: str = ""
    locations: tuple[str, ...] = ()
    content_changed_at: str | None = None
    refreshing: bool = False

    @classmethod
    def from_element(cls, element: Element) -> Section:
        """Read a ``Directory`` of the list of libraries."""
        attributes = element.attrib
        return cls(
            id=int(attributes["key"]),
            title=attributes.get("title", ""),
            type=attributes.get("type", ""),
            uuid=attributes.get("uuid", ""),
            locations=tuple(location.attrib.get("path", "") for location in element.iter("Location")),
            content_changed_at=attributes.get("contentChangedAt"),
            refreshing=attributes.get("refreshing") == "1",
        )


class Page(NamedTuple):
    """A piece of a listing. ``total`` is the whole listing's size, or what came when Plex does not tell.

    ``section_uuid`` is the library's own identifier, empty when Plex does not tell: another one under the same number
    means that the library, or the server, is another one.
    """

    items: tuple[PlexItem, ...]
    total: int
    section_uuid: str = ""


class Photo(NamedTuple):
    """A picture that an item has; ``rating_key`` is what selects it."""

    rating_key: str
    selected: bool
    provider: str

    @classmethod
    def from_element(cls, element: Element) -> Photo:
        """Read a ``Photo`` of an item's posters or arts."""
        attributes = element.attrib
        return cls(
            attributes.get("ratingKey", ""), attributes.get("selected") == "1", attributes.get("provider", "")
        )


@dataclass(slots=True)
class Traffic:
    """What went over the wire since the client was made; bytes are those of bodies and addresses."""

    requests: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
