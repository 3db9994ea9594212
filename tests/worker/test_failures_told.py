"""A failure tells all that a person needs, and a dead letter that closes by itself is told of before its next try."""

from __future__ import annotations

from events import DeadLetterClosed, JobDlq, JobFailed, JobSucceeded, MatchScored
from tests.worker.test_stories import only, story
from worker.options import DAY_S
from worker.telling import closed_by


def twins(world, *, name="one.mp4"):
    """Two items that could be the scene's."""
    return [
        world.plex.add_item(world.section, f"/other/{folder}/{name}", size=1000, duration_ms=60_000)
        for folder in "ab"
    ]


def test_an_edit_closes_the_dead_letter_and_is_told_before_the_next_try(world, heard):
    first, _ = twins(world)
    scene, _ = world.scene(in_plex=False, title="Twin")
    world.sync(scene)
    heard.clear()
    world.later(100)
    world.plex.delete_item(first)
    world.edit(scene, title="Twin, renamed")
    world.drain()
    assert story(heard) == [DeadLetterClosed, MatchScored, JobSucceeded]
    closed = only(heard, DeadLetterClosed)
    assert (closed.scene_id, closed.title, closed.path) == (scene, "Twin", "/media/one.mp4")
    assert (closed.error_type, closed.reason) == ("AmbiguousMatch", "edited")
    assert (closed.died_at, closed.at) == (world.clock() - 100, world.clock())
    heard.clear()
    world.sync(scene)
    assert DeadLetterClosed not in story(heard)


def test_a_file_that_appears_in_plex_closes_the_dead_letter_at_the_next_look(world, heard):
    world.set(not_found_days=0)
    scene, _ = world.scene("late.mp4", in_plex=False, title="Late")
    world.sync(scene)
    assert world.dead.count() == 1
    heard.clear()
    key = world.plex.add_item(world.section, "/media/late.mp4", size=1000, duration_ms=60_000)
    world.later(60)
    new, _ = world.scene("new.mp4", in_plex=False)  # not in the index, so Plex is asked for what is new
    world.sync(new)
    reasons = [event.reason for event in heard if isinstance(event, DeadLetterClosed)]
    assert reasons == ["appeared"]
    done = only(heard, JobSucceeded)
    assert (done.scene_id, done.trigger) == (scene, "appeared")
    assert heard.index(only(heard, DeadLetterClosed)) < heard.index(done)
    assert world.plex.item(key).fields["title"] == "Late"


def test_what_closed_a_letter_while_nobody_drained_is_told_by_the_next_drain(world, heard):
    twins(world)
    scene, _ = world.scene(in_plex=False)
    world.sync(scene)
    heard.clear()
    world.dead.discard(scene)
    world.drain()
    assert [event.reason for event in heard if isinstance(event, DeadLetterClosed)] == ["discarded"]


def test_the_reason_is_told_in_the_words_of_the_vocabulary():
    triggers = ["Scene.Update.Post", "Scene.Create.Post", "Scene.Destroy.Post", "appeared", "retry"]
    assert [closed_by(trigger) for trigger in triggers] == [
        "edited",
        "edited",
        "deleted",
        "appeared",
        "retried",
    ]
    assert [closed_by(trigger) for trigger in ("discard", "purge", "hold", "sync_all", "sync_recent")] == [
        "discarded",
        "purged",
        "held",
        "run",
        "run",
    ]


def test_uncertain_matches_are_one_cause_however_many_candidates_there_are(world, heard):
    twins(world)
    one, _ = world.scene(in_plex=False)
    twins(world, name="two.mp4")
    world.plex.add_item(world.section, "/other/c/two.mp4", size=1000, duration_ms=60_000)
    two, _ = world.scene("two.mp4", in_plex=False)
    world.sync(one)
    world.sync(two)
    causes = {event.cause for event in heard if isinstance(event, (JobFailed, JobDlq))}
    assert causes == {
        "Plex has several possible items and none is certain (name, size and duration, several items alike)"
    }
    assert list(world.dead.count_causes().values()) == [2]


def test_one_uncertain_item_is_told_as_one(world, heard):
    world.plex.add_item(world.section, "/other/one.mp4", size=1000, duration_ms=9_000)
    scene, _ = world.scene(in_plex=False)
    world.sync(scene)
    failed = only(heard, JobFailed)
    assert failed.message.startswith("Plex has one possible item and it is not certain: ")
    assert failed.cause.endswith("(name and size, duration differs)")


def test_a_missing_file_says_where_plex_was_to_have_it_and_that_it_is_waited_for(world, heard):
    world.path_map = "/media => /mnt/films"
    scene, _ = world.scene(in_plex=False)
    world.sync(scene)
    failed = only(heard, JobFailed)
    assert failed.tried == "looked for /mnt/films/one.mp4"
    assert (failed.waits, failed.cause) == (True, "no item in '…' has this file")
    world.later(7 * DAY_S)
    heard.clear()
    world.drain()
    failed = only(heard, JobFailed)
    assert (failed.waits, failed.will_retry) == (False, False)
    assert failed.message == "no item in 'Scenes' has this file, waited for 7 days"


def test_a_failed_write_says_the_item_the_evidence_and_the_fields(world, heard):
    scene, key = world.scene(title="Hello", rating100=80)
    world.plex.faults.add(match="PUT /library/sections", kind="status", status=500, times=1)
    world.sync(scene)
    failed = only(heard, JobFailed)
    assert failed.tried == f"found Plex item {key} by exact path, wrote title, rating"
    assert failed.trigger == "Scene.Update.Post"


def test_a_scene_that_stash_cannot_give_was_not_looked_for(world, heard):
    scene, _ = world.scene()
    world.stash.faults.add("html", match="findScenes")
    world.sync(scene)
    failed = only(heard, JobFailed)
    assert (failed.error_type, failed.tried) == ("StashGarbled", "")
