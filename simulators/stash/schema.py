"""The schema of one version of Stash, and the execution of a document with the statuses that Stash's server gives."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLInputObjectType,
    build_schema,
    execute_sync,
    parse,
    validate,
)

if TYPE_CHECKING:
    from graphql import GraphQLSchema

SDL = Path(__file__).with_name("schema.graphql")
SINCE = re.compile(r"# since (\d+)\.(\d+)$")


def version_numbers(version: str) -> tuple[int, int]:
    """(0, 30) for "v0.30.1"."""
    found = re.match(r"v?(\d+)\.(\d+)", version)
    if found is None:
        raise ValueError(f"{version!r} is no version of Stash, such as v0.30.1")
    return int(found[1]), int(found[2])


def schema_of(version: str) -> GraphQLSchema:
    """The schema as that version has it: a newer field is unknown to it, and fails the query that names it."""
    have = version_numbers(version)
    lines = []
    for line in SDL.read_text(encoding="utf-8").splitlines():
        since = SINCE.search(line)
        if since is None or have >= (int(since[1]), int(since[2])):
            lines.append(line)
    return build_schema("\n".join(lines))


def whole_input(schema: GraphQLSchema, name: str, sent: dict[str, Any]) -> dict[str, Any]:
    """As Stash hands an input to hooks: every key of the type, null where nothing was sent."""
    kind = schema.type_map[name]
    assert isinstance(kind, GraphQLInputObjectType)
    return {key: sent.get(key) for key in kind.fields}


def execute(schema: GraphQLSchema, body: Any, root: Any) -> tuple[int, dict[str, Any]]:
    """Status and answer. What does not fit the schema is 422 and never runs; what fails while running is 200."""
    if not isinstance(body, dict) or not isinstance(body.get("query"), str) or not body["query"]:
        return 422, _failed([GraphQLError("no operation provided")])
    try:
        document = parse(body["query"])
        problems = validate(schema, document)
    except GraphQLError as error:
        problems = [error]
    else:
        if not problems:
            return _run(
                execute_sync(
                    schema,
                    document,
                    root_value=root,
                    variable_values=body.get("variables") or {},
                    operation_name=body.get("operationName") or None,
                )
            )
    return 422, _failed(problems)


def _run(result: ExecutionResult) -> tuple[int, dict[str, Any]]:
    errors = list(result.errors or ())
    if errors and result.data is None and all(error.path is None for error in errors):
        return 422, _failed(errors)  # variables of another type than declared, or no such operation
    answer: dict[str, Any] = {"data": result.data}
    if errors:
        answer["errors"] = [_shown(error) for error in errors]
    return 200, answer


def _failed(errors: list[GraphQLError]) -> dict[str, Any]:
    return {
        "errors": [
            {**_shown(error), "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}} for error in errors
        ],
        "data": None,
    }


def _shown(error: GraphQLError) -> dict[str, Any]:
    shown: dict[str, Any] = {"message": error.message}
    if error.locations:
        shown["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path is not None:
        shown["path"] = error.path
    return shown
