"""Changes of scenes: what is stored, what is refused, and that nothing is stored by halves."""

from __future__ import annotations

import base64

import pytest

from simulators.stash import StashSimulator
from tests.simulators.stash_plugin import UPDATE

MANY = "mutation($i:[SceneUpdateInput!]!){scenesUpdate(input:$i){id}}"
BULK = "mutation($i:BulkSceneUpdateInput!){bulkSceneUpdate(input:$i){id}}"
NOW = 1_763_982_000.0


class Clock:
    """A second later at each look."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def stash():
    with StashSimulator(clock=Clock()) as simulator:
        for kind in ("studio", "performer", "tag", "group"):
            for number in (1, 2, 3):
                simulator.store.add_named(kind, f"{kind} {number}")
        yield simulator


@pytest.fixture
def scene(stash):
    row = stash.store.scenes[
        stash.store.add_scene(path="/media/a.mp4", title="Old", details="Words", tags=["tag 1"])
    ]
    stash.store.add_file(row.id, "/media/b.mp4")
    return row


def update(stash: StashSimulator, row: object, **values: object) -> None:
    stash.graphql(UPDATE, {"i": {"id": row.id, **values}})  # type: ignore[attr-defined]  # a row, as the fixture makes it


def test_only_the_keys_that_were_sent_change_and_null_clears(stash, scene):
    before = scene.updated_at
    update(stash, scene, title="New", studio_id="2", performer_ids=["2", "1"], urls=["https://x"])
    assert scene.updated_at > before
    assert (scene.values["title"], scene.values["details"], scene.studio_id) == ("New", "Words", 2)
    assert (scene.performer_ids, scene.tag_ids, scene.values["urls"]) == ([2, 1], [1], ["https://x"])
    update(stash, scene, details=None, studio_id=None, tag_ids=[], url="https://y", groups=[{"group_id": 3}])
    assert (scene.values["details"], scene.studio_id, scene.tag_ids, scene.group_ids) == (None, None, [], [3])
    assert scene.values["urls"] == ["https://y"]
    update(
        stash,
        scene,
        movies=[{"movie_id": 1}],
        primary_file_id="2",
        stash_ids=[{"endpoint": "e", "stash_id": "s"}],
    )
    assert scene.group_ids == [1]
    assert [file.id for file in scene.files] == [2, 1]
    assert scene.values["stash_ids"] == [{"endpoint": "e", "stash_id": "s"}]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"date": "May 2021"}, "converting date"),
        ({"tag_ids": ["99"]}, "FOREIGN KEY"),
        ({"performer_ids": ["1", "99"]}, "FOREIGN KEY"),
        ({"studio_id": "99"}, "FOREIGN KEY"),
        ({"groups": [{"group_id": 99}]}, "FOREIGN KEY"),
        ({"movies": [{"movie_id": 99}]}, "FOREIGN KEY"),
        ({"cover_image": "no base64!"}, "processing cover image"),
        ({"cover_image": "https://x/y.jpg"}, "fetches no pictures"),
        ({"primary_file_id": "99"}, "file with id 99 not associated with scene"),
    ],
)
def test_what_cannot_be_stored_is_refused(stash, scene, values, why):
    with pytest.raises(RuntimeError, match=why):
        update(stash, scene, **values)


def test_a_scene_without_files_needs_a_title(stash, scene):
    update(stash, scene, title="")
    bare = stash.store.scenes[stash.store.add_scene(title="x")]
    with pytest.raises(RuntimeError, match="title must be set"):
        update(stash, bare, title="")


@pytest.mark.parametrize("date", ["2021", "2021-05", "2021-05-30", "", None])
def test_a_date_may_be_partial(stash, scene, date):
    update(stash, scene, date=date)
    assert stash.graphql("{findScene(id:1){date}}")["findScene"]["date"] == (date or None)


def test_of_several_updates_all_are_stored_or_none(stash, scene):
    with pytest.raises(RuntimeError, match="scene with id 99 not found"):
        stash.graphql(MANY, {"i": [{"id": scene.id, "title": "A"}, {"id": 99, "title": "B"}]})
    with pytest.raises(RuntimeError, match="FOREIGN KEY"):
        stash.graphql(MANY, {"i": [{"id": scene.id, "title": "A"}, {"id": scene.id, "studio_id": 99}]})
    with pytest.raises(RuntimeError, match="scene with id 99 not found"):
        stash.graphql(BULK, {"i": {"ids": [scene.id, 99], "title": "A"}})
    with pytest.raises(RuntimeError, match="scene with id 99 not found"):
        stash.graphql("mutation{scenesDestroy(input:{ids:[1,99]})}")
    assert scene.values["title"] == "Old"
    assert scene.id in stash.store.scenes


def test_bulk_lists_are_set_added_to_and_taken_from(stash, scene):
    other = stash.store.scenes[stash.store.add_scene(title="y", tags=["tag 2"], urls=["a"])]

    def bulk(**change: object) -> None:
        stash.graphql(BULK, {"i": {"ids": [scene.id, other.id], **change}})

    bulk(tag_ids={"ids": ["3", "2"], "mode": "ADD"}, rating100=60)
    assert (scene.tag_ids, other.tag_ids) == ([1, 3, 2], [2, 3])
    assert scene.values["rating100"] == other.values["rating100"] == 60
    bulk(tag_ids={"ids": ["2"], "mode": "REMOVE"}, urls={"values": ["b"], "mode": "ADD"})
    assert (scene.tag_ids, other.tag_ids, other.values["urls"]) == ([1, 3], [3], ["a", "b"])
    bulk(performer_ids={"ids": ["1"], "mode": "SET"}, group_ids={"ids": ["2"], "mode": "SET"})
    assert (scene.performer_ids, other.performer_ids, other.group_ids) == ([1], [1], [2])
    bulk(movie_ids={"ids": ["2"], "mode": "REMOVE"}, tag_ids={"mode": "SET"})
    assert (other.group_ids, other.tag_ids) == ([], [])
    with pytest.raises(RuntimeError, match="FOREIGN KEY"):
        bulk(tag_ids={"ids": ["99"], "mode": "ADD"})
    with pytest.raises(RuntimeError, match="FOREIGN KEY"):
        bulk(movie_ids={"ids": ["99"], "mode": "ADD"})


def test_a_cover_comes_as_base64_with_or_without_a_head(stash, scene):
    text = base64.b64encode(b"\xff\xd8\xffone").decode()
    update(stash, scene, cover_image=f"data:image/jpeg;base64,{text}")
    assert scene.cover == b"\xff\xd8\xffone"
    update(stash, scene, cover_image=text, title="x")
    assert scene.cover == b"\xff\xd8\xffone"


def test_what_is_created_is_there_without_files(stash):
    created = stash.graphql('mutation{sceneCreate(input:{title:"x",tag_ids:["1"]}){id files{id} tags{name}}}')
    assert created["sceneCreate"]["files"] == []
    assert created["sceneCreate"]["tags"] == [{"name": "tag 1"}]
    with pytest.raises(RuntimeError, match="FOREIGN KEY"):
        stash.graphql('mutation{sceneCreate(input:{tag_ids:["77"]}){id}}')


def test_a_rename_shows_in_scenes_without_touching_them(stash, scene):
    before = scene.updated_at
    stash.graphql('mutation{tagUpdate(input:{id:1,name:"Renamed",parent_ids:["2"]}){name parents{name}}}')
    assert stash.graphql("{findScene(id:1){tags{name parents{name children{name}}} updated_at}}")[
        "findScene"
    ] == {
        "tags": [{"name": "Renamed", "parents": [{"name": "tag 2", "children": [{"name": "Renamed"}]}]}],
        "updated_at": before,
    }
    image = base64.b64encode(b"GIF89a").decode()
    shown = stash.graphql(
        f'mutation{{studioUpdate(input:{{id:1,parent_id:2,image:"{image}"}}){{image_path parent_studio{{name}}}}}}'
    )
    assert shown["studioUpdate"]["parent_studio"] == {"name": "studio 2"}
    assert "default" not in shown["studioUpdate"]["image_path"]
    with pytest.raises(RuntimeError, match="performer with id 9 not found"):
        stash.graphql('mutation{performerUpdate(input:{id:9,name:"x"}){id}}')


def test_merged_tags_are_one_tag_in_every_scene(stash, scene):
    update(stash, scene, tag_ids=["1", "2", "3"])
    before = scene.updated_at
    assert stash.graphql("mutation{tagsMerge(input:{source:[1,3],destination:2}){name}}") == {
        "tagsMerge": {"name": "tag 2"}
    }
    assert (scene.tag_ids, scene.updated_at, sorted(stash.store.tables["tag"])) == ([2], before, [2])
    assert stash.graphql("mutation{tagsMerge(input:{source:[],destination:2}){name}}") == {"tagsMerge": None}
    with pytest.raises(RuntimeError, match="tag with id 9 not found"):
        stash.graphql("mutation{tagsMerge(input:{source:[2],destination:9}){name}}")


def test_what_a_scene_points_to_and_is_gone_is_not_shown(stash, scene):
    scene.studio_id = 2
    del stash.store.tables["studio"][2]
    del stash.store.tables["tag"][1]
    assert stash.graphql("{findScene(id:1){studio{name} tags{name}}}")["findScene"] == {
        "studio": None,
        "tags": [],
    }
