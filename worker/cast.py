"""A scene's performers as Plex's cast: names in Stash's order, the text under a name, and where Plex finds a photo."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from plex.fields import one_line, tag_key
from stash.redact import SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stash.scene import Performer

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
PLACEHOLDERS = ("id", "name")


class PhotoAddressError(ValueError):
    """The address cannot be used; the text says why, and what is allowed."""


class PhotoAddress(NamedTuple):
    """Where the Plex server fetches the photos of performers: it stores the address and asks without any key.

    Either the address of Stash itself, which serves them to everybody only where it wants no login, or, with ``{id}``
    or ``{name}`` in it, any other place that has them, a picture for each performer.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> PhotoAddress:
        """Read the setting. Raises PhotoAddressError."""
        shown = text.rstrip("/")
        parts = _split(PLACEHOLDER.sub("x", shown))
        if parts is None or any(char.isspace() for char in shown):
            raise PhotoAddressError("it must be an address with http:// or https://")
        if parts[1]:
            raise PhotoAddressError(
                "it carries a password or a key, which Plex would store and show: allowed is an address that needs none"
            )
        unknown = [name for name in PLACEHOLDER.findall(shown) if name not in PLACEHOLDERS]
        if unknown or "{" in PLACEHOLDER.sub("", shown) or "}" in PLACEHOLDER.sub("", shown):
            raise PhotoAddressError("only {id} and {name} may stand in braces")
        return cls(shown)

    @property
    def is_stash(self) -> bool:
        """Whether the photos come from Stash itself."""
        return PLACEHOLDER.search(self.text) is None

    def of(self, performer: Performer) -> str:
        """The address of one photo, or "" when there is none: for who has none Stash draws a silhouette."""
        parts = urlsplit(performer.image_path)
        query = parse_qsl(parts.query, keep_blank_values=True)
        if not performer.image_path or ("default", "true") in query:
            return ""
        if self.is_stash:
            kept = [pair for pair in query if pair[0].lower() != "apikey"]
            return self.text + parts.path + (f"?{urlencode(kept)}" if kept else "")
        values = {"id": str(performer.id), "name": quote(performer.name, safe="")}
        return PLACEHOLDER.sub(lambda found: values[found[1]], self.text)


def _split(text: str) -> tuple[str, bool] | None:
    """The host, and whether a secret stands in the address; None when it is no address."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return None
    keys = [key for key, _ in parse_qsl(parts.query, keep_blank_values=True)]
    secret = bool(parts.username or parts.password or any(map(SECRET_KEY.search, keys)))
    return (parts.hostname or "", secret) if usable else None


def cast_of(performers: Iterable[Performer]) -> dict[str, Performer]:
    """Performers by the name under which they appear, in Stash's order.

    Of two with one name the second shows what tells them apart.
    """
    cast: dict[str, Performer] = {}
    keys: set[str] = set()
    for performer in performers:
        name = one_line(performer.name)
        if tag_key(name) in keys and performer.disambiguation.strip():
            name = one_line(f"{name} ({performer.disambiguation})")
        if name and tag_key(name) not in keys:
            keys.add(tag_key(name))
            cast[name] = performer
    return cast


def characters_of(cast: Mapping[str, Performer]) -> dict[str, str]:
    """The text under each name that has one: what tells the performer from others of that name."""
    texts = {name: one_line(performer.disambiguation) for name, performer in cast.items()}
    return {name: text for name, text in texts.items() if text}


def photos_of(cast: Mapping[str, Performer], address: PhotoAddress) -> dict[str, str]:
    """The addresses of the photos that there are."""
    found = {name: address.of(performer) for name, performer in cast.items()}
    return {name: photo for name, photo in found.items() if photo}
