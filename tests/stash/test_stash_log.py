from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stash.log import TRACE, clean, component_of, letter_of
from stash.text import LARGEST_LINE_BYTES, cut
from tests.stash.stash_said import FORGED, Said

if TYPE_CHECKING:
    from collections.abc import Iterator

STASH_READS_AT_MOST = 64 * 1024
LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


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
