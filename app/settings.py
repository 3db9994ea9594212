"""The settings: what each may be, what it is when nobody touched it, and what to do when it is wrong.

Stash keeps strings, numbers and booleans, leaves out what was never touched, gives a cleared string as ``""`` and
shows an unset boolean as off (which is why every boolean here is named so that off is the default).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from plex.paths import PathMap, PathMapError
from worker.mapping import FIELD_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

LOG_FORMATS = ("text", "json")
RANGES = {"not_found_days": (0, 365), "max_retries": (1, 20), "summary_every": (1, 1000)}
DEFAULTS = {"not_found_days": 7, "max_retries": 5, "summary_every": 10}
REQUIRED = "in Stash under Settings > Plugins > PlexSync"


class SettingsError(Exception):
    """At least one setting is wrong. ``problems`` holds a line for each, with its name, its value and the way out."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the owner wants. Made by ``from_stash``, which checks everything; times are in days, the rest are counts."""

    plex_url: str
    plex_token: str = field(repr=False)
    plex_library: tuple[str, ...] = ()
    path_map: PathMap = field(default_factory=lambda: PathMap.parse(""))
    exclude_fields: frozenset[str] = frozenset()
    preserve_plex_edits: bool = False
    override_locks: bool = False
    allow_low_confidence: bool = False
    ignore_missing: bool = False
    not_found_days: int = DEFAULTS["not_found_days"]
    max_retries: int = DEFAULTS["max_retries"]
    summary_every: int = DEFAULTS["summary_every"]
    log_format: str = "text"

    @classmethod
    def from_stash(cls, given: Mapping[str, Any]) -> Settings:
        """Check what Stash has saved for the plugin. Raises SettingsError with every problem at once."""
        reading = _Reading(given)
        settings = cls(
            plex_url=reading.url("plex_url"),
            plex_token=reading.token("plex_token"),
            plex_library=reading.names("plex_library"),
            path_map=reading.path_map("path_map"),
            exclude_fields=reading.field_names("exclude_fields"),
            preserve_plex_edits=reading.flag("preserve_plex_edits"),
            override_locks=reading.flag("override_locks"),
            allow_low_confidence=reading.flag("allow_low_confidence"),
            ignore_missing=reading.flag("ignore_missing"),
            not_found_days=reading.number("not_found_days"),
            max_retries=reading.number("max_retries"),
            summary_every=reading.number("summary_every"),
            log_format=reading.choice("log_format", LOG_FORMATS),
        )
        if reading.problems:
            raise SettingsError(reading.problems)
        return settings


def log_format_of(given: Mapping[str, Any]) -> str:
    """The log format alone, for the time before the settings are checked; anything odd is text."""
    value = str(given.get("log_format") or "").strip().lower()
    return value if value in LOG_FORMATS else LOG_FORMATS[0]


class _Reading:
    """One look through the saved settings, collecting what is wrong."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given
        self.problems: list[str] = []

    def url(self, name: str) -> str:
        text = self._text(name)
        if text is None:
            return ""
        if not text:
            self._problem(
                f"{name} is not set: enter Plex's address {REQUIRED}, for example http://192.168.1.20:32400."
            )
            return ""
        allowed = "an address such as http://192.168.1.20:32400, with http:// or https://"
        try:
            parts = urlsplit(text)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            usable = False
            parts = urlsplit("")
        if not usable or any(character.isspace() for character in text):
            # Only up to what could carry a token or a password.
            self._problem(
                f"{name} is {_shown(text.partition('?')[0].rpartition('@')[2])}; it must be {allowed}."
            )
        elif parts.query or parts.fragment or parts.username or parts.password:
            self._problem(
                f"{name} carries a query, a fragment or a password; it must be {allowed}, and nothing behind it."
            )
        return text.rstrip("/")

    def token(self, name: str) -> str:
        text = self._text(name)
        if text == "":
            blank = bool(self._given.get(name))
            state = "holds only spaces" if blank else "is not set"
            self._problem(f"{name} {state}: enter the X-Plex-Token of the server's owner {REQUIRED}.")
        elif text and (
            any(character.isspace() for character in text) or not text.isprintable() or not text.isascii()
        ):
            self._problem(
                f"{name} has spaces or odd characters in it ({len(text)} characters, not shown here): copy the X-Plex-Token again."
            )
        return text or ""

    def names(self, name: str) -> tuple[str, ...]:
        parts = (part.strip() for part in (self._text(name) or "").split(","))
        return tuple(dict.fromkeys(part for part in parts if part))

    def path_map(self, name: str) -> PathMap:
        try:
            return PathMap.parse(self._text(name) or "")
        except PathMapError as error:
            self._problem(f"{name}: {error}")
            return PathMap.parse("")

    def field_names(self, name: str) -> frozenset[str]:
        asked = {part.lower() for part in self.names(name)}
        unknown = sorted(asked - FIELD_NAMES)
        if unknown:
            self._problem(
                f"{name} names {', '.join(map(_shown, unknown))}; allowed are {', '.join(sorted(FIELD_NAMES))}, separated by commas."
            )
        return frozenset(asked & FIELD_NAMES)

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        text = self._text(name)
        if not text:
            return allowed[0]
        if text.lower() not in allowed:
            self._problem(f"{name} is {_shown(text)}; allowed are {' and '.join(allowed)}.")
            return allowed[0]
        return text.lower()

    def flag(self, name: str) -> bool:
        value = self._given.get(name)
        if value is None or value == "":
            return False
        if not isinstance(value, bool):
            self._problem(f"{name} is {_shown(value)}; it must be on or off (true or false).")
            return False
        return value

    def number(self, name: str) -> int:
        (low, high), default = RANGES[name], DEFAULTS[name]
        value = self._given.get(name)
        if value is None or value == "":
            return default
        whole = (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and math.isfinite(value)
            and value == int(value)
        )
        if not whole or not low <= value <= high:
            self._problem(
                f"{name} is {_shown(value)}; it must be a whole number from {low} to {high} (default {default})."
            )
            return default
        return int(value)

    def _text(self, name: str) -> str | None:
        """The setting without outer white space; None when it is no text at all, which is then a problem of its own."""
        value = self._given.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            # Never the value: a token that is all digits can arrive as a number.
            self._problem(f"{name} is of type {type(value).__name__}; it must be text.")
            return None
        return value.strip()

    def _problem(self, line: str) -> None:
        self.problems.append(line)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004 -- a line that a person reads
