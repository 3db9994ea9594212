"""What Check Setup has learned of the paths on one Plex server, kept in the database for every drain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plex.learning import LearnedRule
from sync_queue.meta import get_meta, set_meta

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

KEY = "learned_paths"


def remember(db: sqlite3.Connection, server: str, rules: Iterable[LearnedRule]) -> None:
    """Keep these rules, in place of any that were learned before."""
    set_meta(db, KEY, {"server": server, "rules": [rule.to_json() for rule in rules]})


def recall(db: sqlite3.Connection, server: str) -> list[LearnedRule]:
    """The rules that were learned of this server; none of another's."""
    known = get_meta(db, KEY)
    if not isinstance(known, dict) or known.get("server") != server:
        return []
    return [LearnedRule.from_json(rule) for rule in known["rules"]]
