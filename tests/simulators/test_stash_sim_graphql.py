"""The schema is Stash's, and what does not fit it is refused as Stash refuses it."""

from __future__ import annotations

import http.client
import json

import pytest

from simulators.stash import StashSimulator
from simulators.stash.schema import version_numbers
from tests.simulators.stash_plugin import UPDATE
from tests.support import PATIENCE_S


@pytest.fixture
def stash():
    with StashSimulator() as simulator:
        yield simulator


@pytest.mark.parametrize(
    ("query", "variables", "why"),
    [
        ("{version{versoin}}", None, "Cannot query field 'versoin'"),
        ("{version", None, "Syntax Error"),
        ("query($i:Int!){findScenes(scene_ids:[$i]){count}}", {"i": "x"}, "Int cannot represent"),
        ("query($i:Int!){findScenes(scene_ids:[$i]){count}}", {}, "to be provided"),
        ('{findScenes(filter:{sortt:"id"}){count}}', None, "sortt"),
        ("query($i:Int){version{hash}}", None, "never used"),
        (UPDATE, {"i": {"title": "no id"}}, "id"),
        ("", None, "no operation provided"),
    ],
)
def test_what_does_not_fit_the_schema_is_422_and_never_runs(stash, query, variables, why):
    status, answer = stash.post({"query": query, "variables": variables})
    assert (status, answer["data"]) == (422, None)
    assert why in answer["errors"][0]["message"]
    assert answer["errors"][0]["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}


def test_what_fails_while_it_runs_is_200_with_errors_and_a_path(stash):
    status, answer = stash.post({"query": '{findScenes(ids:["7"]){count}}'})
    assert status == 200
    assert answer["errors"][0]["message"] == "scene with id 7 not found"
    assert answer["errors"][0]["path"] == ["findScenes"]


def test_one_of_several_operations_is_chosen_by_its_name(stash):
    body = {"query": "query A{version{hash}} query B{jobQueue{id}}", "operationName": "B"}
    assert stash.post(body) == (200, {"data": {"jobQueue": None}})


def raw(stash: StashSimulator, body: bytes, kind: str = "application/json", path: str = "/graphql"):
    connection = http.client.HTTPConnection("127.0.0.1", stash.port, timeout=PATIENCE_S)
    try:
        connection.request("POST", path, body, {"Content-Type": kind})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_body_that_is_no_json_or_of_another_type_is_400(stash):
    assert raw(stash, b"{")[0] == 400
    assert raw(stash, b'{"query":"{version{hash}}"}', "text/plain")[0] == 400
    assert raw(stash, b"[]")[0] == 422
    assert raw(stash, b"{}", path="/elsewhere")[0] == 404


def test_a_large_file_has_a_whole_number_for_its_size(stash):
    stash.store.add_scene(
        path="C:\\media\\a.mp4", size=7_000_000_000, duration=1.5, fingerprints={"phash": "ff"}
    )
    fields = 'files{path basename size duration fingerprint(type:"phash") fingerprints{type value} mod_time}'
    (scene,) = stash.graphql(f"{{findScenes{{scenes{{{fields}}} filesize duration count}}}}")["findScenes"][
        "scenes"
    ]
    (file,) = scene["files"]
    assert (file["size"], file["basename"], file["fingerprint"]) == (7_000_000_000, "a.mp4", "ff")
    assert [one["type"] for one in file["fingerprints"]] == ["oshash", "phash"]


EVERYTHING = """{findScene(id:1){
  id title code details director date rating100 organized o_counter url urls interactive interactive_speed
  created_at updated_at last_played_at resume_time play_duration play_count play_history o_history
  captions{language_code} stash_ids{endpoint stash_id} galleries{id} scene_markers{id title seconds end_seconds}
  paths{screenshot preview stream webp vtt sprite}
  studio{id name image_path parent_studio{name parent_studio{name}}}
  performers{id name disambiguation gender alias_list image_path tags{name}}
  tags{id name parents{name parents{name}} children{name}}
  groups{scene_index group{id name front_image_path}} movies{movie{name}}
}}"""


def test_a_scene_shows_all_that_belongs_to_it(stash):
    store = stash.store
    top = store.add_named("tag", "Top")
    middle = store.add_named("tag", "Middle", parent_ids=[top])
    store.add_named("tag", "Low", parent_ids=[middle])
    network = store.add_named("studio", "Network")
    store.add_named("studio", "Studio", parent_id=network)
    store.add_named(
        "performer", "Ann", gender="FEMALE", disambiguation="the tall", tag_ids=[top], image=b"\xff\xd8\xff"
    )
    store.add_scene(
        path="/m/a.mp4", title="T", date="2021-05", rating100=80, studio="Studio", performers=["Ann"], tags=["Low"],
        groups=["G"], urls=["https://x"], play_history=["2025-01-01T00:00:00Z"],
    )  # fmt: skip
    scene = stash.graphql(EVERYTHING)["findScene"]
    assert (scene["title"], scene["date"], scene["code"], scene["organized"]) == ("T", "2021-05", None, False)
    assert (scene["url"], scene["play_count"], scene["o_counter"]) == ("https://x", 1, 0)
    assert scene["studio"]["parent_studio"] == {"name": "Network", "parent_studio": None}
    assert scene["tags"][0]["parents"] == [{"name": "Middle", "parents": [{"name": "Top"}]}]
    (ann,) = scene["performers"]
    assert (ann["gender"], ann["disambiguation"], ann["tags"]) == ("FEMALE", "the tall", [{"name": "Top"}])
    assert ann["image_path"].startswith(f"{stash.url}/performer/1/image?t=")
    assert not ann["image_path"].endswith("default=true")
    assert scene["studio"]["image_path"].endswith("&default=true")
    assert scene["groups"][0]["group"]["name"] == "G"
    assert scene["movies"] == [{"movie": {"name": "G"}}]
    assert scene["created_at"] == scene["updated_at"]
    assert stash.graphql("{findScene(id:9){id}}") == {"findScene": None}


def test_addresses_have_the_host_of_the_request(stash):
    stash.store.add_scene(title="x")
    connection = http.client.HTTPConnection("127.0.0.1", stash.port, timeout=PATIENCE_S)
    body = json.dumps({"query": "{findScene(id:1){paths{screenshot} updated_at}}"})
    connection.request(
        "POST", "/graphql", body, {"Content-Type": "application/json", "Host": "stash.lan:9999"}
    )
    scene = json.loads(connection.getresponse().read())["data"]["findScene"]
    connection.close()
    assert scene["paths"]["screenshot"].startswith("http://stash.lan:9999/scene/1/screenshot?t=1")


def test_before_groups_there_were_movies(stash):
    with StashSimulator(version="v0.26.2") as old:
        assert old.post({"query": "{findScenes{scenes{groups{group{name}}}}}"})[0] == 422
        old.store.add_scene(title="x", groups=["G"])
        assert old.graphql("{findScenes{scenes{movies{movie{name}}}}}")["findScenes"]["scenes"] == [
            {"movies": [{"movie": {"name": "G"}}]}
        ]
        assert old.graphql("{version{version}}") == {"version": {"version": "v0.26.2"}}
        assert old.post({"query": "{findScene(id:1){scene_markers{end_seconds}}}"})[0] == 422
        with pytest.raises(RuntimeError, match="converting date"):
            old.graphql(UPDATE, {"i": {"id": 1, "date": "2021"}})
    assert stash.post({"query": "{findScenes{scenes{groups{group{name}}}}}"})[0] == 200


def test_a_version_must_look_like_one():
    assert version_numbers("0.28.1") == (0, 28)
    with pytest.raises(ValueError, match="is no version of Stash"):
        StashSimulator(version="newest")


def test_settings_are_replaced_whole_and_asked_for_by_plugin(stash):
    save = "mutation($p:ID!,$i:Map!){configurePlugin(plugin_id:$p,input:$i)}"
    assert stash.graphql(save, {"p": "One", "i": {"a": 1, "b": {"c": [True, 1.5]}}}) == {
        "configurePlugin": {"a": 1, "b": {"c": [True, 1.5]}}
    }
    stash.graphql(save, {"p": "One", "i": {"b": ""}})
    stash.graphql(save, {"p": "Two", "i": {"x": "y"}})
    ask = "query($n:[ID!]){configuration{plugins(include:$n)}}"
    assert stash.graphql(ask, {"n": ["One", "Three"]})["configuration"] == {"plugins": {"One": {"b": ""}}}
    assert set(stash.graphql(ask)["configuration"]["plugins"]) == {"One", "Two"}


def test_stash_tells_of_itself(stash):
    stash.status, stash.ffmpeg_path = "NEEDS_MIGRATION", "/usr/bin/ffmpeg"
    answer = stash.graphql(
        "{systemStatus{status databaseSchema ffmpegPath} configuration{general{apiKey ffmpegPath maxSessionAge}}}"
    )
    assert answer["systemStatus"] == {
        "status": "NEEDS_MIGRATION",
        "databaseSchema": 75,
        "ffmpegPath": "/usr/bin/ffmpeg",
    }
    assert answer["configuration"]["general"] == {
        "apiKey": "",
        "ffmpegPath": "/usr/bin/ffmpeg",
        "maxSessionAge": 3600,
    }


def test_scenes_are_found_by_hash(stash):
    scene = stash.store.add_scene(path="/a.mp4", fingerprints={"md5": "abc"})
    oshash = stash.store.scenes[scene].files[0].fingerprints["oshash"]
    ask = "query($i:SceneHashInput!){findSceneByHash(input:$i){id}}"
    assert stash.graphql(ask, {"i": {"oshash": oshash}}) == {"findSceneByHash": {"id": str(scene)}}
    assert stash.graphql(ask, {"i": {"checksum": "abc"}}) == {"findSceneByHash": {"id": str(scene)}}
    assert stash.graphql(ask, {"i": {"oshash": "0"}}) == {"findSceneByHash": None}


def test_every_request_is_noted(stash):
    stash.graphql("query($i:ID){findScene(id:$i){id}}", {"i": 5})
    assert stash.requests == [("query($i:ID){findScene(id:$i){id}}", {"i": 5})]
    (call,) = stash.calls
    assert (call.method, call.path, call.status, call.with_key, call.with_cookie) == (
        "POST",
        "/graphql",
        200,
        False,
        False,
    )
