"""Why scenes fail, as a person counts it: 38 scenes whose folder Plex does not see are one cause, not 38.

A cause is an error type and its message without what differs from scene to scene: names, paths, addresses, numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

LONGEST_CAUSE = 200
"""Characters."""
SHOWN_EXAMPLES = 3
MOST_CAUSES = 100
"""Causes that are told apart; a trouble that gives each scene a message of its own must not fill a report."""

_ADDRESS = re.compile(r"\bhttps?://[^\s'\"<>)]+", re.IGNORECASE)
# An apostrophe inside a word is no quote: "this scene's cover".
_QUOTED = re.compile(r"(?<!\w)(['\"])(?:\\.|(?!\1).|\1(?=\w))*\1(?!\w)", re.DOTALL)
_PATH = re.compile(r"(?<![\w…])(?:[A-Za-z]:)?[\\/][^\s,;:'\"()][^,;:'\"()]*")
_NUMBER = re.compile(r"(?P<status>\(\d{3}\))|\b\d+(?:[.,]\d+)*\b|\b(?=[a-f]*\d)[0-9a-f]{8,}\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A cause with its blast radius. ``text`` is the message where all scenes have the same, else what is common to them.

    ``folder`` is the deepest one that holds all of their files, or empty. Times are epoch seconds; ``examples`` are
    (scene id, title), the newest first.
    """

    error_type: str
    cause: str
    text: str
    hint: str
    count: int
    folder: str
    first_at: float
    last_at: float
    examples: tuple[tuple[int, str], ...]


def cause_of(message: str, path: str = "") -> str:
    """What is common to all messages of the same trouble; ``path`` is the scene's own, which may hold anything.

    An answer's status stays, ``(500)`` say: it is not one number among others.
    """
    text = message.replace(path, "…") if path else message
    text = _PATH.sub("…", _QUOTED.sub("'…'", _ADDRESS.sub("…", text)))
    text = _NUMBER.sub(lambda found: found["status"] or "#", text)
    return " ".join(text.split()).strip(" .")[:LONGEST_CAUSE].rstrip()


def count_causes(db: sqlite3.Connection) -> dict[tuple[str, str], int]:
    """How many scenes each cause, an (error type, cause), has stopped: the hundred most frequent, the most frequent first."""
    rows = db.execute(
        "SELECT error_type, cause, count(*) AS scenes FROM dead_letters GROUP BY error_type, cause "
        "ORDER BY scenes DESC, error_type, cause LIMIT ?",
        (MOST_CAUSES,),
    )
    return {(row["error_type"], row["cause"]): row["scenes"] for row in rows}


def describe_cause(db: sqlite3.Connection, error_type: str, cause: str) -> Cause | None:
    """One cause in full, or None when no scene has it any more."""
    where = "FROM dead_letters WHERE error_type = ? AND cause = ?"
    query = (
        "SELECT count(*) AS count, min(path) AS first_path, max(path) AS last_path, min(died_at) AS first_at, "
        f"max(died_at) AS last_at, min(error_message) AS text, min(error_message) = max(error_message) AS alike {where}"
    )
    row = db.execute(query, (error_type, cause)).fetchone()
    if not row["count"]:
        return None
    newest = db.execute(
        f"SELECT scene_id, title, hint {where} ORDER BY died_at DESC, scene_id DESC LIMIT ?",
        (error_type, cause, SHOWN_EXAMPLES),
    ).fetchall()
    return Cause(
        error_type=error_type,
        cause=cause,
        text=row["text"] if row["alike"] else cause,
        hint=newest[0]["hint"],
        count=row["count"],
        folder=common_folder(row["first_path"], row["last_path"]),
        first_at=row["first_at"],
        last_at=row["last_at"],
        examples=tuple((one["scene_id"], one["title"]) for one in newest),
    )


def common_folder(first: str, last: str) -> str:
    """The deepest folder that holds both files, and every path that sorts between them; empty when that says nothing."""
    shared = 0
    for number, (ours, theirs) in enumerate(zip(first, last, strict=False), start=1):
        if ours != theirs:
            break
        if ours in "\\/":
            shared = number
    folder = first[:shared].rstrip("\\/")
    return folder if folder.strip("\\/") else ""
