from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from stash.log_context import about, adopt, facts
from tests.stash.stash_said import Said


@pytest.fixture
def said() -> Said:
    return Said("plexsync.Worker", "json")


def test_every_line_carries_what_it_is_about(said: Said) -> None:
    with about(drain="1a2b"), about(scene_id=7):
        said.log.info("it is written")
    assert said.body == {
        "level": "info",
        "component": "Worker",
        "message": "it is written",
        "drain": "1a2b",
        "scene_id": 7,
    }


def test_what_a_call_says_itself_goes_before(said: Said) -> None:
    with about(scene_id=7):
        said.log.info("another one", extra={"scene_id": 8})
    assert said.body["scene_id"] == 8


def test_behind_the_block_nothing_is_left_even_after_an_error(said: Said) -> None:
    with pytest.raises(ValueError, match="odd"), about(scene_id=7):
        raise ValueError("odd")
    said.log.info("later")
    assert "scene_id" not in said.body
    assert facts() == {}


def test_threads_that_write_side_by_side_keep_their_scenes_apart() -> None:
    said = Said("plexsync.Worker", "text")

    def write(scene: int) -> None:
        with about(scene_id=scene):
            for _ in range(20):
                said.log.debug("written by %d", scene)

    with about(drain="1a2b"), ThreadPoolExecutor(4, initializer=adopt, initargs=(facts(),)) as pool:
        list(pool.map(write, range(5)))
    assert len(said.lines) == 100
    for line in said.lines:
        scene = line.partition("written by ")[2].partition(" ")[0]
        assert line.endswith(f"written by {scene} [drain 1a2b scene {scene}]")


def test_a_person_reads_drain_and_scene_only_in_the_details() -> None:
    said = Said("plexsync.Worker", "text")
    with about(drain="1a2b", scene_id=7):
        said.log.info("a result")
        said.log.debug("a decision")
    assert [line.partition("] ")[2] for line in said.lines] == [
        "a result",
        "a decision [drain 1a2b scene 7]",
    ]


def test_a_fact_without_a_text_costs_its_line_and_never_the_caller(said: Said) -> None:
    class Hostile:
        def __str__(self) -> str:
            raise RuntimeError("no text for you")

    said.log.info("odd", extra={"what": Hostile()})
    said.log.info("fine")
    assert said.body["message"] == "fine"
    assert said.handler.lost == 1
