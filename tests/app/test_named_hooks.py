"""A performer, studio, tag or group is changed in Stash: the scenes that show it follow by themselves, through real hooks."""

from __future__ import annotations

from tests.support import wait_for

RENAME = "mutation($i:PerformerUpdateInput!){performerUpdate(input:$i){id}}"


def shown(installed, key: int, kind: str) -> list[str]:
    return list(installed.plex.item(key).tags.get(kind, []))


def test_a_rename_a_merge_and_a_deletion_reach_plex_by_themselves(installed):
    scene, key = installed.scene(
        title="A", performers=["Ann"], tags=["Red", "Rot", "Blue"], groups=["Trains"]
    )
    store = installed.stash.store
    installed.run("Sync All Scenes")
    installed.stash.graphql(RENAME, {"i": {"id": store.named("performer", "Ann"), "name": "Bea"}})
    wait_for(lambda: shown(installed, key, "actor") == ["Bea"], "the rename did not arrive")
    red, rot, blue = (store.named("tag", name) for name in ("Red", "Rot", "Blue"))
    installed.stash.graphql(f"mutation{{tagsMerge(input:{{source:[{rot}],destination:{red}}}){{id}}}}")
    wait_for(lambda: shown(installed, key, "genre") == ["Red", "Blue"], "the merge did not arrive")
    installed.stash.graphql(f"mutation{{tagDestroy(input:{{id:{blue}}})}}")
    wait_for(lambda: shown(installed, key, "genre") == ["Red"], "the deletion did not arrive")
    group = store.named("group", "Trains")
    installed.stash.graphql(f'mutation{{groupUpdate(input:{{id:{group},name:"Planes"}}){{id}}}}')
    wait_for(lambda: "Planes" in shown(installed, key, "collection"), "the group's name did not arrive")
    assert not installed.lines("warning", "error")
    assert scene


def test_what_reaches_no_plex_is_not_even_noted(installed):
    installed.scene(performers=["Ann"])
    installed.stash.graphql(RENAME, {"i": {"id": 1, "details": "born", "alias_list": ["A."]}})
    assert [run.output for run in installed.stash.plugins.runs] == ["nothing that Plex shows has changed"]
    assert not installed.data.exists()
