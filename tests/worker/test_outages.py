"""Plex away, or there and of no use: no scene pays for it, two lines tell of it, and the work goes on soon after."""

from __future__ import annotations

import logging
import random

import pytest

from events import JobDlq, JobFailed, PlexDown, PlexUp
from plex.client import PlexClient
from plex.exceptions import PlexServerDown
from sync_queue import runners
from sync_queue.intake import claim_ask
from tests.support import PATIENCE_S
from tests.worker.outage_world import lines, watch
from worker.breaker import Breaker
from worker.outages import Outages

EDITS, ITEMS = "^PUT", "GET /library/metadata"
LISTING = r"GET /library/sections/\d+/all"


@pytest.fixture
def said(caplog):
    caplog.set_level(logging.INFO, logger="plexsync")
    return caplog


def queued(world, number, *, synced=3):
    """Scenes that are queued; the first few were in step before. Returns pairs of (title, ratingKey)."""
    made = [world.scene(f"{n}.mp4", title=f"T{n}", tags=["a"]) for n in range(number)]
    for scene, _ in made[:synced]:
        world.sync(scene)
    for n, (scene, _) in enumerate(made):
        world.edit(scene, title=f"New {n}")
    return [(f"New {n}", key) for n, (_, key) in enumerate(made)]


def shown(world, wanted):
    return [world.plex.item(key).fields["title"] for _, key in wanted] == [title for title, _ in wanted]


def never_tried(world, heard):
    return not [event for event in heard if isinstance(event, (JobFailed, JobDlq))]


@pytest.mark.parametrize(
    ("synced", "kind", "match", "status"),
    [
        (1, "status", EDITS, 500),
        (0, "status", EDITS, 500),
        (0, "status", EDITS, 503),
        (1, "html", EDITS, 200),
        (0, "reset", EDITS, 0),
        (1, "status", ITEMS, 500),
        (0, "cut", ITEMS, 200),
        (0, "status", LISTING, 500),
        (1, "maintenance", None, 503),
    ],
)
def test_a_plex_that_does_no_work_costs_no_try_and_two_lines(world, heard, said, kind, match, status, synced):
    """The suite of faults (make torture) has more kinds, for longer."""
    wanted = queued(world, 8, synced=synced)
    heard.clear()
    said.clear()
    world.plex.faults.add(kind, match=match, status=status)
    took = watch(world, broken_s=40.0, mend=world.plex.faults.clear)
    assert took <= 15
    assert shown(world, wanted)
    assert never_tried(world, heard)
    told = lines(said)
    assert len(told) == 2, told
    assert told[0].startswith("Plex is away: ") and "Every scene stays queued" in told[0]
    assert told[1].startswith("Plex is back after ")
    assert [type(event) for event in heard if isinstance(event, (PlexDown, PlexUp))] == [PlexDown, PlexUp]


def test_edits_that_plex_never_answers_cost_no_try(world, heard, said):
    wanted = queued(world, 2, synced=1)
    world.plex.faults.add("hang", match=EDITS, seconds=2.5)
    world.edits_s = 1.0

    def mend():
        world.plex.faults.clear()
        world.edits_s = PATIENCE_S

    watch(world, broken_s=1.0, mend=mend)
    assert shown(world, wanted)
    assert never_tried(world, heard)
    assert len(lines(said)) == 2


def test_a_stuck_plex_is_tried_with_few_edits_and_ever_less_often(world):
    queued(world, 20)
    world.plex.forget_requests()
    world.plex.faults.add("status", match=EDITS, status=500)
    watch(world, broken_s=100.0, mend=world.plex.faults.clear)
    tried = [request for request in world.plex.writes() if request.status == 500]
    # A first chunk, then two at a time; and each time three of the items that have always worked.
    rounds = 4 + 100 // 10
    assert 8 + 3 < len(tried) <= 8 + 3 + rounds * 5


@pytest.mark.parametrize("synced", [0, 3])
def test_of_a_batch_only_the_item_that_plex_cannot_edit_is_given_up(world, said, synced):
    wanted = queued(world, 20, synced=synced)
    bad = wanted[5][1]
    world.plex.faults.add("status", match=lambda r: r.method == "PUT" and r.get("id") == str(bad), status=500)
    for _ in range(6):
        world.drain()
        world.later(601)
    assert world.dead.get_error_summary() == {"PlexTemporaryError": 1}
    assert shown(world, [one for one in wanted if one[1] != bad])
    assert not [line for line in lines(said) if "Plex is away" in line]


def test_one_edit_in_ten_that_fails_by_chance_buries_nothing(world, heard):
    chance = random.Random(5)  # noqa: S311 -- repeatable on purpose
    wanted = queued(world, 120, synced=0)
    heard.clear()
    world.plex.faults.add("status", match=lambda r: r.method == "PUT" and chance.random() < 0.1, status=500)
    watch(world, broken_s=0.0, mend=lambda: None)
    assert shown(world, wanted)
    assert world.dead.count() == 0
    assert sum(isinstance(event, JobFailed) for event in heard) > 5


def test_a_last_try_is_not_decided_by_chance(world):
    scene, key = world.scene(title="One")
    for number in range(4):
        world.plex.faults.add("status", match=EDITS, status=500, times=1)
        if number == 0:
            world.put(scene)
        world.drain()
        assert world.queue.describe(scene)["attempts"] == number + 1
        world.later(601)
    world.plex.faults.add("status", match=EDITS, status=500, times=1)
    world.drain()
    assert world.dead.count() == 0
    assert world.plex.item(key).fields["title"] == "One"


def test_a_restart_in_the_middle_of_a_batch_costs_no_scene_a_try(world, heard):
    wanted = queued(world, 8)
    heard.clear()
    world.plex.faults.add("reset", match=EDITS, times=1)
    world.plex.faults.add("status", match=EDITS, status=503)
    watch(world, broken_s=60.0, mend=world.plex.faults.clear)
    assert shown(world, wanted)
    assert never_tried(world, heard)


def test_an_edit_that_a_filter_refuses_is_given_up_alone(world, heard, said):
    wanted = queued(world, 6)
    bad = wanted[4][1]
    world.plex.faults.add("status", match=lambda r: r.method == "PUT" and r.get("id") == str(bad), status=403)
    assert world.drain().reason == "empty"
    assert world.dead.get_error_summary() == {"EditRefused": 1}
    assert shown(world, [one for one in wanted if one[1] != bad])
    assert "without the proxy" in world.dead.get_recent(1)[0].hint


@pytest.mark.parametrize("synced", [0, 3])
@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_was_demoted_stops_with_the_remedy_and_keeps_every_job(
    world, heard, said, status, synced
):
    wanted = queued(world, 6, synced=synced)
    heard.clear()
    said.clear()
    world.token = world.plex.guest_token
    world.plex.options.guest_status = status
    result = world.drain()
    assert result.reason == "refused"
    assert world.queue.count().pending == 6
    assert never_tried(world, heard)
    (line,) = lines(said)
    assert "lets this token read" in line and "only the owner's token may edit" in line
    assert "Check Plex authentication token" in line
    world.later(90)
    assert world.drain(by_hand=False).reason == "refused"
    world.token = world.plex.token
    assert world.drain().processed == 6
    assert shown(world, wanted)
    assert lines(said) == [line, "Syncing goes on, after 90 s in which it was stopped"]
    world.edit(1, title="Once more")
    assert world.drain().processed == 1
    assert len(lines(said)) == 2


def test_a_token_that_is_demoted_in_the_middle_of_a_drain_buries_no_scene(world, heard):
    wanted = queued(world, 2, synced=2)
    first, _ = world.scene("first.mp4", title="First")
    world.put(first, priority=-1)
    world.later(60)
    heard.clear()
    seen = []

    def demote(request):
        if request.method == "PUT":
            seen.append(request)
            if len(seen) == 2:
                world.plex.guest_token, world.plex.token = world.plex.token, world.plex.guest_token
        return False

    world.plex.faults.add("status", match=demote)
    assert world.drain().reason == "refused"
    assert world.dead.count() == 0
    world.token = world.plex.token
    assert world.drain().reason == "empty"
    assert shown(world, wanted)


def test_a_refused_token_is_told_once_whatever_request_meets_it_first(world, said):
    queued(world, 2)
    said.clear()
    world.plex.faults.add("status", match=ITEMS, status=401)
    assert world.drain(by_hand=False).reason == "refused"
    world.plex.faults.clear()
    world.plex.token = f"{world.token}-anew"
    world.later(601)
    assert world.drain(by_hand=False).reason == "refused"
    assert len(lines(said)) == 1
    assert world.drain(by_hand=True).reason == "refused"
    assert len(lines(said)) == 2


def test_after_a_probe_that_was_waited_for_in_vain_the_next_one_gets_more_time(world):
    client = PlexClient(world.plex.url, world.token, client_identifier="test")

    def of_a_drain(short_s):
        return Outages(world.db, client, clock=world.clock, token="t", patience_s=(short_s, PATIENCE_S))

    of_a_drain(PATIENCE_S).begin(PlexServerDown("away"))
    world.plex.faults.add("latency", seconds=0.8)
    outages = of_a_drain(0.3)
    with pytest.raises(PlexServerDown) as caught:
        outages.look()
    outages.begin(caught.value)
    assert outages.look()
    assert outages.unproven  # it had answered in the middle of its trouble, so a probe alone is no proof
    outages.batch_done()
    assert Breaker(world.db, clock=world.clock).outage() is None
    client.close()


def test_while_a_watcher_looks_for_plex_no_hook_asks_for_a_drain(world):
    queued(world, 2)
    world.plex.refuse()
    answers = []

    def mend():
        answers.append(claim_ask(world.db, "a hook", 1, world.clock()))
        world.plex.resume()

    watch(world, broken_s=60.0, mend=mend)
    assert answers == [False]
    assert not runners.is_fresh(world.db, "probe", world.clock())


def test_a_scene_that_needs_the_listing_does_not_keep_the_others_waiting_for_it(world, heard, said):
    wanted = queued(world, 4)
    new, new_key = world.scene("new.mp4", title="New one")
    world.put(new)
    world.later(60)
    heard.clear()
    world.plex.faults.add("status", match=LISTING, status=500)
    assert world.drain().reason == "plex_trouble"
    assert shown(world, wanted)
    assert world.queue.describe(new)["attempts"] == 0
    assert never_tried(world, heard)
    watch(world, broken_s=60.0, mend=world.plex.faults.clear)
    assert world.plex.item(new_key).fields["title"] == "New one"
    assert len(lines(said)) == 2


def test_a_library_that_is_gone_does_not_stop_the_others_when_none_is_named(world, heard):
    other = world.plex.add_section("Second", locations=("/other",)).id
    gone, _ = world.scene("gone.mp4", title="Gone")
    stays = world.stash.store.add_scene(path="/other/stays.mp4", size=1000, duration=60.0, title="Stays")
    key = world.plex.add_item(other, "/other/stays.mp4", size=1000, duration_ms=60_000)
    world.put(gone)
    world.put(stays)
    world.drain()
    world.plex.remove_section(world.section)
    world.edit(gone, title="Gone again")
    world.edit(stays, title="Stays on")
    assert world.drain().reason == "empty"
    assert world.plex.item(key).fields["title"] == "Stays on"
    assert world.queue.describe(gone)["state"] == "waiting_for_plex"


@pytest.mark.parametrize("rename", [True, False])
def test_a_named_library_that_was_renamed_or_removed_stops_the_drain_with_the_remedy(
    world, said, heard, rename
):
    world.libraries = ("Scenes",)
    wanted = queued(world, 3)
    said.clear()
    heard.clear()
    if rename:
        world.plex.library.sections[world.section].title = "Films"
    else:
        world.plex.remove_section(world.section)
        world.plex.add_section("Films", locations=("/media",))
    world.later(601)
    assert world.drain().reason == "refused"
    assert world.queue.count().pending == 3
    (line,) = lines(said)
    assert "'Scenes'" in line and "'Films'" in line and "Correct plex_library" in line
    assert never_tried(world, heard)
    if rename:
        world.libraries = ("Films",)
        assert world.drain().processed == 3
        assert shown(world, wanted)


@pytest.mark.parametrize("cloned", [True, False])
def test_another_server_behind_the_address_after_an_outage_stops_the_drain(world, said, heard, cloned):
    queued(world, 3)
    said.clear()
    heard.clear()
    world.plex.refuse()
    assert world.drain().reason == "plex_down"
    world.plex.options.machine_identifier = "another-machine"
    if not cloned:
        world.plex.remove_section(world.section)
    world.plex.resume()
    world.plex.forget_requests()
    world.later(20)
    result = world.drain()
    assert result.reason == "refused"
    assert "another-machine" in result.message
    assert world.plex.writes() == []
    assert world.queue.count().pending == 3
    assert "'Accept New Plex Server'" in lines(said)[-1]


def test_another_server_is_noticed_by_what_it_does_not_have(world, said):
    queued(world, 2)
    world.plex.options.machine_identifier = "another-machine"
    world.plex.remove_section(world.section)
    result = world.drain()
    assert result.reason == "refused"
    assert "another-machine" in result.message
    assert world.queue.count().pending == 2


def test_stash_that_does_not_answer_is_said_once_and_so_is_its_return(world, said):
    wanted = queued(world, 3)
    said.clear()
    world.stash.refuse()
    watch(world, broken_s=60.0, mend=world.stash.resume)
    assert shown(world, wanted)
    away, back = lines(said)
    assert away.startswith("Stash does not answer: ")
    assert back.startswith("Stash answers again after ")
