"""``pin`` and ``unpin`` as the page, or a script, asks Stash for them."""

from __future__ import annotations

import re

import pytest

from app.page.mode_shapes import Pinned, Unpinned
from tests.app.installed import ROOT
from tests.app.page_shapes import differences
from tests.support import wait_for


def test_a_scene_is_pinned_synced_and_unpinned(installed):
    scene, by_path = installed.scene(title="Pinned")
    key = installed.plex.add_item(installed.section, "/other/name.mkv")
    answer = installed.operate(mode="pin", scene_id=str(scene), rating_key=key)
    assert answer == {"scene_id": scene, "rating_key": key, "title": "name", "path": "/other/name.mkv"}
    assert differences(answer, Pinned) == []
    wait_for(lambda: installed.title(key) == "Pinned", "the pinned scene was not synced")
    assert installed.title(by_path) == "one"
    match = installed.operate(mode="explain", scene_id=scene)["match"]
    assert (match["confidence"], match["score"], match["method"]) == ("high", 1.0, "pinned")
    unpinned = installed.operate(mode="unpin", scene_id=scene)
    assert (unpinned, differences(unpinned, Unpinned)) == ({"scene_id": scene, "was_pinned": True}, [])
    wait_for(lambda: installed.title(by_path) == "Pinned", "the unpinned scene was not synced")
    assert installed.operate(mode="unpin", scene_id=scene) == {"scene_id": scene, "was_pinned": False}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"scene_id": 1}, "rating_key is missing: give the number"),
        ({"rating_key": 4711}, "scene_id is missing"),
        (
            {"scene_id": 1, "rating_key": "x"},
            "rating_key is 'x'; a ratingKey of Plex's is a whole number from 1",
        ),
        ({"scene_id": 99, "rating_key": 4711}, "Stash has no scene 99."),
        ({"scene_id": 1, "rating_key": 99}, "Plex has no item 99: its ratingKey stands in the address"),
        ({"scene_id": 2, "rating_key": 4711}, "scene 2 has no file"),
        ({"scene_id": 3, "rating_key": 4711}, "Plex item 4711 is pinned to scene 1: unpin that scene first."),
    ],
)
def test_what_cannot_be_pinned_is_refused_with_the_reason(installed, args, said):
    first, key = installed.scene(title="One")
    installed.stash.store.add_scene(title="No file")
    installed.scene("three.mp4")
    assert (first, key) == (1, 4711)
    installed.operate(mode="pin", scene_id=1, rating_key=4711)
    with pytest.raises(RuntimeError, match=re.escape(said)):
        installed.operate(mode="pin", **args)


def test_an_item_of_a_library_that_is_not_synced_is_refused(installed):
    scene, _ = installed.scene(title="One")
    other = installed.plex.add_section("Films")
    key = installed.plex.add_item(other.id, "/films/one.mkv")
    installed.configure(plex_library="Scenes")
    with pytest.raises(RuntimeError, match="is not in 'Scenes'"):
        installed.operate(mode="pin", scene_id=scene, rating_key=key)


def test_the_commands_of_the_page_do_what_it_says(installed):
    page = (ROOT / "docs" / "matching.md").read_text(encoding="utf-8")
    pin, unpin = re.findall(r"```graphql\n(.*?)```", page, re.DOTALL)
    key = installed.plex.add_item(installed.section, "/other/name.mkv")
    scenes = [installed.scene(f"{number}.mp4", title=f"Scene {number}") for number in range(1, 8)]
    assert (scenes[-1][0], key) == (7, 4711)
    installed.stash.graphql(pin)
    wait_for(lambda: installed.title(key) == "Scene 7", "the pinned scene was not synced")
    assert installed.stash.graphql(unpin)["runPluginOperation"] == {"scene_id": 7, "was_pinned": True}
