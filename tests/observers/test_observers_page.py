"""``docs/observers.md`` says what the code does."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from events import SIGNAL_OF, JobEvent, SyncStats, namespace

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "observers.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "observers" / "low_matches.py"


def test_the_table_of_signals_is_what_the_code_says() -> None:
    asked = [sys.executable, str(ROOT / "scripts" / "signal_table.py"), "--check"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_example_on_the_page_is_the_file() -> None:
    assert f"```python\n{EXAMPLE.read_text(encoding='utf-8')}```" in PAGE


def test_the_stories_name_only_signals_that_exist_and_all_of_them() -> None:
    stories = PAGE.partition("## The order of signals")[2].partition("## The figures")[0]
    named = {
        word
        for word in re.findall(r"`([a-z_]+)`", stories)
        if word.startswith(("job_", "match_", "dead_", "drain_", "plex_"))
    }
    assert named == set(namespace)


def test_every_figure_is_on_the_page() -> None:
    table = PAGE.partition("## The figures")[2].partition("## Testing")[0]
    missing = (
        {f.name for f in fields(SyncStats)} - {"session_start"} - set(re.findall(r"`([a-z_0-9]+)`", table))
    )
    assert not missing


def test_every_field_of_an_event_is_on_the_page() -> None:
    table = PAGE.partition("### What the events carry")[2].partition("\n## ")[0]
    explained = {
        name
        for row in table.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    common = {f.name for f in fields(JobEvent)}
    assert {f.name for kind in SIGNAL_OF for f in fields(kind)} - common == explained


def test_the_test_on_the_page_passes(tmp_path: Path) -> None:
    code = re.findall(r"```python\n(.*?)```", PAGE.partition("## Testing an observer")[2], re.DOTALL)
    assert len(code) == 1
    names: dict[str, object] = {"EXAMPLE": EXAMPLE}
    exec(code[0], names)  # noqa: S102 -- our own page
    shown = names["test_a_low_match_is_noted"]
    assert callable(shown)
    shown(tmp_path)


def test_links_on_the_page_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
