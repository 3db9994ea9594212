"""Texts that somebody may have meant badly, and what must become of each: written without the code under test."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

PIECES: dict[str, tuple[str, ...]] = {
    "control characters": tuple(map(chr, (*range(1, 32), 0x7F, *range(0x80, 0xA0)))),
    "NUL": ("\0", "a\0b", "\0\0"),
    "lone surrogates": ("\ud800", "\udfff", "\udc80x", "\ud83d"),
    "right to left": ("\u202e", "\u2066", "עברית", "العربية", "\u200f"),
    "emoji": ("🎬", "👩\u200d👩\u200d👧", "👍🏽", "🇩🇪", "❤\ufe0f", "\U000e0067"),
    "line ends": ("\n", "\r\n", "\r", "\x85", "\u2028", "\u2029", "\n\n", "\x0b", "\x0c"),
    "percent": ("%2C", "%", "%25", "%00", "100 %", "%u0041", "+"),
    "commas": (",", "a, b", ",,", "\uff0c"),
    "quotes": ('"', "'", "“", "`", '\\"', "''"),
    "markup": ("&amp;", "&lt;b&gt;", "<b>", "]]>", "&#10;", "<!--", "&", "<?xml?>", "&nbsp;"),
    "paths": ("../", "..\\", "/etc/passwd", "C:\\Windows", "\\\\nas\\share", "file://", "~"),
    "composed and not": ("é", "e\u0301", "Å", "A\u030a", "ﬁ", "가", "\u1100\u1161", "\u212b"),
    "no characters": ("\ufdd0", "\ufffe", "\uffff", "\U0001ffff", "\U0010fffe"),
    "blanks": (" ", "  ", "\t", "\u00a0", "\u3000", "\u200b", "\ufeff", "   "),
    "queries": ("&title.value=x", "#", "?a=b", ";", "=", "title.locked=0", "[0].tag.tag="),
    "log lines": ("\x01e\x02[PlexSync] forged", "\n\x01p\x020.5\n", "\x01", "\x02", "{}", "%s", "%(x)d"),
    "code": ("{title}", "${x}", "'; DROP TABLE jobs; --", "{{", "}}", "__import__('os')", "$(id)"),
}
"""By class."""
PLAIN = ("Night", "train", "a", "Öl", "日本", "Tokyo 7", "", "x" * 60)
LONG_BYTES = 100_000
LONE = re.compile("[\ud800-\udfff]")
FORBIDDEN_IN_NAMES = frozenset("/\\\0")


def text(chance: random.Random, *, pieces: int = 6) -> str:
    """A few pieces of any classes, one after the other."""
    classes = list(PIECES.values())
    return "".join(
        chance.choice(chance.choice(classes)) if chance.random() < 0.6 else chance.choice(PLAIN)
        for _ in range(chance.randint(1, pieces))
    )


def long_text(chance: random.Random) -> str:
    """About a hundred kilobytes."""
    piece = f"{text(chance)} und so fort. "
    return piece * (LONG_BYTES // len(piece.encode(errors="surrogatepass")))


@dataclass(frozen=True)
class File:
    """The same file where Stash sees it and where Plex does, and its name without the ending."""

    in_stash: str
    in_plex: str
    stem: str


def file(chance: random.Random, number: int) -> File:
    """On a POSIX path, a drive or a share; Plex has the name in composed form and without what its XML cannot carry."""
    name = "".join(char for char in text(chance, pieces=4) if char not in FORBIDDEN_IN_NAMES)
    stem = f"{name}~{number}"
    folder = chance.choice(("/media/", "/media/../media/", "D:\\media\\", "\\\\nas\\media\\"))
    return File(f"{folder}{stem}.mp4", f"/media/{normal(stem)}.mp4", LONE.sub("\ufffd", _whole(stem)))


def carried(char: str) -> bool:
    """Whether XML 1.0 can carry the character and Plex's clients read it."""
    code = ord(char)
    if code < 0x20:
        return char in "\t\n"
    if 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or 0xFDD0 <= code < 0xFDF0:
        return False
    return code & 0xFFFE != 0xFFFE


def normal(text: str) -> str:
    """The normal form of the README: line ends are newlines, what cannot be carried is gone, composed, nothing at the ends."""
    lines = _whole(text).replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    return unicodedata.normalize("NFC", "".join(filter(carried, lines))).strip()


def _whole(text: str) -> str:
    """Two halves of a character that meet are one: JSON cannot tell them apart."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def of_one_line(text: str) -> str:
    """The same for titles and names: blanks, tabs and line ends are one blank."""
    words = normal(text).replace("\t", " ").replace("\n", " ").split(" ")
    return " ".join(word for word in words if word)


def key(name: str) -> str:
    """What makes two names one in Plex."""
    return unicodedata.normalize("NFC", of_one_line(name).casefold())
