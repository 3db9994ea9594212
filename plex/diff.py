"""What must be written so that an item shows what Stash has: a pure function of three states.

The three are what is wanted (``Desired``), what Plex has now (a ``PlexItem`` from a details page) and what is
remembered of our last write (``Known``; None at first contact). In the tables "ours" means: equal to what was read
back then, or to a value that an open intent announced.

Scalar fields, first row that fits:

======================================  =======================================================================
Plex shows what is wanted               equal. So is what Plex showed after the same was wanted last time: a form
                                        that Plex gave it, or a text cut for a server that takes no longer one
Stash has nothing, value not put by us  equal; it stays, and the field is left to whoever filled it
a lock that we did not set              kept, unless ``override_locks``
Stash has nothing, value put by us      changed: cleared, and our lock goes with it
made in Plex, and of ``pulled``         kept until it was brought to Stash, first contact too; then one of ours
a person changed it since then          kept with ``preserve``; otherwise changed, and named in ``replaced``
anything else, first contact too        changed: Stash wins where it has something
======================================  =======================================================================

Lists (see ``plex.tag_diff``): what Stash has, then what others put there; only tags of ours ever go.

Locks: every field that shows what Stash has is locked, equal or changed, save collections and labels; a field that
Stash has emptied and one that is no longer our business lose the lock if it is ours (one that a person has changed
since keeps it: it guards that value now); a kept field keeps the lock it has. A picture that is wanted gets its lock too, and loses ours when it no longer is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from plex.cast import memory_of, photos_to_write, roles_to_write
from plex.change import Change
from plex.fields import NEVER_LOCKED, OUR_NAMES, PICTURE_FIELDS, SCALARS, TAGS, normal_text, same_value
from plex.known import Past
from plex.tag_diff import judge_tags
from plex.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from plex.fields import Desired
    from plex.items import PlexItem
    from plex.known import Known

__all__ = ["Change", "diff", "is_a_persons", "locks_of"]

LOCK_ALIASES = {"role": "actor", "poster": "thumb"}
"""Some pages may call a locked field by its element's name; edits know it by the other."""


def diff(
    desired: Desired,
    current: PlexItem,
    known: Known | None,
    *,
    preserve: bool,
    override_locks: bool,
    pictures_wanted: Collection[str] = frozenset(),
    pulled: Collection[str] = frozenset(),
) -> Change:
    """Compare, field by field, as the module says. ``pictures_wanted`` are kinds: ``poster``, ``art``.

    Applying the change and comparing again finds nothing to write. Raises ValueError when ``current`` comes from a
    listing: its lists of tags are cut, and its locks are missing.
    """
    if not current.complete:
        raise ValueError(
            f"item {current.rating_key} comes from a listing, where tags are cut and locks are missing"
        )
    rules = _Rules(
        desired, current, Past(known), preserve=preserve, override_locks=override_locks, pulled=pulled
    )
    verdicts: dict[str, Verdict] = {}
    for name in SCALARS:
        if name in desired.scalars:
            verdicts[name] = rules.scalar(name, verdicts.get("title"))
    for kind in TAGS:
        if kind in desired.tags:
            verdicts[kind] = judge_tags(
                kind, desired, current, rules.past, foreign_lock=rules.is_foreign(kind), preserve=preserve
            )
    return _change(rules, verdicts, pictures_wanted)


def locks_of(item: PlexItem) -> frozenset[str]:
    """The locked fields of an item, by the names that an edit uses."""
    return frozenset(LOCK_ALIASES.get(name, name) for name in item.locks)


def is_a_persons(name: str, current: PlexItem, past: Past) -> bool:
    """Whether a person has changed a field since our last look: the lock on it guards that value now, whoever set it."""
    if name in SCALARS:
        now = {current.scalars.get(name, "")}
        if name == "titleSort" and now == {""}:  # there is none, or Plex leaves it out as it is the title
            now.add(current.scalars.get("title", ""))
        return all(past.edited(name, value) for value in now)
    return past.edited_tags(name, current.tags.get(name, ()))


class _Locks(NamedTuple):
    add: frozenset[str]
    release: frozenset[str]


class _Rules:
    """The three states and the options, with the rules for one scalar field and for locks."""

    def __init__(
        self,
        desired: Desired,
        current: PlexItem,
        past: Past,
        *,
        preserve: bool,
        override_locks: bool,
        pulled: Collection[str],
    ) -> None:
        self.desired = desired
        self.current = current
        self.past = past
        self._preserve = preserve
        self._override = override_locks
        self._pulled = pulled
        self.locked = locks_of(current)
        self.held = past.locks & self.locked

    def is_foreign(self, name: str) -> bool:
        """Whether somebody else's lock keeps us from writing the field."""
        return name in self.locked and name not in self.held and not self._override

    def scalar(self, name: str, title: Verdict | None) -> Verdict:
        """The table at the head of the module. ``title`` is what was decided about the title, if that is our business."""
        now, want = self.current.scalars.get(name, ""), normal_text(self.desired.scalars[name])
        if name == "titleSort" and not now:
            return self._unseen_sort_title(want, title_moves=title is not None and title.write is not None)
        put = self.past.put(name, now)
        if same_value(name, now, want) or self.past.settled(name, want, now):
            return Verdict("equal", want, ours=(put or name in self._pulled) and bool(want))
        if not want and not put:
            return Verdict("equal", want, left=True)
        return self._unequal(name, want, now)

    def _unseen_sort_title(self, want: str, *, title_moves: bool) -> Verdict:
        """Plex shows no sort title where there is none, or where it is the title: that one comes out when the title moves."""
        title = self.current.scalars.get("title", "")
        ours = self.past.put("titleSort", title)
        stands = same_value("titleSort", title, want) and not title_moves
        if stands or not (want or ours):
            return Verdict("equal", want, ours=ours and bool(want))
        return self._unequal("titleSort", want, title if ours else "")

    def _unequal(self, name: str, want: str, now: str) -> Verdict:
        if self.is_foreign(name):
            return Verdict("kept", want, left=True, kept_by="lock")
        edited = self.past.edited(name, now)
        if edited and self._preserve:
            return Verdict("kept", want, left=True, kept_by="edit")
        if self._awaits_pull(name, now):
            return Verdict("kept", want, left=True, kept_by="pull")
        return Verdict("changed", want, write=want, ours=bool(want), replaced=edited)

    def _awaits_pull(self, name: str, now: str) -> bool:
        """Whether the value was made in Plex, or taken away there, and has yet to be brought to Stash."""
        made_there = self.past.edited(name, now) or (bool(now) and not self.past.put(name, now))
        return name in self._pulled and made_there

    def locks(self, verdicts: Mapping[str, Verdict], pictures: Collection[str]) -> _Locks:
        """Which locks are due and which of ours are no longer."""
        wanted = {field for kind, field in PICTURE_FIELDS.items() if kind in pictures}
        free = {field for kind, field in PICTURE_FIELDS.items() if kind not in pictures}
        free |= {
            name
            for name in (*SCALARS, *TAGS)
            if name not in verdicts and not is_a_persons(name, self.current, self.past)
        }
        for name, verdict in verdicts.items():
            if not verdict.left and (verdict.want or not verdict.away):
                (wanted if verdict.want and name not in NEVER_LOCKED else free).add(name)
        return _Locks(add=frozenset(wanted - self.locked), release=frozenset(free & self.held))


def _change(rules: _Rules, verdicts: Mapping[str, Verdict], pictures: Collection[str]) -> Change:
    answered = {name: verdict for name, verdict in verdicts.items() if not verdict.left}
    locks = rules.locks(verdicts, pictures)
    cast = answered.get("actor")
    return Change(
        before=rules.current,
        scalars={name: verdict.write for name, verdict in answered.items() if isinstance(verdict.write, str)},
        tags={name: verdict.tags for name, verdict in answered.items() if verdict.tags is not None},
        lock=locks.add,
        unlock=locks.release,
        actor_roles=roles_to_write(rules.desired, rules.past),
        actor_photos=photos_to_write(rules.desired, rules.past),
        outcomes={OUR_NAMES[name]: verdict.outcome for name, verdict in verdicts.items()},
        replaced=_our_names(name for name, verdict in verdicts.items() if verdict.replaced),
        kept_by={OUR_NAMES[name]: verdict.kept_by for name, verdict in verdicts.items() if verdict.kept_by},
        meant={name: verdict.want for name, verdict in answered.items()},
        ours_after={name: _memory(verdict.ours) for name, verdict in answered.items()},
        locks_after=(rules.held | locks.add) - locks.release,
        away={name: verdict.away for name, verdict in answered.items() if verdict.away},
        left=frozenset(verdicts) - frozenset(answered),
        cast_details=memory_of(rules.desired) if cast else None,
        known_intent=rules.past.intent,
    )


def _our_names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(OUR_NAMES[name] for name in names)


def _memory(ours: bool | tuple[str, ...]) -> Any:
    return list(ours) if isinstance(ours, tuple) else ours
