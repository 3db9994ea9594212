from __future__ import annotations

import json
from typing import Any

import pytest
from graphql import parse, validate
from hypothesis import given
from hypothesis import strategies as st

from simulators.stash.schema import schema_of
from stash.answers import version_number
from stash.exceptions import StashOdd
from stash.scene import EXTRAS, Performer, Scene, SceneFile, Studio, Tag, fragment, from_json

FULL: dict[str, Any] = {
    "id": "12",
    "title": "A Title",
    "code": "ABC-1",
    "details": "Words",
    "director": "D",
    "date": "2021-05",
    "rating100": 80,
    "organized": True,
    "updated_at": "2025-11-24T11:20:00+01:00",
    "files": [
        {
            "path": "/a/b.mp4",
            "size": 12,
            "duration": 3.5,
            "fingerprints": [{"type": "oshash", "value": "ab"}],
        },
        {"path": "/a/c.mp4", "size": 1.0, "duration": 0},
    ],
    "studio": {"id": "5", "name": "S", "parent_studio": {"name": "P"}},
    "performers": [
        {"id": "1", "name": "N", "disambiguation": None, "image_path": "http://h/performer/1/image"}
    ],
    "tags": [{"id": "3", "name": "T", "parents": [{"name": "TT", "parents": [{"name": "TTT"}]}]}],
    "paths": {"screenshot": "http://h/scene/12/screenshot?t=1"},
    "groups": [{"group": {"id": "8", "name": "G"}}],
}


def test_everything_that_plex_can_show_is_read() -> None:
    assert from_json(FULL) == Scene(
        id=12,
        title="A Title",
        code="ABC-1",
        details="Words",
        director="D",
        date="2021-05",
        rating100=80,
        organized=True,
        updated_at="2025-11-24T11:20:00+01:00",
        files=(
            SceneFile(path="/a/b.mp4", size=12, duration=3.5, fingerprints=(("oshash", "ab"),)),
            SceneFile(path="/a/c.mp4", size=1),
        ),
        studio=Studio(id=5, name="S", parent="P"),
        performers=(Performer(id=1, name="N", image_path="http://h/performer/1/image"),),
        tags=(Tag(id=3, name="T", parents=("TT", "TTT")),),
        groups=("G",),
        group_ids=(8,),
        screenshot="http://h/scene/12/screenshot?t=1",
    )


def test_half_a_character_in_a_path_is_replaced_so_that_the_path_can_be_looked_for() -> None:
    scene = from_json({"id": "1", "files": [{"path": "/media/a\udfff\ud800.mp4"}]})
    assert scene.files[0].path == "/media/a\ufffd\ufffd.mp4"
    assert scene.files[0].path.encode().decode() == scene.files[0].path


def test_what_stash_does_not_have_is_empty() -> None:
    nothing = dict.fromkeys(FULL) | {"id": "1"}
    assert from_json(nothing) == from_json({"id": 1}) == Scene(id=1)
    assert from_json({"id": "1", "studio": {"name": "S", "parent_studio": None}}).studio == Studio(name="S")


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": None},
        {"id": "x"},
        {"id": True},
        {"id": 1.5},
        {"title": 3},
        {"files": {}},
        {"files": [3]},
        {"files": [{"path": "/x", "size": "big"}]},
        {"files": [{"path": "/x", "duration": "long"}]},
        {"files": [{"path": "/x", "duration": True}]},
        {"studio": "S"},
        {"studio": {"name": "S", "parent_studio": "P"}},
        {"paths": []},
        {"groups": [{"group": None}]},
        {"rating100": []},
    ],
)
def test_another_shape_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(StashOdd, match="in Stash's answer"):
        from_json(FULL | wrong)


@pytest.mark.parametrize("data", [None, [], "x", 3])
def test_what_is_no_object_is_no_scene(data: object) -> None:
    with pytest.raises(StashOdd):
        from_json(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)


@given(st.fixed_dictionaries({}, optional={key: JSON | st.just(value) for key, value in FULL.items()}))
def test_any_json_is_a_scene_or_refused(data: dict[str, Any]) -> None:
    try:
        scene = from_json(json.loads(json.dumps(data)))
    except StashOdd:
        return
    assert hash(scene) == hash(from_json(data))


@pytest.mark.parametrize("version", ["v0.25.1", "v0.26.2", "v0.27.0", "v0.30.1"])
@pytest.mark.parametrize("extras", [(), ("tag_parents",), ("parent_studio",), tuple(EXTRAS)])
def test_every_stash_understands_what_it_is_asked(version: str, extras: tuple[str, ...]) -> None:
    """Against the schema of that version: one field that it does not know would fail the whole query."""
    asked = fragment(version_number(version), extras)
    query = parse(f"{{ findScene(id: 1) {{ ...SyncScene }} }} {asked}")
    assert validate(schema_of(version), query) == []
    assert ("parents" in asked) is ("tag_parents" in extras)
    assert ("parent_studio" in asked) is ("parent_studio" in extras)
