"""The language of Plex's edit request: what the pairs of its query string ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from simulators.plex.model import ELEMENT_OF, LOCKABLE, SCALARS

if TYPE_CHECKING:
    from collections.abc import Iterable

_INDEXED = re.compile(r"(?P<kind>\w+)\[(?P<index>\d+)\]\.(?P<what>tag\.tag|tag\.thumb|tagging\.text)")
_REMOVED = re.compile(r"(?P<kind>\w+)\[\]\.tag\.tag-")
_EMPTIED = re.compile(r"(?P<kind>\w+)\[\]\.tag")


@dataclass(slots=True)
class Wanted:
    """One tag that the request names: its words by ``tag.tag``, ``tag.thumb``, ``tagging.text``."""

    index: int
    words: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Edit:
    """One request, understood. ``lists`` is by kind and index; ``emptied`` kinds lose every tag first."""

    scalars: dict[str, str] = field(default_factory=dict)
    locks: dict[str, bool] = field(default_factory=dict)
    lists: dict[str, dict[int, Wanted]] = field(default_factory=dict)
    removed: dict[str, list[str]] = field(default_factory=dict)
    emptied: set[str] = field(default_factory=set)

    @property
    def kinds(self) -> list[str]:
        """The tag kinds that change."""
        return [
            kind for kind in ELEMENT_OF if kind in self.lists or kind in self.removed or kind in self.emptied
        ]


def understand(query: Iterable[tuple[str, str]]) -> Edit:
    """Read decoded pairs. What Plex does not know, such as ``role[0]`` for the cast, is ignored without a word."""
    edit = Edit()
    for name, value in query:
        _take_field(edit, name, value) or _take_tag(edit, name, value)
    return edit


def split_removal(value: str) -> list[str]:
    """The tags of a ``tag-``: each was percent-encoded once more than the rest, which keeps commas inside of tags apart."""
    return [unquote(word) for word in value.split(",") if word]


def _take_field(edit: Edit, name: str, value: str) -> bool:
    field_name, _, what = name.rpartition(".")
    if what == "value" and field_name in {*SCALARS, "addedAt"}:
        edit.scalars[field_name] = value
    elif what == "locked" and field_name in LOCKABLE:
        edit.locks[field_name] = value in {"1", "true"}
    else:
        return False
    return True


def _take_tag(edit: Edit, name: str, value: str) -> bool:
    for pattern in (_INDEXED, _REMOVED, _EMPTIED):
        match = pattern.fullmatch(name)
        if match is None or match["kind"] not in ELEMENT_OF:
            continue
        kind = match["kind"]
        if pattern is _INDEXED:
            index = int(match["index"])
            edit.lists.setdefault(kind, {}).setdefault(index, Wanted(index)).words[match["what"]] = value
        elif pattern is _REMOVED:
            edit.removed.setdefault(kind, []).extend(split_removal(value))
        else:
            edit.emptied.add(kind)
        return True
    return False
