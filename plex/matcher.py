"""Which Plex item shows a scene: evidence for each candidate, a score from 0 to 1, and a verdict.

=====  ===========================================  =====================================================
score  evidence                                     when
=====  ===========================================  =====================================================
1.00   exact path                                   the mapped path is the item's path
0.97   exact path, case aside                       the same but for upper and lower case
0.95   path suffix, size                            two or more last components agree, and so does the size
0.90   file name, size and duration                 durations within two seconds of one another
0.85   path suffix                                  two or more last components agree, a size is unknown
0.80   file name and size                           a duration is unknown
0.60   file name, size differs on a matching path   two or more components agree, the size does not
0.50   file name and size, duration differs         one was cut or encoded anew to the same size: not likely
0.50   file name                                    nothing else is known
0.20   file name, size differs                      most likely another file of that name
=====  ===========================================  =====================================================

From 0.80 on evidence is firm. HIGH: in each library one item has the best firm evidence; the same file in several
libraries is several targets. LOW: the evidence is weak, or two items of one library share the best score. A scene with
several files may match by any of them; the primary file speaks first.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from plex.paths import base_name, common_suffix, normal_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from plex.index import IndexRow, PlexIndex
    from plex.paths import PathMap

Confidence = Literal["high", "low", "none"]

FIRM = 0.80
WORTH_NAMING = 0.20
SAME_DURATION_S = 2.0
SUFFIX = 2
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A scene's file as Stash sees it. ``size`` in bytes, ``duration_s`` in seconds; None where Stash does not know."""

    path: str
    size: int | None = None
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its best evidence."""

    row: IndexRow
    score: float
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchResult:
    """The verdict. ``targets`` holds one row for each item; it is empty when confidence is ``none``."""

    confidence: Confidence
    score: float
    method: str
    targets: tuple[IndexRow, ...] = ()
    candidates: tuple[Scored, ...] = ()
    cached: bool = False


class MatchCache:
    """Results by the scene's files, the least recently used forgotten; void as soon as the index has moved."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._results: OrderedDict[tuple[FileFacts, ...], MatchResult] = OrderedDict()
        self._generation = -1
        self._hits = self._misses = 0

    def get(self, files: tuple[FileFacts, ...], generation: int) -> MatchResult | None:
        """The result for these files at this state of the index, or None."""
        if generation != self._generation:
            self._results.clear()
            self._generation = generation
        result = self._results.get(files)
        if result is None:
            self._misses += 1
            return None
        self._hits += 1
        self._results.move_to_end(files)
        return replace(result, cached=True)

    def put(self, files: tuple[FileFacts, ...], result: MatchResult) -> None:
        """Remember a result; one that found nothing is not worth it."""
        if result.confidence == "none":
            return
        self._results[files] = result
        if len(self._results) > self._size:
            self._results.popitem(last=False)

    def get_stats(self) -> dict[str, float]:
        """Hits, misses and the rate in percent."""
        asked = self._hits + self._misses
        return {
            "hits": self._hits,
            "misses": self._misses,
            "size": len(self._results),
            "hit_rate": 100.0 * self._hits / asked if asked else 0.0,
        }


class Matcher:
    """Answers from the index, without a request."""

    def __init__(self, index: PlexIndex, path_map: PathMap, *, allow_low_confidence: bool = False) -> None:
        self._index = index
        self._map = path_map
        self._allow_low = allow_low_confidence
        self._cache = MatchCache()

    def match(self, files: Sequence[FileFacts]) -> MatchResult:
        """The verdict over all files of a scene. With LOW confidence ``targets`` is the best guess, empty unless that is allowed."""
        key = tuple(files)
        known = self._cache.get(key, self._index.generation)
        if known is not None:
            return known
        result = judge(
            [scored for file in files for scored in self._candidates(file)], allow_low=self._allow_low
        )
        self._cache.put(key, result)
        return result

    def get_stats(self) -> dict[str, float]:
        """The cache's statistics."""
        return self._cache.get_stats()

    def _candidates(self, file: FileFacts) -> list[Scored]:
        mapped = self._map.apply(file.path)
        exact = [Scored(row, 1.0, "exact path") for row in self._index.by_path(mapped)]
        if exact:
            return exact
        exact = [Scored(row, 0.97, "exact path, case aside") for row in self._index.by_folded_path(mapped)]
        if exact:
            return exact
        return [score(file, mapped, row) for row in self._index.by_name(base_name(mapped))]


def score(file: FileFacts, mapped: str, row: IndexRow) -> Scored:
    """The evidence for a row of the same file name, by the table at the head of the module."""
    suffix = common_suffix(mapped, normal_path(row.path)) >= SUFFIX
    if file.size is None or row.size is None:
        return Scored(row, 0.85, "path suffix") if suffix else Scored(row, 0.5, "file name")
    if file.size != row.size:
        return (
            Scored(row, 0.6, "file name, size differs on a matching path")
            if suffix
            else Scored(row, 0.2, "file name, size differs")
        )
    if suffix:
        return Scored(row, 0.95, "path suffix, size")
    if file.duration_s is None or row.duration_ms is None:
        return Scored(row, 0.8, "file name and size")
    if abs(file.duration_s - row.duration_ms / 1000) <= SAME_DURATION_S:
        return Scored(row, 0.9, "file name, size and duration")
    return Scored(row, 0.5, "file name and size, duration differs")


def judge(found: Iterable[Scored], *, allow_low: bool = False) -> MatchResult:
    """The verdict over candidates; those of a file that comes first win among equals of one item."""
    best: dict[int, Scored] = {}
    for scored in found:
        known = best.get(scored.row.rating_key)
        if known is None or scored.score > known.score:
            best[scored.row.rating_key] = scored
    candidates = tuple(
        sorted(
            best.values(), key=lambda scored: (-scored.score, scored.row.section_id, scored.row.rating_key)
        )
    )
    if not candidates or candidates[0].score < WORTH_NAMING:
        return MatchResult(confidence="none", score=0.0, method="none")
    top, firm = candidates[0], [scored for scored in candidates if scored.score >= FIRM]
    leaders = _leaders(firm)
    certain = bool(firm) and all(len(items) == 1 for items in leaders.values())
    if certain:
        # Weaker evidence in another library than the best is no second copy of the file, unless it is firm by itself.
        targets = tuple(items[0].row for items in leaders.values())
        return MatchResult(
            confidence="high", score=top.score, method=top.evidence, targets=targets, candidates=candidates
        )
    guess = (top.row,) if allow_low else ()
    return MatchResult(
        confidence="low", score=top.score, method=top.evidence, targets=guess, candidates=candidates
    )


def _leaders(firm: Iterable[Scored]) -> dict[int, list[Scored]]:
    """For each library the items that share its best score."""
    leaders: dict[int, list[Scored]] = {}
    for scored in firm:
        there = leaders.setdefault(scored.row.section_id, [])
        if not there or there[0].score == scored.score:
            there.append(scored)
    return leaders
