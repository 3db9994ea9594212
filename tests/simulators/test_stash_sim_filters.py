"""Which scenes a query finds, in which order, and page by page."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.stash import StashSimulator
from simulators.stash.filters import _like
from tests.support import Clock

FIND = "query($f:FindFilterType,$s:SceneFilterType){findScenes(filter:$f,scene_filter:$s){count scenes{id}}}"
NOW = 1_763_982_000.0


@pytest.fixture
def clock():
    return Clock(NOW)


@pytest.fixture
def stash(clock):
    with StashSimulator(clock=clock) as simulator:
        yield simulator


def find(stash: StashSimulator, wanted: object = None, **paging: object) -> list[int]:
    answer = stash.graphql(FIND, {"f": {"per_page": -1, **paging}, "s": wanted})
    return [int(scene["id"]) for scene in answer["findScenes"]["scenes"]]


def test_ids_come_in_the_order_asked_for_and_filters_are_ignored(stash):
    ids = [stash.store.add_scene(title=str(n)) for n in range(30)]
    ask = 'query($i:[ID!]){findScenes(ids:$i,filter:{per_page:1,sort:"nonsense"}){count scenes{id}}}'
    answer = stash.graphql(ask, {"i": ids[::-1]})["findScenes"]
    assert [int(scene["id"]) for scene in answer["scenes"]] == ids[::-1]
    assert answer["count"] == 30
    older = "query($i:[Int!]){findScenes(scene_ids:$i){scenes{id}}}"
    assert stash.graphql(older, {"i": ids[:2]})["findScenes"]["scenes"] == [{"id": "1"}, {"id": "2"}]


@pytest.mark.parametrize(
    ("argument", "why"),
    [
        ('ids:["1","77"]', "^scene with id 77 not found$"),
        ("scene_ids:[1,77]", "^scene with id 77 not found$"),
        ('ids:["1","1"]', "duplicate id found: 1"),
        ("scene_ids:[1,1]", "^scene with id 1 not found$"),
    ],
)
def test_one_odd_id_fails_the_whole_query(stash, argument, why):
    stash.store.add_scene(title="x")
    with pytest.raises(RuntimeError, match=why):
        stash.graphql(f"{{findScenes({argument}){{count}}}}")


def test_no_ids_at_all_is_an_ordinary_query(stash):
    stash.store.add_scene(title="x")
    assert stash.graphql("{findScenes(ids:[]){count}}") == {"findScenes": {"count": 1}}


def test_pages_have_25_scenes_unless_told_and_a_negative_size_is_everything(stash):
    ids = [stash.store.add_scene(title=str(n)) for n in range(60)]
    assert len(stash.graphql("{findScenes{scenes{id}}}")["findScenes"]["scenes"]) == 25
    assert find(stash) == ids
    assert find(stash, per_page=20, page=2) == ids[20:40]
    assert find(stash, per_page=20, page=0) == ids[:20]
    assert find(stash, per_page=20, page=9) == []
    assert find(stash, per_page=0) == []
    answer = stash.graphql(FIND, {"f": {"per_page": 7}})["findScenes"]
    assert (answer["count"], len(answer["scenes"])) == (60, 7)


def test_keyset_paging_by_id_tolerates_gaps(stash):
    ids = [stash.store.add_scene(title=str(n)) for n in range(10)]
    del stash.store.scenes[5]
    rest = [one for one in ids if one != 5]
    assert find(stash, {"id": {"value": 3, "modifier": "GREATER_THAN"}}, sort="id", per_page=4) == [
        4,
        6,
        7,
        8,
    ]
    assert find(stash, {"id": {"value": 2, "value2": 6, "modifier": "BETWEEN"}}) == [2, 3, 4, 6]
    assert find(stash, {"id": {"value": 2, "value2": 6, "modifier": "NOT_BETWEEN"}}) == [1, 7, 8, 9, 10]
    assert find(stash, {"id": {"value": 3, "modifier": "LESS_THAN"}}) == [1, 2]
    assert find(stash, {"id": {"value": 3, "modifier": "EQUALS"}}) == [3]
    assert find(stash, {"id": {"value": 3, "modifier": "NOT_EQUALS"}}) == [one for one in rest if one != 3]
    with pytest.raises(RuntimeError, match="internal system error"):
        find(stash, {"id": {"value": 3, "modifier": "INCLUDES"}})


def test_times_are_compared_as_text_so_another_offset_is_wrong(stash, clock):
    early = stash.store.add_scene(title="early")
    clock.now += 1800
    late = stash.store.add_scene(title="late")
    own = stash.store.scenes[early].updated_at
    assert own.endswith("+01:00")
    newer = {"updated_at": {"value": own, "modifier": "GREATER_THAN"}}
    assert find(stash, newer) == [late]
    in_utc = dt.datetime.fromisoformat(own).astimezone(dt.UTC).isoformat()
    assert find(stash, {"updated_at": {"value": in_utc, "modifier": "GREATER_THAN"}}) == [early, late]
    assert find(stash, {"created_at": {"value": own, "modifier": "BETWEEN"}}) == [early, late]


def test_a_change_of_the_servers_offset_breaks_the_order_of_the_texts(stash, clock):
    stash.store.offset = dt.timedelta(hours=2)
    summer = stash.store.add_scene(title="summer")
    clock.now += 60
    stash.store.offset = dt.timedelta(hours=1)
    winter = stash.store.add_scene(title="winter")
    assert find(stash, sort="updated_at") == [winter, summer]


def test_sorts_have_a_direction_and_end_with_the_title(stash):
    b = stash.store.add_scene(title="B", rating100=50, path="/z.mp4", size=1, duration=9.0, date="2020-01-01")
    a = stash.store.add_scene(title="a", rating100=50, path="/y.mp4", size=2, duration=8.0, organized=True)
    c = stash.store.add_scene(path="/C.mp4", size=3, duration=7.0)
    assert find(stash, sort="rating") == [c, a, b]
    assert find(stash, sort="rating", direction="DESC") == [a, b, c]
    assert find(stash, sort="title") == [a, b, c]
    assert find(stash, sort="path") == [c, a, b]
    assert find(stash, sort="filesize", direction="DESC") == [c, a, b]
    assert find(stash, sort="duration") == [c, a, b]
    assert find(stash, sort="date", direction="DESC")[0] == b
    assert find(stash, sort="organized", direction="DESC")[0] == a
    assert len(find(stash, sort="file_mod_time")) == len(find(stash, sort="created_at")) == 3
    assert sorted(find(stash, sort="random_5")) == [b, a, c]
    assert find(stash, sort="random_5") == find(stash, sort="random_5")
    for wrong in ("size", "random_x"):
        with pytest.raises(RuntimeError, match="invalid"):
            find(stash, sort=wrong)


def test_texts_are_compared_as_sqlite_compares_them(stash):
    one = stash.store.add_scene(title="Sunny Day", path="/media/one.mp4", code="A-1")
    two = stash.store.add_scene(title="Rain", path="/media/two.mp4")

    def by(name: str, value: str, modifier: str) -> list[int]:
        return find(stash, {name: {"value": value, "modifier": modifier}})

    assert by("title", "sunny day", "EQUALS") == [one]
    assert by("title", "s%y", "EQUALS") == [one]
    assert by("title", "rain", "NOT_EQUALS") == [one]
    assert by("title", "day night", "INCLUDES") == [one]
    assert by("title", '"day night"', "INCLUDES") == []
    assert by("title", "day", "EXCLUDES") == [two]
    assert by("title", "^R", "MATCHES_REGEX") == [two]
    assert by("title", "^R", "NOT_MATCHES_REGEX") == [one]
    assert by("code", "", "IS_NULL") == [two]
    assert by("code", "", "NOT_NULL") == [one]
    assert by("path", "/media/two.mp4", "EQUALS") == [two]
    assert by("path", '"/media/two.mp4"', "EQUALS") == []  # quotes belong to INCLUDES
    assert by("path", '"/media/two.mp4"', "INCLUDES") == [two]
    with pytest.raises(RuntimeError, match="internal system error"):
        by("title", "x", "BETWEEN")


def test_relations_and_combinations(stash):
    store = stash.store
    both = store.add_scene(title="both", tags=["x", "y"], performers=["P"], studio="S", organized=True)
    only = store.add_scene(title="only", tags=["x"], rating100=40)
    none = store.add_scene(title="none", groups=["G"])
    x, y = (str(store.named("tag", name)) for name in "xy")

    def tags(modifier: str, *ids: str, **more: object) -> dict[str, object]:
        return {"tags": {"value": list(ids), "modifier": modifier, **more}}

    assert find(stash, tags("INCLUDES", x)) == [both, only]
    assert find(stash, tags("INCLUDES_ALL", x, y)) == [both]
    assert find(stash, tags("EXCLUDES", y)) == [only, none]
    assert find(stash, tags("EQUALS", x)) == [only]
    assert find(stash, tags("IS_NULL")) == [none]
    assert find(stash, tags("NOT_NULL")) == [both, only]
    assert find(stash, tags("INCLUDES", x, excludes=[y])) == [only]
    with pytest.raises(RuntimeError, match="invalid modifier"):
        find(stash, tags("BETWEEN", x))
    assert find(stash, {"studios": {"value": ["1"], "modifier": "INCLUDES"}}) == [both]
    assert find(stash, {"performers": {"value": ["1"], "modifier": "INCLUDES"}}) == [both]
    assert find(stash, {"groups": {"value": ["1"], "modifier": "INCLUDES"}}) == [none]
    assert find(stash, {"organized": True}) == [both]
    assert find(stash, {"rating100": {"value": 0, "modifier": "IS_NULL"}}) == [both, none]
    assert find(stash, {"organized": True, "OR": {"title": {"value": "none", "modifier": "EQUALS"}}}) == [
        both,
        none,
    ]
    assert find(stash, {"NOT": {"organized": True}}) == [only, none]
    assert find(stash, {**tags("INCLUDES", x), "AND": {"organized": False}}) == [only]


def test_depth_counts_the_levels_below(stash):
    store = stash.store
    top = store.named("tag", "top")
    mid = store.add_named("tag", "mid", parent_ids=[top])
    low = store.add_named("tag", "low", parent_ids=[str(mid)])
    scenes = [store.add_scene(title=name, tags=[name]) for name in ("top", "mid", "low")]
    owner = store.named("studio", "owner")
    store.add_named("studio", "child", parent_id=str(owner))
    made = store.add_scene(title="made", studio="child", tags=["low", "top"])

    def with_tags(modifier: str, depth: int | None, *ids: int) -> list[int]:
        return find(
            stash, {"tags": {"value": [str(one) for one in ids], "modifier": modifier, "depth": depth}}
        )

    assert with_tags("INCLUDES", None, top) == with_tags("INCLUDES", 0, top) == [scenes[0], made]
    assert with_tags("INCLUDES", 1, top) == [scenes[0], scenes[1], made]
    assert with_tags("INCLUDES", -1, top) == with_tags("INCLUDES", 2, top) == [*scenes, made]
    assert with_tags("INCLUDES_ALL", 1, mid, top) == [scenes[1], made]
    assert with_tags("EXCLUDES", 1, mid) == [scenes[0]]
    assert with_tags("INCLUDES", 0, low) == [scenes[2], made]
    assert find(stash, {"studios": {"value": [str(owner)], "modifier": "INCLUDES", "depth": 1}}) == [made]
    assert find(stash, {"studios": {"value": [str(owner)], "modifier": "INCLUDES"}}) == []


@given(st.text(alphabet="ab%_.", max_size=8), st.text(alphabet="ab.", max_size=8))
def test_without_wildcards_like_is_equality_and_percent_takes_anything(pattern, value):
    assert _like(value, "%")
    assert _like(value, value.upper())
    if not set(pattern) & {"%", "_"}:
        assert _like(value, pattern) == (value == pattern)
