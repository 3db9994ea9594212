"""Secrets: what they look like, which ones this run knows, and how a text loses them.

Two nets. The values that this run knows (the token of the settings, the API key, the cookie) go wherever they stand and
however they are quoted; and what has the form of a secret goes even when nobody has told us its value.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, quote_plus

HIDDEN = "***"
SHORTEST = 4
"""A value below this stands in ordinary words, and hiding it would make every text unreadable."""

NAMED = re.compile(
    r"""
    ( \b (?: x-plex-token | plex[-_]?token | access[-_]?token | auth[-_]?token | api[-_ ]?key | password | passwd )
      (?: \\?["'] )?+ \s*+ (?: = | : | %3D ) \s*+ (?: \\?["'] )?+
    | \b (?: set- )? cookie ["']?+ \s*+ : \s*+ ["']?+ (?: \w+ = )?+
    | \b authorization ["']?+ \s*+ [=:] \s*+ ["']?+ (?: (?: bearer | basic ) \s+ )?+
    | \b session (?: = | %3D )
    )
    (?! \*\*\* ) (?: [^\s"'&;,<>\\\x00-\x1f] | \\(?!["']) )+
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""A secret behind its name. Possessive quantifiers: what is hidden already must not match again in another way."""
SECRET_KEY = re.compile("token|api[-_ ]?key|password|passwd|cookie|secret|authorization", re.IGNORECASE)
JSON_WEB_TOKEN = re.compile(r"\beyJ[\w-]{8,512}+\.[\w-]{8,2048}+\.[\w-]{8,}+")
"""The form of Stash's API keys."""
# Bounded, so that no text of any length makes the search slow.
USER_IN_URL = re.compile(r"(\b[a-z][a-z0-9+.-]{0,15}://)[^\s/@\"'<>]{1,256}+@", re.IGNORECASE)


class Secrets:
    """The secrets of this run. Safe to use from several threads; its own text shows none of them."""

    def __init__(self, *values: str | None) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, None] = {}
        self._forms: tuple[str, ...] = ()
        for value in values:
            self.add(value)

    def __repr__(self) -> str:
        return f"Secrets({len(self._values)} known)"

    def add(self, value: str | None) -> None:
        """Hide this value from now on, also percent-encoded or as JSON and Python quote it. None and "" are ignored."""
        value = (value or "").strip()
        if len(value) < SHORTEST:
            return
        with self._lock:
            self._values[value] = None
            self._forms = self._all_forms()

    def forget(self, value: str | None) -> None:
        """Stop hiding a value that is valid no more (each answer of Stash's brings a new cookie)."""
        with self._lock:
            if value is not None and self._values.pop(value.strip(), True) is None:
                self._forms = self._all_forms()

    def scrub(self, text: str) -> str:
        """The text with ``***`` in place of every secret. Scrubbing it again changes nothing."""
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        text = JSON_WEB_TOKEN.sub(HIDDEN, text)
        text = USER_IN_URL.sub(rf"\1{HIDDEN}@", text)
        return NAMED.sub(rf"\1{HIDDEN}", text)

    def scrub_value(self, value: Any) -> Any:
        """A copy that is plain JSON: texts scrubbed at every depth, and what JSON does not know told as text."""
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, str):
            return self.scrub(value)
        if isinstance(value, float):
            # JSON has no word for the others.
            return value if value - value == 0 else str(value)
        if isinstance(value, Mapping):
            return {self.scrub(str(key)): self._named_value(str(key), item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.scrub_value(item) for item in value]
        return self.scrub(str(value))

    def _named_value(self, key: str, item: Any) -> Any:
        """What stands under the name of a secret is one."""
        return HIDDEN if item and isinstance(item, str) and SECRET_KEY.search(key) else self.scrub_value(item)

    def _all_forms(self) -> tuple[str, ...]:
        """Each value in every way in which it may be written. No pattern: it would be compiled anew for each new cookie."""
        forms: set[str] = set()
        for value in self._values:
            forms |= {value, quote(value), quote(value, safe=""), quote_plus(value)}
            forms |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
        # The longest first: a value may be the beginning of another.
        return tuple(sorted(forms, key=len, reverse=True))
