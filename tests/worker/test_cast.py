"""Performers as a cast, and the addresses of their photos: never with a key in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stash.scene import Performer
from worker.cast import PhotoAddress, PhotoAddressError, cast_of, characters_of, photos_of

ZOE = Performer(
    id=3, name="Zoe & Co", disambiguation=" 1990 ", image_path="http://127.0.0.1:9999/performer/3/image?t=5"
)


def test_two_performers_with_one_name_are_told_apart() -> None:
    """The very same twice is one, and nobody is no one."""
    performers = (
        Performer(name="Ann", disambiguation="1990"),
        Performer(name="ann", disambiguation="1970"),
        Performer(name="Ann"),
        Performer(name=" "),
    )
    cast = cast_of(performers)
    assert list(cast) == ["Ann", "ann (1970)"]
    assert characters_of(cast) == {"Ann": "1990", "ann (1970)": "1970"}


@pytest.mark.parametrize(
    ("address", "photo"),
    [
        ("http://stash.lan:9999", "http://stash.lan:9999/performer/3/image?t=5"),
        ("https://stash.lan/sub/", "https://stash.lan/sub/performer/3/image?t=5"),
        ("http://nas/photos/{id}.jpg", "http://nas/photos/3.jpg"),
        ("http://nas/{name}?size=2", "http://nas/Zoe%20%26%20Co?size=2"),
        ("http://[::1]:8080/{id}/{name}", "http://[::1]:8080/3/Zoe%20%26%20Co"),
    ],
)
def test_a_photo_lies_where_the_owner_says(address: str, photo: str) -> None:
    assert photos_of({"Zoe": ZOE}, PhotoAddress.parse(address)) == {"Zoe": photo}


def test_a_key_that_stash_put_into_its_own_address_does_not_go_to_plex() -> None:
    performer = Performer(id=1, name="A", image_path="http://s/performer/1/image?t=1&ApiKey=secret")
    assert PhotoAddress.parse("http://stash").of(performer) == "http://stash/performer/1/image?t=1"


@pytest.mark.parametrize("address", ["http://stash:9999", "http://nas/{id}"])
@pytest.mark.parametrize("path", ["", "http://s/performer/1/image?t=1&default=true"])
def test_a_silhouette_is_no_photo(address: str, path: str) -> None:
    """Stash draws one for who has none, and marks it in its address."""
    assert photos_of({"A": Performer(id=1, name="A", image_path=path)}, PhotoAddress.parse(address)) == {}


@pytest.mark.parametrize(
    "text",
    [
        "stash:9999",
        "ftp://stash",
        "http://",
        "http://stash:port",
        "http://a b",
        "http://s/{path}",
        "http://s/{id",
        "http://s/}",
    ],
)
def test_an_address_that_leads_nowhere_is_refused(text: str) -> None:
    with pytest.raises(PhotoAddressError):
        PhotoAddress.parse(text)


@given(st.text(max_size=30))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        photo = PhotoAddress.parse(text).of(ZOE)
    except PhotoAddressError:
        return
    assert photo.startswith(("http", "HTTP"))


@pytest.mark.parametrize("key", ["apikey", "X-Plex-Token", "access_token", "password", "client-secret"])
def test_an_address_with_a_secret_in_it_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(PhotoAddressError, match="which Plex would store and show") as refusal:
        PhotoAddress.parse(f"https://photos.example/{{id}}.jpg?{key}=s3cret-value")
    assert "s3cret-value" not in str(refusal.value)
