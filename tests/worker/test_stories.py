"""The story of each kind of job, as the signals tell it."""

from __future__ import annotations

import pytest

from events import (
    DrainFinished,
    DrainProgress,
    DrainStarted,
    JobDlq,
    JobFailed,
    JobSkipped,
    JobSucceeded,
    MatchScored,
    PlexDown,
    PlexUp,
    job_succeeded,
)
from simulators.planted import WRONG_TOKEN
from tests.support import PATIENCE_S
from worker.options import DAY_S

LIFE_CYCLE = (DrainStarted, DrainProgress, DrainFinished)


def story(heard):
    """The kinds of events, without the drain's own."""
    return [type(event) for event in heard if not isinstance(event, LIFE_CYCLE)]


def only(heard, kind):
    """The one event of a kind."""
    (event,) = [event for event in heard if isinstance(event, kind)]
    return event


def test_success_tells_the_match_and_then_what_changed(world, heard):
    scene, key = world.scene(title="Hello", rating100=80)
    world.sync(scene)
    assert story(heard) == [MatchScored, JobSucceeded]
    scored, done = only(heard, MatchScored), only(heard, JobSucceeded)
    assert (scored.confidence, scored.score, scored.targets) == ("high", 1.0, (key,))
    assert (done.scene_id, done.title, done.path, done.attempt) == (scene, "Hello", "/media/one.mp4", 1)
    assert {"title", "rating"} <= set(done.changed)
    assert world.queue.count().pending == 0
    assert world.plex.item(key).fields["title"] == "Hello"


def test_what_is_right_already_succeeds_with_nothing_changed_and_nothing_written(world, heard):
    scene, _ = world.scene(title="Hello")
    world.sync(scene)
    heard.clear()
    written = len(world.plex.writes())
    world.sync(scene)
    assert story(heard) == [MatchScored, JobSucceeded]
    assert only(heard, JobSucceeded).changed == ()
    assert len(world.plex.writes()) == written


def test_one_edit_with_a_warm_index_costs_plex_three_requests(world):
    scene, _ = world.scene(title="Hello")
    world.sync(scene)
    world.plex.requests.clear()
    world.edit(scene, title="Hello again")
    world.drain()
    assert [request.method for request in world.plex.requests] == ["GET", "PUT", "GET"]


def test_a_scene_without_a_file_is_skipped(world, heard):
    scene = world.stash.store.add_scene(title="No file")
    world.sync(scene)
    assert story(heard) == [JobSkipped]
    assert only(heard, JobSkipped).reason == "no_files"
    assert world.queue.count().pending == 0


def test_a_scene_that_plex_has_not_scanned_yet_waits_and_is_found(world, heard):
    scene, _ = world.scene(title="Late", in_plex=False)
    world.sync(scene)
    assert story(heard) == [MatchScored, JobFailed]
    failed = only(heard, JobFailed)
    assert (failed.error_type, failed.will_retry) == ("PlexNotFound", True)
    assert "library scan" in failed.hint
    assert world.queue.count().waiting_for_plex == 1
    heard.clear()
    key = world.plex.add_item(world.section, "/media/one.mp4", size=1000, duration_ms=60_000)
    world.later(60)
    world.drain()
    assert story(heard) == [MatchScored, JobSucceeded]
    assert world.plex.item(key).fields["title"] == "Late"


def test_a_waiting_scene_says_so_once_and_is_given_up_after_its_days(world, heard):
    scene, _ = world.scene(in_plex=False)
    world.sync(scene)
    for _ in range(6):
        heard.clear()
        world.later(DAY_S + 1)
        world.drain()
        assert story(heard) == [MatchScored, JobSkipped]
    heard.clear()
    world.later(DAY_S + 1)
    world.drain()
    assert story(heard) == [MatchScored, JobFailed, JobDlq]
    assert not only(heard, JobFailed).will_retry
    assert world.dead.get_error_summary() == {"PlexNotFound": 1}


def test_with_no_days_to_wait_a_missing_scene_is_dead_at_once(world, heard):
    world.set(not_found_days=0)
    world.sync(world.scene(in_plex=False)[0])
    assert story(heard) == [MatchScored, JobFailed, JobDlq]


def test_a_missing_scene_may_be_skipped_by_choice(world, heard):
    world.set(ignore_missing=True)
    world.sync(world.scene(in_plex=False)[0])
    assert story(heard) == [MatchScored, JobSkipped]
    assert only(heard, JobSkipped).reason == "not_in_plex"


def test_two_items_that_could_be_meant_are_dead_at_once_with_their_scores(world, heard):
    for folder in ("a", "b"):
        world.plex.add_item(world.section, f"/other/{folder}/one.mp4", size=1000, duration_ms=60_000)
    scene, _ = world.scene(in_plex=False)
    world.sync(scene)
    assert story(heard) == [MatchScored, JobFailed, JobDlq]
    assert only(heard, MatchScored).confidence == "low"
    failed = only(heard, JobFailed)
    assert (failed.error_type, failed.will_retry, failed.attempt) == ("AmbiguousMatch", False, 1)
    assert (
        "/other/a/one.mp4" in failed.message
        and "/other/b/one.mp4" in failed.message
        and "0.90" in failed.message
    )
    assert world.dead.get(scene).stack_trace


def test_an_uncertain_match_is_taken_when_that_is_allowed(world, heard):
    world.set(allow_low_confidence=True)
    for folder in ("a", "b"):
        world.plex.add_item(world.section, f"/other/{folder}/one.mp4", size=1000, duration_ms=60_000)
    world.sync(world.scene(in_plex=False, title="Taken")[0])
    assert story(heard) == [MatchScored, JobSucceeded]
    assert only(heard, JobSucceeded).confidence == "low"


def test_a_server_error_is_tried_again_and_succeeds(world, heard):
    scene, _ = world.scene(title="Second time")
    world.plex.faults.add(match="PUT /library/sections", kind="status", status=500, times=1)
    world.sync(scene)
    assert story(heard) == [MatchScored, JobFailed]
    failed = only(heard, JobFailed)
    assert (failed.error_type, failed.attempt, failed.will_retry) == ("PlexTemporaryError", 1, True)
    assert world.clock() <= failed.next_try_at <= world.clock() + 5
    heard.clear()
    world.later(5)
    world.drain()
    assert story(heard) == [MatchScored, JobSucceeded]
    assert only(heard, JobSucceeded).attempt == 2


def test_an_item_that_is_broken_for_ever_is_given_up_after_its_tries(world, heard):
    scene, _ = world.scene(title="Broken")
    fine, _ = world.scene("two.mp4", title="Fine")
    world.plex.faults.add(match=r"PUT /library/sections/\d+/all", kind="status", status=500, times=None)
    world.sync(scene)
    for _ in range(4):
        world.later(601)
        world.drain()
    assert story(heard) == [MatchScored, JobFailed] * 5 + [JobDlq]
    assert [event.attempt for event in heard if isinstance(event, JobFailed)] == [1, 2, 3, 4, 5]
    assert only(heard, JobDlq).retry_count == 5
    world.plex.faults.clear()
    heard.clear()
    world.sync(fine)
    assert story(heard) == [MatchScored, JobSucceeded]


def test_what_plex_will_never_do_is_dead_at_once(world, heard):
    scene, _ = world.scene(title="Refused")
    world.plex.faults.add(match="PUT /library/sections", kind="status", status=400, times=None)
    world.sync(scene)
    assert story(heard) == [MatchScored, JobFailed, JobDlq]
    assert only(heard, JobDlq).error_type == "PlexPermanentError"
    assert (world.dead.count(), world.queue.count().pending) == (1, 0)


def test_an_outage_is_said_once_costs_no_try_and_is_over_by_itself(world, heard):
    scene, key = world.scene(title="After the outage")
    world.plex.refuse()
    for _ in range(4):
        world.put(scene)
        assert world.drain().reason == "plex_down"
        world.later(30)
    assert story(heard) == [PlexDown]
    assert world.queue.describe(scene)["attempts"] == 0
    world.plex.resume()
    heard.clear()
    assert world.drain().reason == "empty"
    assert story(heard) == [PlexUp, MatchScored, JobSucceeded]
    assert only(heard, PlexUp).down_s == 120
    assert world.plex.item(key).fields["title"] == "After the outage"


@pytest.mark.parametrize("kind", ["maintenance", "reset", "html", "empty", "cut", "hang"])
def test_trouble_of_the_whole_server_costs_no_try(world, heard, kind):
    scene, _ = world.scene(title="Patience")
    world.sync(scene)
    world.edit(scene, title="Patience again")
    heard.clear()
    world.plex.faults.add(match=".", kind=kind, times=None, seconds=10)
    world.timeout = (PATIENCE_S, 2.0 if kind == "hang" else PATIENCE_S)
    world.drain()
    world.plex.faults.clear()
    world.timeout = (PATIENCE_S, PATIENCE_S)
    assert JobDlq not in story(heard)
    world.later(601)
    heard.clear()
    world.drain()
    assert story(heard)[-2:] == [MatchScored, JobSucceeded]


def test_a_refused_token_stops_the_drain_with_the_remedy_and_keeps_every_job(world, heard, caplog):
    scenes = [world.scene(f"{number}.mp4")[0] for number in range(3)]
    for scene in scenes:
        world.put(scene)
    world.token = WRONG_TOKEN
    result = world.drain()
    assert result.reason == "refused"
    assert result.hint.startswith("Check Plex authentication token")
    assert story(heard) == []
    assert world.queue.count().pending == 3
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1
    assert "Check Plex authentication token" in errors[0]
    world.token = world.plex.token
    assert world.drain().processed == 3


def test_a_token_that_may_not_edit_stops_the_drain_too(world, heard):
    scene, _ = world.scene(title="Mine")
    world.plex.faults.add(match="PUT /library/sections", kind="status", status=403, times=None)
    world.put(scene)
    assert world.drain().reason == "refused"
    assert world.queue.describe(scene)["attempts"] == 0


def test_a_deleted_scene_is_skipped_and_its_item_belongs_to_nobody(world, heard):
    scene, key = world.scene(title="Gone soon")
    world.sync(scene)
    del world.stash.store.scenes[scene]
    heard.clear()
    world.sync(scene)
    assert story(heard) == [JobSkipped]
    assert only(heard, JobSkipped).reason == "deleted"
    assert world.ledger.count(world.plex.options.machine_identifier) == 0
    assert world.plex.item(key).fields["title"] == "Gone soon"


def test_a_deleted_scene_in_a_batch_does_not_keep_the_others(world, heard):
    first, _ = world.scene("a.mp4", title="A")
    second, _ = world.scene("b.mp4", title="B")
    del world.stash.store.scenes[first]
    world.put(first)
    world.put(second)
    world.drain()
    assert sorted(kind.__name__ for kind in story(heard)) == ["JobSkipped", "JobSucceeded", "MatchScored"]


def test_a_second_scene_of_one_item_is_skipped_and_does_not_overwrite_it(world, heard):
    first, key = world.scene(title="Owner")
    world.sync(first)
    second = world.stash.store.add_scene(path="/media/one.mp4", size=1000, duration=60.0, title="Other")
    heard.clear()
    world.sync(second)
    assert only(heard, JobSkipped).reason == "shared_item"
    assert world.plex.item(key).fields["title"] == "Owner"
    del world.stash.store.scenes[first]
    world.sync(second)
    assert world.plex.item(key).fields["title"] == "Other"


def test_an_observer_that_raises_harms_nothing(world, heard):
    def broken(sender: object, *, event: JobSucceeded) -> None:
        raise RuntimeError("an observer's own fault")

    with job_succeeded.connected_to(broken):
        world.sync(world.scene(title="Fine")[0])
    assert story(heard) == [MatchScored, JobSucceeded]
    assert world.queue.count().pending == 0


def test_what_an_observer_hears_is_already_true_on_disk(world):
    seen = []

    def look(sender: object, *, event: JobSucceeded) -> None:
        seen.append((world.queue.describe(event.scene_id), world.db.in_transaction))

    with job_succeeded.connected_to(look):
        world.sync(world.scene(title="Committed")[0])
    assert seen == [(None, False)]


def test_a_library_that_does_not_exist_is_named_with_those_that_do(world, caplog):
    world.libraries = ("Scens",)
    world.put(world.scene()[0])
    result = world.drain()
    assert result.reason == "refused"
    assert "'Scens'" in result.message and "'Scenes'" in result.message
    assert world.queue.count().pending == 1


def test_a_paused_queue_is_left_alone(world, heard):
    world.put(world.scene()[0])
    world.queue.pause("test")
    assert world.drain().reason == "paused"
    assert story(heard) == []
    world.queue.resume()
    assert world.drain().processed == 1


def test_one_odd_scene_does_not_stand_in_the_way_of_the_others(world, heard):
    odd, _ = world.scene("odd.mp4", title="Odd")
    fine, _ = world.scene("fine.mp4", title="Fine")
    world.plex.faults.add(match=r"GET /library/metadata/\d+/posters", kind="status", status=404, times=1)
    world.put(odd)
    world.put(fine)
    world.drain()
    assert JobSucceeded in story(heard)
    assert world.queue.count().in_flight == 0
