"""The examples of docs/fields.md are run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from app.compose import mapping_from
from app.settings import Settings
from plex.fields import OUR_NAMES
from stash.scene import Performer, Scene, SceneFile, Studio, Tag
from worker.mapping import FIELD_NAMES, desired_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from plex.fields import Desired

PAGE = (Path(__file__).parent.parent / "docs" / "fields.md").read_text(encoding="utf-8")
HEAD = "| settings | the scene | in Plex |"
ROWS = re.findall(r"^\| (?:`([^`]*)`)? ?\| `([^`]*)` \| `([^`]*)` \|$", PAGE, re.MULTILINE)
REQUIRED = {"plex_url": "http://plex:32400", "plex_token": "token"}
SETTING = re.compile(r"(?:^|; )(?=(?:field_|exclude_)\w+: )")
PERFORMER = re.compile(r"(?P<name>[^(#]+?)(?: \((?P<apart>[^)]*)\))?(?: #(?P<id>\d+))?")


def settings_of(text: str) -> Settings:
    pairs = (part.split(": ", 1) for part in SETTING.split(text) if part)
    given: dict[str, Any] = {name: True if value == "on" else value for name, value in pairs}
    return Settings.from_stash(REQUIRED | given)


def scene_of(text: str) -> Scene:
    given = dict(part.split(": ", 1) for part in text.split("; "))
    known = {
        *("title", "details", "code", "date", "director", "rating", "file", "studio", "parent_studio"),
        *("groups", "tags", "performers"),
    }
    assert set(given) <= known
    return Scene(
        id=7,
        title=given.get("title", ""),
        details=given.get("details", ""),
        code=given.get("code", ""),
        date=given.get("date", ""),
        director=given.get("director", ""),
        rating100=int(given["rating"]) if "rating" in given else None,
        files=(SceneFile(path=given.get("file", "/media/scene.mp4")),),
        studio=Studio(name=given["studio"], parent=given.get("parent_studio")) if "studio" in given else None,
        groups=tuple(parts(given.get("groups", ""))),
        tags=tuple(tag(number, one) for number, one in enumerate(parts(given.get("tags", "")))),
        performers=tuple(performer(one) for one in parts(given.get("performers", ""))),
    )


def parts(text: str) -> list[str]:
    return text.split(", ") if text else []


def tag(number: int, text: str) -> Tag:
    name, *above = text.split(" < ")
    return Tag(id=number, name=name, parents=tuple(above))


def performer(text: str) -> Performer:
    found = PERFORMER.fullmatch(text)
    assert found is not None
    key = int(found["id"] or 0)
    return Performer(
        id=key,
        name=found["name"],
        disambiguation=found["apart"] or "",
        image_path=f"http://127.0.0.1:9999/performer/{key}/image?t=5",
    )


BESIDE: dict[str, Callable[[Desired], str]] = {
    "characters": lambda desired: ", ".join(
        f"{name} as {text}" for name, text in desired.actor_roles.items()
    ),
    "photos": lambda desired: ", ".join(f"{name} at {text}" for name, text in desired.actor_photos.items()),
}


def shown(desired: Desired, name: str) -> str:
    if name in BESIDE:
        return BESIDE[name](desired)
    field = next(field for field, ours in OUR_NAMES.items() if ours == name)
    if field in desired.tags:
        return ", ".join(desired.tags[field])
    return desired.scalars[field] or "(empty)"


def test_the_page_has_its_examples() -> None:
    tables = PAGE.count(HEAD)
    assert tables >= 14
    assert len(ROWS) == len(re.findall(r"^\|.*\|$", PAGE, re.MULTILINE)) - 2 * tables - 9


@pytest.mark.parametrize(("settings", "scene", "plex"), ROWS)
def test_an_example_shows_what_it_says(settings: str, scene: str, plex: str) -> None:
    desired, _ = desired_of(scene_of(scene), mapping_from(settings_of(settings)))
    for part in plex.split("; "):
        name, _, value = part.partition(": ")
        assert shown(desired, name) == value


def test_every_field_has_its_heading_and_every_setting_its_words() -> None:
    assert set(re.findall(r"^## ([a-z_]+)$", PAGE, re.MULTILINE)) == set(FIELD_NAMES)
    own = {name for name in Settings.__dataclass_fields__ if name.startswith("field_")}
    assert own <= set(re.findall(r"`(field_\w+)", PAGE))
