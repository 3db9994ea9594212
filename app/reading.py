"""Reading one saved setting at a time: what it may be, and a line with name, value and the way out when it is not.

Stash keeps strings, numbers and booleans, leaves out what was never touched, and gives a cleared string as ``""``.
"""

from __future__ import annotations

import csv
import math
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from plex.fields import one_line
from plex.paths import PathMap, PathMapError
from worker.cast import PhotoAddress, PhotoAddressError
from worker.mapping import FIELD_NAMES
from worker.options import CONFLICTS, FAREWELLS
from worker.shaping import SHAPES
from worker.templates import Template, TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping

LOG_FORMATS = ("text", "json")
CHOICES = {
    "log_format": LOG_FORMATS,
    "field_poster_shape": SHAPES,
    "deleted_scenes": FAREWELLS,
    "pull_conflicts": CONFLICTS,
}
"""What a setting may be; the first is the default."""
RANGES = {
    "not_found_days": (0, 365),
    "max_retries": (1, 20),
    "summary_every": (1, 1000),
    "reconcile_hours": (0, 8760),
    "journal_changes": (1000, 1_000_000),
    "journal_days": (1, 3650),
    "writers": (1, 8),
}
DEFAULTS = {
    "not_found_days": 7,
    "max_retries": 5,
    "summary_every": 10,
    "reconcile_hours": 0,
    "journal_changes": 50_000,
    "journal_days": 180,
    "writers": 2,
}
REQUIRED = "in Stash under Settings > Plugins > PlexSync"


class Reading:
    """One look through the saved settings, collecting what is wrong."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given
        self.problems: list[str] = []

    def url(self, name: str) -> str:
        """An address without anything behind it; required."""
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
        """A secret; required. No line shows it."""
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
        """Separated by commas; one that has a comma of its own stands in double quotes."""
        text = self._text(name) or ""
        try:
            rows = list(csv.reader(text.splitlines(), skipinitialspace=True, strict=True))
        except csv.Error:
            self._problem(
                f"{name} is {_shown(text)}; allowed are names separated by commas, and a name with a comma in it goes "
                'in double quotes, as in "a, b", c.'
            )
            return ()
        parts = (part.strip() for row in rows for part in row)
        return tuple(dict.fromkeys(part for part in parts if part))

    def line(self, name: str) -> str:
        """Any text, as one line."""
        return one_line(self._text(name) or "")

    def template(self, name: str) -> Template | None:
        """A pattern; None when it is empty."""
        text = self._text(name)
        if not text:
            return None
        try:
            return Template.parse(text)
        except TemplateError as error:
            self._problem(f"{name} is {_shown(text)}: {error}.")
            return None

    def photo_address(self, name: str) -> PhotoAddress | None:
        """Where photos are; None when it is empty."""
        text = self._text(name)
        if not text:
            return None
        try:
            return PhotoAddress.parse(text)
        except PhotoAddressError as error:
            # Not the value: it may carry a key.
            self._problem(f"{name}: {error}; for example http://192.168.1.10:9999.")
            return None

    def certificates(self, name: str) -> str:
        """A file of certificates that can be used; "" when none is named."""
        text = self._text(name)
        if not text:
            return ""
        needed = "name a file in PEM form, by its whole path as Stash's machine sees it"
        if not Path(text).is_absolute():
            self._problem(f"{name} is {_shown(text)}, which is no whole path: {needed}.")
            return ""
        try:
            ssl.create_default_context(cafile=text)
        except OSError as error:  # ssl.SSLError is one
            self._problem(
                f"{name} is {_shown(text)}, which cannot be used ({error.strerror or type(error).__name__}): {needed}."
            )
            return ""
        return text

    def path_map(self, name: str) -> PathMap:
        """Rules for paths."""
        try:
            return PathMap.parse(self._text(name) or "")
        except PathMapError as error:
            self._problem(f"{name}: {error}")
            return PathMap.parse("")

    def field_names(self, name: str) -> frozenset[str]:
        """Out of ``FIELD_NAMES``."""
        asked = {part.lower() for part in self.names(name)}
        unknown = sorted(asked - FIELD_NAMES)
        if unknown:
            self._problem(
                f"{name} names {', '.join(map(_shown, unknown))}; allowed are {', '.join(sorted(FIELD_NAMES))}, separated by commas."
            )
        return frozenset(asked & FIELD_NAMES)

    def choice(self, name: str) -> str:
        """One of ``CHOICES``; the first when it is empty."""
        text, allowed = self._text(name), CHOICES[name]
        if not text:
            return allowed[0]
        if text.lower() not in allowed:
            listed = f"{', '.join(allowed[:-1])} and {allowed[-1]}"
            self._problem(f"{name} is {_shown(text)}; allowed are {listed} (default {allowed[0]}).")
            return allowed[0]
        return text.lower()

    def flag(self, name: str) -> bool:
        """On or off; off when it was never touched."""
        value = self._given.get(name)
        if value is None or value == "":
            return False
        if not isinstance(value, bool):
            self._problem(f"{name} is {_shown(value)}; it must be on or off (true or false).")
            return False
        return value

    def number(self, name: str) -> int:
        """A whole number in its range, as text or as a number; its default when it is empty or was never touched."""
        (low, high), default = RANGES[name], DEFAULTS[name]
        given = self._given.get(name)
        if given is None or (isinstance(given, str) and not given.strip()):
            return default
        value = _as_number(given)
        whole = (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and math.isfinite(value)
            and value == int(value)
        )
        if not whole or not low <= value <= high:
            self._problem(
                f"{name} is {_shown(given)}; it must be a whole number from {low} to {high} (default {default})."
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


def _as_number(value: Any) -> Any:
    """The number that a text holds, or the text itself when it holds none."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004 -- a line that a person reads
