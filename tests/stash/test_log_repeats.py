from __future__ import annotations

import logging
import random
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stash.log_lines import message_of
from stash.log_repeats import FIRST, FIRST_DETAILS, MOST_KINDS, MOST_SCENES, WINDOW_S, Repeats, ranges
from tests.stash.stash_said import Said
from tests.support import Clock

MISSING = "Scene %d %r: PlexNotFound: no item has this file"


class Told:
    """Repeats with a clock of its own, and the messages that it let out."""

    def __init__(self) -> None:
        self.clock = Clock(1000.0)
        self.repeats = Repeats(message_of, clock=self.clock)
        self.records: list[logging.LogRecord] = []

    def say(self, message: str, *args: object, level: int = logging.WARNING, **facts: Any) -> None:
        made = {"name": "plexsync.DLQ", "levelno": level, "msg": message, "args": args, **facts}
        self.records += self.repeats.take(logging.makeLogRecord(made))

    def missing(self, scene: int, **facts: Any) -> None:
        self.say(MISSING, scene, f"Title {scene}", scene_id=scene, error_type="PlexNotFound", **facts)

    def flush(self) -> None:
        self.records += self.repeats.flush()

    @property
    def messages(self) -> list[str]:
        return [message_of(record) for record in self.records]


@pytest.fixture
def told() -> Told:
    return Told()


def scenes_named(told: Told) -> list[int]:
    """Every scene that the lines name: in a line of its own, or in one that stands for many."""
    named: list[int] = []
    for record in told.records:
        named += getattr(record, "scene_ids", None) or [record.__dict__["scene_id"]]
    return named


def test_the_first_few_are_written_and_the_rest_is_one_line_that_names_the_scenes(told: Told) -> None:
    for scene in [*range(1, 41), 57]:
        told.missing(scene)
    assert len(told.messages) == FIRST == 5
    told.flush()
    assert told.messages[5:] == [
        "… 36 more like \"Scene 5 'Title 5': PlexNotFound: no item has this file\": scenes 6-40, 57"
    ]
    told.flush()
    assert len(told.records) == 6


def test_what_stands_for_many_has_their_level_and_facts(told: Told) -> None:
    for scene in range(1, 8):
        told.missing(scene, drain="1a2b")
    told.flush()
    line = vars(told.records[-1])
    assert (line["levelno"], line["name"]) == (logging.WARNING, "plexsync.DLQ")
    assert (line["repeats"], line["scene_ids"]) == (2, [6, 7])
    assert (line["drain"], line["error_type"]) == ("1a2b", "PlexNotFound")


def test_a_single_line_that_was_held_back_is_told_as_it_was(told: Told) -> None:
    for scene in range(1, FIRST + 2):
        told.missing(scene, path="/media/x")
    told.flush()
    assert told.messages[-1] == "Scene 6 'Title 6': PlexNotFound: no item has this file"
    assert vars(told.records[-1])["path"] == "/media/x"


def test_ten_thousand_missing_scenes_are_a_readable_log_that_names_every_one(told: Told) -> None:
    scenes = list(range(1, 10_001))
    random.Random(1).shuffle(scenes)  # noqa: S311 -- an order, no secret
    for scene in scenes:
        told.missing(scene)
        told.clock.now += 0.01
    told.flush()
    assert len(told.records) <= FIRST + 10_000 // MOST_SCENES + 100 / WINDOW_S + 1
    assert sorted(scenes_named(told)) == list(range(1, 10_001))


@given(st.lists(st.tuples(st.integers(1, 60), st.floats(0, 40)), max_size=80))
def test_no_scene_is_ever_lost_and_no_line_counted_twice(steps: list[tuple[int, float]]) -> None:
    told = Told()
    for scene, pause in steps:
        told.clock.now += pause
        told.missing(scene)
    told.flush()
    assert set(scenes_named(told)) == {scene for scene, _ in steps}
    assert sum(getattr(record, "repeats", 1) for record in told.records) == len(steps)


def test_a_kind_that_goes_on_is_told_once_in_a_window(told: Told) -> None:
    for scene in range(1, 101):
        told.missing(scene)
        told.clock.now += 1.0
    counted = [record.__dict__["repeats"] for record in told.records[FIRST:]]
    assert counted == [30, 30, 30]


def test_a_kind_that_was_quiet_begins_anew(told: Told) -> None:
    for scene in range(1, 7):
        told.missing(scene)
    told.flush()
    told.clock.now += WINDOW_S + 1
    told.missing(7)
    assert told.messages[-1].startswith("Scene 7 ")


def test_what_is_due_is_told_when_anything_else_is_said(told: Told) -> None:
    for scene in range(1, 10):
        told.missing(scene)
    told.clock.now += WINDOW_S + 1
    told.say("Plex is back")
    assert [message[:8] for message in told.messages[-2:]] == ["… 4 more", "Plex is "]


def test_another_error_type_level_or_component_is_another_kind(told: Told) -> None:
    for scene in range(1, 20):
        told.missing(scene)
    before = len(told.records)
    told.missing(20, levelno=logging.ERROR)
    told.missing(21, name="plexsync.Edits")
    told.say(MISSING, 22, "x", scene_id=22, error_type="AmbiguousMatch")
    assert len(told.records) == before + 3


def test_lines_that_are_about_no_scene_are_folded_only_when_they_are_equal(told: Told) -> None:
    for kind in "abcdefgh":
        told.say("observer %s is left out", kind)
    assert len(told.records) == 8
    for _ in range(10):
        told.say("observer %s is left out", "a")
    assert len(told.records) == 8 + FIRST - 1
    told.flush()
    assert told.messages[-1] == '… 6 more like "observer a is left out"'


def test_a_message_without_words_of_its_own_counts_by_its_text(told: Told) -> None:
    for number in range(20):
        told.say("%s: %s", f"kind {number}", "hint", scene_id=1)
    assert len(told.records) == 20


def test_details_are_written_a_hundred_times_and_folded_by_their_form(told: Told) -> None:
    for number in range(150):
        told.say("request %d took %.1f ms", number, 1.5, level=logging.DEBUG)
    assert len(told.records) == FIRST_DETAILS == 100
    told.flush()
    assert told.messages[-1] == '… 50 more like "request 99 took 1.5 ms"'


def test_many_kinds_cost_little_memory_and_what_was_folded_is_told(told: Told) -> None:
    for _ in range(FIRST + 3):
        told.say("the first")
    for number in range(MOST_KINDS + 10):
        told.say(f"kind {number}")
    assert len(told.repeats._kinds) <= MOST_KINDS  # that there is a bound cannot be seen from without
    assert '… 3 more like "the first"' in told.messages


def test_a_long_sample_is_cut(told: Told) -> None:
    for scene in range(7):
        told.say("Scene %d %s", scene, "日本" * 500, scene_id=scene)
    told.flush()
    assert len(told.messages[-1].encode()) < 200
    assert re.search(r"… \[cut\]\": scenes 5-6$", told.messages[-1])


@given(st.sets(st.integers(0, 200)))
def test_ranges_say_exactly_the_numbers(numbers: set[int]) -> None:
    said: set[int] = set()
    for part in filter(None, ranges(numbers).split(", ")):
        first, _, last = part.partition("-")
        said |= set(range(int(first), int(last or first) + 1))
    assert said == numbers


def test_a_sample_shows_no_secret_even_where_it_is_cut() -> None:
    for padding in range(60, 120):
        said = Said("plexsync.Worker", "text", "hush-hush-hush-hush")
        for scene in range(FIRST + 2):
            said.log.warning(
                "Scene %d %s hush-hush-hush-hush", scene, "x" * padding, extra={"scene_id": scene}
            )
        said.handler.flush()
        assert "more like" in said.text
        assert "hush" not in said.text


def test_handlers_tell_what_is_folded_when_they_are_flushed() -> None:
    said = Said()
    for _ in range(9):
        said.log.error("no disk")
    assert len(said.lines) == FIRST
    said.handler.flush()
    assert said.lines[-1] == '\x01e\x02[PlexSync Worker] … 4 more like "no disk"'
    said.handler.close()
