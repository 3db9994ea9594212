"""The README says what is so."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import yaml

from app.settings import Settings
from observers import loader
from plex import exceptions
from stash import exceptions as stash_exceptions

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MANIFEST = yaml.safe_load((ROOT / "StashPlexSync.yml").read_text(encoding="utf-8"))


def test_the_observer_in_it_is_the_example_that_the_tests_run():
    example = (ROOT / "examples" / "observers" / "low_matches.py").read_text(encoding="utf-8")
    assert f"```python\n{example.rstrip()}\n```" in README


def test_that_observer_loads_as_it_is(tmp_path):
    folder = tmp_path / loader.FOLDER if hasattr(loader, "FOLDER") else tmp_path / "observers"
    folder.mkdir(mode=0o700)
    example = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert example is not None
    (folder / "low_matches.py").write_text(example[1], encoding="utf-8")
    (observer,) = loader.load_observers(tmp_path)
    assert hasattr(observer, "on_match_scored")


def test_settings_stand_in_manifest_readme_and_code_alike():
    in_code = {field.name for field in fields(Settings)}
    assert set(MANIFEST["settings"]) == in_code
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", README, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} >= in_code


def test_no_setting_is_of_type_number():
    """Stash's page shows one that nobody has touched as 0, and saves that 0 when the field is opened and closed."""
    assert {setting["type"] for setting in MANIFEST["settings"].values()} == {"STRING", "BOOLEAN"}


def test_every_error_that_it_explains_exists():
    named = set(re.findall(r"^\| `([A-Z]\w+)`", README, re.MULTILINE))
    assert named
    assert all(hasattr(exceptions, name) or hasattr(stash_exceptions, name) for name in named)


def test_every_link_into_the_project_leads_somewhere():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_no_placeholder_was_left():
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]:
        assert not re.search(r"TODO|FIXME|DEMO_OUTPUT|^EXAMPLE$", page.read_text(encoding="utf-8")), page
