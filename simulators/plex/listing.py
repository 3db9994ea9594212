"""Listings of a section: what is in them, in which order, and which page of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from simulators.plex.markup import container
from simulators.plex.model import COLLECTION_TYPE, TAGS
from simulators.plex.render import collection, listing_entry
from simulators.plex.wire import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulators.plex.library import Library
    from simulators.plex.model import Item, Section
    from simulators.plex.wire import Request, Response

    Test = Callable[[Item], bool]

T = TypeVar("T")

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "mon": 2_592_000, "y": 31_536_000}
TIMES: dict[str, Callable[[Item], int]] = {
    "addedAt": lambda item: item.added_at,
    "updatedAt": lambda item: item.updated_at,
}
SORTS: dict[str, Callable[[Item], str | int | float]] = {
    "addedAt": lambda item: item.added_at,
    "updatedAt": lambda item: item.updated_at,
    "id": lambda item: item.rating_key,
    "titleSort": lambda item: item.title_sort.casefold(),
    "originallyAvailableAt": lambda item: item.fields.get("originallyAvailableAt", ""),
    "userRating": lambda item: float(item.fields.get("userRating", -1)),
    "duration": lambda item: item.files[0].duration_ms,
}


class Listings:
    """Answers ``/library/sections/{id}/all``. One order is remembered, so that pages of a large library are cheap."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._remembered: tuple[tuple[object, ...], list[Item]] | None = None

    def answer(self, section: Section, request: Request) -> Response:
        """A page when the container headers ask for one, else everything. An unknown filter changes nothing."""
        wanted = request.first("type")
        if wanted == str(COLLECTION_TYPE):
            return self._collections(section, request)
        items = self._ordered(section, request) if wanted in {None, str(section.type_number)} else []
        start, size = page_asked_for(request)
        shown = [listing_entry(item) for item in _cut(items, start, size)]
        return _page(shown, len(items), start, size, section)

    def _ordered(self, section: Section, request: Request) -> list[Item]:
        library = self._library
        key = (section.id, library.version, *(pair for pair in request.query if not pair[0].startswith("X-Plex")))
        if self._remembered is not None and self._remembered[0] == key:
            return self._remembered[1]
        tests = [test for name, value in request.query if (test := filter_of(name, value, library)) is not None]
        items = [item for item in library.of_section[section.id].values() if all(test(item) for test in tests)]
        sort_items(items, request.first("sort") or "titleSort")
        self._remembered = key, items
        return items

    def _collections(self, section: Section, request: Request) -> Response:
        start, size = page_asked_for(request)
        found = sorted(self._library.collections(section.id), key=lambda pair: pair[0].name.casefold())
        shown = [collection(tag, items, section) for tag, items in _cut(found, start, size)]
        return _page(shown, len(found), start, size, section)


def page_asked_for(request: Request) -> tuple[int, int | None]:
    """Start and size of the page; without a size there is no paging."""
    size = request.plex_header("X-Plex-Container-Size")
    start = request.plex_header("X-Plex-Container-Start")
    if size is None:
        return 0, None
    if not (size.isdecimal() and (start or "0").isdecimal()):
        raise Refusal(400, "the container headers are numbers")
    return int(start or 0), int(size)


def sort_items(items: list[Item], sort: str) -> None:
    """``field[:desc]``, several by commas; ties are in the order of the rating key."""
    items.sort(key=lambda item: item.rating_key)
    for part in reversed(sort.split(",")):
        name, _, direction = part.partition(":")
        key = SORTS.get(name)
        if key is None or direction not in {"", "asc", "desc"}:
            raise Refusal(400, f"cannot sort by {part}")
        items.sort(key=key, reverse=direction == "desc")


def filter_of(name: str, value: str, library: Library) -> Test | None:
    """The test that a query pair stands for; None for what is no filter. The operator is part of the name."""
    field, operator = re.fullmatch(r"(.*?)([<>=!]*)", name, re.DOTALL).groups()  # type: ignore[union-attr]  # fits everything
    if field in TIMES:
        return _time_test(TIMES[field], operator, epoch(value, library.now()))
    if field == "title":
        return _title_test(operator, value)
    if field in TAGS and operator == "":
        names = {tag.name for number in value.split(",") if (tag := library.tag_by_id(_number(number))) is not None}
        return lambda item: not names.isdisjoint(item.tags.get(field, ()))
    return None


def epoch(value: str, now: int) -> int:
    """Epoch seconds of a number or of a time like ``-30d``. Raises Refusal for anything else."""
    relative = re.fullmatch(r"([+-]?\d+)(mon|[smhdwy])", value)
    if relative is not None:
        return now + int(relative.group(1)) * UNITS[relative.group(2)]
    return _number(value)


def _time_test(of: Callable[[Item], int], operator: str, moment: int) -> Test:
    if operator == ">>":
        return lambda item: of(item) > moment
    if operator == "<<":
        return lambda item: of(item) < moment
    return lambda item: of(item) == moment


def _title_test(operator: str, value: str) -> Test:
    if operator == "" and value.startswith("="):  # title==text, not encoded, is cut at the first of the two
        operator, value = "=", value[1:]
    wanted = value.casefold()
    tests: dict[str, Callable[[str], bool]] = {
        "": lambda title: wanted in title,
        "=": lambda title: title == wanted,
        "<": lambda title: title.startswith(wanted),
        ">": lambda title: title.endswith(wanted),
        "!": lambda title: wanted not in title,
    }
    test = tests.get(operator)
    if test is None:
        raise Refusal(400, f"title has no operator {operator}=")
    return lambda item: test(item.title.casefold())


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Refusal(400, f"{text!r} is no number") from None


def _cut(entries: Sequence[T], start: int, size: int | None) -> Sequence[T]:
    return entries if size is None else entries[start : start + size]


def _page(shown: list[str], total: int, start: int, size: int | None, section: Section) -> Response:
    paged = size is not None
    return container(
        shown,
        ("totalSize", total if paged else None),
        ("allowSync", 1),
        ("offset", start if paged else None),
        ("identifier", "com.plexapp.plugins.library"),
        ("librarySectionID", section.id),
        ("librarySectionTitle", section.title),
        ("librarySectionUUID", section.uuid),
        headers={"X-Plex-Container-Start": str(start), "X-Plex-Container-Total-Size": str(total)},
    )
