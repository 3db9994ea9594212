"""What the diff found: the writing that is due, its outcome for each field, and what is to be remembered of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from plex.cast import CAST_DETAILS
from plex.fields import SCALARS, TAGS, tag_key, tag_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from plex.items import PlexItem
    from plex.known import Known

Outcome = Literal["changed", "equal", "kept", "failed"]

KEPT_VALUES = 6
"""How many announced values of one field an open intent holds. Each kill between write and commit leaves one behind."""


class TagChange(NamedTuple):
    """One list as it shall be, whole and in order, and the tags that must go for it."""

    final: tuple[str, ...]
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The difference between an item as it is (``before``) and as it should be.

    Field names are Plex's own, except in ``outcomes`` and ``replaced``, which people read: those have the names that
    the settings use (``plex.fields.OUR_NAMES``).
    """

    before: PlexItem
    scalars: Mapping[str, str] = field(default_factory=dict)
    """Field → value to write; ``""`` clears."""
    tags: Mapping[str, TagChange] = field(default_factory=dict)
    lock: frozenset[str] = frozenset()
    unlock: frozenset[str] = frozenset()
    actor_roles: Mapping[str, str] = field(default_factory=dict)
    """Tag key → text under the name; "" takes one of ours away. Written whenever the cast is."""
    actor_photos: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The same for the addresses of photos."""
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    replaced: tuple[str, ...] = ()
    """Fields in which a person's edit is overwritten."""
    kept_by: Mapping[str, str] = field(default_factory=dict)
    """Kept field → ``lock`` (somebody else's), or ``edit`` (made in Plex, and preserved), ``pull`` (to be brought to Stash). By the names of ``outcomes``."""
    meant: Mapping[str, Any] = field(default_factory=dict)
    """Field → what is wanted, for every field that we answer for after this change."""
    ours_after: Mapping[str, Any] = field(default_factory=dict)
    """The same fields: True when the value is ours (scalar), or the tags that are ours."""
    locks_after: frozenset[str] = frozenset()
    away: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Tag kind → keys of tags of ours that a person took away and that stay away."""
    left: frozenset[str] = frozenset()
    """Fields left to a person: what we remember of them stays as it was."""
    cast_details: Mapping[str, Any] | None = None
    """What is to be remembered of ``actor_roles`` and ``actor_photos``; None when the cast is not ours to write."""
    known_intent: Mapping[str, Any] = field(default_factory=dict)
    """The intent that was open when this change was worked out."""

    @property
    def writes(self) -> bool:
        """Whether there is anything to send to Plex."""
        return bool(self.scalars or self.tags or self.lock or self.unlock)

    def intent(self) -> dict[str, Any]:
        """What must be committed before this change is written, as JSON values.

        It includes what an earlier intent announced that was never committed: any of these values may be found in
        Plex afterwards, and each of them is ours.
        """
        before = {kind: frozenset(tag_keys(self.before.tags.get(kind, ()))) for kind in self.tags}
        added = {
            kind: [tag for tag in tags.final if tag_key(tag) not in before[kind]]
            for kind, tags in self.tags.items()
        }
        values = {name: [value] for name, value in self.scalars.items()}
        return {
            "values": {name: them[-KEPT_VALUES:] for name, them in self._announced("values", values).items()},
            "added": self._announced("added", added),
            "removed": self._announced(
                "removed", {kind: list(tags.remove) for kind, tags in self.tags.items()}
            ),
            "locks": sorted(self.locks_after | set(self.known_intent.get("locks") or ())),
        }

    def remember(self, record: Known, item: PlexItem, cut: Mapping[str, object] | None = None) -> None:
        """Bring ``record`` up to date: ``item`` shows what was meant (``verify`` found nothing failed), or nothing was written.

        Afterwards what Plex shows is the base, the intent is closed, and what was left to a person is remembered as it
        was before. ``cut`` is what the writer had to shorten: tags that were dropped there are not ours.
        """
        for name, wanted in self.meant.items():
            record.base[name] = self._stands(item, name)
            record.meant[name] = list(wanted) if isinstance(wanted, tuple) else wanted
            ours = self.ours_after.get(name)
            if name in TAGS:
                ours = self._ours_still(name, ours or (), item, cut or {})
            if ours:
                record.ours[name] = ours
            else:
                record.ours.pop(name, None)
        for name in self.left:
            record.base.setdefault(name, _shown(self.before, name))
        if self.cast_details is not None:
            record.meant[CAST_DETAILS] = dict(self.cast_details)
        record.locks = sorted(self.locks_after)
        record.intent = self._still_announced()

    def _stands(self, item: PlexItem, name: str) -> str | list[str]:
        """What the item has: a sort title of ours that is the title is left out by Plex, and stands there all the same."""
        shown = _shown(item, name)
        unseen = name == "titleSort" and not shown and bool(self.ours_after.get(name))
        return item.scalars.get("title", "") if unseen else shown

    def _still_announced(self) -> dict[str, Any] | None:
        """What was announced for fields that this change leaves alone (excluded, or a person's by now) and may stand in Plex."""
        open_parts = {
            part: {
                name: values
                for name, values in (self.known_intent.get(part) or {}).items()
                if name not in self.meant
            }
            for part in ("values", "added", "removed")
        }
        return {**open_parts, "locks": []} if any(open_parts.values()) else None

    def _ours_still(
        self, kind: str, ours: Iterable[str], item: PlexItem, cut: Mapping[str, object]
    ) -> list[str]:
        """Tags of ours that are really there, and those that a person took away: these must not come back."""
        there = frozenset(tag_keys(item.tags.get(kind, ())))
        keys = there | self.away.get(kind, frozenset()) if kind in cut else None
        return [tag for tag in ours if keys is None or tag_key(tag) in keys]

    def _announced(self, part: str, now: Mapping[str, list[str]]) -> dict[str, list[str]]:
        before: Mapping[str, list[str]] = self.known_intent.get(part) or {}
        names = [name for name in (*SCALARS, *TAGS) if name in before or name in now]
        newest_first = {
            name: dict.fromkeys([*reversed(now.get(name, ())), *reversed(before.get(name, ()))])
            for name in names
        }
        return {name: list(values)[::-1] for name, values in newest_first.items() if values}


def _shown(item: PlexItem, name: str) -> str | list[str]:
    return list(item.tags.get(name, ())) if name in TAGS else item.scalars.get(name, "")
