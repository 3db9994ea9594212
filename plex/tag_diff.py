"""What must be written so that one list of tags shows what Stash has, and what others put there still stands.

======================================  =======================================================================
Plex shows what is wanted               equal; so does a list that is as it was after the same was wanted before
a lock that we did not set              kept, unless it is overridden
anything else                           changed: first what Stash has, in its order, then the others in theirs
======================================  =======================================================================

A tag leaves the list only when we put it there and Stash no longer has it. With ``preserve`` a tag that a person took
away stays away (the list counts as kept when nothing else differs) until Stash has dropped it and takes it up again.
A tag that stands there in another spelling is sent as it stands: Plex knows one tag for both, and where it did not, the
second spelling would be a second tag. Genres, collections, labels and directors are sets; the cast has an order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from plex import cast
from plex.change import TagChange
from plex.fields import clean_tags, same_tags, tag_key
from plex.verdict import Verdict

if TYPE_CHECKING:
    from plex.fields import Desired
    from plex.items import PlexItem
    from plex.known import Past


def judge_tags(
    kind: str, desired: Desired, current: PlexItem, past: Past, *, foreign_lock: bool, preserve: bool
) -> Verdict:
    """Decide about one list, as the module says. ``foreign_lock``: somebody else's lock counts here."""
    wish = {tag_key(tag): tag for tag in clean_tags(desired.tags[kind])}
    now = {tag_key(tag): tag for tag in clean_tags(current.tags.get(kind, ()))}
    put = past.put_tags(kind, now.values())
    gone = past.taken_away(kind, now.values()) & wish.keys()
    away = gone if preserve else frozenset()
    want = {key: tag for key, tag in wish.items() if key not in away}
    foreign = {key: tag for key, tag in now.items() if key not in put}

    final = {key: now.get(key, tag) for key, tag in want.items()} | {
        key: tag for key, tag in now.items() if key in foreign and key not in want
    }
    remove = tuple(tag for key, tag in now.items() if key not in final)
    details_due = kind == "actor" and cast.is_due(desired, past)
    wanted = tuple(want.values())
    settled = past.tags_settled(kind, wanted, now.values()) or same_tags(kind, final.values(), now.values())
    ours = tuple(tag for key, tag in wish.items() if key in put or key in away)
    if settled and not (details_due and want):
        if away:
            return Verdict("kept", wanted, ours=ours, away=away, kept_by="edit")
        return Verdict("equal", wanted, ours=ours)
    if foreign_lock:
        return Verdict("kept", wanted, left=True, kept_by="lock")
    tags = TagChange(final=tuple(final.values()), remove=remove)
    ours = tuple(tag for key, tag in wish.items() if key in put or key not in now)
    return Verdict("changed", wanted, tags=tags, ours=ours, away=away, replaced=bool(gone - away))
