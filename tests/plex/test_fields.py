from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plex.fields import (
    OUR_NAMES,
    PICTURE_FIELDS,
    SCALARS,
    TAGS,
    Desired,
    clean_tags,
    normal_text,
    one_line,
    same_in_another_form,
    same_tags,
    same_text,
    same_value,
    state_hash,
    tag_key,
    tag_keys,
)

XML_REFUSES = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
anything = st.text(st.characters(), max_size=30)


@given(anything)
def test_normal_text_is_the_same_when_it_is_made_normal_again(text: str) -> None:
    once = normal_text(text)
    assert normal_text(once) == once
    assert once == once.strip()
    assert unicodedata.is_normalized("NFC", once)


@given(st.text(st.characters(exclude_categories=[]), max_size=30))
def test_normal_text_holds_nothing_that_xml_cannot_carry(text: str) -> None:
    """Surrogates and control characters included: Plex has been seen to store and to emit them."""
    assert not XML_REFUSES.search(normal_text(text))
    normal_text(text).encode("utf-8")


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("a\r\nb\rc\x85d", "a\nb\nc\nd"),
        ("\x00a\x04\x7f\x9fb\ud800\ufffe\ufdd0\U0001ffff", "ab"),
        ("  e\u0301 ", "é"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
    ],
)
def test_normal_text_of_awkward_texts(text: str, normal: str) -> None:
    """Joiners inside of an emoji are no rubbish."""
    assert normal_text(text) == normal


@given(anything)
def test_a_name_is_one_line_and_the_same_text(text: str) -> None:
    assert "\n" not in one_line(text)
    assert one_line(one_line(text)) == one_line(text)
    assert same_text(one_line(text), text)


@given(anything)
def test_the_key_of_a_tag_is_its_own_key(text: str) -> None:
    assert tag_key(tag_key(text)) == tag_key(text) or text.casefold() != text.casefold().casefold()


def test_tags_are_cleaned_once_each_in_their_order() -> None:
    """The first spelling is the one that counts; empty ones are none."""
    assert clean_tags([" Outdoor\n", "a,b", "outdoor", "", "\x04", "100 %"]) == ("Outdoor", "a,b", "100 %")
    assert tag_keys(["B", "a", "b", " "]) == ("b", "a")


def test_only_the_cast_has_an_order() -> None:
    assert same_tags("genre", ["a", "B"], ["b", "A"])
    assert not same_tags("actor", ["a", "B"], ["b", "A"])
    assert same_tags("actor", ["a", "B"], ["A", "b"])


@pytest.mark.parametrize(
    ("name", "left", "right", "same"),
    [
        ("userRating", "8", "8.0", True),
        ("userRating", "", "0", True),
        ("userRating", "8.0", "8.5", False),
        ("userRating", "nan", "nan", True),
        ("userRating", "good", "good ", True),
        ("userRating", "good", "8", False),
        ("originallyAvailableAt", "2021-01-01", "2021-01-01T00:00:00", True),
        ("originallyAvailableAt", "2021-01-01", "", False),
        ("summary", "a\nb", "a b", True),
        ("title", "a", "A", False),
    ],
)
def test_values_are_the_same_when_plex_would_show_the_same(
    name: str, left: str, right: str, same: bool
) -> None:
    assert same_value(name, left, right) is same
    assert same_value(name, right, left) is same


@pytest.mark.parametrize(
    ("name", "shown", "meant", "fits"),
    [
        ("title", "the end", "The End!", True),
        ("title", "The", "The End", False),
        ("title", "", "The End", False),
        ("title", "!", "?", False),
        ("summary", "word " * 100, "word " * 200, True),
        ("userRating", "8.0", "8.3", True),
        ("userRating", "7.0", "8.3", False),
        ("userRating", "", "0.4", False),
        ("userRating", "good", "8.3", False),
    ],
)
def test_a_server_may_show_a_value_in_another_form(name: str, shown: str, meant: str, fits: bool) -> None:
    """Case, punctuation, halves of a star, and the beginning of a long text; but never another text."""
    assert same_in_another_form(name, shown, meant) is fits


def test_every_field_has_a_name_for_people() -> None:
    assert set(OUR_NAMES) == {*SCALARS, *TAGS, *PICTURE_FIELDS.values()}
    assert len(set(OUR_NAMES.values())) == len(OUR_NAMES)


def test_desired_names_its_fields_in_writing_order() -> None:
    assert Desired(scalars={"studio": "", "title": "A"}, tags={"actor": (), "genre": ()}).fields == (
        "title",
        "studio",
        "genre",
        "actor",
    )


def test_the_state_hash_changes_with_everything_that_decides_about_writing() -> None:
    """And with nothing else: the order of keys and of genres does not count, that of the cast does."""
    same = [
        state_hash(
            Desired(scalars={"title": "A", "studio": "S"}, tags={"genre": ("a", "b")}), {"x": 1, "y": 2}
        ),
        state_hash(
            Desired(scalars={"studio": "S", "title": "A"}, tags={"genre": ("b", "a")}), {"y": 2, "x": 1}
        ),
    ]
    assert len(set(same)) == 1
    others = [
        state_hash(Desired(), {}),
        state_hash(Desired(), {"preserve": True}),
        state_hash(Desired(scalars={"title": "é"}), {}),
        state_hash(Desired(scalars={"summary": ""}), {}),
        state_hash(Desired(tags={"genre": ()}), {}),
        state_hash(Desired(tags={"actor": ("a", "b")}), {}),
        state_hash(Desired(tags={"actor": ("b", "a")}), {}),
        state_hash(Desired(tags={"actor": ("b", "a")}, actor_roles={"a": "r"}), {}),
        state_hash(Desired(tags={"actor": ("b", "a")}, actor_photos={"a": "u"}), {}),
        state_hash(Desired(pictures={"poster": "/1?t=1"}), {}),
    ]
    assert len(set(others)) == len(others)
    assert all(re.fullmatch("[0-9a-f]{64}", each) for each in others)
