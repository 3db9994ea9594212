"""Whether Plex shows what was meant."""

from __future__ import annotations

import pytest

from plex.change import Change, TagChange
from plex.read_back import verify
from tests.plex.diff_world import item


@pytest.mark.parametrize(
    ("shown", "outcome"),
    [
        ({"title": "New"}, "changed"),
        ({"title": "new!"}, "changed"),
        ({"title": "Old"}, "failed"),
        ({"title": "Other"}, "failed"),
        ({}, "failed"),
    ],
)
def test_a_value_that_does_not_show_has_failed(shown: dict[str, str], outcome: str) -> None:
    change = Change(before=item({"title": "Old"}), scalars={"title": "New"})
    assert verify(change, item(shown)) == {"title": outcome}


def test_what_was_there_before_in_a_like_form_has_failed() -> None:
    """The edit was not taken: otherwise Plex would show the new form, or have shown this one to us as ours."""
    change = Change(before=item({"title": "new"}), scalars={"title": "New!"})
    assert verify(change, item({"title": "new"})) == {"title": "failed"}


def test_a_cleared_value_that_still_shows_has_failed() -> None:
    change = Change(before=item({"studio": "S", "titleSort": "S"}), scalars={"studio": "", "titleSort": ""})
    assert verify(change, item({"studio": "S"})) == {"studio": "failed", "sort_title": "changed"}


def test_a_sort_title_equal_to_the_title_need_not_show() -> None:
    change = Change(before=item(), scalars={"title": "A", "titleSort": "A"})
    assert verify(change, item({"title": "A"})) == {"title": "changed", "sort_title": "changed"}


@pytest.mark.parametrize(
    ("kind", "now", "outcome"),
    [
        ("genre", ("b", "A", "new"), "changed"),
        ("genre", ("a",), "failed"),
        ("genre", ("a", "b", "gone"), "failed"),
        ("actor", ("b", "a"), "changed"),
    ],
)
def test_a_list_shows_when_all_is_there_and_what_must_go_is_gone(
    kind: str, now: tuple[str, ...], outcome: str
) -> None:
    """What somebody else added in between is no failure, nor is a cast in another order."""
    change = Change(before=item(), tags={kind: TagChange(final=("a", "b"), remove=("gone",))})
    assert list(verify(change, item(tags={kind: now})).values()) == [outcome]


def test_lone_locks_have_no_outcome() -> None:
    assert verify(Change(before=item(), lock=frozenset({"title"})), item()) == {}
