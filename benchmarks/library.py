"""The library of the benchmarks: scene number n is the same at each call, with every field that most scenes have."""

from __future__ import annotations

import random
from typing import Any

WORDS = (
    "amber",
    "brook",
    "cedar",
    "dusk",
    "ember",
    "frost",
    "grove",
    "haze",
    "inlet",
    "juniper",
    "kelp",
    "larch",
)
PEOPLE = ("Ann Example", "Bo Example", "Cy Example", "Di Example", "Eve Example", "Flo Example")
COVER_BYTES = 200_000
"""A cover in full video width has 0.5 to 2 MB; most are smaller."""


def path_of(number: int) -> str:
    """A hundred files in a folder."""
    return f"/media/scenes/{number // 100:04}/scene file {number:06}.mp4"


def about(number: int, edition: str = "") -> dict[str, Any]:
    """What Stash has of a scene; another ``edition`` differs in title and summary, as after an edit."""
    chance = random.Random(number)  # noqa: S311 -- repeatable on purpose
    return {
        "title": f"{chance.choice(WORDS).title()} and {chance.choice(WORDS)} {number}{edition}",
        "details": f"{' '.join(chance.choices(WORDS, k=40)).capitalize()}.{edition}",
        "date": f"20{chance.randrange(10, 25)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
        "director": "Dee Rector",
        "rating100": chance.choice([20, 60, 80, 95]),
        "studio": chance.choice(["North Pier", "South Pier", "West Pier"]),
        "performers": chance.sample(PEOPLE, chance.randint(1, 4)),
        "tags": chance.sample(WORDS, chance.randint(2, 8)),
    }


def cover_of(number: int) -> bytes:
    """A picture that no other scene has."""
    return b"\xff\xd8\xff\xe0" + number.to_bytes(4, "big") * (COVER_BYTES // 4)
