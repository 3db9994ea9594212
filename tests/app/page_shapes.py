"""Whether a value of JSON has the form that app/page/shapes.py describes."""

from __future__ import annotations

import types
import typing
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


def differences(value: Any, hint: Any, where: str = "answer") -> list[str]:
    """Everything in which the value is not of this type; empty when it is."""
    origin, args = get_origin(hint), get_args(hint)
    if hint is Any:
        return []
    if origin in {Union, types.UnionType}:
        tried = [differences(value, one, where) for one in args]
        return [] if [] in tried else min(tried, key=len)
    if origin is Literal:
        return [] if value in args else [f"{where} is {value!r}, not one of {args}"]
    if origin is list:
        return (
            _each(enumerate(value), args[0], where) if isinstance(value, list) else [_not(where, value, hint)]
        )
    if origin is dict:
        return _each(value.items(), args[1], where) if isinstance(value, dict) else [_not(where, value, hint)]
    if typing.is_typeddict(hint):
        return _of_dict(value, hint, where)
    right = isinstance(value, (int, float) if hint is float else hint)
    return [] if right and (hint is bool or not isinstance(value, bool)) else [_not(where, value, hint)]


def _of_dict(value: Any, hint: Any, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [_not(where, value, hint)]
    hints = get_type_hints(hint)
    if set(value) != set(hints):
        return [f"{where} has {sorted(set(value) ^ set(hints))} too many or too few"]
    return [told for name, one in hints.items() for told in differences(value[name], one, f"{where}.{name}")]


def _each(pairs: Any, hint: Any, where: str) -> list[str]:
    return [told for name, one in pairs for told in differences(one, hint, f"{where}[{name}]")]


def _not(where: str, value: Any, hint: Any) -> str:
    return f"{where} is {value!r:.60}, not {hint}"
