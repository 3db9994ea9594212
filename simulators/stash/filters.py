"""Which scenes a query means, and which page of them. Times are compared as text, as Stash does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.stash.store import SceneRow, Store

DEFAULT_PAGE = 25


def select(store: Store, wanted: dict[str, Any]) -> list[SceneRow]:
    """The scenes that the filter lets through, by id."""
    rows = [store.scenes[key] for key in sorted(store.scenes)]
    for name, criterion in wanted.items():
        rows = [row for row in rows if _passes(row, name, criterion)]
    return rows


def _passes(row: SceneRow, name: str, criterion: dict[str, Any]) -> bool:
    values: dict[str, Callable[[], Any]] = {
        "id": lambda: row.id,
        "title": lambda: row.values.get("title") or "",
        "updated_at": lambda: row.updated_at,
        "created_at": lambda: row.created_at,
    }
    if name == "path":
        wanted = criterion["value"].strip('"')
        return any(_compare(file.path, {**criterion, "value": wanted}) for file in row.files)
    if name in {"tags", "performers"}:
        ids = {int(one) for one in criterion.get("value") or []}
        return bool(ids & set(row.tag_ids if name == "tags" else row.performer_ids))
    if name == "studios":
        return row.studio_id in {int(one) for one in criterion.get("value") or []}
    if name not in values:
        raise GraphQLError(f"the simulator does not filter by {name}")
    return _compare(values[name](), criterion)


def _compare(value: Any, criterion: dict[str, Any]) -> bool:
    wanted, other = criterion["value"], criterion.get("value2")
    tests: dict[str, Callable[[], bool]] = {
        "EQUALS": lambda: value == wanted,
        "NOT_EQUALS": lambda: value != wanted,
        "GREATER_THAN": lambda: value > wanted,
        "LESS_THAN": lambda: value < wanted,
        "INCLUDES": lambda: wanted in value,
        "BETWEEN": lambda: wanted <= value <= other,
    }
    return tests[criterion["modifier"]]()


def page_of(rows: list[SceneRow], asked: dict[str, Any]) -> list[SceneRow]:
    """Sort and cut; ``per_page`` -1 is everything, and an unknown sort is an error."""
    sort = asked.get("sort") or "id"
    keys: dict[str, Callable[[SceneRow], Any]] = {
        "id": lambda row: row.id,
        "updated_at": lambda row: (row.updated_at, row.id),
        "created_at": lambda row: (row.created_at, row.id),
        "title": lambda row: (row.values.get("title") or "", row.id),
        "path": lambda row: (row.files[0].path if row.files else "", row.id),
    }
    if sort not in keys:
        raise GraphQLError(f"invalid sort: {sort}")
    ordered = sorted(rows, key=keys[sort], reverse=asked.get("direction") == "DESC")
    size = asked.get("per_page") or DEFAULT_PAGE
    if size < 0:
        return ordered
    start = ((asked.get("page") or 1) - 1) * size
    return ordered[start : start + size]
