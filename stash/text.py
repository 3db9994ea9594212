"""Texts of other people made fit for one line of Stash's log."""

from __future__ import annotations

import re

LARGEST_LINE_BYTES = 60 * 1024
"""Stash's reader ends for good at a line of 64 KiB, and every later write then fails."""
CUT_NOTE = "… [cut]"

HARMFUL = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # controls: \x01 and \x02 are the protocol's own, \n and \x85 begin a new line
    "\u2028\u2029"  # line and paragraph separators
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # turn the direction of what follows, and so its look
    "\ufeff\ufffe\uffff\ud800-\udfff"  # byte order marks, and halves of characters that UTF-8 cannot hold
    "]"
)
SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def clean(text: str) -> str:
    """One harmless line: every control character, line break and direction mark becomes a visible escape.

    Cleaning it again changes nothing. A backslash stays as it is, so that Windows paths can be read.
    """
    return HARMFUL.sub(_escape, text)


def cut(text: str, largest_bytes: int) -> str:
    """The text, or as much of its beginning as fits into so many bytes of UTF-8 with a note that it was cut."""
    data = text.encode(errors="backslashreplace")
    if len(data) <= largest_bytes:
        return text
    room = max(0, largest_bytes - len(CUT_NOTE.encode()))
    return data[:room].decode(errors="ignore") + CUT_NOTE


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if character in SHORT:
        return SHORT[character]
    code = ord(character)
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"  # noqa: PLR2004 -- two digits hold no more
