"""What others read of an item goes into the index, and what turned out to be wrong goes out of it."""

from __future__ import annotations

from plex.items import PlexItem


def test_what_was_read_back_is_not_found_changed(built, plex_sim, library, client) -> None:
    index = built()
    key = next(iter(library.items))
    client.edit(library.id, key, [("title.value", "Written")])
    item = client.details([key])[key]
    index.note(item)
    assert index.digest(key) == item.listing_digest()
    result = index.refresh()
    assert (result.new, result.changed, result.full) == (0, 0, False)
    assert index.digest(key) == item.listing_digest()


def test_a_noted_item_that_was_unknown_is_found_and_counted(built, plex_sim, library, client) -> None:
    index = built()
    key = plex_sim.add_item(library.id, "/media/new.mp4")
    index.note(client.details([key])[key])
    assert index.by_path("/media/new.mp4")
    assert not index.refresh().full


def test_an_item_of_another_library_is_not_noted(built, plex_sim, client) -> None:
    index = built()
    other = plex_sim.add_section("Other")
    key = plex_sim.add_item(other.id, "/media/other.mp4")
    index.note(client.details([key])[key])
    index.note(PlexItem(rating_key=5, section_id=None))
    assert index.by_path("/media/other.mp4") == []


def test_a_page_without_files_does_not_take_the_files_away(built, library) -> None:
    index = built()
    key = next(iter(library.items))
    index.note(PlexItem(rating_key=key, section_id=library.id))
    assert index.by_path("/media/0.mp4")


def test_a_forgotten_item_that_still_exists_is_found_again(built, library) -> None:
    index = built()
    key = next(iter(library.items))
    before = index.generation
    index.forget(key)
    assert index.by_path("/media/0.mp4") == []
    assert index.generation != before
    index.forget(999_999)
    index.refresh()
    assert index.by_path("/media/0.mp4")[0].rating_key == key


def test_statistics_count_lookups_looks_and_requests(built) -> None:
    index = built()
    assert index.get_stats()["hit_rate"] == 0.0
    index.by_path("/media/0.mp4")
    index.by_name("nothing.mp4")
    index.refresh()
    stats = index.get_stats()
    assert (stats["hits"], stats["misses"], stats["hit_rate"]) == (1, 1, 50.0)
    assert (stats["items"], stats["refreshes"]) == (3, 1)
    assert stats["requests"] >= 2
