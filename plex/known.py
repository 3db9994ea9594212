"""What is remembered of an item from before: which values are ours, and which were a person's doing.

A value counts as ours when it is the one that was read back after our last write (the base), or one that an open
intent announced: after a kill between the write and its commit nobody must take our own value for a person's edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from plex.fields import same_in_another_form, same_tags, same_value, tag_key, tag_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

CUT_MARK = "…"
"""Stands at the end of a text that was too long for the server."""


class Known(Protocol):
    """The memory of one item, all of it plain JSON values; ``Change.remember`` brings it up to date.

    ``base``: field → what was read back after our last write (text, or a list of tags). ``ours``: scalar field → True
    when we put its value; tag kind → the tags that we put. ``locks``: the fields that we locked. ``meant``: field →
    what was wanted when the base was read back (Plex may show it otherwise, or cut). ``intent``: what
    ``Change.intent`` returned, when that was committed and the write was not.
    """

    base: dict[str, Any]
    ours: dict[str, Any]
    locks: list[str]
    meant: dict[str, Any]
    intent: dict[str, Any] | None


class Past:
    """Answers the questions of the diff from a memory, or from none at first contact. It never changes the memory."""

    def __init__(self, known: Known | None) -> None:
        self.base: Mapping[str, Any] = known.base if known else {}
        self.meant: Mapping[str, Any] = known.meant if known else {}
        self.ours: Mapping[str, Any] = known.ours if known else {}
        self.intent: Mapping[str, Any] = (known.intent if known else None) or {}
        self.locks = frozenset(known.locks if known else ()) | frozenset(self.intent.get("locks") or ())

    def put(self, name: str, now: str) -> bool:
        """Whether the value ``now`` of a scalar field is one that we put there."""
        return (bool(self.ours.get(name)) and self._is_base(name, now)) or self._is_intended(
            name, now, same_value
        )

    def edited(self, name: str, now: str) -> bool:
        """Whether a person changed a scalar field since our last look."""
        ours = self._is_base(name, now) or self._is_intended(name, now, same_in_another_form)
        return name in self.base and not ours

    def settled(self, name: str, want: str, now: str) -> bool:
        """Whether the same was wanted before, and Plex shows it as it did then (in its own form, or cut)."""
        return (
            name in self.meant and same_value(name, str(self.meant[name]), want) and self._is_base(name, now)
        )

    def tags_settled(self, kind: str, want: Iterable[str], now: Iterable[str]) -> bool:
        """The same as ``settled`` for a list of tags."""
        if kind not in self.meant or kind not in self.base:
            return False
        return same_tags(kind, self.meant[kind], want) and same_tags(kind, self.base[kind], now)

    def edited_tags(self, kind: str, now: Iterable[str]) -> bool:
        """The same as ``edited`` for a list of tags: one is gone, or there is one that neither stood there nor was announced."""
        stood = _keys(self.base, kind) | _keys(self._intended("added"), kind)
        return kind in self.base and bool(frozenset(tag_keys(now)) - stood or self.taken_away(kind, now))

    def put_tags(self, kind: str, now: Iterable[str]) -> frozenset[str]:
        """The keys of those tags in ``now`` that we put there.

        A tag that we put once, that was gone at our last look and stands there again, was put back by a person.
        """
        ours = _keys(self.ours, kind) & _keys(self.base, kind)
        return frozenset(tag_keys(now)) & (ours | _keys(self._intended("added"), kind))

    def taken_away(self, kind: str, now: Iterable[str]) -> frozenset[str]:
        """The keys of tags that stood there, or were put there by us, and that a person took away."""
        stood = _keys(self.base, kind) | _keys(self.ours, kind)
        return stood - frozenset(tag_keys(now)) - _keys(self._intended("removed"), kind)

    def _is_base(self, name: str, now: str) -> bool:
        return name in self.base and same_value(name, str(self.base[name]), now)

    def _is_intended(self, name: str, now: str, same: Callable[[str, str, str], bool]) -> bool:
        values = self._intended("values").get(name) or ()
        return any(same(name, now, value) or is_cut_of(now, value) for value in values)

    def _intended(self, part: str) -> Mapping[str, list[str]]:
        return self.intent.get(part) or {}


def is_cut_of(short: str, whole: str) -> bool:
    """Whether ``short`` is the beginning of ``whole`` with the mark of a cut at its end."""
    if not short.endswith(CUT_MARK):
        return False
    return "".join(whole.split()).startswith("".join(short.removesuffix(CUT_MARK).split()))


def _keys(of: Mapping[str, Any], kind: str) -> frozenset[str]:
    return frozenset(tag_key(tag) for tag in of.get(kind) or ())
