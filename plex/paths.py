r"""Paths of two machines: Stash sees a file under one path, Plex the same file under another.

A path map is a list of rules ``/stash/prefix => /plex/prefix``, separated by ``;`` or line ends. ``/from=/to`` will do as
long as neither side has an ``=`` of its own. The longest prefix that fits is applied, whole components only. Either side
may be a Windows path (``D:\videos``) or a UNC path (``\\nas\videos``); Windows paths fit without regard to case. Letters
composed of several characters (macOS) and of one (everybody else) are the same.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

ALLOWED = "a rule has the form /path/in/stash => /path/in/plex; several are separated by ;"
SEPARATOR = re.compile(r"[;\r\n]")
WINDOWS = re.compile(r"[A-Za-z]:(?:[\\/]|$)|\\\\")
"""Only where a path is one of Windows is a backslash a separator: elsewhere it may be part of a name."""
EXTENDED = re.compile(r"[\\/]{2}[?.][\\/](?:(UNC)[\\/])?", re.IGNORECASE)
ABSOLUTE = re.compile(r"/|[A-Za-z]:/")


class PathMapError(ValueError):
    """A rule cannot be understood. The text names the rule, its position and the allowed form."""


class Rule(NamedTuple):
    """One prefix and what stands for it in Plex; both normal, without a final slash (so ``/`` itself is empty)."""

    stash: str
    plex: str

    def __str__(self) -> str:
        """As it may stand in the setting."""
        return f"{self.stash or '/'} => {self.plex or '/'}"

    def apply(self, path: str, *, case_aside: bool = False) -> str | None:
        """What a normal path becomes; None when the rule does not fit. Case counts, but for Windows and when told so."""
        parts, prefix = path.split("/"), self.stash.split("/")
        head, tail = "/".join(parts[: len(prefix)]), parts[len(prefix) :]
        aside = case_aside or is_windows(self.stash)
        fits = folded(head) == folded(self.stash) if aside else head == self.stash
        return normal_path("/".join([self.plex, *tail])) if fits else None


class PathMap(NamedTuple):
    """The rules, the longest prefix first."""

    rules: tuple[Rule, ...] = ()

    @classmethod
    def parse(cls, text: str) -> PathMap:
        """Read the setting. Empty text is no rule: both see the same paths. Raises PathMapError."""
        parts = [part.strip() for part in SEPARATOR.split(text)]
        given = [part for part in parts if part]
        rules: dict[str, Rule] = {}
        for number, part in enumerate(given, start=1):
            rule = _rule(part, number)
            known = rules.setdefault(folded(rule.stash) if is_windows(rule.stash) else rule.stash, rule)
            if known.plex != rule.plex:
                shown = f"{part!r} (rule {number}) gives {rule.stash or '/'!r} a second meaning"
                raise PathMapError(f"{shown}; {ALLOWED}, each prefix once.")
        return cls(tuple(sorted(rules.values(), key=lambda rule: (-len(rule.stash), rule.stash))))

    def apply(self, path: str) -> str:
        """Where Plex sees the file, in normal form; the path as it is when no rule fits."""
        return self.explain(path)[0]

    def explain(self, path: str) -> tuple[str, Rule | None]:
        """The same, and the rule that led there; None when none fits."""
        normal = normal_path(path)
        return self._first(normal, case_aside=False) or (normal, None)

    def apply_case_aside(self, path: str) -> str | None:
        """Where Plex may see a file that no rule fits as it is written, and one fits without regard to case; else None.

        A guess: a file system may hold folders that differ in nothing but case.
        """
        found = None if self.fits(path) else self._first(normal_path(path), case_aside=True)
        return None if found is None else found[0]

    def fits(self, path: str) -> bool:
        """Whether a rule speaks of this path as it is written."""
        return self.explain(path)[1] is not None

    def _first(self, normal: str, *, case_aside: bool) -> tuple[str, Rule] | None:
        for rule in self.rules:
            mapped = rule.apply(normal, case_aside=case_aside)
            if mapped is not None:
                return mapped, rule
        return None


def _rule(text: str, number: int) -> Rule:
    sides = [side.strip().strip("\"'") for side in text.split("=>" if "=>" in text else "=")]
    if len(sides) != 2 or not all(sides):  # noqa: PLR2004 -- two sides of an arrow
        raise PathMapError(f"rule {number} is {text!r}; {ALLOWED}.")
    stash, plex = (normal_path(side) for side in sides)
    for given, normal in zip(sides, (stash, plex), strict=True):
        if not ABSOLUTE.match(normal + "/"):
            raise PathMapError(
                f"rule {number} has {given!r}, which is no whole path; {ALLOWED}, and both begin with /, a drive or \\\\."
            )
    return Rule(stash.rstrip("/"), plex.rstrip("/"))


def is_windows(path: str) -> bool:
    """Whether a path has a drive or is one of a network share: upper and lower case are the same there."""
    return bool(WINDOWS.match(path)) or path.startswith("//")


def normal_path(path: str) -> str:
    r"""One form for comparing: slashes forward and single (but at the start of a UNC path), Unicode NFC, drives in capitals.

    Windows' prefix for long paths (``\\?\``) is taken off. Nothing else changes: case and white space mean something.
    """
    if path.startswith("/") and path.isascii() and "//" not in path:
        return path  # most are like this, and there may be a hundred thousand of them
    text = unicodedata.normalize("NFC", path)
    while found := EXTENDED.match(text):
        text = ("//" if found[1] else "") + text[found.end() :]
    if is_windows(text):
        text = text.replace("\\", "/")
    lead = "//" if text.startswith("//") else ""
    text = lead + re.sub(r"/{2,}", "/", text.lstrip("/") if lead else text)
    return text[0].upper() + text[1:] if re.match(r"[a-z]:", text) else text


def folded(path: str) -> str:
    """For comparing without regard to case, as Windows and macOS do."""
    if path.isascii():
        return normal_path(path).casefold()
    return unicodedata.normalize("NFC", normal_path(path).casefold())


def base_name(path: str) -> str:
    """The file's name, in normal form."""
    return normal_path(path).rpartition("/")[2]


def name_key(path: str) -> str:
    """The file's name for comparing without regard to case: what the index is asked by."""
    return folded(path).rpartition("/")[2]


def common_suffix(left: str, right: str) -> int:
    """How many components two normal paths share from the end: 1 is the file's name alone.

    Compare ``folded`` paths to leave case aside.
    """
    shared = 0
    for ours, theirs in zip(reversed(left.split("/")), reversed(right.split("/")), strict=False):
        if ours != theirs or not ours:
            break
        shared += 1
    return shared
