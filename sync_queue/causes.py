"""Why scenes fail, as a person counts it: 38 scenes whose folder Plex does not see are one cause, not 38.

A cause is an error type and its message without what differs from scene to scene: names, paths, addresses, numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3

LONGEST_CAUSE = 200
"""Characters."""
SHOWN_EXAMPLES = 3
OF_CAUSE = "FROM dead_letters WHERE error_type = ? AND cause = ?"
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
    """One cause in full, or None when no scene has it any more. However many scenes there are, it reads a few letters."""
    key = (error_type, cause)
    newest, oldest = _ends(db, key, "DESC", SHOWN_EXAMPLES), _ends(db, key, "ASC", 1)
    if not newest or not oldest:
        return None
    # If the oldest letter says the same as the newest ones, so do in all likelihood those between.
    messages = {letter["error_message"] for letter in (*newest, *oldest)}
    return Cause(
        error_type=error_type,
        cause=cause,
        text=messages.pop() if len(messages) == 1 else cause,
        hint=newest[0]["hint"],
        count=_one(db, f"count(*) {OF_CAUSE}", key),
        folder=common_folder(_one(db, f"min(path) {OF_CAUSE}", key), _one(db, f"max(path) {OF_CAUSE}", key)),
        first_at=oldest[0]["died_at"],
        last_at=newest[0]["died_at"],
        examples=tuple((one["scene_id"], one["title"]) for one in newest),
    )


def _ends(db: sqlite3.Connection, key: tuple[str, str], order: str, limit: int) -> list[sqlite3.Row]:
    query = f"SELECT scene_id, title, hint, error_message, died_at {OF_CAUSE} ORDER BY died_at {order}, id {order} LIMIT ?"
    return db.execute(query, (*key, limit)).fetchall()


def _one(db: sqlite3.Connection, what: str, key: tuple[str, str]) -> Any:
    return db.execute(f"SELECT {what}", key).fetchone()[0]


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
