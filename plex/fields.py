"""The fields of a Plex item that we write, the state that we want them in, and when two values are the same.

Names are Plex's own, as they stand in an edit request and in ``<Field name="…"/>``. Everything here is pure.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCALARS = (
    "title",
    "titleSort",
    "originalTitle",
    "summary",
    "tagline",
    "studio",
    "contentRating",
    "originallyAvailableAt",
    "userRating",
)
"""Fields with one value, in the order in which they are written."""

TAGS = ("genre", "collection", "label", "director", "actor")
"""Fields with a list of values, in the order in which they are written. Plex calls the cast ``actor`` here, not ``role``."""

NEVER_LOCKED = frozenset({"collection", "label"})
"""A locked collection list stops Plex's own automatic collections; labels are for access rules that other tools set too."""

PICTURE_FIELDS: Mapping[str, str] = MappingProxyType({"poster": "thumb", "art": "art"})
"""Our picture kinds, and the field that Plex locks for each."""

OUR_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "title": "title",
        "titleSort": "sort_title",
        "originalTitle": "original_title",
        "summary": "summary",
        "tagline": "tagline",
        "studio": "studio",
        "contentRating": "content_rating",
        "originallyAvailableAt": "date",
        "userRating": "rating",
        "genre": "tags",
        "collection": "collections",
        "label": "labels",
        "director": "director",
        "actor": "performers",
        "thumb": "poster",
        "art": "background",
    }
)
"""Plex's field names, and the names by which settings, events and people know them."""

MAPPER_VERSION = 2
"""Raised whenever the same scene and the same settings would make something else of an item, so that all are looked at again."""

ROUNDING = 0.5
"""Plex shows halves of a star, and some of its apps keep no more than that."""

LONG_TEXT = 200
"""Letters. A shorter text that only begins like ours is another text."""

DATE_LENGTH = len("2021-05-04")
TAG_KEYS = 20_000
"""Tags whose keys are remembered: a library has some thousands, and each stands in many scenes."""

_LINE_END = re.compile("\r\n?|\x85")
_BLANKS = re.compile(r"[ \t\n]+")
_BLANKS_TO_FOLD = re.compile(r"[\t\n]|  ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """What an item should show.

    A field that is absent from ``scalars`` and ``tags`` is none of our business. ``""`` and ``()`` say that Stash has
    nothing there. ``actor_roles`` (the text under a name) and ``actor_photos`` (a URL that the Plex server can fetch)
    are keyed by names of ``tags["actor"]``. ``pictures`` says which picture each kind (``poster``, ``art``) shall show:
    any text that changes when the picture may have changed.
    """

    scalars: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    actor_roles: Mapping[str, str] = field(default_factory=dict)
    actor_photos: Mapping[str, str] = field(default_factory=dict, repr=False)
    pictures: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are our business, in writing order."""
        return tuple(name for name in (*SCALARS, *TAGS) if name in self.scalars or name in self.tags)


@cache
def _unwritable() -> re.Pattern[str]:
    """What XML 1.0 cannot carry or plexapi strips when it reads: it would never be read back as it was written.

    Made when it is first needed: a class of so many characters takes 2 ms.
    """
    last_of_planes = "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
    )
    ranges = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef"
    return re.compile(f"[{ranges}{last_of_planes}]")


def normal_text(text: str) -> str:
    """Text as it is written to Plex and compared with what Plex has.

    Composed form (NFC), a plain newline for every line end, without what XML cannot carry and without outer white space.
    Applying it twice changes nothing.
    """
    if text.isascii() and text.isprintable():
        return text.strip()  # most texts of one line are in this form already
    return unicodedata.normalize("NFC", _unwritable().sub("", _LINE_END.sub("\n", text))).strip()


def one_line(text: str) -> str:
    """``normal_text`` with line ends, tabs and runs of blanks made one blank: for titles and names."""
    normal = normal_text(text)
    return _BLANKS.sub(" ", normal).strip() if _BLANKS_TO_FOLD.search(normal) else normal


def same_text(left: str, right: str) -> bool:
    """Whether two texts say the same. White space is collapsed: an XML attribute does not keep its line ends."""
    return normal_text(left).split() == normal_text(right).split()


def same_value(name: str, left: str, right: str) -> bool:
    """Whether two values of the scalar field ``name`` are the same: ratings as numbers, dates by their day, the rest as text."""
    if name == "userRating":
        return _number(left) == _number(right)
    if name == "originallyAvailableAt":
        return left.strip()[:DATE_LENGTH] == right.strip()[:DATE_LENGTH]
    return same_text(left, right)


def same_in_another_form(name: str, shown: str, meant: str) -> bool:
    """Whether ``shown`` is what a server may have made of ``meant``: other case or punctuation, a rounded rating, a long text cut."""
    if same_value(name, shown, meant):
        return True
    if name == "userRating":
        left, right = _number(shown), _number(meant)
        return (
            isinstance(left, float)
            and isinstance(right, float)
            and left > 0
            and abs(left - right) <= ROUNDING
        )
    letters, whole = _letters(shown), _letters(meant)
    return bool(letters) and (letters == whole or (len(letters) >= LONG_TEXT and whole.startswith(letters)))


@lru_cache(maxsize=TAG_KEYS)
def tag_key(tag: str) -> str:
    """What makes two tags one: Plex finds a tag by its name and takes the spelling that it has already."""
    return unicodedata.normalize("NFC", one_line(tag).casefold())


def tag_keys(tags: Iterable[str]) -> tuple[str, ...]:
    """The keys of a list of tags, in its order, each once, without empty ones."""
    return tuple(dict.fromkeys(key for tag in tags if (key := tag_key(tag))))


def same_tags(kind: str, left: Iterable[str], right: Iterable[str]) -> bool:
    """Whether two lists of one kind are the same. Only the cast has an order that counts."""
    if kind == "actor":
        return tag_keys(left) == tag_keys(right)
    return set(tag_keys(left)) == set(tag_keys(right))


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags ready for writing: one line each, in their order, without empty ones and without a second spelling of one."""
    first: dict[str, str] = {}
    for tag in tags:
        if key := tag_key(tag):
            first.setdefault(key, one_line(tag))
    return tuple(first.values())


def state_hash(desired: Desired, options: Mapping[str, object]) -> str:
    """SHA-256 (hex) over what an item should show and whatever else decides about writing it.

    ``options`` must be JSON: server, section, settings that the diff reads, the cover's ETag. The order of keys and of
    set-like tag lists does not count; everything else does, ``MAPPER_VERSION`` too.
    """
    tags = {kind: list(tags) if kind == "actor" else sorted(tags) for kind, tags in desired.tags.items()}
    state = {
        "mapper": MAPPER_VERSION,
        "options": options,
        "scalars": dict(desired.scalars),
        "tags": tags,
        "roles": dict(desired.actor_roles),
        "photos": dict(desired.actor_photos),
        "pictures": dict(desired.pictures),
    }
    return digest(state)


def digest(value: object) -> str:
    """SHA-256 (hex) of a JSON value in its canonical form."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _letters(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def _number(text: str) -> float | str:
    """A rating as a number; none and zero are one (Plex shows both as not rated); what is no number stays text."""
    try:
        number = float(text.strip() or 0)
    except ValueError:
        return text.strip()
    return round(number, 2) if math.isfinite(number) else text.strip()
