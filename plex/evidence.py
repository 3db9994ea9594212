"""What speaks for a Plex file being a file of Stash's: evidence, with a score from 0 to 1.

=====  ====================================  =======================================================================
score  evidence                              when
=====  ====================================  =======================================================================
1.00   exact path                            the mapped path is the file's path in Plex
0.97   exact path, case aside                the same but for upper and lower case, and the size does not differ
0.96   exact path by a learned rule          the same by a rule that was learned; the size or the duration agrees
0.95   path suffix and size                  two or more last components agree, and the sizes do
0.90   name, size and duration               only the name agrees of the path; durations within two seconds
0.85   path suffix                           two or more last components agree, a size is unknown
0.82   long suffix and duration              three or more last components agree, the sizes do not: encoded anew
0.80   name and size                         a duration is unknown
0.80   size and duration, another name       a large file that was renamed on one side
0.75   exact path, size and duration differ  another file may lie at that path of the other machine
0.70   name and duration                     a size is unknown
0.60   path suffix, size differs             the file was replaced, and one side has not noticed, or it is another one
0.60   path suffix, duration differs         likewise, where a size is unknown
0.60   name and size, duration differs       sizes agree and durations do not
0.50   name                                  neither size nor duration is known on both sides
0.20   name, size differs                    another file of that name: shown to explain, never taken
0.20   name, duration differs                likewise, where a size is unknown
=====  ====================================  =======================================================================

Where a name or a suffix agrees only when case is left aside, the score is 0.02 less: a file system may hold both.
From 0.80 on evidence is firm; below 0.40 it is none. An exact path outweighs a size that differs, since a file that was
replaced is known to one side first. Of two equal scores the one with more path components in common is the better, then
the one whose duration agrees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from plex.paths import common_suffix, folded, is_windows, normal_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from plex.index_store import IndexRow

FIRM = 0.80
LEAST = 0.40
SUFFIX = 2
"""Components that make a suffix: the file's name and its folder's."""
LONG_SUFFIX = 3
SAME_DURATION_S = 2.0
LARGE_BYTES, LONG_S = 1 << 20, 5.0
"""From here on two files of one size and one duration are the same file, whatever their names; shorter ones may happen."""
CASE_ASIDE = 0.02


class FileFacts(NamedTuple):
    """A scene's file as Stash sees it. ``size`` in bytes, ``duration_s`` in seconds; None where Stash does not know."""

    path: str
    size: int | None = None
    duration_s: float | None = None


CASE, LEARNED, OTHER = "case aside", "learned", "other"


class Seen(NamedTuple):
    """A normal path under which Plex may see a file. ``by`` says why that is not sure: by a rule that fits with case
    left aside, by one that was learned, or as Stash sees it though a rule says otherwise; "" when it is sure.
    """

    path: str
    by: str = ""


class Scored(NamedTuple):
    """A candidate with its best evidence. ``shared`` counts the last path components that agree; ``lasts`` is 1 where
    the durations agree, -1 where they differ, and 0 where one is unknown.
    """

    row: IndexRow
    score: float
    evidence: str
    shared: int = 0
    lasts: int = 0

    @property
    def rank(self) -> tuple[float, int, int]:
        """What decides between two candidates; equal ranks cannot be told apart."""
        return self.score, self.shared, self.lasts


def weigh(file: FileFacts, paths: Iterable[Seen], row: IndexRow) -> Scored:
    """The best evidence for a row. ``paths`` are those under which Plex may see the file.

    The row must have the name of one of them, case aside, or the file's size: nothing less is ever asked of the index.
    """
    same_duration = same_duration_of(file, row)
    found = (_weigh_path(file, seen, row, same_duration) for seen in paths)
    best = max(found, key=lambda scored: scored.rank)
    return best._replace(lasts=0 if same_duration is None else 1 if same_duration else -1)


def is_same_by_size(file: FileFacts, row: IndexRow) -> bool:
    """Whether size and duration alone say that it is the file."""
    large = file.size is not None and file.size >= LARGE_BYTES and (file.duration_s or 0.0) >= LONG_S
    return large and file.size == row.size and same_duration_of(file, row) is True


def _weigh_path(file: FileFacts, seen: Seen, row: IndexRow, same_duration: bool | None) -> Scored:
    theirs = normal_path(row.path)
    shared, aside = common_suffix(seen.path, theirs), common_suffix(folded(seen.path), folded(theirs))
    same_size = None if file.size is None or row.size is None else file.size == row.size
    at_path = _at_path(seen, theirs, same_size=same_size, same_duration=same_duration)
    if at_path is not None:
        return Scored(row, *at_path, aside)
    if aside == 0:
        return Scored(row, 0.8 if is_same_by_size(file, row) else 0.0, "size and duration, another name")
    if aside >= SUFFIX:
        score, evidence = _suffix(long=aside >= LONG_SUFFIX, same_size=same_size, same_duration=same_duration)
        exact = shared >= min(aside, LONG_SUFFIX)
    else:
        score, evidence = _name(same_size=same_size, same_duration=same_duration)
        exact = shared > 0
    if exact:
        return Scored(row, score, evidence, shared)
    return Scored(row, round(score - CASE_ASIDE, 2), f"{evidence}, case aside", aside)


def _at_path(
    seen: Seen, theirs: str, *, same_size: bool | None, same_duration: bool | None
) -> tuple[float, str] | None:
    """Score and evidence when the whole path agrees; None when it does not, or is not to be trusted so far."""
    alike = folded(seen.path) == folded(theirs)
    if not seen.by and (seen.path == theirs or (alike and is_windows(theirs))):
        if same_size is False and same_duration is False:
            return 0.75, "exact path, size and duration differ"
        return 1.0, "exact path"
    if not alike or seen.by == OTHER:
        return None
    if seen.by == LEARNED:
        trusted = same_size is not False or same_duration is True
        return (0.96, "exact path by a learned rule") if trusted else None
    return (0.97, "exact path, case aside") if same_size is not False else None


def _suffix(*, long: bool, same_size: bool | None, same_duration: bool | None) -> tuple[float, str]:
    if same_size is None:
        return (0.6, "path suffix, duration differs") if same_duration is False else (0.85, "path suffix")
    if same_size:
        return 0.95, "path suffix and size"
    return (
        (0.82, "long suffix and duration") if long and same_duration else (0.6, "path suffix, size differs")
    )


def _name(*, same_size: bool | None, same_duration: bool | None) -> tuple[float, str]:
    table = {
        (True, True): (0.9, "name, size and duration"),
        (True, None): (0.8, "name and size"),
        (True, False): (0.6, "name and size, duration differs"),
        (None, True): (0.7, "name and duration"),
        (None, None): (0.5, "name"),
        (None, False): (0.2, "name, duration differs"),
    }
    return table.get((same_size, same_duration), (0.2, "name, size differs"))


def same_duration_of(file: FileFacts, row: IndexRow) -> bool | None:
    """Whether the two last equally long; None where one of them is unknown."""
    if file.duration_s is None or row.duration_ms is None:
        return None
    return abs(file.duration_s - row.duration_ms / 1000) <= SAME_DURATION_S
