"""Making a text shorter where a reader would cut it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plex.cutting import cut_text, encoded_size
from plex.edits import Unit
from plex.known import is_cut_of

FAMILY = "👩\u200d👩\u200d👧\u200d👦"


@pytest.mark.parametrize(
    ("text", "room", "short"),
    [
        ("one two three", 10 + 9, "one two…"),
        ("one two three", 9, None),
        ("abcdef", 3 + 9, "abc…"),
        (f"a{FAMILY}b", 1 + 9 + encoded_size(FAMILY) - 1, "a…"),
        (f"a{FAMILY}b", 1 + 9 + encoded_size(FAMILY), f"a{FAMILY}…"),
        ("e\u0301e\u0301", 1 + 9, None),
        ("👍🏽👍🏽", 12 + 12 + 9, "👍🏽…"),
        ("🇩🇪🇫🇷", 12 * 3 + 9, "🇩🇪…"),
        ("🏴\U000e0067\U000e007f!", 24 + 9, None),
        ("❤\ufe0f❤\ufe0f", 9 + 9 + 9 + 9, "❤\ufe0f…"),
    ],
)
def test_a_text_is_cut_between_what_a_reader_takes_for_characters(
    text: str, room: int, short: str | None
) -> None:
    assert cut_text(text, room) == short


@given(st.text(max_size=200), st.integers(0, 800))
@settings(max_examples=300)
def test_a_cut_fits_and_is_a_beginning(text: str, room: int) -> None:
    short = cut_text(text, room)
    if short is not None:
        assert encoded_size(short) <= room
        assert is_cut_of(short, text)


@pytest.mark.parametrize(
    "unit",
    [
        Unit(name="userRating", value="8.0"),
        Unit(name="originallyAvailableAt", value="2021-05-04"),
        Unit(name="title", value=""),
        Unit(name="thumb", locked=True),
    ],
)
def test_a_number_a_date_and_a_lock_are_never_cut(unit: Unit) -> None:
    """Half a date is another date."""
    assert unit.cut_to(10) is None
