"""A match is remembered as long as it holds, and never depends on the order of rows."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plex.evidence import FIRM, FileFacts, Scored
from plex.index_store import IndexRow
from plex.match_cache import MatchCache
from plex.matcher import Matcher, MatchResult, judge
from plex.paths import PathMap
from tests.plex.match_world import MS, SIZE, add, facts


def test_a_match_is_found_once_and_remembered(plex_sim, library, matcher_of) -> None:
    add(plex_sim, library, "/media/x.mp4")
    matcher = matcher_of()
    plex_sim.forget_requests()
    first, second = matcher.match([facts("/media/x.mp4")]), matcher.match([facts("/media/x.mp4")])
    assert (first.cached, second.cached) == (False, True)
    assert first.targets == second.targets
    assert matcher.match([facts("/media/x.mp4", 5)]).cached is False
    assert matcher.get_stats() == {"hits": 1, "misses": 2, "size": 2, "hit_rate": pytest.approx(100 / 3)}
    assert plex_sim.requests == []


def test_a_memory_of_nothing_ends_when_plex_has_something(plex_sim, library, index_of) -> None:
    index = index_of()
    index.ensure_built()
    matcher = Matcher(index, PathMap())
    file = [facts("/media/x.mp4")]
    assert matcher.match(file).confidence == matcher.match(file).confidence == "none"
    add(plex_sim, library, "/media/x.mp4")
    index.refresh()
    result = matcher.match(file)
    assert (result.confidence, result.cached) == ("high", False)
    index.forget(result.targets[0].rating_key)
    assert matcher.match(file).confidence == "none"


def test_the_cache_forgets_the_least_recently_used() -> None:
    cache = MatchCache(size=2)
    result = MatchResult(confidence="none", score=0.0, method="none")
    assert cache.get_stats()["hit_rate"] == 0.0
    for path in ("a", "b"):
        assert cache.get((FileFacts(path),), 1) is None
        cache.put((FileFacts(path),), result)
    assert cache.get((FileFacts("a"),), 1) is not None
    cache.put((FileFacts("c"),), result)
    assert cache.get((FileFacts("b"),), 1) is None
    assert cache.get((FileFacts("a"),), 1) is not None
    assert cache.get((FileFacts("a"),), 2) is None
    assert cache.get_stats()["size"] == 0


# --- whatever the order ---

ROWS = st.lists(
    st.builds(
        lambda key, section, path, score, shared: Scored(
            IndexRow(10 * section + key, section, "T", path, 1, 1, "d", 0), score, f"e{score}", shared
        ),
        st.integers(1, 4),
        st.integers(1, 2),
        st.sampled_from(["/a", "/b"]),
        st.sampled_from([0.2, 0.5, 0.8, 0.9, 1.0]),
        st.integers(1, 2),
    ),
    max_size=7,
)


@given(st.lists(ROWS, max_size=3), st.booleans(), st.randoms())
def test_the_order_in_which_rows_come_never_matters(per_file, allow_low, random) -> None:
    expected = judge(per_file, allow_low=allow_low)
    shuffled = [random.sample(rows, len(rows)) for rows in per_file]
    assert judge(shuffled, allow_low=allow_low) == expected


@given(st.lists(ROWS, max_size=3))
def test_a_high_match_is_one_firm_item_a_library_that_nothing_of_its_file_equals(per_file) -> None:
    result = judge(per_file)
    sections = [row.section_id for row in result.targets]
    assert (result.confidence == "high") == bool(result.targets)
    assert len(sections) == len(set(sections))
    scores = {scored.row.rating_key: scored.score for scored in result.candidates}
    assert all(scores[row.rating_key] >= FIRM for row in result.targets)
    if result.confidence == "low":
        assert result.targets == ()
        assert result.score >= 0.4
    if result.confidence == "none":
        assert all(scored.score < 0.4 for scored in result.candidates)


def test_the_order_in_which_plex_lists_items_never_matters(client, tmp_path) -> None:
    """The same items under the same keys, put into the index in every order."""
    from plex.index_store import IndexStore  # noqa: PLC0415 -- only here is it looked behind the index
    from plex.items import PlexFile, PlexItem  # noqa: PLC0415

    items = [
        PlexItem(rating_key=key, section_id=1, files=(PlexFile(f"/media/{folder}/x.mp4", SIZE, MS),))
        for key, folder in enumerate("abc", start=1)
    ]
    found = set()
    for number, order in enumerate(itertools.permutations(items)):
        store = IndexStore(tmp_path / f"{number}.sqlite")
        library = store.library("m", "u").id
        for item in order:
            store.put(library, [item])
        found.add(tuple(row.rating_key for row in store.by_name({library: 1}, "x.mp4")))
        store.close()
    assert found == {(1, 2, 3)}
