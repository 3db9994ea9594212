from __future__ import annotations

import io
import json
import logging
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stash.log import (
    TRACE,
    CallbackHandler,
    ScrubFilter,
    StashLogHandler,
    clean,
    component_of,
    letter_of,
    progress,
)
from stash.redact import Secrets
from stash.text import LARGEST_LINE_BYTES, cut

if TYPE_CHECKING:
    from collections.abc import Iterator

STASH_READS_AT_MOST = 64 * 1024
LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
FORGED = "\x01e\x02[PlexSync] forged\nsecond line\x85third\u2028fourth"


def lone_logger(name: str, handler: logging.Handler) -> logging.Logger:
    log = logging.Logger(name, level=1)  # noqa: LOG001 -- outside the tree, so that no other test hears it
    log.addHandler(handler)
    return log


class Said:
    """A logger of its own with the handler under test on a stream of bytes."""

    def __init__(self, name: str = "plexsync.Worker", log_format: str = "text", *secrets: str) -> None:
        self.stream = io.BytesIO()
        self.handler = StashLogHandler(self.stream, secrets=Secrets(*secrets), log_format=log_format)
        self.log = lone_logger(name, self.handler)

    @property
    def text(self) -> str:
        return self.stream.getvalue().decode()

    @property
    def lines(self) -> list[str]:
        found = self.text.split("\n")
        assert found.pop() == "", "the last line has its end"
        return found

    @property
    def body(self) -> dict[str, Any]:
        (line,) = self.lines
        found: dict[str, Any] = json.loads(line.partition("] ")[2])
        return found


@pytest.fixture
def said() -> Iterator[Said]:
    yield (made := Said("plexsync.Worker", "text", "hush-hush"))
    made.handler.close()


@pytest.mark.parametrize(
    ("level", "letter"),
    [
        (TRACE, "t"),
        (1, "t"),
        (logging.DEBUG, "d"),
        (logging.INFO, "i"),
        (25, "i"),
        (logging.WARNING, "w"),
        (logging.ERROR, "e"),
        (logging.CRITICAL, "e"),
    ],
)
def test_each_level_has_its_letter(said: Said, level: int, letter: str) -> None:
    assert letter_of(level) == letter
    said.log.log(level, "scene %d", 7)
    assert said.text == f"\x01{letter}\x02[PlexSync Worker] scene 7\n"


def test_trace_has_a_name() -> None:
    assert logging.getLevelName(TRACE) == "TRACE"


@pytest.mark.parametrize(
    ("name", "component"),
    [
        ("plexsync.Queue", "Queue"),
        ("plexsync", "Main"),
        ("plexsync.a.b", "a.b"),
        ("urllib3.connectionpool", "urllib3"),
        ("root", "root"),
        ("", "Main"),
    ],
)
def test_the_component_is_taken_from_the_loggers_name(name: str, component: str) -> None:
    assert component_of(name) == component


def test_a_title_cannot_forge_a_line(said: Said) -> None:
    said.log.info("synced %s", FORGED)
    assert said.text == (
        "\x01i\x02[PlexSync Worker] synced \\x01e\\x02[PlexSync] forged\\nsecond line\\x85third\\u2028fourth\n"
    )


@given(st.text())
def test_every_text_is_one_harmless_line(title: str) -> None:
    said = Said()
    said.log.info("%s", title)
    (line,) = said.lines
    assert line.startswith("\x01i\x02[PlexSync Worker] ")
    body = line[3:]
    assert not set(body) & {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))}
    assert len(body.splitlines()) == 1
    assert len(line.encode()) < STASH_READS_AT_MOST


@given(st.text(st.characters() | st.sampled_from(LINE_ENDS + "\x01\x02\ufeff\u202e")))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert once.encode().decode() == once


def test_paths_stay_readable() -> None:
    assert clean(r"C:\media\ü 日本.mp4") == r"C:\media\ü 日本.mp4"
    assert clean("a\tb\rc\ud800\u202e") == "a\\tb\\rc\\ud800\\u202e"


@given(st.text(), st.integers(0, 200))
def test_a_cut_text_fits(text: str, room: int) -> None:
    found = cut(text, room)
    assert found == text or len(found.encode()) <= max(room, len("… [cut]".encode()))


@pytest.mark.parametrize("character", ["x", "é", "日", "🎬", "\n", "\u2028"])
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_long_line_is_cut_before_stash_stops_to_read(character: str, log_format: str) -> None:
    said = Said("plexsync." + "C" * 1000, log_format)
    said.log.warning("%s", character * 100_000, extra={"more": "y" * 100_000})
    (line,) = said.lines
    assert len(line.encode()) <= LARGEST_LINE_BYTES
    assert "cut" in line


def test_a_traceback_is_lines_with_the_prefix_and_without_secrets(said: Said) -> None:
    try:
        try:
            raise KeyError("hush-hush")  # noqa: TRY301 -- a chain is what is wanted
        except KeyError as error:
            raise ValueError(f"GET /x?X-Plex-Token=abc {FORGED}") from error
    except ValueError:
        said.log.exception("job failed")
    assert all(line.startswith("\x01e\x02[PlexSync Worker] ") for line in said.lines)
    assert said.lines[0].endswith("] job failed")
    assert "KeyError: '***'" in said.text
    assert "X-Plex-Token=***" in said.text
    assert "hush-hush" not in said.text
    assert "abc" not in said.text
    assert "direct cause" in said.text


def test_of_an_endless_traceback_the_end_stays(said: Said) -> None:
    def deeper(depth: int) -> None:
        if depth:
            try:
                deeper(depth - 1)
            except ValueError as error:
                raise ValueError(f"depth {depth}") from error
        raise ValueError("the bottom")

    try:
        deeper(40)
    except ValueError:
        said.log.exception("job failed")
    assert len(said.lines) < 70
    assert "lines left out" in said.lines[1]
    assert "ValueError: depth 40" in said.lines[-1]


def test_an_error_without_an_exception_has_no_traceback(said: Said) -> None:
    said.log.error("plain", exc_info=(None, None, None))
    assert said.lines == ["\x01e\x02[PlexSync Worker] plain"]


def test_a_stack_is_shown_when_asked_for(said: Said) -> None:
    said.log.debug("where", stack_info=True)
    assert said.lines[-1].endswith('said.log.debug("where", stack_info=True)')


def test_a_call_with_wrong_arguments_says_so_in_stashs_form(said: Said) -> None:
    class Hostile:
        def __str__(self) -> str:
            raise RuntimeError("no text for you")

    said.log.info("%d of hush-hush", "x")
    said.log.info("%s", Hostile())
    assert said.lines == [
        "\x01i\x02[PlexSync Worker] a message could not be put together (TypeError): '%d of ***'",
        "\x01i\x02[PlexSync Worker] a message could not be put together (RuntimeError): '%s'",
    ]


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
    log = lone_logger("plexsync.Worker", StashLogHandler(stream, secrets=Secrets()))
    log.warning("日本")
    progress(stream, 0.5)
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
    heard: list[tuple[float, str, str, str]] = []
    log = lone_logger(
        "plexsync.Watcher", CallbackHandler(lambda *line: heard.append(line), secrets=Secrets("hush-hush"))
    )
    log.log(TRACE, "hush-hush %s", FORGED)
    try:
        raise ValueError("hush-hush")  # noqa: TRY301 -- it is caught to be logged
    except ValueError:
        log.exception("job failed")
    assert heard[0][1:] == ("t", "Watcher", f"*** {clean(FORGED)}")
    assert heard[1][1:] == ("e", "Watcher", "job failed")
    assert heard[-1][1:] == ("e", "Watcher", "ValueError: ***")
    assert heard[0][0] > 1_600_000_000


def test_what_the_callback_logs_itself_does_not_come_back_to_it() -> None:
    heard: list[str] = []

    def note(at: float, letter: str, component: str, message: str) -> None:
        heard.append(message)
        log.info("stored")

    log = lone_logger("plexsync.Watcher", CallbackHandler(note, secrets=Secrets()))
    log.info("once")
    log.info("twice")
    assert heard == ["once", "twice"]


def test_a_callback_that_raises_costs_its_line_and_nothing_else() -> None:
    def full(at: float, letter: str, component: str, message: str) -> None:
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
