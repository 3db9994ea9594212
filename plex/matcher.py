"""Which Plex items show a scene. The evidence and its scores stand in ``plex/evidence.py``; here is the verdict.

HIGH: in some library one item has the best firm evidence, with none equal to it. The same file in several libraries is
several targets. LOW: there is evidence and none of it is firm, or the best of it fits two items of a library equally.
NONE: no file of that name or size, or only files of that name that differ.

A scene may have several files, and any of them counts. In each library the first file that fits one item firmly decides,
the primary one before the others: so another file settles what the primary one leaves open, and where two files are two
items of Plex, the primary file's item is the scene's (``method`` says so). The order in which the index lists items
never matters.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal, NamedTuple

from plex.evidence import (
    CASE,
    FIRM,
    LEARNED,
    LEAST,
    OTHER,
    FileFacts,
    Scored,
    Seen,
    is_same_by_size,
    same_duration_of,
    weigh,
)
from plex.match_cache import MatchCache
from plex.paths import PathMap, normal_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from plex.index import IndexRow, PlexIndex

__all__ = ["Confidence", "FileFacts", "MatchCache", "MatchResult", "Matcher", "Scored", "judge"]

Confidence = Literal["high", "low", "none"]

SHOWN = 20
"""Candidates that a result carries at most, the best ones."""


class MatchResult(NamedTuple):
    """The verdict. ``targets`` holds one row for each item that shows the scene, the best first.

    ``score`` and ``method`` are those of the best evidence. With ``none`` the candidates are what comes nearest.
    """

    confidence: Confidence
    score: float
    method: str
    targets: tuple[IndexRow, ...] = ()
    candidates: tuple[Scored, ...] = ()
    cached: bool = False


class Matcher:
    """Answers from the index, without a request. For one thread."""

    def __init__(
        self,
        index: PlexIndex,
        path_map: PathMap,
        *,
        learned: PathMap = PathMap(),  # noqa: B008 -- frozen, and empty
        allow_low_confidence: bool = False,
    ) -> None:
        self._index = index
        self._map = path_map
        self._learned = learned
        self._allow_low = allow_low_confidence
        self._cache = MatchCache()

    def match(self, files: Sequence[FileFacts]) -> MatchResult:
        """The verdict over the files of a scene, the primary one first.

        With confidence ``low``, ``targets`` has the best guess if low confidence is allowed, and nothing otherwise.
        """
        key = tuple(files)
        known = self._cache.get(key, self._index.generation)
        if known is not None:
            return known
        result = judge([self._candidates(file) for file in files], allow_low=self._allow_low)
        self._cache.put(key, result)
        return result

    def twins(self, file: FileFacts) -> list[IndexRow]:
        """The rows of which name, size and duration say that they are the file, wherever they lie."""
        rows = [] if file.size is None else self._index.by_name(file.path, size=file.size)
        return [row for row in rows if row.size == file.size and same_duration_of(file, row)]

    def get_stats(self) -> dict[str, float]:
        """The cache's statistics."""
        return self._cache.get_stats()

    def _candidates(self, file: FileFacts) -> list[Scored]:
        """Every row that could be the file. Rows of another size, and of another name, are looked at only when there is
        nothing better.
        """
        paths = list(self._seen(file.path))
        rows = self._index.by_folded_path(paths[0].path)
        rows += [row for seen in paths for row in self._index.by_name(seen.path, size=file.size)]
        if not rows:
            rows = [row for seen in paths for row in self._index.by_name(seen.path)]
        found = [weigh(file, paths, row) for row in dict.fromkeys(rows)]
        if file.size is not None and not any(scored.score >= FIRM for scored in found):
            renamed = [row for row in self._index.by_size(file.size) if is_same_by_size(file, row)]
            found += [weigh(file, paths, row) for row in renamed if row not in rows]
        return found

    def _seen(self, path: str) -> Iterator[Seen]:
        """The paths under which Plex may see a file; the first is the likeliest.

        A rule that is wrong must not make things worse than no rule: the path as it is stays evidence, of a lesser kind.
        """
        normal, mapped = normal_path(path), self._map.apply(path)
        yield Seen(mapped)
        if mapped != normal:
            yield Seen(normal, OTHER)
        if not self._map.fits(path):
            aside = self._map.apply_case_aside(path)
            if aside is not None:
                yield Seen(aside, CASE)
            elif self._learned.fits(path):
                yield Seen(self._learned.apply(path), LEARNED)


class _Choice(NamedTuple):
    """The one item of a library, and how it was found."""

    scored: Scored
    method: str


def judge(per_file: Sequence[Iterable[Scored]], *, allow_low: bool = False) -> MatchResult:
    """The verdict over the candidates of each file, the primary file's first."""
    found = [_best_of_items(scored) for scored in per_file]
    candidates = _ranked(_best_of_items(scored for items in found for scored in items))
    shown = tuple(candidates[:SHOWN])
    if not candidates or candidates[0].score < LEAST:
        return MatchResult(confidence="none", score=0.0, method="none", candidates=shown)
    sections = sorted({scored.row.section_id for scored in candidates})
    choices = [choice for section in sections if (choice := _choose(found, section)) is not None]
    if choices:
        choices.sort(key=lambda choice: choice.scored.rank, reverse=True)
        return MatchResult(
            confidence="high",
            score=choices[0].scored.score,
            method=choices[0].method,
            targets=tuple(choice.scored.row for choice in choices),
            candidates=shown,
        )
    top = candidates[0]
    alike = sum(scored.rank == top.rank for scored in candidates)
    return MatchResult(
        confidence="low",
        score=top.score,
        method=top.evidence + (", several items alike" if alike > 1 else ""),
        targets=(top.row,) if allow_low else (),
        candidates=shown,
    )


def _choose(found: Sequence[Sequence[Scored]], section: int) -> _Choice | None:
    """The first file that fits one item of a library firmly decides; None when none does."""
    certain: list[tuple[int, Scored]] = []
    for number, items in enumerate(found):
        leaders = _leaders([scored for scored in items if scored.row.section_id == section])
        if len(leaders) == 1 and leaders[0].score >= FIRM:
            certain.append((number, leaders[0]))
    if not certain:
        return None
    number, winner = certain[0]
    method = winner.evidence
    if number:
        method += ", by another file than the primary one"
    if any(scored.row.rating_key != winner.row.rating_key for _, scored in certain):
        method += "; the scene's files are different items"
    return _Choice(winner, method)


def _leaders(items: Sequence[Scored]) -> list[Scored]:
    """Those that share the best rank."""
    best = max((scored.rank for scored in items), default=None)
    return [scored for scored in items if scored.rank == best]


def _best_of_items(found: Iterable[Scored]) -> list[Scored]:
    """One entry for each item: its file with the best evidence, and of equal ones the first by path."""
    items: defaultdict[int, list[Scored]] = defaultdict(list)
    for scored in found:
        items[scored.row.rating_key].append(scored)
    return [_ranked(entries)[0] for entries in items.values()]


def _ranked(found: Iterable[Scored]) -> list[Scored]:
    """The best first; equal ones in an order of their own, however they came in."""
    return sorted(
        found,
        key=lambda scored: (
            -scored.score,
            -scored.shared,
            -scored.lasts,
            scored.row.section_id,
            scored.row.rating_key,
            scored.row.path,
        ),
    )
