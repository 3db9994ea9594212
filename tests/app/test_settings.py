from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.settings import RANGES, Settings, SettingsError, check_login, log_format_of

GOOD = {"plex_url": "http://192.168.1.20:32400", "plex_token": "abc123"}


def problems_of(**given_settings: object) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_stash({**GOOD, **given_settings})
    return caught.value.problems


def test_two_settings_are_enough_and_the_rest_has_its_defaults():
    settings = Settings.from_stash(GOOD)
    assert (settings.plex_library, settings.exclude_fields, settings.log_format) == ((), frozenset(), "text")
    assert (settings.not_found_days, settings.max_retries, settings.summary_every) == (7, 5, 10)
    assert not (
        settings.preserve_plex_edits
        or settings.override_locks
        or settings.allow_low_confidence
        or settings.ignore_missing
    )


def test_outer_white_space_and_a_final_slash_are_forgiven():
    settings = Settings.from_stash({"plex_url": "  https://plex.example/  ", "plex_token": " abc \n"})
    assert (settings.plex_url, settings.plex_token) == ("https://plex.example", "abc")


def test_a_cleared_setting_is_as_if_it_had_never_been_touched():
    cleared = dict.fromkeys(
        (
            "plex_library",
            "path_map",
            "exclude_fields",
            "not_found_days",
            "max_retries",
            "log_format",
            "ignore_missing",
        ),
        "",
    )
    assert Settings.from_stash({**GOOD, **cleared}) == Settings.from_stash(GOOD)


def test_lists_are_split_at_commas_and_cleaned():
    settings = Settings.from_stash(
        {**GOOD, "plex_library": " Scenes ,, Other,Scenes", "exclude_fields": "Title, rating"}
    )
    assert settings.plex_library == ("Scenes", "Other")
    assert settings.exclude_fields == {"title", "rating"}


def test_a_name_with_a_comma_stands_in_quotes():
    settings = Settings.from_stash(
        {**GOOD, "field_tags_exclude": '"a, b", c , 5" film', "field_labels": "One\nTwo"}
    )
    assert settings.field_tags_exclude == ("a, b", "c", '5" film')
    assert settings.field_labels == ("One", "Two")


@pytest.mark.parametrize("value", [3, 3.0, "3", " 3 ", "3.0"])
def test_a_number_may_come_as_text_or_as_a_float(value):
    assert Settings.from_stash({**GOOD, "max_retries": value}).max_retries == 3


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("plex_url", None, "plex_url is not set: enter Plex's address"),
        (
            "plex_url",
            "htp://plex:32400",
            "plex_url is 'htp://plex:32400'; it must be an address such as http://",
        ),
        ("plex_url", "192.168.1.20:32400", "with http:// or https://"),
        ("plex_url", "http://plex:notaport", "plex_url is 'http://plex:notaport'"),
        ("plex_url", "http://plex:32400?X-Plex-Token=secret", "carries a query"),
        ("plex_token", None, "plex_token is not set"),
        ("plex_token", "    ", "plex_token holds only spaces"),
        (
            "plex_token",
            "abc def",
            "plex_token has spaces or odd characters in it (7 characters, not shown here)",
        ),
        ("plex_token", 12345, "plex_token is of type int; it must be text"),
        ("path_map", "/data", "path_map"),
        ("exclude_fields", "title, ttle", "exclude_fields names 'ttle'; allowed are"),
        ("log_format", "xml", "log_format is 'xml'; allowed are text and json (default text)"),
        (
            "field_title",
            "{studio} - {titel}",
            "field_title is '{studio} - {titel}': at position 12 stands {titel}, which is no value of a scene; allowed are",
        ),
        (
            "field_sort_title",
            "{title",
            "field_sort_title is '{title': at position 1 a { is opened and never closed",
        ),
        ("field_tagline", 5, "field_tagline is of type int; it must be text"),
        (
            "field_tags_include",
            '"a, b',
            "field_tags_include is '\"a, b'; allowed are names separated by commas",
        ),
        ("field_cast_characters", 1, "field_cast_characters is 1; it must be on or off"),
        (
            "field_cast_photos",
            "stash:9999",
            "field_cast_photos: it must be an address with http:// or https://",
        ),
        (
            "field_cast_photos",
            "http://s/{path}",
            "field_cast_photos: only {id} and {name} may stand in braces",
        ),
        ("max_retries", 0, "max_retries is 0; it must be a whole number from 1 to 20 (default 5)"),
        ("max_retries", "five", "max_retries is 'five'"),
        ("max_retries", "21", "max_retries is '21'; it must be a whole number from 1 to 20 (default 5)"),
        ("max_retries", "inf", "max_retries is 'inf'"),
        ("max_retries", 2.5, "max_retries is 2.5"),
        ("max_retries", True, "max_retries is True"),
        ("summary_every", float("nan"), "summary_every is nan"),
        (
            "reconcile_hours",
            "8761",
            "reconcile_hours is '8761'; it must be a whole number from 0 to 8760 (default 0)",
        ),
        (
            "journal_changes",
            "999",
            "journal_changes is '999'; it must be a whole number from 1000 to 1000000 (default 50000)",
        ),
        ("journal_days", "0", "journal_days is '0'; it must be a whole number from 1 to 3650 (default 180)"),
        ("writers", 0, "writers is 0; it must be a whole number from 1 to 8 (default 2)"),
        ("not_found_days", 366, "from 0 to 365"),
        ("ignore_missing", "yes", "ignore_missing is 'yes'; it must be on or off"),
    ],
)
def test_a_wrong_setting_gives_one_line_with_its_name_its_value_and_the_way_out(name, value, said):
    (line,) = problems_of(**{name: value})
    assert said in line


def test_every_problem_is_told_at_once():
    assert len(problems_of(plex_url="", plex_token="", max_retries=99)) == 3


@pytest.mark.parametrize(
    "address", ["http://u:s3cr3t@plex:1", "ftp://u:s3cr3t@plex", "plex?X-Plex-Token=s3cr3t"]
)
def test_no_message_shows_a_secret_that_was_put_into_the_address(address):
    assert "s3cr3t" not in " ".join(problems_of(plex_url=address))


@pytest.mark.parametrize(
    "address", ["http://stash:9999?apikey=s3cr3t", "http://u:s3cr3t@stash", "http://s/{id}?token=s3cr3t"]
)
def test_an_address_of_photos_with_a_key_in_it_is_refused_without_showing_it(address):
    (line,) = problems_of(field_cast_photos=address)
    assert "which Plex would store" in line
    assert "s3cr3t" not in line


@pytest.mark.parametrize(
    ("address", "refused"),
    [("", False), ("http://stash:9999", True), ("http://nas/{id}.jpg", False), ("http://nas/{name}", False)],
)
def test_photos_of_a_stash_with_a_login_are_refused_where_they_would_need_it(address, refused):
    """And Stash is asked only when it matters."""
    settings, asked = Settings.from_stash({**GOOD, "field_cast_photos": address}), []

    def wants_login() -> bool:
        asked.append(True)
        return True

    if refused:
        with pytest.raises(
            SettingsError, match="field_cast_photos is 'http://stash:9999', but this Stash wants a login"
        ):
            check_login(settings, wants_login)
    else:
        check_login(settings, wants_login)
    assert bool(asked) is refused
    check_login(settings, lambda: False)


def test_no_message_shows_the_token():
    assert "s3cr3t" not in " ".join(problems_of(plex_token="s3cr3t s3cr3t"))


def test_the_token_is_not_in_the_repr():
    assert "abc123" not in repr(Settings.from_stash(GOOD))


@given(name=st.sampled_from(sorted(RANGES)), value=st.integers(-(10**6), 10**6))
def test_numbers_are_taken_exactly_within_their_range(name, value):
    low, high = RANGES[name]
    if low <= value <= high:
        assert getattr(Settings.from_stash({**GOOD, name: value}), name) == value
    else:
        assert name in problems_of(**{name: value})[0]


@given(
    st.dictionaries(
        st.sampled_from([one.name for one in fields(Settings)]),
        st.one_of(st.none(), st.text(), st.floats(), st.booleans(), st.lists(st.integers())),
    )
)
def test_whatever_is_saved_gives_settings_or_problems_and_nothing_else(saved):
    try:
        Settings.from_stash(saved)
    except SettingsError as error:
        assert error.problems


@pytest.mark.parametrize(
    ("saved", "expected"), [({}, "text"), ({"log_format": " JSON "}, "json"), ({"log_format": 7}, "text")]
)
def test_the_log_format_is_known_before_the_settings_are_checked(saved, expected):
    assert log_format_of(saved) == expected
