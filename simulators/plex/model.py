"""What a Plex library holds: sections, items, their files, pictures and tags."""

from __future__ import annotations

from dataclasses import dataclass, field

SCALARS = (
    "title",
    "titleSort",
    "originalTitle",
    "summary",
    "tagline",
    "studio",
    "contentRating",
    "originallyAvailableAt",
    "rating",
    "audienceRating",
    "userRating",
    "editionTitle",
)
"""Fields with one value, under the names that both the edit request and the XML attributes use."""

RATINGS = frozenset({"rating", "audienceRating", "userRating"})

TAGS = (
    "genre",
    "director",
    "writer",
    "producer",
    "country",
    "collection",
    "actor",
    "label",
    "mood",
    "style",
    "similar",
)
"""Tag lists, under the names of the edit request; the XML element is the same word with a capital, but for actor."""

PICTURES = {"poster": "thumb", "art": "art"}
"""Kind of picture → the attribute that shows it and the lock that keeps it."""

SECTION_TYPES = {"movie": 1, "show": 2, "artist": 8, "photo": 14}
COLLECTION_TYPE = 18


@dataclass(frozen=True, slots=True)
class MediaFile:
    """One file as Plex sees it: ``size`` in bytes, ``duration_ms`` in milliseconds."""

    path: str
    size: int = 1_000_000
    duration_ms: int = 1_800_000

    @property
    def stem(self) -> str:
        """The base name without its ending, which is the title that Plex's scanner gives."""
        name = self.path.replace("\\", "/").rsplit("/", 1)[-1]
        return name.rsplit(".", 1)[0] or name


@dataclass(slots=True)
class Photo:
    """One picture that an item could show. ``data`` is None for what Plex took out of the file itself."""

    rating_key: str
    selected: bool
    provider: str | None = None
    data: bytes | None = field(default=None, repr=False)


@dataclass(slots=True)
class Tag:
    """A tag is shared by name within a library: so are its spelling and its thumb."""

    id: int
    name: str
    thumb: str = ""


@dataclass(slots=True, kw_only=True)
class Item:
    """A movie in a section. Times are epoch seconds; a field that is not set is missing in ``fields``."""

    rating_key: int
    section_id: int
    files: list[MediaFile]
    added_at: int
    updated_at: int
    fields: dict[str, str] = field(default_factory=dict)
    tags: dict[str, list[str]] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    """Actor → the role in this item."""
    locks: set[str] = field(default_factory=set)
    posters: list[Photo] = field(default_factory=list)
    arts: list[Photo] = field(default_factory=list)
    thumb_epoch: int | None = None
    art_epoch: int | None = None
    view_count: int = 0
    last_viewed_at: int | None = None
    last_rated_at: int | None = None

    @property
    def guid(self) -> str:
        """What an item without an online match has."""
        return f"local://{self.rating_key}"

    @property
    def title(self) -> str:
        """Empty when it was cleared."""
        return self.fields.get("title", "")

    @property
    def title_sort(self) -> str:
        """What a listing is sorted by: the title where no other text was given."""
        return self.fields.get("titleSort") or self.title

    def pictures(self, kind: str) -> list[Photo]:
        """``kind`` is ``poster`` or ``art``."""
        return self.posters if kind == "poster" else self.arts

    def touch(self, now: float) -> None:
        """Move ``updatedAt``. It moves even within one second, as edits by people are further apart than that."""
        self.updated_at = max(int(now), self.updated_at + 1)


@dataclass(slots=True, kw_only=True)
class Section:
    """A library section. ``content_changed_at`` is a counter and no time."""

    id: int
    title: str
    type: str
    uuid: str
    locations: tuple[str, ...]
    created_at: int
    agent: str = "tv.plex.agents.none"
    scanner: str = "Plex Video Files Scanner"
    scanned_at: int = 0
    content_changed_at: int = 1
    refreshing: bool = False

    @property
    def type_number(self) -> int:
        """The number of what the section lists by itself."""
        return SECTION_TYPES[self.type]
