"""How well a library of 5,000 scenes with 10 % oddities is matched: the table of docs/matching.md.

``python benchmarks/matching_library.py`` prints the table; ``benchmarks/odd_library.py`` makes the library.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.odd_library import RULES, Made, Maker
from plex.client import PlexClient
from plex.index import PlexIndex
from plex.learning import accepted, learn
from plex.matcher import Matcher
from plex.paths import PathMap
from simulators.plex import PlexSimulator

if TYPE_CHECKING:
    from collections.abc import Iterable

SAMPLE = 500
"""Scenes from which the rules are learned, as in Check Setup."""


@dataclass(slots=True)
class Score:
    """What became of the scenes of one kind."""

    scenes: int = 0
    possible: int = 0
    right: int = 0
    wrong: int = 0


def scored(made: Made, matcher: Matcher, keys: list[int]) -> dict[str, Score]:
    """By kind of scene. Wrong is every certain match with an item that does not show the scene, or one of two copies."""
    numbers = {key: number for number, key in enumerate(keys)}
    scores: dict[str, Score] = {}
    for case in made.cases:
        score = scores.setdefault(case.kind, Score())
        result = matcher.match(case.files)
        found = {numbers[row.rating_key] for row in result.targets}
        score.scenes += 1
        score.possible += case.possible
        if result.confidence == "high":
            fits = bool(found) and found <= case.right and case.possible
            score.right += fits
            score.wrong += not fits
    return scores


def learned(made: Made, matcher: Matcher) -> PathMap:
    """The rules that a sample teaches, as Check Setup learns them, with the owner's word for those that nearly all agree with."""
    step = len(made.cases) // SAMPLE
    files = [file for case in made.cases[::step] for file in case.files]
    twins = ((file, matcher.twins(file)) for file in files)
    return accepted(
        learn((file.path, rows[0].path) for file, rows in twins if len(rows) == 1), confirmed=True
    )


def measure(made: Made, folder: Path) -> dict[str, dict[str, Score]]:
    """The scores by set-up, over a real index of a simulated Plex."""
    with PlexSimulator() as plex:
        section = plex.add_section("Scenes", locations=("/media",))
        keys = plex.add_items(section.id, made.items)
        client = PlexClient(plex.url, plex.token, client_identifier="benchmark")
        index = PlexIndex(client, folder / "index.sqlite", client.sections())
        index.ensure_built()
        try:
            bare = Matcher(index, PathMap())
            matchers = {
                "no rules": bare,
                "learned rules": Matcher(index, PathMap(), learned=learned(made, bare)),
                "path map": Matcher(index, PathMap.parse(RULES)),
            }
            return {name: scored(made, matcher, keys) for name, matcher in matchers.items()}
        finally:
            index.close()
            client.close()


def table(scores: dict[str, dict[str, Score]]) -> str:
    """The figures as the page shows them."""
    lines = [
        "| scenes | number | possible | " + " | ".join(f"right: {name}" for name in scores) + " | wrong |",
        "|---|--:|--:|" + "--:|" * (len(scores) + 1),
    ]
    for kind in ("", *Maker.KINDS, None):
        rows = {name: _sum(of.values()) if kind is None else of[kind] for name, of in scores.items()}
        first = next(iter(rows.values()))
        name = "all" if kind is None else kind or "as ever"
        right = " | ".join(f"{row.right:,}" for row in rows.values())
        wrong = sum(row.wrong for row in rows.values())
        lines.append(f"| {name} | {first.scenes:,} | {first.possible:,} | {right} | {wrong} |")
    return "\n".join(lines)


def _sum(scores: Iterable[Score]) -> Score:
    total = Score()
    for one in scores:
        total.scenes += one.scenes
        total.possible += one.possible
        total.right += one.right
        total.wrong += one.wrong
    return total


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        print(table(measure(Maker().made, Path(scratch))))
