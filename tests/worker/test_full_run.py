"""A whole library, against an expectation that is written without any of the code under test."""

from __future__ import annotations

import logging

from events import subscribe
from observers.dlq import DlqReporter
from observers.summary import BatchSummarizer
from plex.client import PlexClient
from tests.whole_library import assert_shown, whole_library
from tests.worker.gated_pace import stop_the_writers_until_others_go_first

SCENES = 1000


def test_a_thousand_scenes_arrive_whole_and_a_second_run_writes_nothing(world, caplog):
    caplog.set_level(logging.INFO, logger="plexsync")
    scenes = {}
    for number, about in enumerate(whole_library(SCENES)):
        scene, key = world.scene(f"file{number:04}.mp4", **about)
        scenes[scene] = (number, about, key)
        world.put(scene, priority=2, trigger="sync_all")
    subscriptions = [subscribe(BatchSummarizer(every=10)), subscribe(DlqReporter(dead_letters=world.dead))]
    assert world.drain().processed == SCENES
    first = [record for record in caplog.records if record.levelno == logging.INFO]
    for number, about, key in scenes.values():
        assert_shown(world.plex, number, about, key)
    reads = [request for request in world.plex.requests if request.method == "GET"]
    puts = [request for request in world.plex.requests if request.method == "PUT"]
    assert len(puts) == SCENES
    uploads = [request for request in world.plex.requests if request.method == "POST"]
    assert len(uploads) == 2 * sum(1 for _, about, _ in scenes.values() if about["cover"])

    world.plex.requests.clear()
    caplog.clear()
    for scene in scenes:
        world.put(scene, priority=2, trigger="sync_all")
    assert world.drain().processed == SCENES
    second = [record for record in caplog.records if record.levelno == logging.INFO]
    for subscription in subscriptions:
        subscription.close()
    assert world.plex.writes() == []
    assert len(first) <= 150
    assert len(second) <= 10
    assert len(reads) <= 3 * SCENES
    # A listing of a thousand, who the server is, its libraries: what is unchanged is not read again.
    assert len(world.plex.requests) <= SCENES / 1000 + 5


def test_a_field_that_is_equal_and_not_locked_gets_its_lock(world):
    scene, key = world.scene(title="Same", details="Text")
    world.sync(scene)
    world.plex.person_unlocks(key, "title")
    world.sync(scene)
    assert "title" in world.plex.item(key).locks


def test_what_plexsync_put_there_goes_when_stash_drops_it_and_the_rest_stays(world):
    scene, key = world.scene(
        title="T", details="Text", tags=["ours", "too"], performers=["Ann", "Bo"], studio="S"
    )
    world.sync(scene)
    world.plex.person_edits(key, genre=["ours", "too", "theirs"], actor=["Ann", "Bo", "Extra"])
    row = world.stash.store.scenes[scene]
    row.tag_ids.pop()
    row.performer_ids.pop()
    world.edit(scene, details="")
    world.drain()
    item = world.plex.item(key)
    assert sorted(item.tags["genre"]) == ["ours", "theirs"]
    assert item.tags["actor"] == ["Ann", "Extra"]
    assert "summary" not in item.fields


def test_an_edit_made_in_plex_is_replaced_or_kept_by_choice(world, heard):
    scene, key = world.scene(title="Stash says", details="One")
    world.sync(scene)
    world.plex.person_edits(key, title="A person says")
    world.set(preserve_plex_edits=True)
    world.edit(scene, details="Two")
    world.drain()
    assert (world.plex.item(key).fields["title"], world.plex.item(key).fields["summary"]) == (
        "A person says",
        "Two",
    )
    world.set(preserve_plex_edits=False)
    world.sync(scene)
    assert world.plex.item(key).fields["title"] == "Stash says"
    assert heard[-3].replaced == ("title",)


def test_an_edit_overtakes_a_long_run(world, heard, monkeypatch):
    stop_the_writers_until_others_go_first(monkeypatch, after=8)
    for number in range(60):
        world.put(world.scene(f"{number}.mp4", title=f"Bulk {number}")[0], priority=2, trigger="sync_all")
    urgent, _ = world.scene("urgent.mp4", title="Urgent")
    enqueue_soon = iter([True])

    from events import MatchScored, match_scored  # noqa: PLC0415 -- beside its only use

    def edit(sender: object, *, event: MatchScored) -> None:
        if next(enqueue_soon, False):
            world.put(urgent)

    with match_scored.connected_to(edit):
        world.drain()
    done = [event.scene_id for event in heard if type(event).__name__ == "JobSucceeded"]
    assert done[0] == urgent
    assert len(done) == 61


def test_before_the_first_write_the_item_is_kept_as_it_was(world):
    scene, key = world.scene(title="New", tags=["a"])
    world.plex.person_edits(key, title="Old", genre=["theirs"])
    world.set(override_locks=True)
    world.sync(scene)
    server = world.db.execute("SELECT server FROM snapshots").fetchone()[0]
    snapshot = world.ledger.snapshot(server, key)
    assert snapshot["scalars"]["title"] == "Old"
    assert snapshot["tags"]["genre"] == ["theirs"]
    assert {"title", "genre"} <= set(snapshot["locks"])


def test_before_the_first_picture_of_a_kind_what_plex_showed_is_kept(world):
    scene, key = world.scene(title="No cover yet")
    world.sync(scene)
    assert ("GET", "/library/metadata/{id}/{plural}") not in world.plex.counts()
    server = world.db.execute("SELECT server FROM snapshots").fetchone()[0]
    shown = {kind: selected(world, key, kind) for kind in ("poster", "art")}
    for cover in (b"\xff\xd8\xfffirst", b"\xff\xd8\xffsecond"):
        world.stash.store.scenes[scene].cover = cover
        world.sync(scene)
        assert world.plex.item(key).poster == cover
        assert world.ledger.snapshot(server, key)["selected"] == shown
    assert shown["poster"] != selected(world, key, "poster")


def selected(world, key, kind):
    """The ratingKey of the picture that Plex shows."""
    client = PlexClient(world.plex.url, world.token, client_identifier="test")
    try:
        return next(photo.rating_key for photo in client.pictures(key, kind) if photo.selected)
    finally:
        client.close()


def test_a_field_that_somebody_had_locked_is_left_alone(world, heard):
    scene, key = world.scene(title="Stash", details="Text")
    world.plex.person_edits(key, title="Theirs")
    world.sync(scene)
    item = world.plex.item(key)
    assert (item.fields["title"], item.fields["summary"]) == ("Theirs", "Text")
    assert heard[-3].outcomes["title"] == "kept"


def test_the_same_file_in_two_libraries_is_written_in_both(world):
    scene, key = world.scene(title="Both")
    other = world.plex.add_section("Second", locations=("/media",)).id
    second = world.plex.add_item(other, "/media/one.mp4", size=1000, duration_ms=60_000)
    world.sync(scene)
    assert world.plex.item(key).fields["title"] == world.plex.item(second).fields["title"] == "Both"


def test_another_server_behind_the_address_stops_the_drain(world):
    scene, _ = world.scene(title="x")
    world.sync(scene)
    known = world.db.execute("SELECT value FROM meta WHERE key = 'plex_server'").fetchone()[0]
    world.db.execute(
        "UPDATE meta SET value = ? WHERE key = 'plex_server'",
        (known.replace('"server": "', '"server": "other'),),
    )
    world.libraries = ("Scenes",)
    world.put(scene)
    result = world.drain()
    assert result.reason == "refused"
    assert "another one" in result.message
    assert world.queue.count().pending == 1
