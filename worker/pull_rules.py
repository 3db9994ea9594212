"""What is brought from Plex to a scene: pure functions of what Plex shows, what Stash has, and what was known before.

Three states decide. What only Plex has changed since the last look goes to Stash; what only Stash has changed is the
sync's business; where both have, the newer one wins, or the side that the owner has chosen (``worker.options.CONFLICTS``).

=========  ==================================  ==========================================
of         Plex's time                         Stash's time
=========  ==================================  ==========================================
rating     lastRatedAt                         updated_at, which moves with every edit
place      lastViewedAt                        when it was last played
plays      the play's own: none is ever taken away, and one that Stash has within a minute is the same
=========  ==================================  ==========================================

A side that knows no time is the older one; of equal times Plex's wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from plex.fields import same_value
from plex.known import Past
from worker.mapping import plex_rating
from worker.options import NEWEST, PLEX

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from plex.watched import Watched
    from stash.played import Played
    from sync_queue.ledger import Record
    from sync_queue.pulled import Pulled

RATING = "userRating"
SAME_PLAY_S = 60.0
"""Two systems date one play by their own clocks, and by its end or a moment later."""
SAME_PLACE_S = 1.0
MOST_GONE = 20
"""Ratings that may be gone from Plex at once, though these are more than are left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullOptions:
    """What is brought. ``pushed``: the sync writes ratings to Plex. ``preview``: nothing is written, here or in Stash."""

    ratings: bool = False
    plays: bool = False
    places: bool = False
    conflicts: str = NEWEST
    pushed: bool = True
    preview: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A Plex item of the scene. ``dates`` are its plays in Plex's history that may be new, ``known`` the last look."""

    item: Watched
    known: Pulled | None
    record: Record
    dates: tuple[float, ...] = ()
    doubtful: bool = False
    """Its rating is not to be believed: a sync has written the item since, or most ratings are gone from Plex at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of a scene. None: the field stays as it is. ``kept`` names those that stay although Plex has another."""

    rating100: int | None = None
    plays: tuple[float, ...] = ()
    undated: int = 0
    """Plays of which Plex knows no time: they are not counted, since Stash counts by times."""
    resume_s: float | None = None
    kept: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether Stash is to be told anything."""
        return self.rating100 is not None or bool(self.plays) or self.resume_s is not None


# --- ratings ---


def plex_rated(seen: Seen, *, pushed: bool) -> bool:
    """Whether the rating in Plex was made there. ``pushed``: the sync writes ratings to Plex, and knows what it wrote."""
    item, known = seen.item, seen.known
    if seen.doubtful:
        return False
    if not pushed:
        return item.rating != (known.rating if known else 0.0)
    past, now = Past(seen.record), text_of(item.rating)
    if not item.rating:
        return bool(past.ours.get(RATING)) and past.edited(RATING, now)
    agreed = past.settled(RATING, str(past.meant.get(RATING, "")), now)
    return not (agreed or past.put(RATING, now))


def is_collapse(gone: int, left: int) -> bool:
    """Whether so many ratings cannot have been taken away by a person, by how many are left in all libraries.

    Another account's token, or a Plex that was set up anew, knows no stars at all. A person leaves others standing, or had given
    one alone.
    """
    return gone > max(left, MOST_GONE if left else 1)


def stash_rated(seen: Seen, stash: Played, *, pushed: bool) -> bool:
    """Whether the rating in Stash is another one than when both sides agreed last; at first contact, whether it has one."""
    if not pushed:
        return stash.rating100 != (hundred(seen.known.rating) if seen.known else 0)
    meant = seen.record.meant.get(RATING, "")
    return not same_value(RATING, str(meant), plex_rating(stash.rating100))


def rating_of(
    seen: Sequence[Seen], stash: Played, *, pushed: bool, conflicts: str
) -> tuple[int | None, bool]:
    """The rating that Stash shall get, or None; and whether Stash's own stays although Plex has another."""
    made = [one for one in seen if plex_rated(one, pushed=pushed)]
    if not made:
        return None, False
    newest = max(made, key=lambda one: one.item.rated_at)
    rating100 = hundred(newest.item.rating)
    if rating100 == stash.rating100 or plex_rating(stash.rating100) == text_of(newest.item.rating):
        return None, False
    if stash_rated(newest, stash, pushed=pushed) and not _plex_wins(
        conflicts, newest.item.rated_at, stash.updated_at
    ):
        return None, True
    return rating100, False


def settles(seen: Sequence[Seen], decision: Decision) -> bool:
    """Whether both sides agree on the scene's rating from now on. The sync writes ratings to Plex.

    One was made in Plex, and Stash has it now, or had it already.
    """
    return "rating" not in decision.kept and any(plex_rated(one, pushed=True) for one in seen)


def overruled(seen: Sequence[Seen], rating100: int) -> list[Seen]:
    """The items that were rated in Plex, and otherwise than Stash's rating that stays: the sync is to write over them."""
    right = plex_rating(rating100)
    return [one for one in seen if plex_rated(one, pushed=True) and text_of(one.item.rating) != right]


def hundred(rating: float) -> int:
    """A rating of ten as Stash counts; 0 for none."""
    return round(rating * 10)


def text_of(rating: float) -> str:
    """As the ledger has it."""
    return f"{rating:.1f}" if rating else ""


def same_memory(left: Record, right: Record) -> bool:
    """Whether the two know the same of the rating."""
    parts = [
        (one.base.get(RATING), one.meant.get(RATING), one.ours.get(RATING), _announced(one))
        for one in (left, right)
    ]
    return parts[0] == parts[1]


def as_if_announced(record: Record, rating: str) -> None:
    """Take the rating that Plex shows for one that we had announced, so that the next sync writes Stash's over it.

    What both sides had when they agreed last stays known: Stash may come back to it, and who changes what next is told by it.
    """
    _announce(record, [*_announced(record), rating])


def agree_on(record: Record, right: str, *, shown: str) -> None:
    """Both sides have agreed on ``right``, as after a sync: whoever has another rating from now on has changed it.

    An item that still shows another one is to be written.
    """
    record.base[RATING] = record.meant[RATING] = right
    if right:
        record.ours[RATING] = True
    else:
        record.ours.pop(RATING, None)
    if not same_value(RATING, shown, right):
        as_if_announced(record, shown)
    elif _announced(record):
        _announce(record, [])


def _announced(record: Record) -> list[str]:
    return list(((record.intent or {}).get("values") or {}).get(RATING) or ())


def _announce(record: Record, ratings: list[str]) -> None:
    intent = record.intent or {}
    values = {name: them for name, them in (intent.get("values") or {}).items() if name != RATING}
    values |= {RATING: list(dict.fromkeys(ratings))} if ratings else {}
    parts = {**intent, "values": values}
    record.intent = parts if any(parts.values()) else None


# --- plays ---


def new_plays(seen: Seen) -> tuple[tuple[float, ...], int]:
    """The times of plays since the last look, and how many more Plex has counted without a time.

    The history has a row for each film that was watched to its end; one that was ticked off has none, and the only time
    of it is lastViewedAt. That one moves too when somebody looks into the film, so it counts only for a play that the
    count shows and the history does not. A count below the last one was set back in Plex: it begins anew.
    """
    item, known = seen.item, seen.known
    since, counted = (known.viewed_at, known.plays) if known else (0.0, 0)
    dates = [at for at in seen.dates if at > since]
    more = item.plays - (counted if counted <= item.plays else 0)
    if len(dates) < more and item.viewed_at > since and not _is_near(item.viewed_at, dates):
        dates.append(item.viewed_at)
    return tuple(sorted(dates)), max(0, more - len(dates))


def plays_of(seen: Sequence[Seen], stash: Played) -> tuple[tuple[float, ...], int]:
    """The plays that Stash lacks, and how many have no time.

    What Plex has counted and dates before the last look was entered late, as by a phone that had no net.
    """
    missing: list[float] = []
    undated = 0
    for one in seen:
        dates, without = new_plays(one)
        missing += [at for at in dates if not _is_near(at, (*stash.plays, *missing))]
        late = [at for at in reversed(one.dates) if not _is_near(at, (*stash.plays, *missing))][:without]
        missing += late
        undated += without - len(late)
    return tuple(sorted(missing)), undated


def _is_near(at: float, others: Iterable[float]) -> bool:
    return any(abs(at - other) <= SAME_PLAY_S for other in others)


# --- places ---


def place_of(seen: Sequence[Seen], stash: Played, *, conflicts: str) -> tuple[float | None, bool]:
    """Where Stash shall go on, in seconds, or None; and whether its own place stays although Plex has another."""
    moved = [one for one in seen if plex_moved(one)]
    if not moved:
        return None, False
    newest = max(moved, key=lambda one: one.item.viewed_at)
    place, known = newest.item.offset_s, newest.known
    if _is_same_place(place, stash.resume_s):
        return None, False
    stash_moved = not _is_same_place(stash.resume_s, known.stash_resume_s if known else 0.0)
    if stash_moved and not _plex_wins(conflicts, newest.item.viewed_at, stash.played_at):
        return None, True
    return round(place, 3), False


def plex_moved(seen: Seen) -> bool:
    """Whether Plex would go on elsewhere than at the last look."""
    return not _is_same_place(seen.item.offset_s, seen.known.resume_s if seen.known else 0.0)


def _is_same_place(left: float, right: float) -> bool:
    return abs(left - right) <= SAME_PLACE_S


def _plex_wins(conflicts: str, plex_at: float, stash_at: float) -> bool:
    if conflicts == NEWEST:
        return plex_at > 0 and plex_at >= stash_at
    return conflicts == PLEX
