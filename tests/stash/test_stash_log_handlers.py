from __future__ import annotations

import io
import json
import logging
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stash.log import TRACE, CallbackHandler, ScrubFilter, StashLogHandler, clean
from stash.redact import Secrets
from tests.stash.stash_said import FORGED, Said, lone_logger

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def said() -> Iterator[Said]:
    yield (made := Said("plexsync.Worker", "text", "hush-hush"))
    made.handler.close()


def test_json_is_the_body_inside_the_same_wrapper() -> None:
    said = Said("plexsync.Worker", "json", "hush-hush")
    said.log.warning(
        "scene %d hush-hush %s",
        7,
        FORGED,
        extra={"scene_id": 7, "plex_token": "x", "paths": ["a\x7fb"], "level": "forged"},
    )
    assert said.lines[0].startswith('\x01w\x02[PlexSync Worker] {"level": "warning", "component": "Worker", ')
    assert said.body == {
        "level": "warning",
        "component": "Worker",
        "message": f"scene 7 *** {FORGED}",
        "scene_id": 7,
        "plex_token": "***",
        "paths": ["a\x7fb"],
    }
    assert "\x7f" not in said.text


def test_json_carries_the_exception() -> None:
    said = Said("plexsync.Worker", "json", "hush-hush")
    try:
        raise ValueError("hush-hush")  # noqa: TRY301 -- it is caught to be logged
    except ValueError:
        said.log.exception("job failed")
    assert said.body["exception"].endswith("ValueError: ***")


@given(st.text())
def test_every_text_is_one_json_object(title: str) -> None:
    said = Said("plexsync.Worker", "json")
    said.log.info("%s", title)
    assert said.text.isascii()
    assert said.body["message"] == Secrets().scrub(title)


def test_what_is_json_already_is_not_wrapped_once_more() -> None:
    line = json.dumps({"processed": 50, "success_rate": "96.0%"})
    for log_format in ("text", "json"):
        said = Said("plexsync.Stats", log_format)
        said.log.info(line)
        assert said.text == f"\x01i\x02[PlexSync Stats] {line}\n"


@pytest.mark.parametrize("message", ["no JSON", "[1]"])
def test_other_messages_of_the_stats_are_wrapped(message: str) -> None:
    said = Said("plexsync.Stats", "json")
    said.log.info(message)
    assert said.body["message"] == message


def test_there_are_two_formats() -> None:
    with pytest.raises(ValueError, match="must be text or json, not 'xml'"):
        Said("plexsync.Worker", "xml")


def test_a_reader_that_has_gone_away_costs_nothing() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb", buffering=0) as stream:
        handler = StashLogHandler(stream, secrets=Secrets())
        log = lone_logger("plexsync.Worker", handler)
        log.error("nobody hears this")
        log.error("nor this")
        handler.progress(0.5)


def test_a_closed_stream_costs_nothing(said: Said) -> None:
    said.stream.close()
    said.log.error("nobody hears this")


def test_the_locale_of_the_stream_does_not_matter() -> None:
    raw = io.BytesIO()
    log = lone_logger(
        "plexsync.Worker", StashLogHandler(io.TextIOWrapper(raw, encoding="cp1252"), secrets=Secrets())
    )
    log.warning("日本")
    assert raw.getvalue().decode() == "\x01w\x02[PlexSync Worker] 日本\n"


def test_a_stream_of_text_is_written_to_as_well() -> None:
    stream = io.StringIO()
    handler = StashLogHandler(stream, secrets=Secrets())
    log = lone_logger("plexsync.Worker", handler)
    log.warning("日本")
    handler.progress(0.5)
    assert stream.getvalue() == "\x01w\x02[PlexSync Worker] 日本\n\x01p\x020.5000\n"


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [
        (0.0, "0.0000"),
        (0.42, "0.4200"),
        (1.0, "1.0000"),
        (-1.0, "0.0000"),
        (7.0, "1.0000"),
        (float("nan"), "0.0000"),
        (float("inf"), "1.0000"),
    ],
)
def test_progress_stays_between_its_ends(said: Said, fraction: float, shown: str) -> None:
    said.handler.progress(fraction)
    assert said.text == f"\x01p\x02{shown}\n"


def test_the_callback_hears_time_letter_component_and_scrubbed_lines() -> None:
    heard: list[tuple[Any, ...]] = []
    log = lone_logger(
        "plexsync.Watcher", CallbackHandler(lambda *line: heard.append(line), secrets=Secrets("hush-hush"))
    )
    log.log(TRACE, "hush-hush %s", FORGED, extra={"scene_id": 7, "said": "hush-hush"})
    try:
        raise ValueError("hush-hush")  # noqa: TRY301 -- it is caught to be logged
    except ValueError:
        log.exception("job failed")
    facts = {"scene_id": 7, "said": "***"}
    assert heard[0][1:] == ("t", "Watcher", f"*** {clean(FORGED)} [scene 7]", facts)
    assert heard[1][1:] == ("e", "Watcher", "job failed", {})
    assert heard[-1][1:] == ("e", "Watcher", "ValueError: ***", {})
    assert heard[0][0] > 1_600_000_000


def test_what_the_callback_logs_itself_does_not_come_back_to_it() -> None:
    heard: list[str] = []

    def note(at: float, letter: str, component: str, message: str, facts: dict[str, Any]) -> None:
        heard.append(message)
        log.info("stored")

    log = lone_logger("plexsync.Watcher", CallbackHandler(note, secrets=Secrets()))
    log.info("once")
    log.info("twice")
    assert heard == ["once", "twice"]


def test_a_callback_that_raises_costs_its_line_and_nothing_else() -> None:
    def full(at: float, letter: str, component: str, message: str, facts: dict[str, Any]) -> None:
        raise OSError("disk full")

    handler = CallbackHandler(full, secrets=Secrets())
    log = lone_logger("plexsync.Watcher", handler)
    log.info("lost")
    log.info("lost")
    assert handler.lost == 2


def test_other_handlers_get_scrubbed_records() -> None:
    stream = io.StringIO()
    other = logging.StreamHandler(stream)
    other.setFormatter(logging.Formatter("%(message)s %(url)s"))
    other.addFilter(ScrubFilter(Secrets("hush-hush")))
    log = lone_logger("plexsync.Worker", other)
    try:
        raise ValueError("hush-hush")  # noqa: TRY301 -- it is caught to be logged
    except ValueError:
        log.exception("job %s", "hush-hush", extra={"url": "/x?apikey=abc"}, stack_info=True)
    log.info("100%%", extra={"url": ""})
    assert "hush-hush" not in stream.getvalue()
    assert stream.getvalue().startswith("job *** /x?apikey=***\nTraceback (most recent call last):\n")
    assert "ValueError: ***\n" in stream.getvalue()
    assert 'log.exception("job %s", "***"' in stream.getvalue()


def test_a_record_that_was_scrubbed_keeps_its_traceback_for_stash() -> None:
    said = Said()
    said.handler.addFilter(ScrubFilter(Secrets("hush-hush")))
    try:
        raise ValueError("hush-hush")  # noqa: TRY301 -- it is caught to be logged
    except ValueError:
        said.log.exception("job failed")
    assert said.lines[-1] == "\x01e\x02[PlexSync Worker] ValueError: ***"
