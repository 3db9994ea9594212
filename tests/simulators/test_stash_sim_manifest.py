"""The yml of a plugin: Stash loads it whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators.stash import Manifest, ManifestError, StashSimulator
from tests.simulators.stash_plugin import Plugin

GOOD = """
name: Tiny
version: 1
exec: [python, main.py]
errLog:
tasks:
  - {name: Run, execArgs: [a, 5], defaultArgs: {mode: run, full: true}}
hooks:
  - {name: changed, triggeredBy: [Scene.Update.Post, Scene.Blown.Up]}
settings:
  one: {displayName: One, type: NUMBER}
  two:
ui:
  assets: {/: assets}
  csp: {connect-src: [https://x]}
"""


def load(tmp_path: Path, text: str) -> Manifest:
    path = tmp_path / "Tiny.yml"
    path.write_text(text)
    return Manifest.load(path)


def test_all_that_stash_knows_is_read_and_every_scalar_is_a_text(tmp_path):
    found = load(tmp_path, GOOD)
    assert (found.id, found.name, found.version, found.interface, found.err_log) == (
        "Tiny",
        "Tiny",
        "1",
        "raw",
        "",
    )
    task = found.task("Run")
    assert task is not None
    assert (task.exec_args, task.default_args) == (("a", "5"), {"mode": "run", "full": "true"})
    assert found.task("Walk") is None
    assert [hook.name for hook in found.hooks_for("Scene.Update.Post")] == ["changed"]
    assert found.hooks_for("Scene.Create.Post") == []
    assert found.settings == {"one": {"displayName": "One", "type": "NUMBER"}, "two": {}}


def test_a_plugin_without_a_name_has_that_of_its_file(tmp_path):
    assert load(tmp_path, "exec: [true]").name == "Tiny"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nmae: x", "field nmae not found"),
        ("tasks: [{name: a, defaults: {}}]", r"tasks\[0\]: field defaults not found"),
        (
            "hooks: [{name: a, triggeredBy: Scene.Update.Post}]",
            r"hooks\[0\].triggeredBy: not a list of texts",
        ),
        ("settings: {one: {type: STRING, default: x}}", "settings.one: field default not found"),
        ("settings: {one: {type: PASSWORD}}", "invalid type PASSWORD for setting one"),
        ("interface: telepathy", "invalid interface type telepathy"),
        ("ui: {csp: {img-src: [x]}}", "ui.csp: field img-src not found"),
        ("tasks: [{name: a, defaultArgs: {list: [1]}}]", "defaultArgs: not a map of texts"),
        ("name: [x]", "name: not a text"),
        ("tasks: {name: a}", "tasks: not what belongs there"),
        ("name: a\nname: b", "key 'name' already set"),
        ("name: 'a", "Tiny.yml"),
    ],
)
def test_anything_else_is_refused_with_its_place(tmp_path, text, why):
    with pytest.raises(ManifestError, match=why):
        load(tmp_path, text)


def test_the_manifest_of_this_project_loads_and_its_python_is_resolved():
    with StashSimulator(plugin_dir=Path(__file__).parents[2]) as stash:
        manifest = stash.plugins.loaded["StashPlexSync"]
        assert stash.logs == []
        assert manifest.exec[0] == "python"
        assert manifest.task("Sync Queued Scenes") is not None


def test_one_unknown_key_and_the_plugin_is_not_there(tmp_path):
    plugin = Plugin(tmp_path / "Tiny", "", colour="blue")
    with StashSimulator(plugin_dir=plugin.folder) as stash:
        assert stash.plugins.loaded == {}
        assert [line.level for line in stash.logs] == ["error"]
        assert "field colour not found" in stash.logs[0].message


def test_of_two_equal_ids_the_second_is_left_out_whatever_its_case(tmp_path):
    Plugin(tmp_path / "a", "", name="Tiny")
    Plugin(tmp_path / "b", "", name="TINY")
    with StashSimulator(plugin_dir=[tmp_path / "a", tmp_path / "b"]) as stash:
        assert list(stash.plugins.loaded) == ["Tiny"]
        assert "plugin ID TINY already exists" in stash.logs[0].message


def test_plugins_are_listed_and_read_anew_on_reload(tmp_path):
    plugin = Plugin(tmp_path / "Tiny", "", version="1")
    with StashSimulator(plugin_dir=plugin.folder) as stash:
        ask = "{plugins{id name version enabled tasks{name} hooks{name hooks}}}"
        assert stash.graphql(ask)["plugins"] == [
            {
                "id": "Tiny",
                "name": "Tiny",
                "version": "1",
                "enabled": True,
                "tasks": [{"name": "Run"}],
                "hooks": [
                    {
                        "name": "changed",
                        "hooks": ["Scene.Create.Post", "Scene.Update.Post", "Scene.Destroy.Post"],
                    }
                ],
            }
        ]
        Plugin(plugin.folder, "", version="2", tasks=[])
        assert stash.graphql("mutation{reloadPlugins}") == {"reloadPlugins": True}
        assert stash.graphql("{plugins{version tasks{name}}}")["plugins"] == [{"version": "2", "tasks": []}]
