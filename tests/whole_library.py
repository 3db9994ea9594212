"""A library of odd scenes, and what Plex should show of it, written without any of the code under test."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulators.plex import PlexSimulator

WORDS = ("amber", "brook", "cedar", "dusk", "ember", "Fähre", "grün", "hüzün", "日本", "🎬")


def described(number: int, chance: random.Random) -> dict[str, Any]:
    """A scene's fields, some of them empty, by a seeded choice."""
    return {
        "title": chance.choice(["", f"{chance.choice(WORDS)} {number}"]),
        "details": chance.choice([None, "", f"First — “{number}”\n\nSecond, with a family 👨‍👩‍👧‍👦"]),
        "date": chance.choice([None, "2021", "2021-05", "2021-05-04"]),
        "director": chance.choice(["", "Dee Rector"]),
        "rating100": chance.choice([None, 20, 80, 95]),
        "studio": chance.choice([None, "North Pier", "South, Pier & Co"]),
        "performers": chance.sample(["Ann", "Bo", "Cy", "Di", "Eve"], chance.randint(0, 4)),
        "tags": chance.sample([*WORDS, "a, b", "50%25", "x%2Cy"], chance.randint(0, 8)),
        "groups": chance.sample(["Group One", "Group Two"], chance.randint(0, 2)),
        "cover": b"\xff\xd8\xff" + bytes([number % 256, number // 256]) * 40 if number % 10 == 0 else None,
    }


def expected(number: int, scene: dict[str, Any]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """What Plex should show, written down by hand from the README's table."""
    fields = {"title": scene["title"] or f"file{number:04}"}
    if scene["details"]:
        fields["summary"] = scene["details"]
    if scene["date"]:
        fields["originallyAvailableAt"] = {
            "2021": "2021-01-01",
            "2021-05": "2021-05-01",
            "2021-05-04": "2021-05-04",
        }[scene["date"]]
    if scene["rating100"]:
        fields["userRating"] = {20: "2.0", 80: "8.0", 95: "9.5"}[scene["rating100"]]
    if scene["studio"]:
        fields["studio"] = scene["studio"]
    tags = {
        "genre": scene["tags"],
        "actor": scene["performers"],
        "director": [scene["director"]] if scene["director"] else [],
        "collection": ([scene["studio"]] if scene["studio"] else []) + scene["groups"],
    }
    return fields, {kind: names for kind, names in tags.items() if names}


def whole_library(scenes: int) -> list[dict[str, Any]]:
    """So many scenes, the same ones at each call."""
    chance = random.Random(20_261_124)  # noqa: S311 -- repeatable on purpose
    return [described(number, chance) for number in range(scenes)]


def assert_shown(plex_sim: PlexSimulator, number: int, about: dict[str, Any], key: int) -> None:
    """The item shows the scene in every field, and nothing else."""
    item = plex_sim.item(key)
    fields, tags = expected(number, about)
    shown = {name: value for name, value in item.fields.items() if name not in {"year", "titleSort"}}
    assert shown == fields, number
    assert set(item.tags) == set(tags), number
    for kind, names in tags.items():
        assert sorted(item.tags[kind]) == sorted(names), (number, kind)
    assert item.tags.get("actor", []) == about["performers"]
    assert item.art == about["cover"]
    if about["cover"]:
        assert item.poster == about["cover"]
