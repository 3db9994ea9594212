"""Lists beyond their table: locks, photos of the cast, and tags that were cut away."""

from __future__ import annotations

import pytest

from plex.diff import diff
from plex.fields import Desired
from plex.writer import to_requests
from tests.plex.diff_world import Memory, item


@pytest.mark.parametrize("kind", ["collection", "label"])
def test_collections_and_labels_are_never_locked(kind: str) -> None:
    """A locked collection list stops Plex's automatic collections. A lock of ours from elsewhere is given back."""
    change = diff(Desired(tags={kind: ("a",)}), item(), None, preserve=False, override_locks=False)
    assert change.lock == frozenset()
    again = diff(
        Desired(tags={kind: ("a",)}),
        item(tags={kind: ("a",)}, locks=(kind,)),
        Memory(locks=[kind]),
        preserve=False,
        override_locks=False,
    )
    assert again.unlock == {kind}


def test_a_list_that_stash_emptied_loses_our_lock() -> None:
    """There is nothing of ours left to protect, whoever else's tags remain."""
    known = Memory(base={"genre": ["a", "x"]}, ours={"genre": ["a"]}, locks=["genre"])
    change = diff(
        Desired(tags={"genre": ()}),
        item(tags={"genre": ("a", "x")}, locks=("genre",)),
        known,
        preserve=False,
        override_locks=False,
    )
    assert change.unlock == {"genre"}
    assert change.locks_after == frozenset()


def test_a_list_of_which_everything_stays_away_keeps_its_lock() -> None:
    """Kept means that nothing about it moves."""
    known = Memory(base={"genre": ["a"]}, ours={"genre": ["a"]}, locks=["genre"])
    change = diff(
        Desired(tags={"genre": ("a",)}), item(locks=("genre",)), known, preserve=True, override_locks=False
    )
    assert not change.writes
    assert change.locks_after == {"genre"}


def test_new_photos_write_the_cast_again_and_old_ones_do_not() -> None:
    """No page of Plex's shows a photo in a form to compare, so what was sent is remembered; in the end it is taken away."""
    known, now = Memory(), item(tags={"actor": ("Ann",)})
    plain = Desired(tags={"actor": ("Ann",)})
    photo = Desired(tags={"actor": ("Ann",)}, actor_photos={"Ann": "http://stash/1"})
    other = Desired(tags={"actor": ("Ann",)}, actor_photos={"Ann": "http://stash/2"})
    seen = []
    for desired in (plain, photo, photo, other, plain, plain):
        change = diff(desired, now, known, preserve=False, override_locks=False)
        seen.append(bool(change.tags))
        change.remember(known, now)
    assert seen == [False, True, False, True, True, False]


def test_texts_and_photos_that_are_no_longer_wanted_are_blanked_where_they_were_ours() -> None:
    """Bob's photo was never ours: whoever put it there keeps it."""
    known, now = Memory(), item(tags={"actor": ("Ann", "Bob")})
    both = Desired(
        tags={"actor": ("Ann", "Bob")}, actor_roles={"Ann": "1990"}, actor_photos={"Ann": "http://s/1"}
    )
    none = Desired(tags={"actor": ("Ann", "Bob")})
    diff(both, now, known, preserve=False, override_locks=False).remember(known, now)
    change = diff(none, now, known, preserve=False, override_locks=False)
    (pairs,) = to_requests(change)
    assert ("actor[0].tagging.text", "") in pairs and ("actor[0].tag.thumb", "") in pairs
    assert not {name for name, _ in pairs} & {"actor[1].tagging.text", "actor[1].tag.thumb"}


def test_photos_of_an_empty_cast_write_nothing() -> None:
    """A photo needs somebody to show."""
    desired = Desired(tags={"actor": ()}, actor_photos={"Ann": "http://stash/1"})
    assert not diff(desired, item(), None, preserve=False, override_locks=False).writes


def test_tags_that_the_writer_cut_away_are_not_remembered_as_ours() -> None:
    """If a person adds one of them later, it is the person's."""
    known = Memory()
    change = diff(Desired(tags={"genre": ("a", "b")}), item(), known, preserve=False, override_locks=False)
    change.remember(known, item(tags={"genre": ("a",)}), {"genre": ("a",)})
    assert known.ours == {"genre": ["a"]}
    assert known.meant == {"genre": ["a", "b"]}
    assert known.base == {"genre": ["a"]}
