"""What once lost a change, stranded a scene or buried a job wrongly: each with the story that provoked it."""

from __future__ import annotations

import pytest

from events import JobDlq, JobFailed, JobSkipped, JobSucceeded, MatchScored
from sync_queue import runners
from sync_queue.intake import claim_ask
from sync_queue.locks import watcher_lock
from worker.breaker import Breaker
from worker.drain import Result
from worker.watcher import Watcher


def kinds(heard):
    return [type(event) for event in heard]


def watcher_of(world, drain):
    """A watcher that never really sleeps: time passes instead."""
    return Watcher(
        world.db,
        world.queue,
        Breaker(world.db, clock=world.clock),
        watcher_lock(world.folder),
        drain,
        obsolete=lambda: False,
        clock=world.clock,
        sleep=world.later,
    )


def test_the_rows_of_a_killed_drain_are_taken_over_by_the_watcher(world):
    scene, key = world.scene(title="In spite of the kill")
    world.put(scene)
    runners.register_drain(world.db, "killed", 1, world.clock())
    assert len(world.queue.claim(10)) == 1  # and here the kill comes
    assert watcher_of(world, world.drain).run() == "nothing is left"
    assert world.plex.item(key).fields["title"] == "In spite of the kill"


def test_the_watcher_waits_for_a_retry_and_ends_when_nothing_is_left(world):
    scene, key = world.scene(title="Later")
    world.plex.faults.add("status", match="PUT", status=500, times=1)
    world.put(scene)
    assert watcher_of(world, world.drain).run() == "nothing is left"
    assert world.plex.item(key).fields["title"] == "Later"


def test_the_watcher_leaves_a_fresh_ask_to_the_task_and_a_void_one_to_nobody(world):
    scene, _ = world.scene()
    world.put(scene)
    started = world.clock()
    world.db.execute("INSERT INTO runners (kind, token, pid, at) VALUES ('ask', 'hook', 1, ?)", (started,))
    drained_at = []

    def drain():
        drained_at.append(world.clock() - started)
        return world.drain()

    watcher_of(world, drain).run()
    assert 10 <= drained_at[0] <= 13


def test_an_ask_that_a_watcher_answers_itself_stands_until_its_drain_is_at_work(world):
    """Else each scene of a bulk edit that is saved while it gets ready starts a watcher of its own."""
    scene, key = world.scene(title="By the watcher")
    world.put(scene)
    assert claim_ask(world.db, "hook-1", 1, world.clock())
    started, others = world.clock(), []

    def drain():
        others.append(claim_ask(world.db, "hook-2", 1, world.clock()))
        return world.drain()

    watcher = watcher_of(world, drain)
    watcher._ask = "hook-1"
    assert watcher.run() == "nothing is left"
    assert (others, world.clock() - started) == ([False], 0)
    assert world.plex.item(key).fields["title"] == "By the watcher"
    assert claim_ask(world.db, "hook-3", 1, world.clock())


def test_a_watcher_that_finds_another_at_work_takes_its_ask_back_at_once(world):
    held = watcher_lock(world.folder)
    assert held.try_acquire()
    world.put(world.scene()[0])
    assert claim_ask(world.db, "hook-1", 1, world.clock())
    spare, asked = watcher_of(world, lambda: pytest.fail("it must not drain")), []
    spare._ask = "hook-1"
    spare._sleep = lambda seconds: asked.append(runners.is_fresh(world.db, "ask", world.clock()))
    assert spare.run() == "another watcher is at work"
    assert set(asked) == {False}
    held.release()


def test_only_one_watcher_runs_on_a_data_folder(world):
    held = watcher_lock(world.folder)
    assert held.try_acquire()
    world.put(world.scene()[0])
    other = watcher_of(world, lambda: pytest.fail("it must not drain"))
    other._sleep = lambda seconds: None  # real time passes here, and there is little of it
    assert other.run() == "another watcher is at work"
    held.release()


def test_a_service_waits_until_the_other_watcher_ends(world):
    """That one ends when nothing is left; a service that had left would be missed after the next reboot."""
    held = watcher_lock(world.folder)
    assert held.try_acquire()
    scene, key = world.scene(title="By the service")
    world.put(scene)
    service = watcher_of(world, world.drain)
    service._service = True
    looks = iter(range(100))

    def sleep(_seconds):
        if next(looks) == 50:
            held.release()

    service._sleep = sleep
    service._stopped = lambda: world.plex.item(key).fields["title"] == "By the service"
    assert service.run() == "stopped"


def test_a_watcher_that_is_refused_stays_for_a_minute_so_that_no_hook_starts_another(world):
    world.put(world.scene()[0])
    hooks = []

    def refuse():
        hooks.append(runners.ask(world.db, "hook", 1, world.clock()))
        runners.drop_ask(world.db)
        return Result(reason="refused", message="no token")

    def sleep(seconds):
        hooks.append(runners.ask(world.db, "hook", 1, world.clock()))
        world.later(seconds)

    refused = watcher_of(world, refuse)
    refused._sleep = sleep
    started = world.clock()
    assert refused.run() == "it was refused: no token"
    assert 60 <= world.clock() - started <= 70
    assert hooks == [True, False] * 6 + [True]


def test_what_is_mended_while_a_refused_watcher_stays_is_synced_at_once(world):
    scene, key = world.scene(title="Mended")
    world.put(scene)
    answers = [Result(reason="refused", message="no token")]
    assert watcher_of(world, lambda: answers.pop() if answers else world.drain()).run() == "nothing is left"
    assert world.plex.item(key).fields["title"] == "Mended"


def test_a_watcher_does_not_outlive_its_stash_by_more_than_an_hour(world):
    world.put(world.scene()[0])
    started = world.clock()
    watcher = watcher_of(world, lambda: Result(reason="stash_away", message="refused"))
    assert watcher.run() == "Stash is away"
    assert 3600 <= world.clock() - started <= 3610


def test_a_watcher_that_is_obsolete_ends(world):
    world.put(world.scene()[0])
    old = watcher_of(world, lambda: pytest.fail("it must not drain"))
    old._obsolete = lambda: True
    assert old.run() == "a newer PlexSync is installed"


def test_a_first_listing_that_fails_leaves_no_row_in_flight(world):
    for number in range(25):
        world.put(world.scene(f"{number}.mp4", title=f"T{number}")[0], priority=2, trigger="sync_all")
    world.plex.faults.add("status", match=r"GET /library/sections/\d+/all", status=500, times=1)
    assert world.drain().reason == "plex_trouble"
    assert (world.queue.count().in_flight, world.queue.count().pending) == (0, 25)
    assert world.drain().processed == 25


def test_a_later_listing_that_fails_costs_a_run_its_listing_and_nothing_else(world, monkeypatch):
    monkeypatch.setattr("worker.drain.LOOK_AT_STASH_S", 0.0)
    for number in range(25):
        world.put(world.scene(f"{number}.mp4", title=f"T{number}")[0], priority=2, trigger="sync_all")
    world.drain(must_stop=lambda: "stopped")
    world.plex.faults.add("status", match=r"GET /library/sections/\d+/all", status=500)
    result = world.drain()
    assert (result.reason, result.processed) == ("empty", 25)
    assert len(world.plex.writes()) == 25


def test_one_failed_read_of_details_does_not_stop_the_drain(world, heard):
    scene, _ = world.scene(title="Read twice")
    world.sync(scene)
    world.edit(scene, title="Read again")
    heard.clear()
    world.plex.faults.add("status", match=r"GET /library/metadata", status=500, times=1)
    assert world.drain().reason == "empty"
    assert JobSucceeded in kinds(heard)


def test_an_item_that_plex_cannot_read_is_given_up_alone(world):
    scenes = {world.scene(f"{n}.mp4", title=f"T{n}") for n in range(5)}
    bad_scene, bad_key = min(scenes)

    def broken(request):
        return request.method == "GET" and str(bad_key) in request.path and "metadata" in request.path

    world.plex.faults.add("status", match=broken, status=500)
    for scene, _ in scenes:
        world.put(scene)
    for _ in range(6):
        world.drain()
        world.later(601)
    assert world.dead.get_error_summary() == {"PlexTemporaryError": 1}
    assert world.dead.get(bad_scene) is not None
    assert all(
        world.plex.item(key).fields["title"].startswith("T") for scene, key in scenes if scene != bad_scene
    )


@pytest.mark.parametrize("options", [{}, {"ignore_missing": True}, {"not_found_days": 0}])
def test_an_item_that_was_added_again_under_another_key_is_found_at_once(world, heard, options):
    scene, key = world.scene(title="One")
    world.sync(scene)
    again = world.plex.readd_item(key)
    world.set(**options)
    world.edit(scene, title="Two")
    heard.clear()
    world.drain()
    assert kinds(heard)[1:3] == [MatchScored, JobSucceeded]
    assert world.plex.item(again).fields["title"] == "Two"


def test_when_one_of_two_libraries_loses_the_file_the_other_is_still_written(world):
    scene, key = world.scene(title="One")
    other = world.plex.add_section("Second", locations=("/media",)).id
    second = world.plex.add_item(other, "/media/one.mp4", size=1000, duration_ms=60_000)
    world.sync(scene)
    world.plex.delete_item(second)
    world.set(ignore_missing=True)
    world.edit(scene, title="Two")
    world.drain()
    assert world.plex.item(key).fields["title"] == "Two"


def test_a_restart_of_plex_in_the_middle_of_a_write_costs_no_try(world, heard):
    scene, _ = world.scene(title="One")
    world.sync(scene)
    for number in range(6):
        world.edit(scene, title=f"Edit {number}")
        world.plex.faults.add("reset", match="PUT", times=1)
        world.plex.faults.add("maintenance", match="GET /library/sections$", times=1)
        assert world.drain().reason == "plex_down"
        world.plex.faults.clear()
        assert world.queue.describe(scene)["attempts"] == 0
        world.later(30)
    assert JobFailed not in kinds(heard)
    world.drain()
    assert JobDlq not in kinds(heard)


def test_an_item_that_vanishes_before_it_is_read_back_is_no_success(world, heard):
    scene, key = world.scene(title="One")
    world.sync(scene)
    world.edit(scene, title="Two")
    heard.clear()
    seen = []

    def vanish(request):
        if request.method == "PUT":
            seen.append(request)
        if request.method == "GET" and seen and len(seen) == 1 and "metadata" in request.path:
            seen.append(world.plex.readd_item(key))
        return False

    world.plex.faults.add("status", match=vanish)
    world.drain()
    assert JobFailed in kinds(heard) and JobSucceeded not in kinds(heard)
    world.plex.faults.clear()
    world.later(601)
    world.drain()
    assert world.plex.item(seen[1]).fields["title"] == "Two"


def test_an_odd_scene_fails_alone(world, heard):
    odd, _ = world.scene("odd.mp4", title="Odd")
    fine, key = world.scene("fine.mp4", title="Fine")
    world.stash.store.scenes[odd].files[0].duration = "not a number"
    world.stash.store.scenes[odd].values["rating100"] = 80
    world.put(odd)
    world.put(fine)
    world.drain()
    assert world.plex.item(key).fields["title"] == "Fine"
    assert JobSkipped not in kinds(heard)
    assert world.queue.describe(odd)["attempts"] == 1


def test_a_query_that_stash_rejects_stops_the_drain_and_keeps_every_job(world):
    for number in range(3):
        scene, _ = world.scene(f"{number}.mp4")
        world.stash.store.scenes[scene].files[0].duration = "not a number"
        world.put(scene)
    assert world.drain().reason == "refused"
    assert world.queue.count().pending == 3


def test_sync_all_follows_a_changed_option(world):
    world.set(override_locks=False)
    scenes = [world.scene(f"{n}.mp4", title=f"Stash {n}") for n in range(25)]
    for _, key in scenes:
        world.plex.person_edits(key, title="Theirs")
    for scene, _ in scenes:
        world.put(scene, priority=2)
    world.drain()
    assert {world.plex.item(key).fields["title"] for _, key in scenes} == {"Theirs"}
    world.set(override_locks=True)
    for scene, _ in scenes:
        world.put(scene, priority=2)
    world.drain()
    assert [world.plex.item(key).fields["title"] for _, key in scenes] == [f"Stash {n}" for n in range(25)]


def test_a_library_that_was_made_anew_is_found_by_the_next_drain(world):
    scene, _ = world.scene(title="One")
    world.sync(scene)
    world.plex.remove_section(world.section)
    world.section = world.plex.add_section("Scenes", locations=("/media",)).id
    key = world.plex.add_item(world.section, "/media/one.mp4", size=1000, duration_ms=60_000)
    world.edit(scene, title="Two")
    for _ in range(3):
        world.drain()
        world.later(90_000)
    assert world.plex.item(key).fields["title"] == "Two"
