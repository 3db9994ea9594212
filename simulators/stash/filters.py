"""Which scenes a query means, and which page of them (pkg/sqlite). Times are compared as text, as Stash does."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.stash.store import SceneRow, Store

DEFAULT_PAGE = 25
NEXT_DAY_AND_LATER = "9999"
"""The upper end of BETWEEN for times when none is given: Stash takes tomorrow."""

Criterion = dict[str, Any]

NUMBERS: dict[str, Callable[[SceneRow], Any]] = {
    "id": lambda row: row.id,
    "rating100": lambda row: row.values.get("rating100"),
    "file_count": lambda row: len(row.files),
}
TEXTS: dict[str, Callable[[SceneRow], list[str]]] = {
    "title": lambda row: [row.values.get("title") or ""],
    "code": lambda row: [row.values.get("code") or ""],
    "details": lambda row: [row.values.get("details") or ""],
    "director": lambda row: [row.values.get("director") or ""],
    "path": lambda row: [file.path for file in row.files],
    "oshash": lambda row: [file.fingerprints.get("oshash", "") for file in row.files],
}
TIMES: dict[str, Callable[[SceneRow], str]] = {
    "created_at": lambda row: row.created_at,
    "updated_at": lambda row: row.updated_at,
}
RELATED: dict[str, Callable[[SceneRow], list[int]]] = {
    "tags": lambda row: row.tag_ids,
    "performers": lambda row: row.performer_ids,
    "groups": lambda row: row.group_ids,
    "movies": lambda row: row.group_ids,
    "studios": lambda row: [row.studio_id] if row.studio_id else [],
}
ABOVE = {"tags": "parent_ids", "studios": "parent_id"}
"""Kinds that have others below them, and where each keeps what it stands below."""
SORTS: dict[str, Callable[[SceneRow], Any]] = {
    "id": lambda row: row.id,
    "updated_at": lambda row: row.updated_at,
    "created_at": lambda row: row.created_at,
    "date": lambda row: row.values.get("date") or "",
    "title": lambda row: (row.values.get("title") or (row.files[0].basename if row.files else "")).casefold(),
    "path": lambda row: row.files[0].path.casefold() if row.files else "",
    "rating": lambda row: row.values.get("rating100") or 0,
    "organized": lambda row: bool(row.values.get("organized")),
    "filesize": lambda row: row.files[0].size if row.files else 0,
    "duration": lambda row: row.files[0].duration if row.files else 0.0,
    "file_mod_time": lambda row: row.files[0].mod_time if row.files else "",
}


def select(store: Store, wanted: Criterion) -> list[SceneRow]:
    """The scenes that the filter lets through, by id."""
    ordered = sorted(store.scenes.values(), key=lambda row: row.id)
    return [row for row in ordered if _passes(row, _deepened(store, wanted))]


def _deepened(store: Store, wanted: Criterion) -> Criterion:
    """The filter with each studio and tag replaced by itself and those below it, as deep as its ``depth`` says."""
    deep = dict(wanted)
    for name in ("AND", "OR", "NOT"):
        if deep.get(name) is not None:
            deep[name] = _deepened(store, deep[name])
    for name, above in ABOVE.items():
        if deep.get(name) is not None:
            depth = deep[name].get("depth") or 0
            kind = name.removesuffix("s")
            families = [_family(store, kind, above, int(one), depth) for one in deep[name].get("value") or ()]
            deep[name] = {**deep[name], "families": families}
    return deep


def _family(store: Store, kind: str, above: str, one: int, depth: int) -> set[int]:
    found = level = {one}
    while level and depth:
        level = {
            row.id
            for row in store.tables[kind].values()
            if level & {int(parent) for parent in _listed(row.extra.get(above))}
        } - found
        found = found | level
        depth -= 1  # from -1 on this never ends by itself: all levels
    return found


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def page_of(rows: list[SceneRow], asked: dict[str, Any]) -> list[SceneRow]:
    """Sort and cut; a ``per_page`` below 0 is everything, none is 25. Raises GraphQLError for an unknown sort."""
    ordered = _sorted(rows, asked.get("sort") or "", descending=asked.get("direction") == "DESC")
    size = asked.get("per_page")
    size = DEFAULT_PAGE if size is None else size
    if size < 0:
        return ordered
    start = (max(asked.get("page") or 1, 1) - 1) * size
    return ordered[start : start + size]


def _sorted(rows: list[SceneRow], sort: str, *, descending: bool) -> list[SceneRow]:
    if not sort:
        return rows
    if sort.startswith("random_"):
        return _shuffled(rows, sort.removeprefix("random_"))
    if sort not in SORTS:
        raise GraphQLError(f"invalid sort: {sort}")
    # Whatever the sorting, Stash always uses title or id as the final sort, ascending.
    steady = sorted(rows, key=lambda row: (row.values.get("title") or str(row.id)).casefold())
    return sorted(steady, key=SORTS[sort], reverse=descending)


def _shuffled(rows: list[SceneRow], seed: str) -> list[SceneRow]:
    if not seed.isdigit():
        raise GraphQLError(f"invalid random seed: {seed}")
    ordered = rows[:]
    random.Random(int(seed)).shuffle(ordered)  # noqa: S311 -- an order, no secret
    return ordered


def _passes(row: SceneRow, wanted: Criterion) -> bool:
    inner = {name: wanted[name] for name in ("AND", "OR", "NOT") if wanted.get(name) is not None}
    own = all(
        _one(row, name, value) for name, value in wanted.items() if name not in inner and value is not None
    )
    if "AND" in inner:
        return own and _passes(row, inner["AND"])
    if "OR" in inner:
        return own or _passes(row, inner["OR"])
    if "NOT" in inner:
        return own and not _passes(row, inner["NOT"])
    return own


def _one(row: SceneRow, name: str, criterion: Any) -> bool:
    if name == "organized":
        return bool(row.values.get("organized")) is bool(criterion)
    if name in NUMBERS:
        return _compare(NUMBERS[name](row), criterion, otherwise=0)
    if name in TIMES:
        return _compare(TIMES[name](row), criterion, otherwise=NEXT_DAY_AND_LATER)
    if name in RELATED:
        return _related(RELATED[name](row), criterion)
    return _text(TEXTS[name](row), criterion)


def _compare(value: Any, criterion: Criterion, *, otherwise: Any) -> bool:
    modifier, wanted = criterion["modifier"], criterion["value"]
    upper = otherwise if criterion.get("value2") is None else criterion["value2"]
    if modifier in {"IS_NULL", "NOT_NULL"}:
        return (value is None) is (modifier == "IS_NULL")
    tests: dict[str, Callable[[], bool]] = {
        "EQUALS": lambda: value == wanted,
        "NOT_EQUALS": lambda: value != wanted,
        "GREATER_THAN": lambda: value > wanted,
        "LESS_THAN": lambda: value < wanted,
        "BETWEEN": lambda: wanted <= value <= upper,
        "NOT_BETWEEN": lambda: not wanted <= value <= upper,
    }
    if modifier not in tests:
        raise GraphQLError("internal system error")  # Stash panics
    return value is not None and tests[modifier]()


def _text(values: list[str], criterion: Criterion) -> bool:
    modifier: str = criterion["modifier"]
    wanted: str = criterion["value"]
    tests: dict[str, Callable[[str], bool]] = {
        "EQUALS": lambda value: _like(value, wanted),
        "INCLUDES": lambda value: any(_like(value, f"%{word}%") for word in _words(wanted)),
        "MATCHES_REGEX": lambda value: bool(re.search(wanted, value)),
        "NOT_NULL": lambda value: bool(value.strip()),
    }
    opposites = {
        "NOT_EQUALS": "EQUALS",
        "EXCLUDES": "INCLUDES",
        "NOT_MATCHES_REGEX": "MATCHES_REGEX",
        "IS_NULL": "NOT_NULL",
    }
    if modifier not in tests and modifier not in opposites:
        raise GraphQLError("internal system error")  # Stash panics
    opposite = opposites.get(modifier)
    found = any(tests[opposite or modifier](value) for value in values)
    return found is (opposite is None)


def _words(text: str) -> list[str]:
    """Any of the words, or the whole when it is in quotes."""
    trimmed = text.strip()
    whole = trimmed.strip('"')
    return [whole] if whole != trimmed else trimmed.split()


def _like(value: str, pattern: str) -> bool:
    """SQLite's LIKE: % and _ are wildcards, ASCII letters have no case."""
    parts = (".*" if char == "%" else "." if char == "_" else re.escape(char) for char in pattern)
    return re.fullmatch("".join(parts), value, re.IGNORECASE | re.ASCII | re.DOTALL) is not None


def _related(ids: list[int], criterion: Criterion) -> bool:
    wanted = {int(one) for one in criterion.get("value") or ()}
    families: list[set[int]] = criterion.get("families") or [{one} for one in wanted]
    any_of = set().union(*families)
    if wanted_not := {int(one) for one in criterion.get("excludes") or ()}:
        return not wanted_not & set(ids) and (not wanted or bool(any_of & set(ids)))
    modifier = criterion["modifier"]
    tests: dict[str, Callable[[], bool]] = {
        "INCLUDES": lambda: bool(any_of & set(ids)),
        "INCLUDES_ALL": lambda: all(family & set(ids) for family in families),
        "EXCLUDES": lambda: not any_of & set(ids),
        "EQUALS": lambda: wanted == set(ids),
        "IS_NULL": lambda: not ids,
        "NOT_NULL": lambda: bool(ids),
    }
    if modifier not in tests:
        raise GraphQLError(f"invalid modifier {modifier} for a list of ids")
    return tests[modifier]()
