"""The settings: every one with its type and what it is when nobody touched it. How each is read stands in ``app.reading``.

Stash shows an unset boolean as off, which is why every boolean here is named so that off is the default.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from app.reading import DEFAULTS, LOG_FORMATS, RANGES, Reading
from plex.paths import PathMap
from worker.options import KEEP, NEWEST
from worker.shaping import ORIGINAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from worker.cast import PhotoAddress
    from worker.templates import Template

__all__ = ["RANGES", "Settings", "SettingsError", "check_login", "log_format_of"]


class SettingsError(Exception):
    """At least one setting is wrong. ``problems`` holds a line for each, with its name, its value and the way out."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


def _read(how: str, default: Any, *, secret: bool = False) -> Any:
    """A setting that ``Reading``'s method ``how`` reads."""
    return field(default=default, repr=not secret, metadata={"how": how})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the owner wants. Made by ``from_stash``, which checks everything; times are in days, the rest are counts.

    The names are the keys under which Stash keeps them. What those with ``field_`` do stands in docs/fields.md.
    """

    plex_url: str = _read("url", "")
    plex_token: str = _read("token", "", secret=True)
    plex_any_certificate: bool = _read("flag", False)
    plex_ca_file: str = _read("certificates", "")
    plex_library: tuple[str, ...] = _read("names", ())
    plex_scan_new_files: bool = _read("flag", False)
    path_map: PathMap = _read("path_map", PathMap())
    path_map_learned: bool = _read("flag", False)
    exclude_fields: frozenset[str] = _read("field_names", frozenset())
    field_cast_characters: bool = _read("flag", False)
    field_cast_photos: PhotoAddress | None = _read("photo_address", None)
    field_collection_group_prefix: str = _read("line", "")
    field_collection_no_studio: bool = _read("flag", False)
    field_collection_studio_prefix: str = _read("line", "")
    field_content_rating: str = _read("line", "")
    field_labels: tuple[str, ...] = _read("names", ())
    field_original_title: Template | None = _read("template", None)
    field_poster_shape: str = _read("choice", ORIGINAL)
    field_sort_title: Template | None = _read("template", None)
    field_studio: Template | None = _read("template", None)
    field_tagline: Template | None = _read("template", None)
    field_tags_as_labels: tuple[str, ...] = _read("names", ())
    field_tags_exclude: tuple[str, ...] = _read("names", ())
    field_tags_include: tuple[str, ...] = _read("names", ())
    field_title: Template | None = _read("template", None)
    dry_run: bool = _read("flag", False)
    pull_conflicts: str = _read("choice", NEWEST)
    pull_places: bool = _read("flag", False)
    pull_plays: bool = _read("flag", False)
    pull_ratings: bool = _read("flag", False)
    preserve_plex_edits: bool = _read("flag", False)
    override_locks: bool = _read("flag", False)
    allow_low_confidence: bool = _read("flag", False)
    ignore_missing: bool = _read("flag", False)
    not_found_days: int = _read("number", DEFAULTS["not_found_days"])
    max_retries: int = _read("number", DEFAULTS["max_retries"])
    summary_every: int = _read("number", DEFAULTS["summary_every"])
    log_format: str = _read("choice", LOG_FORMATS[0])
    deleted_scenes: str = _read("choice", KEEP)
    reconcile_hours: int = _read("number", DEFAULTS["reconcile_hours"])
    journal_changes: int = _read("number", DEFAULTS["journal_changes"])
    journal_days: int = _read("number", DEFAULTS["journal_days"])
    writers: int = _read("number", DEFAULTS["writers"])

    @classmethod
    def from_stash(cls, given: Mapping[str, Any]) -> Settings:
        """Check what Stash has saved for the plugin. Raises SettingsError with every problem at once."""
        reading = Reading(given)
        values = {one.name: getattr(reading, one.metadata["how"])(one.name) for one in fields(cls)}
        if reading.problems:
            raise SettingsError(reading.problems)
        return cls(**values)


def check_login(settings: Settings, wants_login: Callable[[], bool]) -> None:
    """Refuse photos from a Stash that gives them to nobody without its key, which has no place in an address of Plex's.

    ``wants_login`` asks Stash, and only when it matters. Raises SettingsError.
    """
    photos = settings.field_cast_photos
    if photos is not None and photos.is_stash and wants_login():
        problem = (
            f"field_cast_photos is {photos.text!r}, but this Stash wants a login for its pictures, and PlexSync never puts "
            "its key into an address that Plex stores: clear the setting, or name a place that serves the photos "
            "without a login, with {id} or {name} in its address (see docs/fields.md)."
        )
        raise SettingsError([problem])


def log_format_of(given: Mapping[str, Any]) -> str:
    """The log format alone, for the time before the settings are checked; anything odd is text."""
    value = str(given.get("log_format") or "").strip().lower()
    return value if value in LOG_FORMATS else LOG_FORMATS[0]
