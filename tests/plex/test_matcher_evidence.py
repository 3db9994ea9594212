"""The score of each kind of evidence, as the table at the head of plex/evidence.py has it."""

from __future__ import annotations

import inspect
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plex import evidence
from plex.evidence import (
    CASE,
    FIRM,
    LARGE_BYTES,
    LEARNED,
    LEAST,
    OTHER,
    FileFacts,
    Seen,
    is_same_by_size,
    weigh,
)
from plex.index_store import IndexRow

OURS = "/data/studio/scene.mp4"
SIZE, SECONDS = 1000, 60.0


def row(path: str, size: int | None = SIZE, duration_ms: int | None = 60_000, key: int = 1) -> IndexRow:
    return IndexRow(key, 1, "T", path, size, duration_ms, "d", 0)


@pytest.mark.parametrize(
    ("path", "size", "duration_ms", "score", "name", "shared"),
    [
        (OURS, 1000, 60_000, 1.0, "exact path", 3),
        (OURS, 999, 60_000, 1.0, "exact path", 3),
        (OURS, 999, None, 1.0, "exact path", 3),
        (OURS, 1000, 1, 1.0, "exact path", 3),
        (OURS, 999, 1, 0.75, "exact path, size and duration differ", 3),
        (OURS, None, None, 1.0, "exact path", 3),
        ("/data/Studio/Scene.mp4", 1000, 60_000, 0.97, "exact path, case aside", 3),
        ("/data/Studio/scene.mp4", None, None, 0.97, "exact path, case aside", 3),
        ("/data/Studio/scene.mp4", 999, 60_000, 0.8, "long suffix and duration, case aside", 3),
        ("/data/Studio/scene.mp4", 999, 1, 0.58, "path suffix, size differs, case aside", 3),
        ("/media/data/studio/scene.mp4", 999, 60_000, 0.82, "long suffix and duration", 3),
        ("/media/data/studio/scene.mp4", 999, None, 0.6, "path suffix, size differs", 3),
        ("/media/studio/scene.mp4", 1000, 1, 0.95, "path suffix and size", 2),
        ("/media/studio/scene.mp4", None, 60_000, 0.85, "path suffix", 2),
        ("/media/studio/scene.mp4", None, 1, 0.6, "path suffix, duration differs", 2),
        ("/media/studio/scene.mp4", 999, 60_000, 0.6, "path suffix, size differs", 2),
        ("/media/Studio/scene.mp4", 1000, 60_000, 0.93, "path suffix and size, case aside", 2),
        ("/media/STUDIO/scene.mp4", None, None, 0.83, "path suffix, case aside", 2),
        ("/media/other/scene.mp4", 1000, 60_000, 0.9, "name, size and duration", 1),
        ("/media/other/scene.mp4", 1000, 62_000, 0.9, "name, size and duration", 1),
        ("/media/other/scene.mp4", 1000, 62_001, 0.6, "name and size, duration differs", 1),
        ("/media/other/scene.mp4", 1000, None, 0.8, "name and size", 1),
        ("/media/other/scene.mp4", None, 60_000, 0.7, "name and duration", 1),
        ("/media/other/scene.mp4", None, None, 0.5, "name", 1),
        ("/media/other/scene.mp4", 999, 60_000, 0.2, "name, size differs", 1),
        ("/media/other/scene.mp4", 999, None, 0.2, "name, size differs", 1),
        ("/media/other/scene.mp4", None, 1, 0.2, "name, duration differs", 1),
        ("/media/other/SCENE.mp4", 1000, None, 0.78, "name and size, case aside", 1),
        ("scene.mp4", 1000, 60_000, 0.9, "name, size and duration", 1),
    ],
)
def test_each_evidence_has_its_score(path, size, duration_ms, score, name, shared) -> None:
    found = weigh(FileFacts(OURS, SIZE, SECONDS), [Seen(OURS)], row(path, size, duration_ms))
    assert (found.score, found.evidence, found.shared) == (score, name, shared)


def test_the_documented_table_is_the_one_that_is_used() -> None:
    """Somebody who asks why reads the table."""
    table = re.findall(r"^(\d\.\d\d)   (.*?)  +", evidence.__doc__ or "", re.MULTILINE)
    named = set(re.findall(r'"([a-z, ]+)"', inspect.getsource(evidence)))
    assert {text for _, text in table} <= named
    assert len(table) == 17


@pytest.mark.parametrize("path", ["D:\\Videos\\A.mp4", "//NAS/Videos/A.mp4"])
def test_on_windows_case_is_nothing(path: str) -> None:
    ours = path.replace("\\", "/").lower().replace("d:", "D:")
    assert weigh(FileFacts(ours, 1), [Seen(ours)], row(path, 2)).score == 1.0


def test_the_path_under_which_more_agrees_is_what_counts() -> None:
    """A rule of the path map that is wrong makes nothing worse."""
    paths = [Seen("/wrong/scene.mp4"), Seen(OURS, OTHER)]
    found = weigh(FileFacts(OURS, SIZE), paths, row("/media/studio/scene.mp4"))
    assert found.evidence == "path suffix and size"


@pytest.mark.parametrize(
    ("by", "size", "score", "name"),
    [
        ("", 1000, 1.0, "exact path"),
        (CASE, 1000, 0.97, "exact path, case aside"),
        (CASE, 999, 0.82, "long suffix and duration"),
        (LEARNED, 1000, 0.96, "exact path by a learned rule"),
        (LEARNED, None, 0.96, "exact path by a learned rule"),
        (LEARNED, 999, 0.96, "exact path by a learned rule"),
        (OTHER, 1000, 0.95, "path suffix and size"),
        (OTHER, 999, 0.82, "long suffix and duration"),
    ],
)
def test_a_path_that_is_not_sure_is_less_than_one_that_is(by, size, score, name) -> None:
    found = weigh(FileFacts("/data/x/scene.mp4", SIZE, SECONDS), [Seen(OURS, by)], row(OURS, size))
    assert (found.score, found.evidence) == (score, name)


@pytest.mark.parametrize("by", [CASE, LEARNED, OTHER])
def test_a_path_that_is_not_sure_is_no_evidence_of_a_file_that_is_another_one(by) -> None:
    found = weigh(FileFacts("/data/x/scene.mp4", SIZE, SECONDS), [Seen(OURS, by)], row(OURS, 999, 1))
    assert (found.score, found.evidence) == (0.6, "path suffix, size differs")


@pytest.mark.parametrize(
    ("size", "seconds", "row_size", "row_ms", "same"),
    [
        (LARGE_BYTES, 60.0, LARGE_BYTES, 61_000, True),
        (LARGE_BYTES, 60.0, LARGE_BYTES, 63_000, False),
        (LARGE_BYTES, 60.0, LARGE_BYTES + 1, 60_000, False),
        (LARGE_BYTES - 1, 60.0, LARGE_BYTES - 1, 60_000, False),
        (LARGE_BYTES, 4.0, LARGE_BYTES, 4_000, False),
        (LARGE_BYTES, None, LARGE_BYTES, 60_000, False),
        (LARGE_BYTES, 60.0, LARGE_BYTES, None, False),
    ],
)
def test_a_large_file_is_known_by_its_size_and_duration(size, seconds, row_size, row_ms, same) -> None:
    file, renamed = FileFacts(OURS, size, seconds), row("/media/other/renamed.mp4", row_size, row_ms)
    assert is_same_by_size(file, renamed) is same
    found = weigh(file, [Seen(OURS)], renamed)
    assert (found.score, found.evidence) == (0.8 if same else 0.0, "size and duration, another name")


def test_of_equal_evidence_the_one_whose_duration_agrees_is_better() -> None:
    file = FileFacts(OURS, SIZE, SECONDS)
    ranks = [
        weigh(file, [Seen(OURS)], row("/media/studio/scene.mp4", SIZE, duration)).rank
        for duration in (1, None, 60_000)
    ]
    assert ranks == sorted(ranks)
    assert len({(score, shared) for score, shared, _ in ranks}) == 1


PATHS = st.lists(st.sampled_from(["a", "A", "b", "é", "scene.mp4"]), min_size=1, max_size=4).map(
    lambda parts: "/" + "/".join([*parts, "scene.mp4"])
)
SIZES = st.sampled_from([None, 1, 2])
FACTS = st.builds(FileFacts, PATHS, SIZES, st.sampled_from([None, 1.0, 90.0]))


@given(FACTS, PATHS, SIZES, st.sampled_from([None, 1000, 90_000]))
def test_a_score_is_a_score_and_knowing_more_never_makes_firm_evidence_of_contradiction(
    file, path, size, duration
) -> None:
    found = weigh(file, [Seen(file.path)], row(path, size, duration))
    assert 0.0 < found.score <= 1.0
    contradicted = file.size is not None and size is not None and file.size != size
    if contradicted and path != file.path and found.lasts <= 0:
        assert found.score < FIRM
    assert (found.score < LEAST) == found.evidence.startswith(
        ("name, size differs", "name, duration differs")
    )
