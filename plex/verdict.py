"""What was decided about one field."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from plex.change import Outcome, TagChange


class Verdict(NamedTuple):
    """``want`` is the part of the wish that we answer for: without tags that stay away because a person removed them."""

    outcome: Outcome
    want: str | tuple[str, ...]
    write: str | None = None
    """The value to write to a scalar field; ``""`` clears."""
    tags: TagChange | None = None
    ours: bool | tuple[str, ...] = False
    """Whether the value is ours after this; the tags that are."""
    away: frozenset[str] = frozenset()
    left: bool = False
    """The field is left to a person, and so is what we remember of it."""
    replaced: bool = False
    kept_by: str = ""
    """Why it is kept: ``lock`` (somebody else's), or ``edit`` (made in Plex, and to be preserved), ``pull`` (made in Plex, and to be brought to Stash)."""
