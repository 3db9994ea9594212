"""Which hooks fire, with what, and how long a save waits for them."""

from __future__ import annotations

import http.client
import json
import time

import pytest

from simulators.stash import StashSimulator
from tests.simulators.stash_plugin import RECORD, UPDATE, Plugin, eventually
from tests.support import PATIENCE_S

EVERY = [
    "Scene.Create.Post",
    "Scene.Update.Post",
    "Scene.Destroy.Post",
    "Performer.Update.Post",
    "Studio.Update.Post",
    "Tag.Update.Post",
    "Tag.Merge.Post",
    "Group.Update.Post",
    "Movie.Update.Post",
    *(f"{name}.Destroy.Post" for name in ("Performer", "Studio", "Tag", "Group", "Movie")),
]


@pytest.fixture
def tiny(tmp_path):
    hooks = [{"name": "all", "triggeredBy": EVERY, "defaultArgs": {"from": "hook"}, "execArgs": ["--hook"]}]
    return Plugin(tmp_path / "Tiny", RECORD, hooks=hooks)


@pytest.fixture
def stash(tiny):
    with StashSimulator(plugin_dir=tiny.folder) as simulator:
        yield simulator


def test_an_update_tells_the_whole_input_and_the_fields_really_sent(stash, tiny):
    scene = stash.store.add_scene(title="Old")
    answer = stash.graphql(UPDATE, {"i": {"id": scene, "title": "New", "rating100": None}})
    assert answer == {"sceneUpdate": {"id": str(scene), "title": "New"}}
    (context,) = tiny.contexts
    assert (context["id"], context["type"]) == (scene, "Scene.Update.Post")
    assert sorted(context["inputFields"]) == ["id", "rating100", "title"]
    assert context["input"]["id"] == str(scene)
    assert context["input"]["title"] == "New"
    assert context["input"]["details"] is None
    assert "primary_file_id" in context["input"]
    assert tiny.heard[0]["stdin"]["args"]["from"] == "hook"
    assert tiny.heard[0]["argv"] == ["--hook"]
    (run,) = stash.hook_runs
    assert (run.type, run.scene_id, run.code, run.error, run.plugin, run.output) == (
        "Scene.Update.Post", scene, 0, None, "Tiny", "heard",
    )  # fmt: skip
    assert 0 < run.seconds < PATIENCE_S
    assert stash.hooks.runs is stash.hook_runs


def test_the_array_form_gives_every_hook_the_whole_array(stash, tiny):
    one, two = stash.store.add_scene(title="1"), stash.store.add_scene(title="2")
    inputs = [{"id": one, "title": "A"}, {"id": two, "organized": True}]
    stash.graphql("mutation($i:[SceneUpdateInput!]!){scenesUpdate(input:$i){id}}", {"i": inputs})
    assert [context["id"] for context in tiny.contexts] == [one, two]
    assert [sorted(context["inputFields"]) for context in tiny.contexts] == [
        ["id", "title"],
        ["id", "organized"],
    ]
    assert [[item["id"] for item in context["input"]] for context in tiny.contexts] == [
        [str(one), str(two)]
    ] * 2


def test_a_bulk_update_fires_once_for_each_scene_with_the_bulk_input(stash, tiny):
    ids = [stash.store.add_scene(title=str(number)) for number in range(3)]
    change = {"ids": ids, "details": "All"}
    stash.graphql("mutation($i:BulkSceneUpdateInput!){bulkSceneUpdate(input:$i){id}}", {"i": change})
    assert [context["id"] for context in tiny.contexts] == ids
    assert all(context["input"]["ids"] == [str(one) for one in ids] for context in tiny.contexts)
    assert tiny.contexts[0]["input"]["title"] is None


def test_what_is_created_has_no_input_and_what_is_destroyed_says_where_it_was(stash, tiny):
    created = stash.graphql('mutation{sceneCreate(input:{title:"x"}){id}}')["sceneCreate"]["id"]
    scenes = [stash.store.add_scene(path=f"/media/{n}.mp4", fingerprints={"md5": "m"}) for n in range(2)]
    stash.graphql("mutation($i:SceneDestroyInput!){sceneDestroy(input:$i)}", {"i": {"id": scenes[0]}})
    stash.graphql(
        "mutation($i:ScenesDestroyInput!){scenesDestroy(input:$i)}", {"i": {"ids": [scenes[1], int(created)]}}
    )
    first, second, third, fourth = tiny.contexts
    assert first == {"id": int(created), "type": "Scene.Create.Post", "input": None}
    assert (second["input"]["id"], second["input"]["path"], second["input"]["checksum"]) == (
        str(scenes[0]), "/media/0.mp4", "m",
    )  # fmt: skip
    assert len(second["input"]["oshash"]) == 16
    assert "inputFields" not in second
    assert third["input"]["ids"] == [str(scenes[1]), created]
    assert fourth["input"]["path"] == ""


def test_others_fire_only_their_own_hooks(stash, tiny):
    kinds = ("performer", "studio", "tag", "group")
    stash.store.add_scene(title="x", performers=["P"], studio="S", tags=["T", "U"], groups=["G"])
    for kind in kinds:
        name = kind.capitalize()
        answer = stash.graphql(
            f"mutation($i:{name}UpdateInput!){{{kind}Update(input:$i){{id name}}}}",
            {"i": {"id": 1, "name": "Z"}},
        )
        assert answer[f"{kind}Update"] == {"id": "1", "name": "Z"}
    stash.graphql("mutation{tagsMerge(input:{source:[2],destination:1}){id}}")
    assert [context["type"] for context in tiny.contexts] == [
        "Performer.Update.Post",
        "Studio.Update.Post",
        "Tag.Update.Post",
        "Group.Update.Post",
        "Movie.Update.Post",
        "Tag.Merge.Post",
    ]
    assert tiny.contexts[-1]["input"] == {"source": ["2"], "destination": "1"}


def test_a_destroyed_performer_or_the_like_leaves_the_scenes_and_fires_its_own_hook(stash, tiny):
    scene = stash.store.add_scene(title="x", performers=["P"], studio="S", tags=["T", "U"], groups=["G"])
    before = stash.store.scenes[scene].updated_at
    for kind in ("performer", "studio", "tag", "group"):
        query = f"mutation{{{kind}Destroy(input:{{id:1}})}}"
        assert stash.graphql(query) == {f"{kind}Destroy": True}
        with pytest.raises(RuntimeError, match=f"{kind} with id 1 not found"):
            stash.graphql(query)
    row = stash.store.scenes[scene]
    assert (row.performer_ids, row.studio_id, row.tag_ids, row.group_ids) == ([], None, [2], [])
    assert row.updated_at == before
    types = [context["type"] for context in tiny.contexts]
    assert types == [f"{name}.Destroy.Post" for name in ("Performer", "Studio", "Tag", "Group", "Movie")]
    assert "inputFields" not in tiny.contexts[0]


def test_a_new_picture_or_a_failed_change_fires_nothing(stash, tiny):
    scene = stash.store.add_scene(title="x")
    stash.graphql(f"mutation{{sceneGenerateScreenshot(id:{scene})}}")
    with pytest.raises(RuntimeError, match="scene with id 99 not found"):
        stash.graphql(UPDATE, {"i": {"id": 99, "title": "x"}})
    assert tiny.contexts == []


def test_a_hook_that_the_manifest_does_not_name_does_not_fire(tmp_path):
    plugin = Plugin(tmp_path / "Tiny", RECORD, hooks=[{"name": "x", "triggeredBy": ["Scene.Create.Post"]}])
    with StashSimulator(plugin_dir=plugin.folder) as stash:
        scene = stash.store.add_scene(title="x")
        stash.graphql(UPDATE, {"i": {"id": scene, "title": "y"}})
    assert plugin.heard == []


def test_a_scan_fires_before_the_cover_is_there(tmp_path):
    look = """
        import json, sys, urllib.request
        heard = json.load(sys.stdin)
        connection = heard["server_connection"]
        port, scene = connection["Port"], heard["args"]["hookContext"]["id"]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{port}/scene/{scene}/screenshot") as answer:
            kind = answer.headers["Content-Type"]
        body = json.dumps({"query": "{jobQueue{description}}"}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, {"Content-Type": "application/json"})
        with opener.open(request) as answer:
            queue = json.load(answer)["data"]["jobQueue"]
        print(json.dumps({"output": [kind, queue, heard["args"]["hookContext"]]}))
    """
    plugin = Plugin(tmp_path / "Tiny", look)
    with StashSimulator(plugin_dir=plugin.folder) as stash:
        scene = stash.scan_new("/media/a.mp4", cover=b"\xff\xd8\xffcover", size=5)
        before = stash.store.scenes[scene].updated_at
        assert stash.hook_runs[0].output == [
            "image/svg+xml",
            None,
            {"id": scene, "type": "Scene.Create.Post", "input": None},
        ]
        assert stash.store.scenes[scene].cover == b"\xff\xd8\xffcover"
        assert stash.store.scenes[scene].updated_at == before
        stash.scan_changed(scene, "/media/b.mp4", in_job=True)
        assert [file.path for file in stash.store.scenes[scene].files] == ["/media/a.mp4", "/media/b.mp4"]
        assert stash.hook_runs[1].output[1:] == [
            [{"description": "Scanning..."}],
            {"id": scene, "type": "Scene.Update.Post", "input": None},
        ]


def test_a_save_waits_for_each_hook_one_after_another_and_succeeds_whatever_they_say(tmp_path):
    slow = """
        import sys, time
        sys.stdin.read(); time.sleep(0.2)
        sys.exit("\\x01w\\x02failing")
    """
    first = Plugin(tmp_path / "a", slow, name="First")
    second = Plugin(
        tmp_path / "b",
        slow,
        name="Second",
        hooks=[{"name": n, "triggeredBy": ["Scene.Update.Post"]} for n in "xy"],
    )
    with StashSimulator(plugin_dir=[first.folder, second.folder]) as stash:
        scene = stash.store.add_scene(title="x")
        start = time.monotonic()
        assert stash.graphql(UPDATE, {"i": {"id": scene, "title": "y"}})["sceneUpdate"]["title"] == "y"
        assert time.monotonic() - start > 0.6
        assert [(run.plugin, run.code, run.error) for run in stash.hook_runs] == [
            ("First", 1, "exit status 1"),
            ("Second", 1, "exit status 1"),
            ("Second", 1, "exit status 1"),
        ]
        assert "Scene.Update.Post [First]: returned error: exit status 1" in [
            line.message for line in stash.logs
        ]


def test_when_one_cannot_be_started_the_others_are_skipped(tmp_path):
    broken = Plugin(tmp_path / "a", "", name="Broken", exec=["no-such-program"])
    tiny = Plugin(tmp_path / "b", RECORD)
    with StashSimulator(plugin_dir=[broken.folder, tiny.folder]) as stash:
        stash.scan_new("/media/a.mp4")
        assert [run.plugin for run in stash.hook_runs] == ["Broken"]
        assert stash.logs[-1].message.startswith("error executing post hooks: error running plugin")
    assert tiny.heard == []


def test_who_closes_the_tab_kills_the_hook_and_those_that_would_follow(tmp_path):
    sleepy = Plugin(tmp_path / "a", "import time; time.sleep(600)", name="Sleepy")
    tiny = Plugin(tmp_path / "b", RECORD)
    with StashSimulator(plugin_dir=[sleepy.folder, tiny.folder]) as stash:
        scene = stash.store.add_scene(title="x")
        connection = http.client.HTTPConnection("127.0.0.1", stash.port)
        body = json.dumps({"query": UPDATE, "variables": {"i": {"id": scene, "title": "y"}}})
        connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
        eventually(lambda: stash.store.scenes[scene].values.get("title") == "y")
        connection.close()
        eventually(lambda: stash.hook_runs)
        assert (stash.hook_runs[0].code, stash.hook_runs[0].error) == (-9, "operation cancelled")
        eventually(lambda: any("operation cancelled" in line.message for line in stash.logs))
    assert tiny.heard == []


ASK_AGAIN = """
    import json, sys, urllib.request
    heard = json.load(sys.stdin)
    connection = heard["server_connection"]
    context = heard["args"]["hookContext"]
    headers = {"Content-Type": "application/json"}
    if HOW == "cookie":
        headers["Cookie"] = "session=" + connection["SessionCookie"]["Value"]
    else:
        headers["ApiKey"] = "key-1"
    query = 'mutation($i:SceneUpdateInput!){sceneUpdate(input:$i){id}}'
    number = int(context["input"]["title"]) + 1
    if number < 15:
        body = {"query": query, "variables": {"i": {"id": context["id"], "title": str(number)}}}
        request = urllib.request.Request(f"http://127.0.0.1:{connection['Port']}/graphql", json.dumps(body).encode(), headers)
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).read()
    print("{}")
"""


@pytest.mark.slow
@pytest.mark.parametrize(("how", "title", "runs"), [("cookie", "10", 10), ("key", "14", 15)])
def test_a_hook_that_edits_its_scene_is_stopped_after_ten_rounds_but_not_with_an_api_key(
    tmp_path, how, title, runs
):
    plugin = Plugin(tmp_path / "Tiny", f"HOW = {how!r}\n" + ASK_AGAIN.replace("\n    ", "\n"))
    with StashSimulator(plugin_dir=plugin.folder, require_login=True, api_key="key-1") as stash:
        scene = stash.store.add_scene(title="")
        stash.graphql(UPDATE, {"i": {"id": scene, "title": "0"}})
        assert stash.store.scenes[scene].values["title"] == title
        assert len(stash.hook_runs) == runs
        loops = [line for line in stash.logs if "cyclic loop detected: plugin ID 'Tiny'" in line.message]
        assert len(loops) == (1 if how == "cookie" else 0)


def test_an_event_without_an_id_has_none_in_its_context(stash, tiny):
    stash.plugins.fire("Scene.Update.Post", 0, {}, None)
    assert tiny.contexts == [{"type": "Scene.Update.Post", "input": {}}]
