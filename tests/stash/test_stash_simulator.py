"""The client and the light client against the simulated Stash, which checks every document against Stash's schema."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from simulators.stash import StashSimulator, jpeg
from stash.client import StashClient
from stash.exceptions import StashDown, StashRefused
from stash.light import LightError, LightStash
from stash.redact import Secrets
from stash.runtime import Connection, parse
from tests.support import PATIENCE_S, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MANIFEST = """name: Probe
version: 0.0.1
exec: [python, "{pluginDir}/probe.py"]
interface: raw
tasks:
  - name: Sync Queued Scenes
    defaultArgs: {mode: drain}
"""
PROBE = """import sys, pathlib
pathlib.Path(__file__).with_name("heard.json").write_text(sys.stdin.read())
print('{"output": "ok"}')
"""


@pytest.fixture
def stash() -> Iterator[StashSimulator]:
    with StashSimulator() as simulator:
        yield simulator


@pytest.fixture
def client(stash: StashSimulator) -> Iterator[StashClient]:
    with StashClient(connection(stash)) as made:
        yield made


def connection(stash: StashSimulator, cookie: str | None = None) -> Connection:
    return Connection("http", "0.0.0.0", stash.port, cookie=cookie)


def written(path: Path) -> str:
    """What somebody writes there, once it is there."""
    wait_for(lambda: path.exists() and bool(path.read_text()), f"{path} was not written")
    return path.read_text()


def test_a_scene_comes_with_all_that_belongs_to_it(stash: StashSimulator, client: StashClient) -> None:
    scene_id = stash.store.add_scene(
        title="A Title",
        details="Words",
        date="2021-05",
        rating100=80,
        files=[("/media/a.mp4", 5_000_000_000, 12.5), ("/media/b.mp4", 1, 1.0)],
        studio="S",
        performers=["P1", "P2"],
        tags=["T"],
        groups=["G"],
    )
    scene = client.scenes([scene_id])[scene_id]
    assert (scene.title, scene.details, scene.date, scene.rating100) == ("A Title", "Words", "2021-05", 80)
    assert [(file.path, file.size, file.duration) for file in scene.files] == [
        ("/media/a.mp4", 5_000_000_000, 12.5),
        ("/media/b.mp4", 1, 1.0),
    ]
    assert scene.studio is not None
    assert (
        scene.studio.name,
        [one.name for one in scene.performers],
        [one.name for one in scene.tags],
        scene.groups,
    ) == ("S", ["P1", "P2"], ["T"], ("G",))
    assert scene.screenshot.startswith(stash.url)


def test_tags_come_with_all_above_them_and_studios_with_their_parent_when_that_is_asked_for(
    stash: StashSimulator, client: StashClient
) -> None:
    names = ("World", "Place", "Beach")
    world, place, beach = (stash.store.add_named("tag", name) for name in names)
    stash.store.tables["tag"][place].extra["parent_ids"] = [world]
    stash.store.tables["tag"][beach].extra["parent_ids"] = [place]
    harbour = stash.store.add_named("studio", "Harbour")
    stash.store.add_named("studio", "North Pier", parent_id=harbour)
    scene_id = stash.store.add_scene(title="A", tags=["Beach"], studio="North Pier")

    bare = client.scenes([scene_id])[scene_id]
    client.ask_for({"tag_parents", "parent_studio"})
    whole = client.scenes([scene_id])[scene_id]

    assert bare.studio is not None and whole.studio is not None
    assert (bare.tags[0].parents, bare.studio.parent) == ((), None)
    assert (whole.tags[0].parents, whole.studio.parent) == (("Place", "World"), "Harbour")


def test_an_old_stashs_movies_are_groups() -> None:
    with StashSimulator(version="v0.26.2") as stash, StashClient(connection(stash)) as client:
        scene_id = stash.store.add_scene(title="A", groups=["G"])
        assert client.scenes([scene_id])[scene_id].groups == ("G",)


@pytest.mark.parametrize(
    ("login", "key", "wanted"),
    [(False, None, False), (True, "k" * 12, True), (False, "k" * 12, True)],
)
def test_a_stash_with_a_user_or_a_key_wants_a_login(login: bool, key: str | None, wanted: bool) -> None:
    with (
        StashSimulator(require_login=login, api_key=key) as stash,
        StashClient(connection(stash), api_key=key) as client,
    ):
        assert client.wants_login() is wanted


def test_deleted_and_repeated_ids_do_not_spoil_a_batch(stash: StashSimulator, client: StashClient) -> None:
    ids = [stash.store.add_scene(title=str(number)) for number in range(130)]
    gone = stash.store.add_scene(title="gone")
    stash.graphql("mutation($i:SceneDestroyInput!){sceneDestroy(input:$i)}", {"i": {"id": gone}})
    assert sorted(client.scenes([gone, *ids, *ids, 99_999])) == ids


def test_all_scenes_are_listed_page_by_page(stash: StashSimulator, client: StashClient) -> None:
    ids = [stash.store.add_scene(title=str(number)) for number in range(25)]
    assert list(client.scene_ids(page_size=10)) == [ids[:10], ids[10:20], ids[20:]]


def test_only_recent_scenes_are_recent_though_stash_compares_times_as_text() -> None:
    now = [1_763_982_000.0]
    with (
        StashSimulator(clock=lambda: now[0]) as stash,
        StashClient(connection(stash), clock=lambda: now[0]) as client,
    ):
        stash.store.add_scene(title="old")
        now[0] += 10 * 3600
        recent = stash.store.add_scene(title="recent")
        now[0] += 3600
        assert list(client.recent_ids(2)) == [recent]
        assert len(list(client.recent_ids(24))) == 2
        newest = client.scenes([recent])[recent].updated_at
        assert list(client.scene_ids(updated_since=newest)) == []


def test_settings_that_were_never_touched_are_absent(stash: StashSimulator, client: StashClient) -> None:
    assert client.plugin_settings("StashPlexSync") == ({}, "")
    stash.graphql(
        'mutation($i:Map!){configurePlugin(plugin_id:"StashPlexSync",input:$i)}',
        {"i": {"plex_url": "http://plex", "n": 7}},
    )
    assert client.plugin_settings("StashPlexSync") == ({"plex_url": "http://plex", "n": 7}, "")


def test_the_queue_is_seen_by_both_clients(stash: StashSimulator, client: StashClient) -> None:
    with LightStash(connection(stash), timeout_s=PATIENCE_S) as light:
        assert light.idle()
        assert client.jobs() == ()
        running = stash.add_blocking_job()
        waiting = stash.add_blocking_job(description="Scanning...")
        wait_for(lambda: running.status == "RUNNING", "it does not run")
        assert not light.idle()
        assert client.other_jobs_waiting()
        assert not client.other_jobs_waiting(own=["Scanning..."])
        stash.jobs.stop(waiting.id)
        stash.jobs.stop(running.id)
        assert stash.jobs.wait_until_idle()
        assert light.idle()


def test_a_task_that_was_asked_for_runs_with_its_arguments(tmp_path: Path) -> None:
    plugin = tmp_path / "Probe"
    plugin.mkdir()
    (plugin / "Probe.yml").write_text(MANIFEST)
    (plugin / "probe.py").write_text(PROBE)
    with StashSimulator(plugin_dir=plugin) as stash:
        with LightStash(connection(stash), timeout_s=PATIENCE_S) as light:
            job = light.ask("Probe", "Sync Queued Scenes", "words", {"extra": 1})
        payload = parse(written(plugin / "heard.json"))
        assert job.isdigit()
        assert payload.args == {"mode": "drain", "extra": 1}
        assert payload.connection.url == stash.url
        assert payload.hook is None
        assert stash.jobs.wait_until_idle()


def test_a_cover_is_fetched_once_and_then_known_by_its_etag(
    stash: StashSimulator, client: StashClient
) -> None:
    scene_id = stash.store.add_scene(title="x", cover=jpeg("one"))
    url = client.scenes([scene_id])[scene_id].screenshot
    first = client.picture(url)
    assert (first.data, first.content_type) == (jpeg("one"), "image/jpeg")
    assert client.picture(url, etag=first.etag).status == 304
    stash.graphql(f"mutation{{sceneGenerateScreenshot(id:{scene_id},at:5)}}")
    again = client.picture(url, etag=first.etag)
    assert again.status == 200
    assert again.etag != first.etag


def test_without_a_cover_stash_gives_its_own_drawing(stash: StashSimulator, client: StashClient) -> None:
    scene_id = stash.store.add_scene(title="x")
    assert client.picture(f"/scene/{scene_id}/screenshot").content_type == "image/svg+xml"
    assert client.picture("/scene/999/screenshot").problem == "Stash answered with status 404"


def test_without_a_login_everything_is_refused_and_no_login_page_is_a_picture() -> None:
    with (
        StashSimulator(require_login=True, api_key="key-1") as stash,
        StashClient(connection(stash)) as client,
    ):
        scene_id = stash.store.add_scene(cover=jpeg("x"))
        with pytest.raises(StashRefused, match="401"):
            client.version()
        with pytest.raises(StashRefused, match="login"):
            client.picture(f"/scene/{scene_id}/screenshot")
        with (
            LightStash(connection(stash), timeout_s=PATIENCE_S) as light,
            pytest.raises(LightError, match="401"),
        ):
            light.idle()
        assert not any("/login" in text.partition("?")[0] for text, _ in stash.requests)


def test_an_api_key_opens_what_a_cookie_opens() -> None:
    with StashSimulator(require_login=True, api_key="key-1") as stash:
        with LightStash(connection(stash), api_key="key-1", timeout_s=PATIENCE_S) as light:
            assert light.idle()
        with StashClient(connection(stash, stash.new_session())) as client:
            assert client.plugin_settings("x") == ({}, "key-1")
            assert client.adopt_api_key("key-1")
            stash.restart()  # forgets every session
            assert client.version() == "v0.30.1"


def test_a_cookie_that_is_used_now_and_then_never_ages() -> None:
    now = [1_763_982_000.0]
    with StashSimulator(require_login=True, clock=lambda: now[0]) as stash:
        cookie = stash.new_session()
        with (
            StashClient(connection(stash, cookie), clock=lambda: now[0]) as client,
            StashClient(connection(stash, cookie)) as idle,
        ):
            for _ in range(12):
                now[0] += 900
                assert client.keep_alive()
            with pytest.raises(StashRefused):
                idle.version()


@pytest.mark.parametrize("fault", [("status", 500), ("status", 503), ("reset", 0)])
def test_trouble_of_a_moment_is_stash_down_and_then_over(
    stash: StashSimulator, client: StashClient, fault: tuple[str, float]
) -> None:
    stash.faults.append(fault)
    with pytest.raises(StashDown):
        client.version()
    assert client.version() == "v0.30.1"
    stash.faults.append(fault)
    with LightStash(connection(stash), timeout_s=PATIENCE_S) as light:
        with pytest.raises(LightError):
            light.idle()
        assert light.idle()


def test_a_stash_that_is_restarted_is_found_again(stash: StashSimulator) -> None:
    stash.refuse()
    with StashClient(connection(stash)) as client:
        with pytest.raises(StashDown):
            client.jobs()
        stash.resume()
        assert client.jobs() == ()


def test_a_slow_stash_is_given_up_in_time(stash: StashSimulator) -> None:
    stash.faults += [("latency", 15.0), ("latency", 15.0)]
    with (
        StashClient(connection(stash), timeout=(PATIENCE_S, 0.1)) as client,
        pytest.raises(StashDown, match="in time"),
    ):
        client.version()
    with LightStash(connection(stash), timeout_s=0.1) as light, pytest.raises(LightError):
        light.idle()


def test_the_payload_of_the_simulator_is_read(stash: StashSimulator) -> None:
    found = parse(json.dumps(stash.payload({"mode": "drain"})))
    assert found.connection.url == stash.url


def test_threads_that_ask_at_once_leave_one_cookie_known(stash: StashSimulator) -> None:
    stash.require_login = True
    scene = stash.store.add_scene(path="/media/a.mp4", cover=jpeg("cover"))
    secrets = Secrets()
    asked = connection(stash, stash.new_session())
    with StashClient(asked, secrets=secrets) as client, ThreadPoolExecutor(4) as pool:
        pictures = list(pool.map(lambda _: client.picture(f"/scene/{scene}/screenshot"), range(60)))
    assert {picture.status for picture in pictures} == {200}
    assert repr(secrets) == "Secrets(1 known)"
