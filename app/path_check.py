"""Where Plex sees the files of a sample: whether the path map is right, and which rules the files themselves teach."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from app.checks import Check
from plex.learning import LEAST_SHOWN, learn
from plex.paths import PathMap, folded, normal_path
from worker.matching import file_facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from app.settings import Settings
    from plex.learning import LearnedRule, Pair
    from plex.matcher import Matcher
    from stash.scene import Scene
    from worker.plex_target import PlexTarget

NAME = "Path map"
MOST_SHOWN = 5


def check_paths(settings: Settings, target: PlexTarget, scenes: Iterable[Scene]) -> Iterator[Check]:
    """Compare the paths of files that are surely the same on both sides, and remember what they teach."""
    pairs = list(_pairs(target.matcher, scenes))
    yield from _rules_in_force(settings.path_map, pairs)
    learned = learn(pair for pair in pairs if not settings.path_map.fits(pair[0]))
    target.learn(learned)
    for rule in learned[:MOST_SHOWN]:
        yield _shown(rule, confirmed=settings.path_map_learned)


def _pairs(matcher: Matcher, scenes: Iterable[Scene]) -> Iterator[Pair]:
    """Stash's path and Plex's of every file that a library has once, by name, size and duration."""
    for scene in scenes:
        for file in file_facts(scene):
            rows = matcher.twins(file)
            count = Counter(row.section_id for row in rows)
            for row in rows:
                if count[row.section_id] == 1:
                    yield normal_path(file.path), normal_path(row.path)


def _rules_in_force(path_map: PathMap, pairs: list[Pair]) -> Iterator[Check]:
    """How many of the files that each rule of the setting speaks of lie where it says."""
    for rule in path_map.rules:
        below = [pair for pair in pairs if _decides(path_map, pair[0], rule.stash)]
        right = sum(folded(path_map.apply(stash)) == folded(plex) for stash, plex in below)
        text = f"{rule.stash or '/'} => {rule.plex or '/'} of path_map fits {right} of {len(below)} sampled files"
        wrong = len(below) >= LEAST_SHOWN and right * 2 < len(below)
        where = next((plex for stash, plex in below if folded(path_map.apply(stash)) != folded(plex)), "")
        remedy = f"correct or remove it: Plex has one of these files at {where}" if wrong else ""
        yield Check(NAME, ok=not wrong, text=text, remedy=remedy)


def _decides(path_map: PathMap, stash: str, prefix: str) -> bool:
    fitting = [rule for rule in path_map.rules if rule.apply(stash) is not None]
    return bool(fitting) and fitting[0].stash == prefix


def _shown(rule: LearnedRule, *, confirmed: bool) -> Check:
    text = f"{rule.text} fits {rule.support} of {rule.sampled} sampled files"
    if rule.unanimous or (rule.usual and confirmed):
        why = "no file speaks against it" if rule.unanimous else "path_map_learned is on"
        return Check(NAME, ok=True, text=f"{text}, and is used, since {why}")
    turn_on = "turn on path_map_learned, or " if rule.usual else ""
    remedy = f"{turn_on}put it into path_map: {rule.text}"
    return Check(NAME, ok=True, text=f"{text}, and is not used", remedy=remedy, rule=rule.text)
