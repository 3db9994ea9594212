"""Write ``ui/src/shapes.ts``: the page's TypeScript types, made of the *shapes.py in app/page.

A test says when the file is not what this script would write.
"""

from __future__ import annotations

import sys
import types
import typing
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.page import figures_shapes, mode_shapes, preview_shapes, shapes  # noqa: E402 -- a script is started with its own folder on the path

TARGET = ROOT / "ui" / "src" / "shapes.ts"
SIMPLE: dict[Any, str] = {
    int: "number",
    float: "number",
    str: "string",
    bool: "boolean",
    type(None): "null",
    Any: "unknown",
}


def main() -> int:
    """Write the file."""
    TARGET.write_text(text(), encoding="utf-8")
    return 0


def text() -> str:
    """The whole file."""
    parts = ["// Made of the *shapes.py in app/page by scripts/page_types.py (make ui): do not edit.\n"]
    for name, value in {
        **vars(shapes),
        **vars(figures_shapes),
        **vars(preview_shapes),
        **vars(mode_shapes),
    }.items():
        if typing.is_typeddict(value):
            fields = [
                f"  readonly {key}: {typescript(hint)};\n" for key, hint in get_type_hints(value).items()
            ]
            parts.append(
                f"/** {' '.join((value.__doc__ or '').split())} */\nexport interface {name} {{\n{''.join(fields)}}}\n"
            )
        elif get_origin(value) is Literal:
            parts.append(f"export type {name} = {typescript(value)};\n")
    return "\n".join(parts)


def typescript(hint: Any) -> str:
    """A Python type as TypeScript has it. Raises TypeError for one that JSON has not."""
    if hint in SIMPLE:
        return SIMPLE[hint]
    if typing.is_typeddict(hint):
        return str(hint.__name__)
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " | ".join(f'"{one}"' for one in args)
    if origin in {Union, types.UnionType}:
        return " | ".join(map(typescript, args))
    if origin is list:
        return f"readonly {_grouped(args[0])}[]"
    if origin is dict:
        return f"Readonly<Record<string, {typescript(args[1])}>>"
    raise TypeError(f"{hint} is no type of JSON")


def _grouped(hint: Any) -> str:
    found = typescript(hint)
    return f"({found})" if "|" in found or " " in found else found


if __name__ == "__main__":
    sys.exit(main())
