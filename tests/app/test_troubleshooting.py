"""Each trouble of docs/troubleshooting.md is provoked, and the log alone must name the scene, the cause and the remedy.

The page is compared line by line with what Stash's log shows, so that a search for a log line always finds its head line.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from simulators.plex import PlexSimulator
from tests.app.installed import ROOT, installation
from tests.app.troubles import TROUBLES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.app.troubles import Concerned

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
SECTIONS = {
    section.partition("\n")[0]: section.partition("\n")[2]
    for section in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]
}
FACTS = {"id", "title", "path"}


@dataclass(frozen=True)
class Outcome:
    """Whom it concerned, and every line from info up: the level, a space, the message."""

    concerned: Concerned | None
    log: list[str]


def lines_of(head: str) -> list[str]:
    """The log lines that the page shows under a head line."""
    return SECTIONS[head].partition("```\n")[2].partition("\n```")[0].splitlines()


def pattern_of(line: str) -> re.Pattern[str]:
    """The line with a group for each scene's fact in ``<…>``, and anything at all for the others."""
    seen: set[str] = set()

    def group(match: re.Match[str]) -> str:
        name = match[1]
        if name not in FACTS:
            return ".+?"
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>.*?)"

    return re.compile(re.sub(r"<([^>]*)>", group, re.sub(r"([\\^$.|?*+()\[\]{}])", r"\\\1", line)))


def provoke(head: str, folder: Path) -> Outcome:
    """Let it happen in a world of its own."""
    one = TROUBLES[head]
    with PlexSimulator() as plex, installation(folder, plex, **one.stash) as world:
        concerned = one.provoke(world)
        shown = ("info", "warning", "error")
        return Outcome(
            concerned, [f"{line.level} {line.message}" for line in world.stash.logs if line.level in shown]
        )


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """All of them, some side by side: most of a run is the second in which a drain waits for one more edit."""
    folders = [tmp_path_factory.mktemp("world") for _ in TROUBLES]
    with ThreadPoolExecutor(4) as pool:
        return dict(zip(TROUBLES, pool.map(provoke, TROUBLES, folders), strict=True))


def test_every_head_line_has_a_provocation_and_there_are_more_than_twenty():
    assert set(SECTIONS) == set(TROUBLES)
    assert len(SECTIONS) >= 20


@pytest.mark.parametrize("head", SECTIONS)
def test_a_head_line_explains_cause_and_remedy(head):
    cause, remedy = (re.search(rf"\*\*{word}:\*\* (\S.+)", SECTIONS[head]) for word in ("Cause", "Remedy"))
    assert cause
    assert remedy


@pytest.mark.parametrize("head", TROUBLES)
def test_the_log_has_the_lines_that_the_page_shows(outcomes, head):
    log = outcomes[head].log
    for line in lines_of(head):
        assert any(pattern_of(line).fullmatch(told) for told in log), "\n".join([line, "", *log])


@pytest.mark.parametrize("head", TROUBLES)
def test_the_log_alone_names_scene_cause_and_remedy(outcomes, head):
    outcome, one = outcomes[head], TROUBLES[head]
    found = [(pattern_of(line), told) for line in lines_of(head) for told in outcome.log]
    told = [(match, line) for pattern, line in found if (match := pattern.fullmatch(line))]
    text = "\n".join(line for _, line in told)
    assert one.cause
    assert one.cause in text
    assert one.remedy
    assert one.remedy in text
    named: dict[str, str] = {}
    for match, _ in told:
        named |= match.groupdict()
    if outcome.concerned is not None:
        about = {
            "id": str(outcome.concerned.id),
            "title": outcome.concerned.title,
            "path": outcome.concerned.path,
        }
        assert named
        assert {name: about[name] for name in named} == named
        assert f"Scene {about['id']} " in text
