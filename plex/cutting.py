"""Making a text short enough for a server that refuses a long address, without breaking a character that a reader sees."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

from plex.known import CUT_MARK

JOINER = "\u200d"
NEAREST_BLANK = 80
"""A word is kept whole when it begins at most this many characters before the cut."""

_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_TAG_LETTERS = range(0xE0020, 0xE0080)


def encoded_size(text: str) -> int:
    """How many bytes a text takes up in an address."""
    return len(quote(text, safe=""))


def cut_text(text: str, room: int) -> str | None:
    """The beginning of ``text`` and the mark of a cut, ``room`` bytes at most in an address; None when nothing is left of it.

    It ends before a word when one begins near, and never inside of an emoji sequence, a flag or an accented letter.
    """
    left = room - encoded_size(CUT_MARK)
    end = 0
    for char in text:
        left -= encoded_size(char)
        if left < 0:
            break
        end += 1
    blank = max(text.rfind(" ", 0, end + 1), text.rfind("\n", 0, end + 1))
    if blank > max(0, end - NEAREST_BLANK):
        end = blank
    while end > 0 and _is_joined(text, end):
        end -= 1
    short = text[:end].rstrip()
    return short + CUT_MARK if short else None


def _is_joined(text: str, at: int) -> bool:
    """Whether the characters before and behind ``at`` are one to the eye."""
    if at >= len(text):
        return False
    char = text[at]
    if char == JOINER or text[at - 1] == JOINER:
        return True
    if unicodedata.category(char).startswith("M") or ord(char) in _SKIN_TONES or ord(char) in _TAG_LETTERS:
        return True
    return ord(char) in _FLAG_LETTERS and _flag_letters_before(text, at) % 2 == 1


def _flag_letters_before(text: str, at: int) -> int:
    count = 0
    while count < at and ord(text[at - 1 - count]) in _FLAG_LETTERS:
        count += 1
    return count
