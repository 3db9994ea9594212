"""Patterns that an owner writes: what they show, what happens round empty values, and how a bad one is refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.templates import NAMES, Template, TemplateError

NOTHING = dict.fromkeys(NAMES, "")


def filled(source: str, **values: str) -> str:
    return Template.parse(source).fill(NOTHING | values)


@pytest.mark.parametrize(
    ("source", "values", "text"),
    [
        ("{studio} - {title}", {"studio": "S", "title": "T"}, "S - T"),
        ("{ Studio } - {TITLE}", {"studio": "S", "title": "T"}, "S - T"),
        ("{studio} - {title}", {"title": "T"}, "T"),
        ("{studio} - {title}", {"studio": "S"}, "S"),
        ("{studio} - {title}", {}, ""),
        ("{studio}{title}", {"title": "T"}, "T"),
        ("{title} - {studio} - {year}", {"title": "T", "year": "2021"}, "T - 2021"),
        ("{title} - {studio} - {year}", {"year": "2021"}, "2021"),
        ("{title} - {studio} - {year}", {"studio": "S"}, "S"),
        ("{studio}: {date} - {title}", {"studio": "S", "title": "T"}, "S: T"),
        ("{studio} {date} - {title}", {"studio": "S", "title": "T"}, "S - T"),
        ("{studio} {date} {title}", {"studio": "S", "title": "T"}, "S T"),
        ("#{code} {title}", {"title": "T"}, "T"),
        ("{title}!", {"title": "T"}, "T!"),
        ("Scene {code} of {studio}", {"studio": "S"}, "Scene of S"),
        ("Scene {code} of {studio}", {}, ""),
    ],
)
def test_an_empty_value_takes_the_punctuation_beside_it_along(source, values, text) -> None:
    assert filled(source, **values) == text


@pytest.mark.parametrize(
    ("source", "values", "text"),
    [
        ("{title} ({year})", {"title": "T"}, "T"),
        ("({studio}) {title}", {"title": "T"}, "T"),
        ("{title} ({studio}) ({year})", {"title": "T", "year": "2021"}, "T (2021)"),
        ("{title} ({studio}) ({year})", {"title": "T", "studio": "S"}, "T (S)"),
        ("{studio} ({code}, {year}) {title}", {"studio": "S", "title": "T"}, "S T"),
        ("{studio} ({code}, {year}) {title}", {"studio": "S", "title": "T", "code": "C"}, "S (C) T"),
        ("{studio} ({code}, {year}) {title}", {"studio": "S", "title": "T", "year": "2021"}, "S (2021) T"),
        ("[[{code}]] {title}", {"title": "T"}, "T"),
        ("[[{code}]] {title}", {"title": "T", "code": "C"}, "[C] T"),
        ("{{{code}}} {title}", {"title": "T", "code": "C"}, "{C} T"),
        ("{title} :) {code}", {"title": "T", "code": "C"}, "T :) C"),
        ("{title} (to be {code}", {"title": "T", "code": "C"}, "T (to be C"),
        ("{title} (new)", {"title": "T"}, "T (new)"),
    ],
)
def test_brackets_go_with_what_stands_in_them(source, values, text) -> None:
    assert filled(source, **values) == text


@pytest.mark.parametrize(
    ("source", "values", "text"),
    [
        ("{title}[, part {code}]", {"title": "T"}, "T"),
        ("{title}[, part {code}]", {"title": "T", "code": "4"}, "T, part 4"),
        ("[{studio} presents ]{title}", {"title": "T"}, "T"),
        ("[{studio} presents ]{title}", {"title": "T", "studio": "S"}, "S presents T"),
        ("{title}[ ({code}, {year})]", {"title": "T", "code": "C"}, "T"),
        ("{title}![ ({year})]", {"title": "T"}, "T!"),
        ("{studio} - [{year} - ]{title}", {"title": "T"}, "T"),
        ("{studio} - [{year} - ]{title}", {"title": "T", "studio": "S"}, "S - T"),
        ("{title}[ (of {code}]", {"title": "T", "code": "4"}, "T (of 4"),
    ],
)
def test_an_optional_part_is_shown_when_all_its_values_are_there(source, values, text) -> None:
    assert filled(source, **values) == text


@pytest.mark.parametrize(
    ("source", "position", "said"),
    [
        ("{studio} - {titel}", 12, "{titel}, which is no value of a scene"),
        ("{title!r}", 1, "no value of a scene"),
        ("{title.__class__}", 1, "no value of a scene"),
        ("{0}", 1, "no value of a scene"),
        ("{}", 1, "no value of a scene"),
        ("{title} {", 9, "a { is opened and never closed"),
        ("{title", 1, "a { is opened and never closed"),
        ("title}", 6, "stands a } without its {"),
        ("{title}]", 8, "stands a ] without its ["),
        ("{title} [", 9, "a [ is opened and never closed"),
        ("[{title}[{code}]]", 9, "a second [ is opened inside the one of position 1"),
        ("{title}[ new]", 8, "an optional part begins that has no value in it"),
        ("always this", 1, "a text that has no value in braces"),
        ("", 1, "a text that has no value in braces"),
    ],
)
def test_a_pattern_that_cannot_be_understood_is_refused_at_its_fault(source, position, said) -> None:
    with pytest.raises(TemplateError, match=re.escape(said)) as caught:
        Template.parse(source)
    assert caught.value.position == position
    assert f"at position {position} " in str(caught.value)
    assert "{parent_studio}" in str(caught.value)


PATTERNS = st.lists(
    st.one_of(
        st.sampled_from(
            ["{title}", "{studio}", "{year}", "(", ")", "[[", "]]", " - ", ": ", " ", ", ", "of "]
        ),
        st.sampled_from(["[{code} ]", "[ - {date}]"]),
    ),
    max_size=9,
).map("".join)
VALUES = st.fixed_dictionaries(dict.fromkeys(NAMES, st.sampled_from(["", "Abc", "Xyz 9"])))


@given(PATTERNS, VALUES)
def test_every_value_that_is_there_is_shown_and_nothing_dangles(source: str, values: dict[str, str]) -> None:
    try:
        template = Template.parse(source)
    except TemplateError:
        return
    text = template.fill(values)
    shown = [
        name for name in re.findall(r"\{(\w+)\}", re.sub(r"\[[ -]*\{\w+\} *\]", "", source)) if values[name]
    ]
    at = 0
    for name in shown:  # in their order
        at = text.index(values[name], at) + len(values[name])
    assert text == text.strip()
    assert "{" not in text
    assert "()" not in text or "()" in source
    if not any(values[name] for name in template.names):
        assert text == ""


@given(st.text(st.sampled_from("{}[]()ab -title"), max_size=20))
def test_any_text_is_a_pattern_or_refused_with_a_position_in_it(source: str) -> None:
    try:
        Template.parse(source)
    except TemplateError as error:
        assert 1 <= error.position <= max(1, len(source))
