"""The index learns what Plex has, in as few requests as that takes."""

from __future__ import annotations

from itertools import cycle

from tests.plex.index_world import OLD, built, fill, paths_in


def test_a_library_is_listed_once_a_thousand_items_in_a_request(plex_sim, library, index_of) -> None:
    keys = fill(plex_sim, library, 2100)
    index = index_of(server=plex_sim.options.machine_identifier)
    plex_sim.forget_requests()
    result = index.ensure_built()
    assert result is not None
    assert (result.new, result.changed, result.removed, result.full) == (2100, 0, 0, True)
    assert result.requests == len(plex_sim.requests) == 4  # the identity and three pages
    assert paths_in(index, 2100) == keys
    assert index.get_stats()["items"] == 2100
    assert len(plex_sim.requests) == 4


def test_a_server_that_gives_smaller_pages_is_listed_whole_with_few_requests_in_vain(
    plex_sim, library, index_of
) -> None:
    keys = fill(plex_sim, library, 2500)
    plex_sim.options.page_limit = 700
    index = index_of(server=plex_sim.options.machine_identifier)
    plex_sim.forget_requests()
    index.ensure_built()
    assert paths_in(index, 2500) == keys
    assert len(plex_sim.requests) == 1 + 4  # the identity, and 700, 700, 700 and 400 items


def test_pages_of_changing_size_leave_nothing_out(plex_sim, library, index_of) -> None:
    keys = fill(plex_sim, library, 4000)

    sizes = cycle((None, 600, 250))

    def another_size(_request) -> bool:
        plex_sim.options.page_limit = next(sizes)
        return False

    plex_sim.faults.add("status", match=another_size)
    index = index_of(server=plex_sim.options.machine_identifier)
    index.ensure_built()
    assert paths_in(index, 4000) == keys


def test_the_names_of_a_first_listing_are_news(plex_sim, library, index_of) -> None:
    fill(plex_sim, library, 3)
    index = index_of()
    index.ensure_built()
    assert index.news() == {"0.mp4", "1.mp4", "2.mp4"}


def test_a_row_says_what_the_listing_said(plex_sim, library, index_of) -> None:
    key = plex_sim.add_item(
        library.id, "/media/Éva.MP4", size=77, duration_ms=5000, title="T", updated_at=OLD
    )
    index = index_of()
    index.ensure_built()
    (row,) = index.by_name("/elsewhere/éva.mp4")
    assert (row.rating_key, row.section_id, row.title, row.path) == (key, library.id, "T", "/media/Éva.MP4")
    assert (row.size, row.duration_ms, row.updated_at) == (77, 5000, OLD)
    assert row.digest == index.digest(key)
    assert index.by_name("éva.mp4", size=77) == [row]
    assert index.by_name("éva.mp4", size=78) == []


def test_a_path_comes_back_as_plex_gave_it(plex_sim, library, index_of) -> None:
    """Whoever reads the item compares it letter by letter."""
    for path in ("D:\\videos\\a.mp4", "/media/E\u0301.mp4", "/media//b.mp4"):
        plex_sim.add_item(library.id, path)
    index = index_of()
    index.ensure_built()
    assert index.by_path("d:/videos/a.mp4")[0].path == "D:\\videos\\a.mp4"
    assert index.by_path("/media/\u00c9.mp4")[0].path == "/media/E\u0301.mp4"
    assert index.by_path("/media/b.mp4")[0].path == "/media//b.mp4"
    assert index.by_path("/media/B.mp4") == []
    assert len(index.by_folded_path("/MEDIA/B.mp4")) == 1


def test_a_warm_index_costs_no_request(plex_sim, library, index_of) -> None:
    fill(plex_sim, library, 3)
    index_of().ensure_built()
    second = index_of(server=plex_sim.options.machine_identifier)
    plex_sim.forget_requests()
    assert second.ensure_built() is None
    assert all(paths_in(second, 3))
    assert plex_sim.requests == []


def test_new_items_are_found_in_two_requests(plex_sim, library, index_of) -> None:
    fill(plex_sim, library, 200)
    index = index_of()
    built(index)
    plex_sim.add_item(library.id, "/media/sub/New ONE.mp4")
    plex_sim.forget_requests()
    result = index.refresh()
    assert (result.new, result.changed, result.full, result.requests) == (1, 0, False, 2)
    assert index.news() == {"new one.mp4"}
    assert len(plex_sim.requests) == 2
    assert index.by_path("/media/sub/New ONE.mp4")


def test_many_new_items_are_found_without_a_listing(plex_sim, library, index_of) -> None:
    fill(plex_sim, library, 10)
    index = index_of()
    index.ensure_built()
    keys = fill(plex_sim, library, 1200, start=10)
    result = index.refresh()
    assert (result.new, result.full) == (1200, False)
    assert paths_in(index, 1200, 10) == keys


def test_nothing_new_is_nothing_new(plex_sim, library, index_of) -> None:
    fill(plex_sim, library, 60)
    index = index_of()
    built(index)
    before = index.generation
    result = index.refresh()
    assert (result.new, result.changed, result.removed, result.full) == (0, 0, 0, False)
    assert index.news() == set()
    assert index.generation[0] == before[0]


def test_a_changed_item_has_another_digest_and_a_moved_file_another_path(plex_sim, library, index_of) -> None:
    edited, moved, *_ = fill(plex_sim, library, 60)
    index = index_of()
    built(index)
    before = index.digest(edited)
    plex_sim.person_edits(edited, title="Edited")
    plex_sim.move_item(moved, "/media/else/where.mp4")
    result = index.refresh()
    assert (result.new, result.changed, result.full) == (0, 2, False)
    assert index.news() == {"where.mp4"}
    assert index.digest(edited) != before
    assert index.by_path("/media/0.mp4")[0].title == "Edited"
    assert index.by_path("/media/1.mp4") == []
    assert index.by_path("/media/else/where.mp4")[0].rating_key == moved


def test_a_removed_item_shows_in_the_librarys_size_and_makes_a_full_listing(
    plex_sim, library, index_of
) -> None:
    keys = fill(plex_sim, library, 60)
    index = index_of()
    index.ensure_built()
    plex_sim.delete_item(keys[7])
    result = index.refresh()
    assert (result.removed, result.full) == (1, True)
    assert index.by_path("/media/7.mp4") == []
    assert index.digest(keys[7]) is None
    assert not index.refresh().full


def test_an_item_with_an_old_date_is_found_by_the_librarys_size(plex_sim, library, index_of) -> None:
    """Plex can take the date of adding from the file."""
    fill(plex_sim, library, 60)
    index = index_of()
    built(index)
    plex_sim.add_item(library.id, "/media/old.mp4", added_at=OLD - 100, updated_at=OLD - 100)
    result = index.refresh()
    assert (result.new, result.full) == (1, True)
    assert index.news() == {"old.mp4"}


def test_an_item_that_came_back_under_another_key_is_found(plex_sim, library, index_of) -> None:
    keys = fill(plex_sim, library, 60)
    index = index_of()
    index.ensure_built()
    again = plex_sim.readd_item(keys[3])
    index.refresh()
    assert paths_in(index, 1, 3) == [again]


def test_a_full_refresh_lists_everything_and_asks_who_answers(plex_sim, library, index_of) -> None:
    fill(plex_sim, library, 5)
    index = index_of()
    index.ensure_built()
    result = index.refresh(full=True)
    assert (result.full, result.new, result.changed, result.requests) == (True, 0, 0, 2)


def test_a_look_is_shared_for_some_seconds(plex_sim, library, index_of, clock) -> None:
    """Also by other processes: the time of the last look stands in the file."""
    fill(plex_sim, library, 5)
    index_of().ensure_built()
    clock.now += 4
    assert index_of().ensure(5.0) is None
    clock.now += 2
    result = index_of().ensure(5.0)
    assert result is not None
    assert not result.full
    assert index_of().ensure(5.0) is None
    clock.now -= 3600  # the clock was set back: the last look lies in the future
    assert index_of().ensure(5.0) is not None


def test_an_empty_library_is_built_and_looked_at_like_any_other(plex_sim, library, index_of) -> None:
    index = index_of()
    assert index.ensure_built().full
    assert index.ensure_built() is None
    assert not index.refresh().full
    plex_sim.add_item(library.id, "/media/first.mp4")
    index.refresh()
    assert index.news() == {"first.mp4"}


def test_several_libraries_are_one_index(plex_sim, library, index_of, client) -> None:
    other = plex_sim.add_section("Other", locations=("/other",))
    plex_sim.add_item(library.id, "/media/x.mp4")
    plex_sim.add_item(other.id, "/media/x.mp4")
    index = index_of()
    index.ensure_built()
    assert [row.section_id for row in index.by_path("/media/x.mp4")] == [library.id, other.id]
    only = index_of([section for section in client.sections() if section.id == other.id])
    assert only.ensure_built() is None
    assert [row.section_id for row in only.by_path("/media/x.mp4")] == [other.id]
    assert only.get_stats()["items"] == 1
