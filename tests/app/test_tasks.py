"""The tasks and operations, run by Stash with the real manifest."""

from __future__ import annotations

import os
import time

import pytest

from app.page.mode_shapes import Checked
from plex.images import jpeg_size
from simulators.planted import GUEST_TOKEN, WRONG_TOKEN
from tests.app.installed import ROOT
from tests.app.page_shapes import differences
from tests.support import wait_for
from tests.worker.ffmpeg_pictures import FFMPEG, cover, needs_ffmpeg


def test_bad_settings_give_a_line_each_and_lose_no_job(installed):
    scene, key = installed.scene(title="Kept")
    installed.configure(plex_url="htp://plex", plex_token="   ", max_retries=99)
    installed.save(scene, title="Kept in the queue")
    wait_for(lambda: len(installed.lines("error")) >= 3, "no error was said")
    installed.stash.jobs.wait_until_idle()
    text = " ".join(installed.lines("error"))
    assert (
        "plex_url is 'htp://plex'" in text
        and "plex_token holds only spaces" in text
        and "max_retries is 99" in text
    )
    assert installed.operate(mode="status")["queue"]["pending"] == 1
    installed.configure()
    installed.run("Sync Queued Scenes")
    assert installed.title(key) == "Kept in the queue"


def test_a_token_that_plex_refuses_stops_with_the_remedy_and_keeps_the_job(installed):
    installed.configure(plex_token=WRONG_TOKEN)
    scene, _ = installed.scene()
    installed.save(scene, title="x")
    wait_for(
        lambda: any("Check Plex authentication token" in line for line in installed.lines("error")),
        "nothing was said",
    )
    assert installed.operate(mode="status")["queue"]["pending"] == 1
    assert WRONG_TOKEN not in " ".join(line.raw for line in installed.stash.logs)


def test_saves_that_meet_the_same_refusal_say_it_once_and_a_task_by_hand_says_it_again(installed):
    installed.configure(plex_token="wrong-token-1234")
    scene, key = installed.scene()
    for number in range(4):
        installed.save(scene, title=f"Save {number}")
        wait_for(lambda: bool(installed.lines("error")), "nothing was said")
        installed.stash.jobs.wait_until_idle()
        time.sleep(0.8)
    assert len(installed.lines("error")) == 1
    installed.run("Sync Queued Scenes")
    refused = [line for line in installed.lines("error") if "Check Plex authentication token" in line]
    assert len(refused) == len(installed.lines("error")) == 2
    installed.configure()
    installed.save(scene, title="At last")
    wait_for(lambda: installed.title(key) == "At last", "a right token did not help")


def test_sync_all_brings_everything_over_and_a_second_run_writes_nothing(installed):
    pairs = [
        installed.scene(f"{n}.mp4", title=f"Title {n}", tags=["a"], cover=b"\xff\xd8\xff" + bytes([n]) * 99)
        for n in range(12)
    ]
    installed.run("Sync All Scenes")
    assert [installed.title(key) for _, key in pairs] == [f"Title {n}" for n in range(12)]
    written = len(installed.plex.writes())
    said = len(installed.lines("info"))
    installed.run("Sync All Scenes")
    assert len(installed.plex.writes()) == written
    assert len(installed.lines("info")) - said <= 10


def test_sync_recent_takes_what_changed_within_a_day(installed):
    scene, key = installed.scene(title="Recent")
    old, old_key = installed.scene("old.mp4", title="Old")
    installed.stash.store.scenes[old].updated_at = "2020-01-01T00:00:00+01:00"
    installed.run("Sync Recent Scenes")
    assert (installed.title(key), installed.title(old_key)) == ("Recent", "old")
    assert scene != old


def test_status_is_one_object_with_the_agreed_keys(installed):
    installed.run("Sync All Scenes")
    status = installed.operate(mode="status")
    assert {"pending", "in_flight", "deferred"} <= set(status["queue"])
    assert set(status["dead_letters"]) >= {"total", "by_type"}
    assert set(status["stats"]) == {"session", "cumulative"}
    assert {"worker", "plex"} <= set(status)


def test_show_status_says_it_in_fifteen_lines_at_most(installed):
    for copy in ("a", "b"):
        installed.plex.add_item(installed.section, f"/other/{copy}/twin.mp4", size=1000, duration_ms=60_000)
    installed.stash.store.add_scene(path="/media/twin.mp4", size=1000, duration=60.0, title="Twin")
    installed.run("Sync All Scenes")
    before = len(installed.stash.logs)
    installed.run("Show Status")
    told = [line.message for line in installed.stash.logs[before:]]
    assert len(told) <= 15
    text = "\n".join(told)
    assert (
        "Queue: 0 pending" in text and "Failed: 1 scene (1 AmbiguousMatch)" in text and "Set path_map" in text
    )


def test_failed_scenes_are_retried_on_request(installed):
    keys = [
        installed.plex.add_item(installed.section, f"/other/{copy}/twin.mp4", size=1000, duration_ms=60_000)
        for copy in "ab"
    ]
    installed.stash.store.add_scene(path="/media/twin.mp4", size=1000, duration=60.0, title="Twin")
    installed.run("Sync All Scenes")
    assert installed.operate(mode="status")["dead_letters"]["total"] == 1
    installed.plex.delete_item(keys[1])
    installed.run("Retry Failed Scenes", type="AmbiguousMatch")
    assert installed.operate(mode="status")["dead_letters"]["total"] == 0
    assert installed.title(keys[0]) == "Twin"


def test_check_setup_passes_when_all_is_well_and_names_the_evidence(installed):
    for number in range(5):
        installed.scene(f"{number}.mp4")
    answer = installed.operate(mode="check_setup")
    assert differences(answer, Checked) == []
    assert answer["ok"], answer
    assert any(
        "5 of 5 sample scenes match with certainty (5 by exact path)" in check["text"]
        for check in answer["checks"]
    )
    assert "Path map" not in {check["name"] for check in answer["checks"]}


def path_lines(installed) -> list[tuple[str, str]]:
    """What Check Setup says of paths, with the remedy."""
    checks = installed.operate(mode="check_setup")["checks"]
    return [(check["text"], check["remedy"]) for check in checks if check["name"] == "Path map"]


def moved(installed, count: int, start: int = 0, folder: str = "/mnt/films/set") -> list[int]:
    """Files that Plex sees below another folder than Stash does."""
    numbers = range(start, start + count)
    for number in numbers:
        installed.stash.store.add_scene(
            path=f"/data/set/{number}.mp4", size=1000 + number, duration=60.0, title=f"Title {number}"
        )
    return [
        installed.plex.add_item(installed.section, f"{folder}/{n}.mp4", size=1000 + n, duration_ms=60_000)
        for n in numbers
    ]


def test_check_setup_learns_the_path_map_that_fits_and_a_unanimous_rule_is_used(installed):
    keys = moved(installed, 6)
    other = installed.plex.add_item(installed.section, "/else/set/0.mp4", size=1000, duration_ms=60_000)
    assert path_lines(installed) == [
        ("/data => /mnt/films fits 5 of 5 sampled files, and is used, since no file speaks against it", "")
    ]
    installed.run("Sync All Scenes")
    assert [installed.title(key) for key in keys] == [f"Title {n}" for n in range(6)]
    assert installed.title(other) == "0", (
        "two items have this name, size and suffix: only the rule tells them apart"
    )


def test_a_learned_rule_that_a_file_speaks_against_is_used_when_the_owner_says_so(installed):
    moved(installed, 19)
    moved(installed, 1, start=19, folder="/mnt/films/else")
    text, remedy = path_lines(installed)[0]
    assert text == "/data => /mnt/films fits 19 of 20 sampled files, and is not used"
    assert remedy == "turn on path_map_learned, or put it into path_map: /data => /mnt/films"
    assert f"pass  Path map: {text} -> {remedy}\n" in (ROOT / "docs" / "matching.md").read_text(
        encoding="utf-8"
    )
    installed.configure(path_map_learned=True)
    text, remedy = path_lines(installed)[0]
    assert (
        text == "/data => /mnt/films fits 19 of 20 sampled files, and is used, since path_map_learned is on"
    )
    assert remedy == ""


def test_check_setup_says_how_many_files_the_path_map_fits_and_fails_one_that_is_wrong(installed):
    moved(installed, 6)
    installed.configure(path_map="/data => /mnt/films")
    assert path_lines(installed) == [("/data => /mnt/films of path_map fits 6 of 6 sampled files", "")]
    installed.configure(path_map="/data => /wrong")
    ((text, remedy),) = path_lines(installed)
    assert text == "/data => /wrong of path_map fits 0 of 6 sampled files"
    assert remedy == "correct or remove it: Plex has one of these files at /mnt/films/set/0.mp4"


@pytest.mark.parametrize(
    ("settings", "name", "remedy"),
    [
        ({"plex_token": "nonsense"}, "Plex token", "Check Plex authentication token"),
        ({"plex_token": GUEST_TOKEN}, "Plex edit rights", "only the owner may edit"),
        ({"plex_library": "Nowhere"}, "Plex libraries", "Correct plex_library"),
        ({"plex_url": "http://127.0.0.1:1"}, "Plex", "plex_url"),
        ({"plex_url": ""}, "Settings", ""),
    ],
)
def test_check_setup_says_what_is_wrong_and_what_to_do(installed, settings, name, remedy):
    installed.scene()
    installed.configure(**settings)
    answer = installed.operate(mode="check_setup")
    assert differences(answer, Checked) == []
    failed = {check["name"]: check["remedy"] for check in answer["checks"] if not check["ok"]}
    assert name in failed, answer
    assert remedy in failed[name]


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such bit")
def test_check_setup_names_a_data_folder_that_every_user_can_write_to(installed):
    installed.scene()
    installed.run("Sync All Scenes")
    installed.data.chmod(0o777)
    failed = [check for check in installed.operate(mode="check_setup")["checks"] if not check["ok"]]
    assert [check["name"] for check in failed] == ["Data folder"]
    assert failed[0]["remedy"] == f"take that away: chmod o-w {installed.data}"


def test_the_json_format_makes_every_line_an_object(installed):
    installed.configure(log_format="json")
    installed.scene(title="x")
    installed.run("Sync All Scenes")
    assert any('"component"' in line and "Sync summary" in line for line in installed.lines("info"))


def test_a_title_cannot_forge_a_log_line(installed):
    for copy in ("a", "b"):
        installed.plex.add_item(installed.section, f"/other/{copy}/twin.mp4", size=1000, duration_ms=60_000)
    forged = "\x01e\x02[PlexSync] forged\nsecond line"
    installed.stash.store.add_scene(path="/media/twin.mp4", size=1000, duration=60.0, title=forged)
    installed.run("Sync All Scenes")
    lines = [line for line in installed.stash.logs if "forged" in line.raw]
    assert lines
    assert all(line.raw.startswith("\x01") and line.raw.count("\x01") == 1 for line in lines)
    assert not any(
        line.message.startswith("[PlexSync] forged") or line.message == "second line"
        for line in installed.stash.logs
    )


@pytest.mark.parametrize(
    ("address", "login", "ok", "said"),
    [
        ("{stash}", False, True, "is a picture, as seen from here"),
        ("{stash}/performer/{{id}}/image", True, False, "leads to a login"),
        ("{stash}/performer/{{id}}/nothing", False, False, "was answered with status 404"),
        ("http://127.0.0.1:1/{{id}}.jpg", False, False, "could not be fetched from here (ConnectionError)"),
        ("{stash}/scene/1/screenshot?p={{id}}", False, False, "is none of JPEG, PNG, WebP, GIF"),
    ],
)
def test_check_setup_looks_for_a_photo_as_plex_would(installed, address, login, ok, said):
    installed.stash.store.add_named("performer", "Zoe", image=b"\xff\xd8\xff photo")
    installed.scene(performers=["Zoe"])
    installed.configure(field_cast_photos=address.format(stash=installed.stash.url))
    installed.stash.require_login = login
    (check,) = [
        one for one in installed.operate(mode="check_setup")["checks"] if one["name"] == "Cast photos"
    ]
    assert check["ok"] is ok, check
    assert said in check["text"]


def test_photos_from_a_stash_with_a_login_are_refused_before_anything_is_written(installed):
    _, key = installed.scene(title="Not yet")
    installed.configure(field_cast_photos=installed.stash.url)
    installed.stash.require_login = True
    installed.run("Sync All Scenes")
    assert any(
        "field_cast_photos is" in line and "wants a login" in line for line in installed.lines("error")
    )
    assert installed.title(key) == "one"
    installed.stash.require_login = False
    installed.run("Sync All Scenes")
    assert installed.title(key) == "Not yet"


@pytest.mark.parametrize(
    ("ffmpeg", "ok", "said"),
    [
        ("", False, "Stash names no ffmpeg"),
        ("/no/such/ffmpeg", False, "the ffmpeg that Stash names, /no/such/ffmpeg, cannot be started"),
        ("/bin/false", False, "/bin/false was tried: ffmpeg ended with 1"),
        pytest.param("ffmpeg", True, "letterbox by /", marks=needs_ffmpeg),
    ],
)
def test_check_setup_says_whether_posters_get_their_shape(installed, ffmpeg, ok, said):
    installed.stash.ffmpeg_path = ffmpeg
    installed.scene()
    installed.configure(field_poster_shape="Letterbox")
    (check,) = [
        one for one in installed.operate(mode="check_setup")["checks"] if one["name"] == "Poster shape"
    ]
    assert check["ok"] is ok, check
    assert said in check["text"]
    assert ("posters go up as they are" in check["remedy"]) is not ok


@needs_ffmpeg
def test_the_task_gives_posters_their_shape_with_the_ffmpeg_that_stash_names(installed):
    installed.stash.ffmpeg_path = FFMPEG
    _, key = installed.scene(title="T", cover=cover("mjpeg"))
    installed.configure(field_poster_shape="crop")
    installed.run("Sync All Scenes")
    assert jpeg_size(installed.plex.item(key).poster) == (1000, 1500)
