"""What a Plex server remembers: sections, items with their tags, locks, files and pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from posixpath import basename, splitext

MOVIE, COLLECTION = "movie", "collection"
TYPE_NUMBERS = {"movie": 1, "show": 2, "season": 3, "episode": 4, "artist": 8, "photo": 13, "collection": 18}

SCALARS = (
    "title",
    "titleSort",
    "originalTitle",
    "editionTitle",
    "summary",
    "tagline",
    "studio",
    "contentRating",
    "year",
    "originallyAvailableAt",
    "rating",
    "audienceRating",
    "userRating",
)
"""Fields that an edit sets with ``.value``, apart from addedAt."""

ELEMENT_OF = {
    "genre": "Genre",
    "country": "Country",
    "collection": "Collection",
    "director": "Director",
    "writer": "Writer",
    "producer": "Producer",
    "actor": "Role",
    "similar": "Similar",
    "mood": "Mood",
    "style": "Style",
    "label": "Label",
}
"""Tag kinds as an edit names them, and the elements in which they come back: the cast is ``actor`` and ``Role``."""

PICTURE_KINDS = {"poster": "thumb", "art": "art", "clearLogo": "clearLogo", "squareArt": "squareArt"}
"""Kinds of pictures by their singular path, and the field that a lock names."""

LOCKABLE = {*SCALARS, "addedAt", *ELEMENT_OF, *PICTURE_KINDS.values(), "theme"}


@dataclass(slots=True)
class MediaFile:
    """One version of an item. ``size`` in bytes; ``missing`` once a scan did not find it on disk."""

    path: str
    size: int
    duration_ms: int
    missing: bool = False


@dataclass(slots=True, eq=False)
class Tag:
    """A name of one kind, shared by every item of the server that has it: its photo too."""

    id: int
    kind: str
    name: str
    thumb: str = ""


@dataclass(slots=True, eq=False)
class Tagging:
    """A tag on an item: ``index`` is its place in the list, ``text`` the role that somebody plays."""

    tag: Tag
    index: int
    text: str = ""


@dataclass(slots=True, eq=False)
class Photo:
    """A picture that an item can show. ``data`` is None for those that Plex made from the file itself."""

    rating_key: str
    selected: bool
    provider: str = ""
    data: bytes | None = None


@dataclass(slots=True, eq=False)
class Item:
    """A film, or a collection (``own_tag`` is then the tag that its members carry).

    ``pictures`` holds only the kinds that somebody has touched; see ``library.pictures_of`` for all.
    """

    rating_key: int
    section_id: int
    guid: str
    type: str = MOVIE
    fields: dict[str, str] = field(default_factory=dict)
    tags: dict[str, list[Tagging]] = field(default_factory=dict)
    locks: frozenset[str] = frozenset()
    files: tuple[MediaFile, ...] = ()
    guids: tuple[str, ...] = ()
    pictures: dict[str, list[Photo]] = field(default_factory=dict)
    stamps: dict[str, int] = field(default_factory=dict)
    added_at: int = 0
    updated_at: int = 0
    rated_at: int = 0
    view_count: int = 0
    viewed_at: int = 0
    view_offset_ms: int = 0
    own_tag: Tag | None = None

    @property
    def title(self) -> str:
        """As it is shown."""
        return self.fields.get("title", "")

    @property
    def title_sort(self) -> str:
        """By what a listing is sorted: the title itself where nobody has set anything else."""
        return self.fields.get("titleSort") or self.title


@dataclass(frozen=True, slots=True)
class Viewing:
    """One film watched to its end by somebody: a row of the server's history."""

    number: int
    rating_key: int
    section_id: int
    viewed_at: int
    account: int


@dataclass(slots=True, eq=False)
class Section:
    """A library. Whoever changes ``structure`` or ``version`` makes cached orders of its items void."""

    id: int
    title: str
    type: str
    uuid: str
    locations: tuple[str, ...]
    created_at: int
    agent: str = "tv.plex.agents.none"
    items: dict[int, Item] = field(default_factory=dict)
    collections: dict[int, Item] = field(default_factory=dict)
    content_changed_at: int = 116_893_155
    scanned_at: int = 0
    structure: int = 0
    refreshing: int = 0


def file_title(path: str) -> str:
    """What Plex's "Personal Media" agent calls a file: its name without the ending."""
    return splitext(basename(path.replace("\\", "/")))[0]
