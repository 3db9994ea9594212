"""Paths of two machines: Stash sees a file under one path, Plex the same file under another.

A path map is a list of rules ``/stash/prefix => /plex/prefix`` (``=`` will do too), separated by ``;`` or line ends. The
longest prefix that fits is applied. Windows and UNC paths may stand on either side.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ALLOWED = "a rule has the form /path/in/stash => /path/in/plex; several are separated by ;"
ARROW = re.compile(r"=>|=")
ABSOLUTE = re.compile(r"(/|[A-Za-z]:[\\/]|\\\\)")
LEAST_SUPPORT = 2


class PathMapError(ValueError):
    """A rule cannot be understood. The text names the rule, its position and the allowed form."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One prefix and what stands for it in Plex; both normal, without a final slash."""

    stash: str
    plex: str


@dataclass(frozen=True, slots=True)
class PathMap:
    """The rules, the longest prefix first."""

    rules: tuple[Rule, ...] = ()

    @classmethod
    def parse(cls, text: str) -> PathMap:
        """Read the setting. Empty text is no rule: both see the same paths. Raises PathMapError."""
        parts = [part.strip() for part in re.split(r"[;\n]", text)]
        rules = [_rule(part, number) for number, part in enumerate(parts, start=1) if part]
        prefixes = Counter(rule.stash for rule in rules)
        for prefix, times in prefixes.items():
            if times > 1:
                raise PathMapError(f"{prefix!r} stands in {times} rules; {ALLOWED}, each prefix once.")
        return cls(tuple(sorted(rules, key=lambda rule: -len(rule.stash))))

    def apply(self, path: str) -> str:
        """Where Plex sees the file, in normal form."""
        normal = normal_path(path)
        for rule in self.rules:
            if normal == rule.stash or normal.startswith(rule.stash.rstrip("/") + "/"):
                return normal_path(rule.plex + "/" + normal[len(rule.stash) :].lstrip("/"))
        return normal


def _rule(text: str, number: int) -> Rule:
    sides = [side.strip().strip("\"'") for side in ARROW.split(text)]
    if len(sides) != 2 or not all(sides):  # noqa: PLR2004 -- two sides of an arrow
        raise PathMapError(f"rule {number} is {text!r}; {ALLOWED}.")
    for side in sides:
        if not ABSOLUTE.match(side):
            raise PathMapError(
                f"rule {number} has {side!r}, which is no whole path; {ALLOWED}, and both begin with /, a drive or \\\\."
            )
    stash, plex = (normal_path(side).rstrip("/") or "/" for side in sides)
    return Rule(stash, plex)


def normal_path(path: str) -> str:
    """One form for comparing: slashes forward, none doubled but at the start of a UNC path, Unicode NFC."""
    text = unicodedata.normalize("NFC", path)
    if re.match(r"[A-Za-z]:\\|\\\\", text):
        text = text.replace("\\", "/")
    lead = "//" if text.startswith("//") else ""
    return lead + re.sub(r"/{2,}", "/", text[len(lead) :])


def folded(path: str) -> str:
    """For comparing without regard to case, as Windows and macOS do."""
    return normal_path(path).casefold()


def base_name(path: str) -> str:
    """The file's name, in normal form."""
    return normal_path(path).rpartition("/")[2]


def common_suffix(left: str, right: str) -> int:
    """How many components two paths share from the end, case aside: 1 is the file's name alone."""
    pairs = zip(reversed(folded(left).split("/")), reversed(folded(right).split("/")), strict=False)
    shared = 0
    for ours, theirs in pairs:
        if ours != theirs or not ours:
            break
        shared += 1
    return shared


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A rule that would make so many pairs equal."""

    text: str
    support: int


def derive(pairs: Iterable[tuple[str, str]]) -> list[Suggestion]:
    """Rules that explain pairs of (path in Stash, path in Plex) whose paths differ, the best supported first."""
    found: Counter[tuple[str, str]] = Counter()
    for stash, plex in pairs:
        ours, theirs = normal_path(stash), normal_path(plex)
        shared = common_suffix(ours, theirs)
        if ours == theirs or not shared:
            continue
        prefix = tuple("/".join(path.split("/")[:-shared]) or "/" for path in (ours, theirs))
        found[(prefix[0], prefix[1])] += 1
    return [
        Suggestion(f"{stash} => {plex}", support)
        for (stash, plex), support in found.most_common()
        if support >= LEAST_SUPPORT
    ]
