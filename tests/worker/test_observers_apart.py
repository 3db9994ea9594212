"""The worker knows no observer: whichever listen, and were it none, what it does to Plex, queue and ledger is the same."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import combinations
from typing import TYPE_CHECKING, Any, cast

import pytest

from app.stores import HistoryStore
from events import JobDlq, JobFailed, JobSkipped, JobSucceeded, namespace, plain
from observers.dlq import DlqReporter
from observers.edits import EditReporter
from observers.history import HistoryKeeper
from observers.persist import JsonPersister
from observers.stats import StatsAccumulator
from observers.story import StoryTeller
from observers.summary import BatchSummarizer
from simulators.plex import PlexSimulator
from simulators.stash import StashSimulator
from tests.observers.drain_makers import listening
from tests.worker.conftest import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session import Session
    from events import Event

MAKERS: dict[str, Callable[[World], object]] = {
    "stats": lambda world: StatsAccumulator(),
    "summary": lambda world: BatchSummarizer(every=2),
    "dlq": lambda world: DlqReporter(dead_letters=world.dead),
    "edits": lambda world: EditReporter(),
    "story": lambda world: StoryTeller(),
    "history": lambda world: HistoryKeeper(store=HistoryStore(cast("Session", world))),
    "persist": lambda world: JsonPersister(data_dir=world.folder),
}
FOUR = ("stats", "summary", "dlq", "persist")
CHOICES: list[tuple[str, ...]] = [chosen for size in range(5) for chosen in combinations(FOUR, size)]
CHOICES += [("edits",), ("story",), ("history",), tuple(MAKERS)]


def three_drains(world: World) -> list[Any]:
    """A bit of everything: written, unchanged, edited by a person, not there, in doubt, deleted, failing once, retried."""
    fine = [world.scene(f"{n}.mp4", title=f"T{n}", tags=["a"], details="Text") for n in range(4)]
    missing, _ = world.scene("missing.mp4", in_plex=False)
    for copy in ("a", "b"):
        world.plex.add_item(world.section, f"/other/{copy}/twin.mp4", size=1000, duration_ms=60_000)
    twin = world.stash.store.add_scene(path="/media/twin.mp4", size=1000, duration=60.0, title="Twin")
    for scene in (*(scene for scene, _ in fine), missing, twin, 9_999):
        world.put(scene)
    results = [world.drain()]
    first, second, third = fine[:3]
    world.plex.person_edits(first[1], title="A person says")
    world.edit(first[0], details="Other text")
    world.plex.faults.add(
        "status", match=lambda request: request.get("id") == str(second[1]), status=500, times=1
    )
    world.edit(second[0], title="Second")
    world.edit(third[0])
    results.append(world.drain())
    world.later(601)
    results.append(world.drain())
    return results


def drained(world: World) -> dict[str, Any]:
    """All that the worker has done, without what is another each time: durations, ids of drains, the jitter of a retry."""
    heard: list[Event] = []

    def note(_sender: object, *, event: Event) -> None:
        heard.append(event)

    with ExitStack() as stack:
        for signal in namespace.values():
            stack.enter_context(signal.connected_to(note))
        results = three_drains(world)
    jobs = [event for event in heard if isinstance(event, JobSucceeded | JobFailed | JobSkipped | JobDlq)]
    return {
        "results": results,
        "order": [type(event).__name__ for event in heard],
        "jobs": [{**plain(event), "duration_s": 0, "drain_id": "", "next_try_at": 0} for event in jobs],
        "writes": sorted((request.method, request.path, request.query) for request in world.plex.writes()),
        "shown": [
            (item.fields, item.tags, sorted(item.locks))
            for item in map(world.plex.item, sorted(world.plex.library.items))
        ],
        "queue": world.queue.count(),
        "dead": world.dead.get_error_summary(),
        "ledger": [
            tuple(row)
            for row in world.db.execute("SELECT rating_key, scene_id, record FROM ledger ORDER BY rating_key")
        ],
    }


@pytest.fixture(scope="module")
def of_the_worker_alone(tmp_path_factory):
    """What is done when nobody listens, but the test itself."""
    with PlexSimulator() as plex, StashSimulator() as stash:
        section = plex.add_section("Scenes", locations=("/media",))
        world = World(plex, stash, tmp_path_factory.mktemp("alone"), section.id)
        try:
            return drained(world)
        finally:
            world.db.close()


@pytest.mark.parametrize("chosen", CHOICES, ids=["+".join(chosen) or "none" for chosen in CHOICES])
def test_the_workers_result_is_the_same(world, of_the_worker_alone, chosen):
    with listening(*(MAKERS[name](world) for name in chosen)):
        assert drained(world) == of_the_worker_alone


def test_the_drains_of_this_test_have_a_bit_of_everything(of_the_worker_alone):
    assert set(of_the_worker_alone["order"]) >= {
        "MatchScored",
        "JobSucceeded",
        "JobFailed",
        "JobSkipped",
        "JobDlq",
    }
    assert any(job.get("replaced") for job in of_the_worker_alone["jobs"])
    assert of_the_worker_alone["dead"] == {"AmbiguousMatch": 1}
