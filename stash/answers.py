"""What Stash answers, in the form in which it is of use."""

from __future__ import annotations

import re
from typing import Any

from stash.exceptions import StashOdd


def version_of(data: dict[str, Any]) -> str:
    """Stash's version as it writes it, "" where the answer has none."""
    found = data.get("version")
    return str(found.get("version") or "") if isinstance(found, dict) else ""


def version_number(text: str) -> tuple[int, int]:
    """Major and minor of a version. One without numbers is a build of somebody's own, and taken for the newest."""
    found = re.match(r"v?(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (9999, 0)


def snake_case_keys(settings: dict[str, Any]) -> dict[str, Any]:
    """``plexUrl`` is ``plex_url``; a key that is there in both forms keeps the value of its own form."""
    renamed = {
        re.sub(r"(?<=[A-Za-z0-9])[A-Z]", lambda match: f"_{match[0].lower()}", key): value
        for key, value in settings.items()
    }
    return renamed | {key: value for key, value in settings.items() if key in renamed}


def configuration_of(data: dict[str, Any], doing: str) -> dict[str, Any]:
    """The configuration in an answer. Raises StashOdd, which says what was being done."""
    found = data.get("configuration")
    if not isinstance(found, dict):
        raise StashOdd(f"Stash gave no configuration while {doing}")
    return found


def api_key_of(configuration: dict[str, Any]) -> str:
    """Stash's API key, "" without one."""
    general = configuration.get("general")
    return str(general.get("apiKey") or "") if isinstance(general, dict) else ""
