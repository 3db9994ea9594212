"""A change as the pairs of Plex's edit request, one unit for each field, and how a unit is made shorter.

The client encodes every pair once more on its way. A removal is encoded in itself too, which is Plex's own rule and
keeps a comma inside of a tag apart from the commas between tags.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from plex.cutting import cut_text, encoded_size
from plex.fields import PICTURE_FIELDS, SCALARS, TAGS, tag_key, tag_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from plex.change import Change

Pairs = list[tuple[str, str]]

NEVER_CUT = frozenset({"originallyAvailableAt", "userRating"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What one field needs. It is never spread over two requests: a second list might replace the first."""

    name: str
    value: str | None = None
    """The value of a scalar field; None for a list, and where only the lock changes."""
    final: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    standing: frozenset[str] = frozenset()
    """Keys of tags in ``final`` that Plex has already: leaving one out might take it away."""
    roles: Mapping[str, str] = field(default_factory=dict)
    photos: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Both by tag key."""
    locked: bool | None = None

    def pairs(self) -> Pairs:
        """The part of the request, in Plex's words."""
        pairs: Pairs = []
        if self.value is not None:
            pairs.append((f"{self.name}.value", self.value))
        for index, tag in enumerate(self.final):
            pairs.append((f"{self.name}[{index}].tag.tag", tag))
            key = tag_key(tag)
            if key in self.roles:
                pairs.append((f"{self.name}[{index}].tagging.text", self.roles[key]))
            if key in self.photos:
                pairs.append((f"{self.name}[{index}].tag.thumb", self.photos[key]))
        if self.remove:
            pairs.append((f"{self.name}[].tag.tag-", ",".join(quote(tag, safe="") for tag in self.remove)))
        if self.locked is not None:
            pairs.append((f"{self.name}.locked", "1" if self.locked else "0"))
        return pairs

    @property
    def size(self) -> int:
        """How many bytes it takes up in the address."""
        return pairs_size(self.pairs())

    @property
    def written(self) -> str | tuple[str, ...]:
        """What the field shall show."""
        return self.final if self.value is None else self.value

    def cut_to(self, room: int) -> Unit | None:
        """The same in ``room`` bytes, or None when that cannot be: a number, a date, or tags that stand there already."""
        if self.value is not None:
            return self._cut_value(room)
        if self.final or self.remove:
            return self._cut_list(room)
        return None

    def removal_only(self) -> Unit:
        """Without the list itself: what must go goes and the rest stays, whether Plex adds lists or replaces them."""
        return replace(self, final=(), roles={}, photos={})

    @property
    def staying(self) -> tuple[str, ...]:
        """Those tags of the list that Plex has already."""
        return tuple(tag for tag in self.final if tag_key(tag) in self.standing)

    def _cut_value(self, room: int) -> Unit | None:
        if self.name in NEVER_CUT or not self.value:
            return None
        around = self.size - encoded_size(self.value)
        short = cut_text(self.value, room - around)
        return None if short is None else replace(self, value=short)

    def _cut_list(self, room: int) -> Unit | None:
        """Photos and roles go first, then tags that Plex does not have yet, from the end."""
        bare = replace(self, roles={}, photos={})
        if bare.size <= room:
            return bare
        kept = set(self.staying)
        left = room - replace(bare, final=self.staying).size
        if left < 0:
            return None
        longest_name = encoded_size(f"{self.name}[{len(self.final)}].tag.tag") + len("=&")
        for tag in self.final:
            left -= 0 if tag in kept else encoded_size(tag) + longest_name
            if left < 0:
                break
            kept.add(tag)
        return replace(bare, final=tuple(tag for tag in self.final if tag in kept))


def units_of(change: Change) -> list[Unit]:
    """One unit for each field that must be written, in the order of ``SCALARS`` and ``TAGS``, then lone locks."""
    units = [
        Unit(name=name, value=change.scalars[name], locked=_lock(change, name))
        for name in SCALARS
        if name in change.scalars
    ]
    units += [_tag_unit(change, kind) for kind in TAGS if kind in change.tags]
    written = change.scalars.keys() | change.tags.keys()
    lone = [name for name in (*SCALARS, *TAGS, *PICTURE_FIELDS.values()) if name not in written]
    return units + [
        Unit(name=name, locked=lock) for name in lone if (lock := _lock(change, name)) is not None
    ]


def pack(units: Iterable[Unit], limit: int) -> list[list[Unit]]:
    """Units in requests of ``limit`` bytes at most, in their order; one that is longer goes alone, after the others."""
    packed: list[list[Unit]] = [[]]
    alone: list[list[Unit]] = []
    room = limit
    for unit in units:
        if unit.size > limit:
            alone.append([unit])
            continue
        if unit.size > room:
            packed.append([])
            room = limit
        packed[-1].append(unit)
        room -= unit.size
    return [batch for batch in packed if batch] + alone


def pairs_size(pairs: Iterable[tuple[str, str]]) -> int:
    """How many bytes pairs take up in an address once they are encoded, with ``=`` and ``&``."""
    return sum(encoded_size(name) + encoded_size(value) + len("=&") for name, value in pairs)


def _tag_unit(change: Change, kind: str) -> Unit:
    tags = change.tags[kind]
    return Unit(
        name=kind,
        final=tags.final,
        remove=tags.remove,
        standing=frozenset(tag_keys(change.before.tags.get(kind, ()))),
        roles=_by_key(change.actor_roles) if kind == "actor" else {},
        photos=_by_key(change.actor_photos) if kind == "actor" else {},
        locked=_lock(change, kind),
    )


def _by_key(of: Mapping[str, str]) -> dict[str, str]:
    return {tag_key(name): text for name, text in of.items()}


def _lock(change: Change, name: str) -> bool | None:
    if name in change.lock:
        return True
    return False if name in change.unlock else None
