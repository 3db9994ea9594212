"""The index's file is disposable: nothing that can happen to it stops a sync."""

from __future__ import annotations

import logging
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from plex import index_db
from plex.index_store import IN_LIBRARIES, ORDER, SELECT, IndexStore
from plex.items import PlexFile, PlexItem


def item(key: int, path: str = "", **kwargs) -> PlexItem:
    return PlexItem(rating_key=key, section_id=1, files=(PlexFile(path or f"/m/{key}.mp4", 5),), **kwargs)


def test_file_and_folder_are_the_owners_alone(built, index_path) -> None:
    """Names of files are nobody else's business."""
    assert stat.S_IMODE(index_path.stat().st_mode) == 0o600
    assert stat.S_IMODE(index_path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "content",
    [b"", b"no database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 5000],
    ids=["empty", "text", "cut"],
)
def test_a_file_that_is_no_index_is_built_anew(built, index_path, content) -> None:
    index_path.write_bytes(content)
    index = built()
    assert index.by_path("/media/1.mp4") == []
    assert index.ensure_built().full
    assert index.by_path("/media/1.mp4")


@pytest.mark.parametrize("version", [0, 99])
def test_a_file_of_another_schema_is_built_anew(index_path, version) -> None:
    index_path.parent.mkdir()
    with sqlite3.connect(index_path) as db:
        db.execute("CREATE TABLE libraries (x)")
        db.execute(f"PRAGMA user_version = {version}")
    db.close()
    store = IndexStore(index_path)
    assert not store.library("m", "u").built
    store.close()
    with sqlite3.connect(index_path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (index_db.SCHEMA_VERSION,)
    db.close()


def test_a_file_that_breaks_while_it_is_open_is_built_anew(built, index_path, caplog) -> None:
    """A cut file system, a restored backup: lookups find nothing, and the next look lists everything."""
    index = built()
    with sqlite3.connect(index_path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    index_path.write_bytes(index_path.read_bytes()[:4096] + b"\xff" * (index_path.stat().st_size - 4096))
    with caplog.at_level(logging.INFO, "plexsync.Plex"):
        fresh = built()
        for ask in (lambda: index.by_path("/media/1.mp4"), lambda: index.digest(1), lambda: index.generation):
            ask()
    index.ensure_built()
    assert index.by_path("/media/1.mp4")
    fresh.ensure_built()
    assert fresh.by_path("/media/1.mp4")
    assert "built anew" in caplog.text


def test_tables_that_vanish_under_an_open_index_are_built_anew(built, index_path) -> None:
    index = built()
    assert index.by_path("/media/1.mp4")
    with sqlite3.connect(index_path) as db:
        db.execute("DROP TABLE items")
    db.close()
    assert index.by_path("/media/1.mp4") == []
    assert index.refresh().full
    assert index.by_path("/media/1.mp4")


def test_a_folder_that_will_not_have_a_file_means_an_index_in_memory(
    plex_sim, library, index_of, tmp_path, caplog
) -> None:
    plex_sim.add_item(library.id, "/media/1.mp4")
    (tmp_path / "in the way").write_text("a file where a folder should be")
    with caplog.at_level(logging.WARNING, "plexsync.Plex"):
        index = index_of(path=tmp_path / "in the way" / "index.sqlite")
    index.ensure_built()
    assert index.by_path("/media/1.mp4")
    assert "in memory" in caplog.text


def test_a_file_that_another_process_never_lets_go_of_is_left_alone(
    built, index_path, monkeypatch, caplog
) -> None:
    """Waiting half a minute is for life; a test has less patience."""
    monkeypatch.setattr(index_db, "BUSY_S", 0.05)
    index = built()
    other = sqlite3.connect(index_path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with caplog.at_level(logging.WARNING, "plexsync.Plex"):
        assert index.refresh(full=True).new == 3
    other.execute("ROLLBACK")
    assert other.execute("SELECT count(*) FROM items").fetchone() == (3,)
    other.close()
    assert "in memory by this process" in caplog.text
    assert index.by_path("/media/1.mp4")


def test_every_question_is_answered_by_an_index(index_path) -> None:
    """A library of a hundred thousand items must not be read through for one scene."""
    store = IndexStore(index_path)
    with store._database.reading() as db:
        for where in ("files.folded = 'x'", "files.name = 'x' AND ifnull(files.size, 1) = 1"):
            query = f"EXPLAIN QUERY PLAN {SELECT} WHERE {where} AND {IN_LIBRARIES} {ORDER}".replace(
                "?", "'[1]'"
            )
            plan = [row[3] for row in db.execute(query)]
            assert not [step for step in plan if step.startswith("SCAN") and "json_each" not in step], plan
            assert any("files_folded" in step or "files_name" in step for step in plan), plan
    store.close()


def test_a_first_listing_that_was_killed_leaves_a_file_that_is_searched_by_index(index_path) -> None:
    store = IndexStore(index_path)
    library = store.library("m", "u").id
    store.put(library, [item(1)], store.start_listing(library), first=True)
    store.close()  # and here it is killed: the listing never ended
    again = IndexStore(index_path)
    with again._database.reading() as db:
        made = {row[1] for row in db.execute("PRAGMA index_list(files)")}
    assert {"files_folded", "files_name"} <= made
    assert not again.library("m", "u").built
    assert again.put(library, [item(1)], again.start_listing(library), first=True).new == 0
    again.finish_listing(library, 2, total=1, newest_updated=0, at=1.0, sweep=True, first=True)
    assert again.news() == {"1.mp4"}
    again.close()


# --- what is stored ---


def test_items_without_files_count_and_are_known(index_path) -> None:
    """Else a library with one of them would never have the size that is expected."""
    store = IndexStore(index_path)
    library = store.library("m", "u").id
    noted = store.put(library, [PlexItem(rating_key=1, section_id=1), item(2)])
    assert (noted.new, noted.names) == (2, {"2.mp4"})
    assert store.known(library, [1, 2, 3]) == {1, 2}
    assert store.count([library]) == 2
    store.close()


def test_what_is_put_again_is_neither_new_nor_changed(index_path) -> None:
    store = IndexStore(index_path)
    library = store.library("m", "u").id
    store.put(library, [item(1)])
    before = store.generation
    noted = store.put(library, [item(1)])
    assert (noted.new, noted.changed, noted.names) == (0, 0, set())
    noted = store.put(library, [item(1, updated_at=9)])
    assert (noted.new, noted.changed, noted.names) == (0, 1, set())
    assert store.generation == before
    replaced = PlexItem(rating_key=1, section_id=1, updated_at=9, files=(PlexFile("/m/1.mp4", 6),))
    assert store.put(library, [replaced]).names == {"1.mp4"}
    assert store.generation != before
    store.close()


def test_two_listings_at_once_do_not_sweep_each_others_items(index_path) -> None:
    """Two processes may find an empty index at the same time."""
    one, two = IndexStore(index_path), IndexStore(index_path)
    library = one.library("m", "u").id
    assert two.library("m", "u").id == library
    first, second = one.start_listing(library), two.start_listing(library)
    two.put(library, [item(1)], second)
    one.put(library, [item(1), item(2)], first)
    two.put(library, [item(2)], second)
    for store, listing in ((two, second), (one, first)):
        assert store.finish_listing(library, listing, total=2, newest_updated=0, at=1.0, sweep=True) == 0
    assert one.known(library, [1, 2]) == {1, 2}
    one.close()
    two.close()


def test_the_generation_moves_when_another_process_writes(built, plex_sim, library) -> None:
    mine, theirs = built(), built()
    before = mine.generation
    plex_sim.add_item(library.id, "/media/new.mp4")
    theirs.refresh()
    assert mine.generation != before
    assert mine.by_path("/media/new.mp4")


def test_threads_may_ask_while_one_writes(built, plex_sim, library) -> None:
    index = built()
    stop = threading.Event()
    seen: list[int] = []

    def ask() -> None:
        while not stop.is_set():
            seen.append(len(index.by_path("/media/1.mp4")))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        index.refresh(full=True)
    stop.set()
    for thread in threads:
        thread.join()
    assert set(seen) == {1}


def test_a_process_that_dies_in_a_listing_leaves_a_usable_file(built, index_path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from plex.index_store import IndexStore; "
        "from plex.items import PlexItem; s = IndexStore(Path(sys.argv[1])); "
        "l = s.library('m', 'u').id; n = s.start_listing(l); s.put(l, [PlexItem(rating_key=7)], n); os.kill(os.getpid(), 9)"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(index_path)], check=False, cwd=Path(index_db.__file__).parents[1]
    )
    store = IndexStore(index_path)
    state = store.library("m", "u")
    assert not state.built
    assert store.known(state.id, [7]) == {7}
    store.close()
    assert len(built().by_path("/media/1.mp4")) == 1


def test_a_write_that_is_broken_off_leaves_nothing(index_path) -> None:
    store = IndexStore(index_path)
    library = store.library("m", "u").id

    def break_off() -> None:
        with store._database.writing() as db:
            db.execute("UPDATE libraries SET total = 5")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert store.library("m", "u").total == 0
    store.put(library, [item(1)])
    assert store.known(library, [1]) == {1}
    store.close()
