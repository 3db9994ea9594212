"""What speaks for a Plex file being a file of Stash's: evidence, with a score from 0 to 1.

=====  ===============================  ============================================================================
score  evidence                         when
=====  ===============================  ============================================================================
1.00   exact path                       the mapped path is the file's path in Plex
0.97   exact path, case aside           the same but for upper and lower case, and the size does not differ
0.95   path suffix and size             two or more last components agree, and the sizes do
0.90   name, size and duration          only the name agrees of the path; durations within two seconds
0.85   path suffix                      two or more last components agree, a size is unknown
0.80   name and size                    a duration is unknown
0.70   name and duration                a size is unknown
0.60   path suffix, size differs        the file was replaced, and one of the two has not noticed, or it is another one
0.60   name and size, duration differs  sizes agree and durations do not
0.50   name                             neither size nor duration is known on both sides
0.20   name, size differs               another file of that name: shown to explain, never taken
0.20   name, duration differs           likewise, where a size is unknown
=====  ===============================  ============================================================================

Where a name or a suffix agrees only when case is left aside, the score is 0.02 less: a file system may hold both.
From 0.80 on evidence is firm; below 0.40 it is none. An exact path outweighs a size that differs, since a file that was
replaced is known to one side first. Of two equal scores the one with more path components in common is the better.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from plex.paths import common_suffix, folded, is_windows, normal_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from plex.index_store import IndexRow

FIRM = 0.80
LEAST = 0.40
SUFFIX = 2
"""Components that make a suffix: the file's name and its folder's."""
SAME_DURATION_S = 2.0
CASE_ASIDE = 0.02


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A scene's file as Stash sees it. ``size`` in bytes, ``duration_s`` in seconds; None where Stash does not know."""

    path: str
    size: int | None = None
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its best evidence. ``shared`` counts the last path components that agree."""

    row: IndexRow
    score: float
    evidence: str
    shared: int = 0

    @property
    def rank(self) -> tuple[float, int]:
        """What decides between two candidates; equal ranks cannot be told apart."""
        return self.score, self.shared


def weigh(file: FileFacts, paths: Iterable[str], row: IndexRow) -> Scored:
    """The best evidence for a row. ``paths`` are the normal paths under which Plex might see the file.

    The row must have the name of one of them, case aside: nothing less is ever asked of the index.
    """
    return max((_weigh_path(file, path, row) for path in paths), key=lambda scored: scored.rank)


def _weigh_path(file: FileFacts, path: str, row: IndexRow) -> Scored:
    theirs = normal_path(row.path)
    shared, aside = common_suffix(path, theirs), common_suffix(folded(path), folded(theirs))
    same_size = None if file.size is None or row.size is None else file.size == row.size
    if path == theirs or (is_windows(theirs) and folded(path) == folded(theirs)):
        return Scored(row, 1.0, "exact path", aside)
    if folded(path) == folded(theirs) and same_size is not False:
        return Scored(row, 0.97, "exact path, case aside", aside)
    if aside >= SUFFIX:
        score, evidence = _suffix(same_size=same_size)
        exact = shared >= SUFFIX
    else:
        score, evidence = _name(same_size=same_size, same_duration=_same_duration(file, row))
        exact = shared > 0
    if exact:
        return Scored(row, score, evidence, shared)
    return Scored(row, round(score - CASE_ASIDE, 2), f"{evidence}, case aside", aside)


def _suffix(*, same_size: bool | None) -> tuple[float, str]:
    if same_size is None:
        return 0.85, "path suffix"
    return (0.95, "path suffix and size") if same_size else (0.6, "path suffix, size differs")


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


def _same_duration(file: FileFacts, row: IndexRow) -> bool | None:
    if file.duration_s is None or row.duration_ms is None:
        return None
    return abs(file.duration_s - row.duration_ms / 1000) <= SAME_DURATION_S
