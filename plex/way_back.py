"""The way back: what must be written so that an item is again what it was, with what a person has done since left alone.

It is worked out from three states, as every writing: the item as it was, as it is, and what we remember of our writes.
A field whose value is not ours (neither what we wrote last nor what an open intent announced) is a person's, and stays with
the lock that guards it. Of a list what we put there goes, what we took away comes back, and what others put there stays.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from plex.cast import CAST_DETAILS, ROLES
from plex.change import Change, TagChange
from plex.diff import diff, is_a_persons, locks_of
from plex.fields import SCALARS, TAGS, Desired, same_tags, same_value, tag_key
from plex.known import Past

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from plex.items import PlexItem
    from plex.known import Known

A_PERSON, A_LATER_RUN = "changed in Plex since", "written again by a later run"
"""Why a field is left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """``left``: Plex's field name → why it stays as it is, or does not become quite what it was."""

    change: Change
    left: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One field's way through one run: what it showed before and after. ``later``: a later run has written it again."""

    old: Any
    new: Any
    later: bool = False


def to_original(
    was: PlexItem,
    now: PlexItem,
    known: Known | None,
    *,
    written: Collection[str],
    taken: Mapping[str, Collection[str]] | None = None,
    persons_pictures: Collection[str] = frozenset(),
) -> WayBack:
    """Back to what the item was before our first write.

    ``written`` are fields (Plex's names) that we are known to have written; one that is empty was cleared by us. ``taken``:
    list → keys of tags that stood there at first and were taken out by us; any other that is missing a person took out.
    Our locks go, and those that were there come back, save on what is a person's. ``persons_pictures`` are picture fields
    (``thumb``, ``art``) that show a picture of a person's choice.
    """
    past = Past(known)
    ours = {name for name in (*SCALARS, *TAGS) if _is_ours(name, now, past, written)}
    desired = Desired(
        scalars={name: was.scalars.get(name, "") for name in SCALARS if name in ours},
        tags={kind: _still_wanted(kind, was, now, taken or {}) for kind in TAGS if kind in ours},
    )
    change = diff(desired, now, known, preserve=True, override_locks=True)
    change = _with_roles(change, was, now, past) if "actor" in ours else change
    left = {
        name: A_PERSON
        for name in (*SCALARS, *TAGS)
        if name in ours | set(written) and not _ends_as(name, was, change)
    }
    locked, was_locked = locks_of(now), locks_of(was)
    persons = {*left, *persons_pictures}
    persons |= {
        name
        for name in (*SCALARS, *TAGS)
        if name not in ours | set(written) and is_a_persons(name, now, past)
    }
    held = past.locks & locked
    change = replace(
        change,
        lock=frozenset((was_locked - locked) & ours - persons),
        unlock=frozenset(held - was_locked - persons),
        locks_after=held,
    )
    return WayBack(change=change, left=left)


def to_before(
    steps: Mapping[str, Step],
    was: PlexItem | None,
    now: PlexItem,
    known: Known | None,
    *,
    free_pictures: Collection[str] = frozenset(),
) -> WayBack:
    """Back to what these fields were before one run. A value that is the original one loses our lock.

    ``free_pictures`` are picture fields that show no picture of ours afterwards.
    """
    past = Past(known)
    scalars: dict[str, str] = {}
    tags: dict[str, TagChange] = {}
    left: dict[str, str] = {}
    for name, step in steps.items():
        if name in SCALARS:
            value = now.scalars.get(name, "")
            if same_value(name, value, step.old):
                continue
            if step.later or not same_value(name, value, step.new):
                left[name] = A_LATER_RUN if step.later else A_PERSON
            else:
                scalars[name] = step.old
        elif name in TAGS:
            _list_before(name, step, now.tags.get(name, ()), tags, left)
    roles = _by_tag_key(was.roles if was else {}) | _by_tag_key(now.roles) if "actor" in tags else {}
    change = Change(before=now, scalars=scalars, tags=tags, actor_roles=roles, known_intent=past.intent)
    held = past.locks & locks_of(now)
    original = {
        name for name in steps if name not in left and was is not None and _ends_as(name, was, change)
    }
    unlock = held & (original | set(free_pictures)) - (locks_of(was) if was else frozenset())
    return WayBack(change=replace(change, unlock=frozenset(unlock), locks_after=held - unlock), left=left)


def _is_ours(name: str, now: PlexItem, past: Past, written: Collection[str]) -> bool:
    """Whether it is for us to put the field back: what it shows is ours, or is empty because we have cleared it."""
    if past.ours.get(name) or any(
        name in (past.intent.get(part) or {}) for part in ("values", "added", "removed")
    ):
        return True
    if (
        name == "actor"
        and isinstance(past.meant.get(CAST_DETAILS), dict)
        and past.meant[CAST_DETAILS].get(ROLES)
    ):
        return True
    return name in written and (name in TAGS or not now.scalars.get(name))


def _still_wanted(
    kind: str, was: PlexItem, now: PlexItem, taken: Mapping[str, Collection[str]]
) -> tuple[str, ...]:
    """What stood in the list at first, without what a person has taken out since."""
    there = {*map(tag_key, now.tags.get(kind, ())), *taken.get(kind, ())}
    return tuple(tag for tag in was.tags.get(kind, ()) if tag_key(tag) in there)


def _ends_as(name: str, was: PlexItem, change: Change) -> bool:
    """Whether the field is what it was once the change is written."""
    now = change.before
    if name in TAGS:
        final = change.tags[name].final if name in change.tags else now.tags.get(name, ())
        return same_tags(name, final, was.tags.get(name, ()))
    value = change.scalars.get(name, now.scalars.get(name, ""))
    return same_value(name, value, was.scalars.get(name, ""))


def _with_roles(change: Change, was: PlexItem, now: PlexItem, past: Past) -> Change:
    """The texts under the names of the cast: ours go, and those that a list of ours has blanked come back.

    Photos stay: Plex has one for each name, whatever item shows it.
    """
    memory = past.meant.get(CAST_DETAILS)
    ours: Mapping[str, str] = memory.get(ROLES) or {} if isinstance(memory, dict) else {}
    shown, before = _by_tag_key(now.roles), _by_tag_key(was.roles)
    there = {tag_key(name) for name in now.tags.get("actor", ())}
    texts = {
        key: before.get(key, "")
        for key in {*ours, *before}
        if shown.get(key, "") in {"", ours.get(key)} and (key in before or key in there)
    }
    differ = any(shown.get(key, "") != text for key, text in texts.items())
    tags = dict(change.tags)
    if "actor" in tags and not differ and tags["actor"].final == now.tags.get("actor", ()):
        del tags["actor"]
    elif differ and "actor" not in tags:
        tags["actor"] = TagChange(final=now.tags.get("actor", ()))
    # With the texts of others: a list that is written anew would blank them.
    return replace(change, tags=tags, actor_roles=shown | texts, actor_photos={})


def _by_tag_key(texts: Mapping[str, str]) -> dict[str, str]:
    return {tag_key(name): text for name, text in texts.items()}


def _list_before(
    kind: str, step: Step, now: tuple[str, ...], tags: dict[str, TagChange], left: dict[str, str]
) -> None:
    """What the run put into the list goes, and what it took out comes back; what others did to it since stays."""
    old, new = _by_key(step.old), _by_key(step.new)
    if same_tags(kind, now, step.old):
        return
    if step.later:
        left[kind] = A_LATER_RUN
        return
    final = {key: tag for key, tag in _by_key(now).items() if key in old or key not in new}
    final |= {key: tag for key, tag in old.items() if key not in new and key not in final}
    if same_tags(kind, now, step.new):
        final = {key: final[key] for key in old if key in final}
    if set(final) != set(old):
        left[kind] = A_PERSON
    if not same_tags(kind, final.values(), now):
        gone = tuple(tag for key, tag in _by_key(now).items() if key not in final)
        tags[kind] = TagChange(final=tuple(final.values()), remove=gone)


def _by_key(tags: Collection[str]) -> dict[str, str]:
    return {tag_key(tag): tag for tag in tags}
