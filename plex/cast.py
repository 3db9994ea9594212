"""What goes with the names of a cast: the text under each and its photo. No page of Plex's shows them in a form to compare.

So they are written when they are not what we wrote last, and what we wrote last is remembered by tag key. A text or a
photo that is no longer wanted is blanked where it was ours, and left alone where it was never.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plex.fields import digest, tag_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from plex.fields import Desired
    from plex.known import Past

CAST_DETAILS = "actor.details"
"""The key in ``meant`` under which the memory stands."""
ROLES, PHOTOS = "roles", "photos"


def memory_of(desired: Desired) -> dict[str, dict[str, str]]:
    """What is to be remembered once it is written, as JSON values. A photo's address may be long: its digest will do."""
    return {
        ROLES: {tag_key(name): role for name, role in desired.actor_roles.items() if role},
        PHOTOS: {tag_key(name): digest(photo)[:16] for name, photo in desired.actor_photos.items() if photo},
    }


def is_due(desired: Desired, past: Past) -> bool:
    """Whether something else is wanted than was written last."""
    wanted = memory_of(desired)
    return any(wanted[part] != _remembered(past, part) for part in (ROLES, PHOTOS))


def roles_to_write(desired: Desired, past: Past) -> dict[str, str]:
    """By tag key; "" where one of ours must go."""
    return _to_write(desired.actor_roles, past, ROLES)


def photos_to_write(desired: Desired, past: Past) -> dict[str, str]:
    """The same for the photos' addresses."""
    return _to_write(desired.actor_photos, past, PHOTOS)


def _to_write(wanted: Mapping[str, str], past: Past, part: str) -> dict[str, str]:
    given = {tag_key(name): value for name, value in wanted.items() if value}
    return dict.fromkeys(_remembered(past, part), "") | given


def _remembered(past: Past, part: str) -> dict[str, Any]:
    memory = past.meant.get(CAST_DETAILS)
    return dict(memory.get(part) or {}) if isinstance(memory, dict) else {}
