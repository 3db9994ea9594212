"""What can be filtered and sorted by, in the form in which plexapi asks for it before its first search."""

from __future__ import annotations

from simulators.plex.model import TYPE_NUMBERS
from simulators.plex.rendering import element

_SORTS = ("titleSort", "addedAt", "updatedAt", "originallyAvailableAt", "userRating", "year", "duration")
_FIELDS = {
    "title": "string",
    "studio": "string",
    "year": "integer",
    "userRating": "integer",
    "addedAt": "date",
    "originallyAvailableAt": "date",
    "genre": "tag",
    "collection": "tag",
    "director": "tag",
    "actor": "tag",
    "label": "tag",
}
"""No field for a file's path: Plex advertises none."""
_OPERATORS = {
    "tag": ("=", "!="),
    "integer": ("=", "!=", ">>=", "<<="),
    "string": ("=", "!=", "==", "!==", "<=", ">="),
    "date": ("<<=", ">>="),
}


def filter_meta(section_id: int, kind: str) -> str:
    """The ``Meta`` element for ``includeMeta=1``."""
    field_types = [
        element("FieldType", {"type": of}, [element("Operator", {"key": key, "title": key}) for key in keys])
        for of, keys in _OPERATORS.items()
    ]
    return element("Meta", {}, [_filter_type(section_id, kind), *field_types])


def _filter_type(section_id: int, kind: str) -> str:
    base = f"/library/sections/{section_id}"
    rows = [
        element(
            "Filter",
            {"filter": key, "filterType": "string", "key": f"{base}/{key}", "title": key, "type": "filter"},
        )
        for key, of in _FIELDS.items()
        if of == "tag"
    ]
    rows += [
        element("Sort", {"defaultDirection": "asc", "descKey": f"{key}:desc", "key": key, "title": key})
        for key in _SORTS
    ]
    rows += [element("Field", {"key": key, "title": key, "type": of}) for key, of in _FIELDS.items()]
    attributes = {"key": f"{base}/all?type={TYPE_NUMBERS[kind]}", "type": kind, "title": kind, "active": 0}
    return element("Type", attributes, rows)
