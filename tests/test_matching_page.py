"""docs/matching.md: its table of cases is run, its figures are measured, and its commands are given."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.matching_library import measure, table
from benchmarks.odd_library import Maker
from plex import evidence
from plex.client import PlexClient
from plex.evidence import FileFacts
from plex.index import PlexIndex
from plex.matcher import Matcher
from plex.paths import PathMap

PAGE = (Path(__file__).parent.parent / "docs" / "matching.md").read_text(encoding="utf-8")
CASES = re.findall(r"^\| `([^`]*)` \| `([^`]*)` \| (?:`([^`]*)`)? ?\| `([^`]*)` \|$", PAGE, re.MULTILINE)
MB = 1_000_000


def number(text: str, scale: int) -> int | None:
    return None if text == "?" else round(float(text) * scale)


def file_of(text: str) -> tuple[str, int | None, int | None]:
    """Path, bytes and milliseconds."""
    path, size, seconds = text.rsplit(" ", 2)
    return path, number(size, MB), number(seconds, 1000)


def facts(text: str) -> FileFacts:
    path, size, milliseconds = file_of(text)
    return FileFacts(path, size, None if milliseconds is None else milliseconds / 1000)


def test_the_page_has_its_cases() -> None:
    assert len(CASES) >= 27
    assert len(CASES) == len(re.findall(r"^\| `[/D\\]", PAGE, re.MULTILINE))


@pytest.mark.parametrize(("files", "items", "path_map", "result"), CASES)
def test_a_case_ends_as_it_says(plex_sim, tmp_path, files, items, path_map, result) -> None:
    section = plex_sim.add_section("Scenes")
    keys = []
    for item in items.split("; "):
        first, *more = (file_of(version) for version in item.split(" + "))
        keys.append(
            plex_sim.add_item(section.id, first[0], size=first[1], duration_ms=first[2], versions=more)
        )
    client = PlexClient(plex_sim.url, plex_sim.token, client_identifier="test")
    index = PlexIndex(client, tmp_path / "index.sqlite", client.sections())
    index.ensure_built()
    found = Matcher(index, PathMap.parse(path_map)).match([facts(one) for one in files.split(" + ")])
    index.close()
    client.close()
    which = " ".join(str(keys.index(row.rating_key) + 1) for row in found.targets) or "-"
    assert f"{which} {found.confidence} {found.score:.2f} {found.method}" == result


def test_the_evidence_is_that_of_the_code() -> None:
    rows = set(re.findall(r"^\| (\d\.\d\d) \| ([a-z, ]+) \|", PAGE, re.MULTILINE))
    in_code = set(re.findall(r"^(\d\.\d\d)   (.*?)  +", evidence.__doc__ or "", re.MULTILINE))
    assert rows == in_code | {("1.00", "pinned")}


def test_a_library_with_oddities_is_matched_without_a_mistake_and_the_page_has_the_figures(tmp_path) -> None:
    scores = measure(Maker().made, tmp_path)
    for of in scores.values():
        assert sum(score.wrong for score in of.values()) == 0
        possible = sum(score.possible for score in of.values())
        assert sum(score.right for score in of.values()) >= 0.995 * possible
        odd = sum(score.scenes for kind, score in of.items() if kind)
        assert odd >= 0.1 * sum(score.scenes for score in of.values())
    assert table(scores) in PAGE
