"""What the events of a real drain carry for the figures."""

from __future__ import annotations

from events import DrainFinished, DrainProgress, JobFailed, JobSucceeded, MatchScored, SyncStats


def of_kind(heard, kind):
    return [event for event in heard if isinstance(event, kind)]


def fold(heard):
    stats = SyncStats()
    for event in heard:
        stats.apply(event)
    return stats


def test_the_traffic_of_all_drains_is_what_plex_was_asked(world, heard):
    scenes = [world.scene(f"{number}.mp4", title=f"T{number}")[0] for number in range(3)]
    for scene in scenes:
        world.put(scene)
    world.drain()
    world.edit(scenes[0], title="Again")
    world.drain()
    stats = fold(heard)
    assert stats.plex_requests == len(world.plex.requests)
    bodies = sum(len(request.body) for request in world.plex.requests)
    assert bodies < stats.plex_bytes_sent < bodies + 2_000 * len(world.plex.requests)
    assert stats.plex_bytes_received > 0
    for event in [*of_kind(heard, DrainProgress), *of_kind(heard, DrainFinished)]:
        assert event.traffic.requests < len(world.plex.requests), "each tells of its own part"


def test_the_lookups_of_all_batches_add_up_though_each_drain_opens_the_caches_anew(world, heard):
    one, _ = world.scene("one.mp4", title="One")
    away, _ = world.scene("away.mp4", in_plex=False)
    for scene in (one, away):
        world.put(scene)
    world.drain()
    world.edit(one, title="Once more")
    world.drain()
    told = [event.caches for event in of_kind(heard, DrainProgress)]
    assert sum(one.match_misses for one in told) == 3, "each drain knows no match at first"
    stats = fold(heard)
    assert (stats.match_hits, stats.match_misses) == (0, 3)
    assert stats.index_hits == sum(one.index_hits for one in told) > 0
    assert stats.index_misses == sum(one.index_misses for one in told) > 0


def test_a_job_that_has_ended_tells_the_score_of_its_match(world, heard):
    scene, _ = world.scene(title="Certain")
    world.sync(scene)
    [done] = of_kind(heard, JobSucceeded)
    [match] = of_kind(heard, MatchScored)
    assert done.score == match.score
    assert fold(heard).matches_by_score == {"0.9": 1}


def test_a_field_that_was_to_be_written_and_was_not_has_failed(world, heard):
    scene, _ = world.scene(title="New", details="Text")
    world.sync(scene)
    heard.clear()
    world.plex.faults.add("status", match="PUT", status=500, times=1)
    world.edit(scene, title="Newer")
    world.drain()
    [failure] = of_kind(heard, JobFailed)
    assert failure.outcomes["title"] == "failed"
    assert failure.outcomes["summary"] == "equal"
    world.later(601)
    world.drain()
    stats = fold(heard)
    assert stats.outcomes_by_field["title"] == {"failed": 1, "changed": 1}
    assert (stats.retries, stats.jobs_processed) == (1, 2)


def test_a_failure_before_anything_was_compared_tells_of_no_field(world, heard):
    scene, _ = world.scene(in_plex=False)
    world.sync(scene)
    [failure] = of_kind(heard, JobFailed)
    assert (failure.error_type, failure.outcomes, failure.score) == ("PlexNotFound", {}, 0.0)


def test_an_outage_has_its_length_though_two_drains_meet_its_ends(world, heard):
    scene, _ = world.scene(title="x")
    world.sync(scene)
    world.plex.faults.add("maintenance")
    world.sync(scene)
    world.later(120)
    world.plex.faults.clear()
    world.drain()
    stats = fold(heard)
    assert (stats.plex_outages, stats.plex_down_s, stats.longest_outage_s) == (1, 120.0, 120.0)
