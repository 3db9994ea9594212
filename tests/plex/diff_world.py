"""A Plex item in memory: takes the pairs of an edit as Plex does, in both ways in which it may treat lists."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from plex.items import PlexItem

if TYPE_CHECKING:
    from collections.abc import Sequence

INDEXED = re.compile(r"(\w+)\[(\d+)\]\.tag\.tag")


@dataclass
class Memory:
    """What is remembered of an item, as the ledger does."""

    base: dict[str, Any] = field(default_factory=dict)
    ours: dict[str, Any] = field(default_factory=dict)
    locks: list[str] = field(default_factory=list)
    meant: dict[str, Any] = field(default_factory=dict)
    intent: dict[str, Any] | None = None


def item(
    scalars: dict[str, str] | None = None,
    tags: dict[str, tuple[str, ...]] | None = None,
    locks: tuple[str, ...] = (),
    *,
    complete: bool = True,
    rating_key: int = 4711,
    section_id: int | None = 1,
) -> PlexItem:
    """A details page's item, with only what a test is about."""
    return PlexItem(
        rating_key=rating_key,
        section_id=section_id,
        guid="local://4711",
        scalars=scalars or {},
        tags=tags or {},
        locks=frozenset(locks),
        files=(),
        added_at=1_700_000_000,
        updated_at=1_700_000_100,
        complete=complete,
    )


class PlexModel:
    """``mode`` says whether a list by index adds to what is there or replaces it: sources on Plex disagree."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.scalars: dict[str, str] = {}
        self.tags: dict[str, list[str]] = {}
        self.locks: set[str] = set()

    def read(self) -> PlexItem:
        return item(
            {k: v for k, v in self.scalars.items() if v},
            {k: tuple(v) for k, v in self.tags.items() if v},
            tuple(self.locks),
        )

    def edit(self, section_id: int, rating_key: int, params: Sequence[tuple[str, str]]) -> None:
        assert section_id > 0
        assert rating_key > 0
        lists: dict[str, list[str]] = {}
        for name, value in params:
            if name.endswith(".value"):
                self.scalars[name.removesuffix(".value")] = value
            elif name.endswith(".locked"):
                (self.locks.add if value == "1" else self.locks.discard)(name.removesuffix(".locked"))
            elif indexed := INDEXED.fullmatch(name):
                lists.setdefault(indexed[1], []).append(value)
                assert len(lists[indexed[1]]) == int(indexed[2]) + 1
        for kind, tags in lists.items():
            self._set_tags(kind, tags)
        for name, value in params:
            if name.endswith("[].tag.tag-"):
                gone = {unquote(tag).casefold() for tag in value.split(",")}
                kind = name.removesuffix("[].tag.tag-")
                self.tags[kind] = [tag for tag in self.tags.get(kind, []) if tag.casefold() not in gone]

    def _set_tags(self, kind: str, tags: list[str]) -> None:
        start = [] if self.mode == "replace" else self.tags.get(kind, [])
        there = {tag.casefold(): tag for tag in start}
        for tag in tags:
            there.setdefault(tag.casefold(), tag)
        self.tags[kind] = list(there.values())
