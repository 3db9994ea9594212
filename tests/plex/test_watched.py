"""What a listing says of ratings, plays and places, also where it says something odd."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from plex.watched import Watched, plays_since


def read(**attributes: str) -> Watched:
    return Watched.from_element(ET.Element("Video", {"ratingKey": "7", **attributes}))


def test_a_row_of_a_listing_is_read_in_seconds_and_of_ten():
    seen = read(
        title="T", userRating="8.5", lastRatedAt="100", viewCount="2", lastViewedAt="200", viewOffset="61500"
    )
    assert seen == Watched(
        rating_key=7, title="T", rating=8.5, rated_at=100, plays=2, viewed_at=200, offset_s=61.5
    )
    assert read() == Watched(rating_key=7)


@pytest.mark.parametrize("odd", ["", "soon", "-5", "nan", "inf", "1e400"])
def test_what_is_no_number_is_none(odd):
    assert read(userRating=odd, lastRatedAt=odd, viewCount=odd, lastViewedAt=odd, viewOffset=odd) == Watched(
        rating_key=7
    )


@pytest.mark.parametrize("at", ["4102444800", "253402300800", "99999999999999999999"])
def test_a_time_that_no_clock_can_have_shown_is_unknown(at):
    assert (read(lastRatedAt=at).rated_at, read(lastViewedAt=at).viewed_at) == (0, 0)


def test_the_history_is_the_owners_alone_and_from_the_mark_on(plex_sim, library, client):
    keys = [plex_sim.add_item(library.id, f"/media/{name}.mp4") for name in "ab"]
    for number, at in enumerate((100, 300, 200, 300)):
        plex_sim.person_watches(keys[number % 2], at=at)
    plex_sim.person_watches(keys[0], at=400, account=7)
    assert plays_since(client, 150) == {keys[0]: [200], keys[1]: [300]}
    assert plays_since(client, 0, rating_key=keys[0]) == {keys[0]: [100, 200]}
    assert plays_since(client, 301) == {}
