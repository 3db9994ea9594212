"""What Plex knows of ratings, plays and places in a film: all of it stands in the listing, and the plays' times in the history."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from plex.client import PlexClient

PAGE = 1000
YEAR_2100 = 4_102_444_800.0
OWNER = "1"
"""The account of the server's owner, whose token we have, in the history of all its accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One item, for the owner of the token. Times are epoch seconds and 0 when unknown.

    ``rating`` is of ten, 0 for none; ``offset_s`` is where Plex would go on, 0 for the start.
    """

    rating_key: int
    title: str = ""
    rating: float = 0.0
    rated_at: float = 0.0
    plays: int = 0
    viewed_at: float = 0.0
    offset_s: float = 0.0

    @classmethod
    def from_element(cls, element: Element) -> Watched:
        """Read a ``Video`` of a listing."""
        attributes = element.attrib
        return cls(
            rating_key=int(attributes["ratingKey"]),
            title=attributes.get("title", ""),
            rating=_number(attributes.get("userRating")),
            rated_at=_time(attributes.get("lastRatedAt")),
            plays=int(_number(attributes.get("viewCount"))),
            viewed_at=_time(attributes.get("lastViewedAt")),
            offset_s=_number(attributes.get("viewOffset")) / 1000,
        )


def pages_of(client: PlexClient, section_id: int) -> Iterator[list[Watched]]:
    """A library's items, a thousand in a request, by ratingKey. Each item comes once, also when the library changes meanwhile."""
    path, met = f"/library/sections/{section_id}/all", set[int]()
    for page in _pages(client, path, f"a listing of library {section_id}", type="1", sort="id"):
        items = [item for element in page if (item := Watched.from_element(element)).rating_key not in met]
        met.update(item.rating_key for item in items)
        yield items


def plays_since(client: PlexClient, since: float, *, rating_key: int | None = None) -> dict[int, list[float]]:
    """The owner's plays from ``since`` on, of one item or of all: ratingKey → times in ascending order.

    A play that was only ticked off in Plex has no place in the history. Filters that a server does not know are made up
    for here.
    """
    asked = {"accountID": OWNER, "viewedAt>": str(int(since)), "sort": "viewedAt:desc"}
    if rating_key is not None:
        asked["metadataItemID"] = str(rating_key)
    found: dict[int, set[float]] = {}
    for page in _pages(client, "/status/sessions/history/all", "the history of plays", **asked):
        for element in page:
            attributes = element.attrib
            at, key = _time(attributes.get("viewedAt")), attributes.get("ratingKey", "")
            if attributes.get("accountID", OWNER) == OWNER and key.isdigit() and at >= max(since, 1.0):
                found.setdefault(int(key), set()).add(at)
    return {key: sorted(times) for key, times in found.items()}


def _pages(client: PlexClient, path: str, what: str, **filters: str) -> Iterator[list[Element]]:
    start = 0
    while True:
        elements, total = client.elements(path, what, start=start, size=PAGE, **filters)
        yield elements
        start += len(elements)
        if not elements or start >= total:
            return


def _number(text: str | None) -> float:
    try:
        number = float(text or 0)
    except ValueError:
        return 0.0
    return max(0.0, number) if math.isfinite(number) else 0.0


def _time(text: str | None) -> float:
    """What no clock can have shown is no time that is known."""
    at = _number(text)
    return at if at < YEAR_2100 else 0.0
