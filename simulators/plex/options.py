"""What differs between Plex servers, or is not known for sure: a test sets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TagMode = Literal["replace", "add"]


@dataclass(slots=True, kw_only=True)
class Options:
    """May be changed while the server runs. Times in seconds, sizes in bytes."""

    machine_identifier: str = "62ad4ec5c5b4a4b1b8f6d1c0aa11bb22cc33dd44"
    version: str = "1.43.0.10492-121068a07"
    friendly_name: str = "Plex Simulator"
    tag_mode: TagMode = "replace"
    """Whether a list by index replaces the tags of a single item, or adds to them. Sources on Plex disagree."""
    case_sensitive_tags: bool = False
    """Plex is believed to reuse a tag that differs in case only, with its first spelling."""
    keep_newlines: bool = False
    """True: line ends in attributes are written as references; otherwise XML parsers read them as spaces."""
    duplicate_uploads: bool = False
    """True: the same bytes uploaded again become one more picture."""
    image_limit: int = 10_480_000
    """A larger picture is answered with 500."""
    page_limit: int | None = None
    """Never more items in a page than this, whatever is asked for."""
    max_request_line: int | None = None
    """A longer request line is answered with 414."""
    scan_s: float = 0.05
    refresh_s: float = 0.02
    write_s: float = 0.0
    """How long each write takes, during which every other request waits."""
    guest_status: int = 403
    """What a token that is not the owner's gets for an edit: 401 or 403."""
