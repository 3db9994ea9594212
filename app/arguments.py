"""What a task or an operation is asked with: JSON values that may be anything, checked before anything is done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_IDS = 10_000
"""Scenes in one call: a page shows fewer, and what is meant for all has a task of its own."""
LARGEST_ID = 2**63 - 1
YES, NO = frozenset({True, "true", "yes", "on", "1"}), frozenset({None, "", False, "false", "no", "off", "0"})
WHOLE = re.compile(r"[0-9]{1,19}", re.ASCII)


class CallError(Exception):
    """What was asked for cannot be done; the text says why and what can be asked for."""


def scene_id_of(args: Mapping[str, Any]) -> int:
    """The one scene of ``scene_id``. Raises CallError."""
    if args.get("scene_id") is None:
        raise CallError("scene_id is missing: give the number that stands in the scene's address in Stash.")
    return _scene_id("scene_id", args["scene_id"])


def scene_ids_of(args: Mapping[str, Any]) -> list[int]:
    """The scenes of ``scene_id`` or ``scene_ids``, each once. Raises CallError when there are none, or something else."""
    if "scene_ids" not in args:
        return [scene_id_of(args)]
    given = args["scene_ids"]
    if not isinstance(given, list) or not given:
        raise CallError(
            f"scene_ids is {given!r:.80}; it must be a list of scene ids with at least one in it."
        )
    if len(given) > MOST_IDS:
        raise CallError(f"scene_ids has {len(given)} entries; at most {MOST_IDS} are taken at a time.")
    return list(dict.fromkeys(_scene_id("scene_ids", one) for one in given))


def rating_key_of(args: Mapping[str, Any]) -> int:
    """The Plex item of ``rating_key``. Raises CallError."""
    value = args.get("rating_key")
    if value is None:
        raise CallError(
            "rating_key is missing: give the number that stands in the address of the item's page in Plex."
        )
    number = _whole(value)
    if number is None or not 0 < number <= LARGEST_ID:
        raise CallError(f"rating_key is {value!r:.80}; a ratingKey of Plex's is a whole number from 1.")
    return number


def whole_of_text(args: Mapping[str, Any], name: str) -> int:
    """The whole number of ``name``, which must be there; also as text. Raises CallError."""
    number = _whole(args.get(name))
    if number is None or number > LARGEST_ID:
        raise CallError(f"{name} is {args.get(name)!r:.80}; it must be a whole number.")
    return number


def days_of(args: Mapping[str, Any], *, default: int, most: int) -> int:
    """The whole number of ``days``. Raises CallError."""
    value = args.get("days")
    if value is None or value == "":
        return default
    days = _whole(value)
    if days is None or days > most:
        raise CallError(
            f"days is {value!r:.80}; it must be a whole number from 0 to {most} (default {default})."
        )
    return days


def type_of(args: Mapping[str, Any], known: Mapping[str, int]) -> str:
    """The error type that ``type`` names, without regard to case; empty when it names none. ``known`` is what there is.

    Raises CallError for one that no failed scene has.
    """
    asked = str(args.get("type") or "").strip()
    if not asked:
        return ""
    for kind in known:
        if kind.casefold() == asked.casefold():
            return kind
    there = ", ".join(f"{kind} ({count})" for kind, count in known.items()) or "none at all"
    raise CallError(f"no failed scene is of the type {asked!r:.80}; there are: {there}.")


def flag_of(args: Mapping[str, Any], name: str) -> bool:
    """Whether ``name`` says yes: a task's arguments are texts, an operation's may be of any kind. Raises CallError."""
    value = args.get(name)
    if isinstance(value, (bool, str, type(None))) and value in YES | NO:
        return value in YES
    raise CallError(f"{name} is {value!r:.80}; it must be true or false.")


def _scene_id(name: str, value: object) -> int:
    number = _whole(value)
    if number is None or not 0 < number <= LARGEST_ID:
        raise CallError(f"{name} is {value!r:.80}; a scene's id is a whole number from 1.")
    return number


def _whole(value: object) -> int | None:
    """A whole number, also as text: Stash gives ids as strings; None for anything else."""
    if isinstance(value, str) and WHOLE.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
