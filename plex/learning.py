"""Rules of a path map, learned from files that are the same on both sides: name, size and duration agree, and once only.

A rule is as general as its files allow. Its support is how many of the sampled files below its prefix lie where it says;
files below a longer prefix that has a rule of its own are that rule's. A learned rule is applied by itself when no file
speaks against it, and when the owner says so, also when nearly all speak for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from plex.paths import PathMap, PathMapError, Rule, common_suffix, folded, normal_path

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST_SHOWN = 2
"""Files that must speak for a rule before it is shown …"""
LEAST_APPLIED = 5
"""… and before it is applied."""
NEARLY_ALL = 0.9

Pair = tuple[str, str]
"""The path of one file in Stash, and in Plex."""


class LearnedRule(NamedTuple):
    """``text`` is the rule as it can stand in the setting; ``support`` of ``sampled`` files lie where it says."""

    text: str
    support: int
    sampled: int

    @property
    def unanimous(self) -> bool:
        """Whether enough files speak for it and none against it."""
        return self.support == self.sampled >= LEAST_APPLIED

    @property
    def usual(self) -> bool:
        """Whether enough files speak for it, and nearly all."""
        return self.support >= LEAST_APPLIED and self.support >= NEARLY_ALL * self.sampled

    def to_json(self) -> dict[str, Any]:
        """Plain values, for the database."""
        return {"text": self.text, "support": self.support, "sampled": self.sampled}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> LearnedRule:
        """Read what ``to_json`` gave."""
        return cls(str(data["text"]), int(data["support"]), int(data["sampled"]))


def learn(pairs: Iterable[Pair]) -> list[LearnedRule]:
    """The rules that most of their files speak for, the best supported first. Files with the same path on both sides
    speak against every rule that would move them.
    """
    same = [(normal_path(stash), normal_path(plex)) for stash, plex in pairs]
    found = {text for pair in same if (text := _rule_of(*pair))}
    rules: list[tuple[Rule, LearnedRule]] = []
    for text in sorted(found, key=lambda one: (-len(_parsed(one).stash), one)):
        rule = _parsed(text)
        below = [pair for pair in same if _first([rule, *(one for one, _ in rules)], pair[0]) is rule]
        support = sum(folded(rule.apply(stash) or "") == folded(plex) for stash, plex in below)
        if support >= LEAST_SHOWN and support * 2 > len(below):
            rules.append((rule, LearnedRule(text, support, len(below))))
    return sorted((learned for _, learned in rules), key=lambda one: (-one.support, one.text))


def accepted(rules: Iterable[LearnedRule], *, confirmed: bool) -> PathMap:
    """The rules that are applied. ``confirmed``: the owner wants those that nearly all files speak for, too."""
    taken = [one.text for one in rules if one.unanimous or (confirmed and one.usual)]
    return PathMap.parse("\n".join(taken))


def _rule_of(stash: str, plex: str) -> str:
    """The most general rule that makes the paths equal; "" when there is none, or none is needed, or none can be written."""
    shared = common_suffix(folded(stash), folded(plex))
    if stash == plex or not shared:
        return ""
    prefixes = ["/".join(path.split("/")[:-shared]) or "/" for path in (stash, plex)]
    text = " => ".join(prefixes)
    try:
        mapped = PathMap.parse(text).apply(stash)
    except PathMapError:  # a prefix may hold what separates rules
        return ""
    return text if folded(mapped) == folded(plex) else ""


def _parsed(text: str) -> Rule:
    (rule,) = PathMap.parse(text).rules
    return rule


def _first(rules: list[Rule], stash: str) -> Rule | None:
    """Which of the rules is applied to a path: that with the longest prefix."""
    fitting = [rule for rule in rules if rule.apply(stash) is not None]
    return max(fitting, key=lambda rule: len(rule.stash), default=None)
