"""Which items a listing shows, and in which order: Plex's filters, with the operator as part of the name."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from simulators.plex.messages import Refusal
from simulators.plex.model import ELEMENT_OF, TYPE_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simulators.plex.library import Library
    from simulators.plex.model import Item, Section

    Test = Callable[[Item], bool]

_NAME = re.compile(r"(?:movie\.|collection\.)?([A-Za-z]+)([!<>=]{0,2})")
_PREFIX = re.compile(r"\b(?:movie|collection)\.")
_RELATIVE = re.compile(r"-(\d+)(mon|[smhdwy])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800, "mon": 2_629_746, "y": 31_556_952}

_NUMBERS: dict[str, Callable[[Item], float | None]] = {
    "addedAt": lambda item: item.added_at,
    "updatedAt": lambda item: item.updated_at,
    "viewCount": lambda item: item.view_count,
    "duration": lambda item: item.files[0].duration_ms if item.files else 0,
    "mediaSize": lambda item: item.files[0].size if item.files else 0,
    "originallyAvailableAt": lambda item: _epoch(item.fields.get("originallyAvailableAt", "")),
    "year": lambda item: _number(item.fields.get("year", "")),
    "userRating": lambda item: _number(item.fields.get("userRating", "")),
    "rating": lambda item: _number(item.fields.get("rating", "")),
    "audienceRating": lambda item: _number(item.fields.get("audienceRating", "")),
}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "": lambda has, wanted: has == wanted,
    "!": lambda has, wanted: has != wanted,
    ">>": lambda has, wanted: has > wanted,
    "<<": lambda has, wanted: has < wanted,
    ">": lambda has, wanted: has >= wanted,
    "<": lambda has, wanted: has <= wanted,
}
_TEXTS = ("title", "studio", "contentRating", "editionTitle")
_MATCH: dict[str, Callable[[str, str], bool]] = {
    "": lambda has, wanted: wanted in has,
    "!": lambda has, wanted: wanted not in has,
    "=": lambda has, wanted: has == wanted,
    "!=": lambda has, wanted: has != wanted,
    "<": str.startswith,
    ">": str.endswith,
}


def _by_number(of: Callable[[Item], float | None]) -> Callable[[Item], object]:
    """Items without the number come first, as NULL does in Plex's database."""
    return lambda item: (of(item) is not None, of(item) or 0)


_SORTS: dict[str, Callable[[Item], object]] = {
    "id": lambda item: item.rating_key,
    "ratingKey": lambda item: item.rating_key,
    "titleSort": lambda item: item.title_sort.casefold(),
    "title": lambda item: item.title.casefold(),
    "guid": lambda item: item.guid,
    **{name: _by_number(of) for name, of in _NUMBERS.items()},
}
STEADY = {"id", "ratingKey", "addedAt", "guid"}
"""Orders that an ordinary edit does not change."""


def listed(
    library: Library, section: Section, type_number: str, query: Iterable[tuple[str, str]]
) -> list[Item]:
    """The items of a request for ``/all``. A field that Plex does not know is ignored: the whole section comes back."""
    pairs = list(query)
    tests = [test for name, value in pairs if (test := _test(library, name, value)) is not None]
    sort = _PREFIX.sub("", next((value for name, value in pairs if name == "sort"), "")) or "titleSort"
    kinds = {str(TYPE_NUMBERS["movie"]): section.items, str(TYPE_NUMBERS["collection"]): section.collections}
    if section.type != "movie" or type_number not in kinds:
        return []
    everything = kinds[type_number]
    if type_number == str(TYPE_NUMBERS["movie"]) and sort.partition(":")[0] in STEADY:
        items = library.order(section, sort, lambda: _sorted(everything.values(), sort))
        return [item for item in items if all(test(item) for test in tests)] if tests else items
    return _sorted([item for item in everything.values() if all(test(item) for test in tests)], sort)


def _sorted(items: Iterable[Item], sort: str) -> list[Item]:
    """By several keys, the first one first; equal ones by rating key. An unknown key is ignored."""
    ordered = sorted(items, key=lambda item: item.rating_key)
    for word in reversed(sort.split(",")):
        name, _, direction = word.partition(":")
        key = _SORTS.get(name)
        if key is not None:
            ordered.sort(key=key, reverse=direction == "desc")  # type: ignore[arg-type]  # one key gives one type
    return ordered


def _test(library: Library, name: str, value: str) -> Test | None:
    parts = _NAME.fullmatch(name)
    if parts is None:
        return None
    field, operator = parts[1], parts[2]
    if field in _NUMBERS and operator in _COMPARE:
        return _number_test(field, operator, _wanted(library, value))
    if field in _TEXTS and operator in _MATCH:
        return _text_test(field, operator, value)
    if field in ELEMENT_OF and operator in {"", "!"}:
        return _tag_test(field, value, has=operator == "")
    return None


def _number_test(field: str, operator: str, wanted: float) -> Test:
    value_of, compare = _NUMBERS[field], _COMPARE[operator]

    def test(item: Item) -> bool:
        has = value_of(item)
        return has is not None and compare(has, wanted)

    return test


def _text_test(field: str, operator: str, value: str) -> Test:
    if value.startswith("=") and operator in {"", "!"}:  # written as title==x, not as title%3D=x
        operator, value = operator + "=", value[1:]
    wanted = [one.casefold() for one in ([value] if operator in {"=", "!="} else value.split(","))]
    match = _MATCH[operator]
    combine = all if operator.startswith("!") else any
    return lambda item: combine(match(item.fields.get(field, "").casefold(), one) for one in wanted)


def _tag_test(kind: str, value: str, *, has: bool) -> Test:
    ids = set(value.split(","))
    return lambda item: any(str(tagging.tag.id) in ids for tagging in item.tags.get(kind, ())) is has


def _wanted(library: Library, value: str) -> float:
    """A number, a date, or a time before now such as ``-30d``; raises Refusal(400) for anything else."""
    if relative := _RELATIVE.fullmatch(value):
        return library.clock() - int(relative[1]) * _SECONDS[relative[2]]
    number = _epoch(value) if "-" in value[1:] else _number(value)
    if number is None:
        raise Refusal(400)
    return number


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _epoch(date: str) -> float | None:
    try:
        return time.mktime(time.strptime(date, "%Y-%m-%d"))
    except ValueError:
        return None
