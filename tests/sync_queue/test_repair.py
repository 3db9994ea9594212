"""A damaged file is set aside and never deleted; what can be read is taken over, and the rest is looked for again."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from sync_queue.database import DatabaseCorrupt, DatabaseTooNew, DatabaseUnusable, connect, is_corrupt
from sync_queue.dead_letters import DeadLetterQueue
from sync_queue.intake import enqueue
from sync_queue.jobs import SyncQueue
from sync_queue.ledger import Entry, Ledger, Record
from sync_queue.meta import get_meta, set_meta
from sync_queue.repair import (
    everything_is_due,
    everything_is_queued,
    is_marked,
    ledger_was_lost,
    mark_damaged,
    set_aside,
)

if TYPE_CHECKING:
    from pathlib import Path

PAGE = 4096
NOW = 1_790_000_000.0


def filled(file: Path, number: int = 300, *, checkpoint: bool = True) -> None:
    """A file with jobs, dead letters and a ledger; without the checkpoint the newest rows are in the -wal file."""
    with closing(connect(file)) as db:
        ledger, queue = Ledger(db), SyncQueue(db, clock=lambda: NOW)
        db.execute("BEGIN")
        for n in range(1, number + 1):
            enqueue(db, n, trigger="Scene.Update.Post", priority=0, now=NOW)
            ledger.put(
                Entry(
                    server="s",
                    rating_key=n,
                    scene_id=n,
                    section_id=1,
                    synced_at=NOW,
                    record=Record(base={"title": f"T{n}" * 20}, locks=["title"]),
                )
            )
            ledger.snapshot_once("s", n, {"rating_key": n}, NOW)
        db.execute("COMMIT")
        for job in queue.claim(3):
            queue.bury(job, "broken", 5, error_type="PlexTemporaryError")
        set_meta(db, "client_identifier", "plexsync-1")
        if checkpoint:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def counts(file: Path) -> dict[str, int]:
    with closing(connect(file)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        tables = ("jobs", "ledger", "snapshots", "dead_letters", "meta")
        count = "SELECT count(*) FROM "
        return {table: db.execute(count + table).fetchone()[0] for table in tables}


def damage(file: Path, pages: list[int], chance: random.Random) -> None:
    data = bytearray(file.read_bytes())
    for page in pages:
        data[page * PAGE : (page + 1) * PAGE] = chance.randbytes(PAGE)
    file.write_bytes(data)


def test_what_is_no_database_is_kept_and_a_new_one_asks_for_every_scene(tmp_path):
    file = tmp_path / "queue.sqlite"
    file.write_bytes(b"what somebody else keeps here" * 100)
    with pytest.raises(DatabaseCorrupt, match="the next task sets it aside"):
        connect(file)
    rescued = set_aside(file, NOW)
    assert rescued is not None
    assert rescued.aside.read_bytes().startswith(b"what somebody")
    assert rescued.aside.name in rescued.told()
    with closing(connect(file)) as db:
        assert everything_is_due(db) and ledger_was_lost(db)
        everything_is_queued(db)
        assert not everything_is_due(db)


def test_a_sound_file_is_left_alone(tmp_path):
    file = tmp_path / "queue.sqlite"
    filled(file, 5)
    before = file.read_bytes()
    assert set_aside(file, NOW) is None
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if "damaged" in path.name] == []


def test_a_file_of_a_newer_plexsync_is_not_taken_for_damaged(tmp_path):
    file = tmp_path / "queue.sqlite"
    with closing(connect(file)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(DatabaseTooNew):
        set_aside(file, NOW)


@pytest.mark.parametrize("checkpoint", [True, False])
def test_a_file_that_somebody_found_damaged_is_copied_whole_when_it_can_be_read(tmp_path, checkpoint):
    file = tmp_path / "queue.sqlite"
    filled(file, checkpoint=checkpoint)
    before = counts(file)
    mark_damaged(file)
    rescued = set_aside(file, NOW)
    assert rescued is not None and not rescued.damaged
    assert not is_marked(file)
    after = counts(file)
    assert {**after, "meta": 0} == {**before, "meta": 0}
    with closing(connect(file)) as db:
        assert not ledger_was_lost(db)
        assert get_meta(db, "client_identifier") == "plexsync-1"
        assert DeadLetterQueue(db, lambda: NOW).get_error_summary() == {"PlexTemporaryError": 3}
        entry = Ledger(db).get("s", 7)
        assert entry is not None and entry.record.base == {"title": "T7" * 20}


def test_rows_before_and_behind_the_damage_are_taken_over(tmp_path):
    file = tmp_path / "queue.sqlite"
    filled(file, 2000)
    pages = file.stat().st_size // PAGE
    damage(file, [pages // 2], random.Random(1))  # noqa: S311 -- repeatable
    mark_damaged(file)
    rescued = set_aside(file, NOW)
    assert rescued is not None
    after = counts(file)
    assert 1900 <= after["jobs"] + after["dead_letters"] <= 2000
    assert after["ledger"] > 1500


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_damaged_a_sound_file_comes_of_it(tmp_path, seed):
    chance = random.Random(seed)  # noqa: S311 -- repeatable
    file = tmp_path / "queue.sqlite"
    filled(file)
    pages = range(chance.choice([0, 1]), file.stat().st_size // PAGE)
    damage(file, chance.sample(pages, chance.randint(1, 12)), chance)
    if seed % 3 == 0:
        file.write_bytes(file.read_bytes()[: chance.randrange(file.stat().st_size)])
    mark_damaged(file)
    rescued = set_aside(file, NOW)
    assert rescued is not None
    after = counts(file)
    with closing(connect(file)) as db:
        assert everything_is_due(db)
        ledger = Ledger(db)
        entries = ledger.get_many("s", range(1, 301)).values()
        assert ledger_was_lost(db) or len(entries) == 300
        # What is there is what was there: no row is made up of damage.
        assert all(entry.record.base == {"title": f"T{entry.rating_key}" * 20} for entry in entries)
    assert after["jobs"] <= 300


def test_a_second_process_finds_the_new_file(tmp_path):
    file = tmp_path / "queue.sqlite"
    file.write_bytes(b"garbage" * 1000)
    assert set_aside(file, NOW) is not None
    assert set_aside(file, NOW) is None


def test_two_damages_in_one_second_are_both_kept(tmp_path):
    file = tmp_path / "queue.sqlite"
    asides = set()
    for _ in range(3):
        file.write_bytes(b"garbage" * 1000)
        rescued = set_aside(file, NOW)
        assert rescued is not None
        asides.add(rescued.aside)
    assert len(asides) == 3 and all(aside.exists() for aside in asides)


def test_a_damage_that_is_met_later_is_told_as_such(tmp_path):
    file = tmp_path / "queue.sqlite"
    filled(file, 2000)
    behind_the_schema = range(40, file.stat().st_size // PAGE)
    damage(file, list(behind_the_schema), random.Random(2))  # noqa: S311 -- repeatable

    def note_all() -> None:
        for n in range(2000):
            enqueue(db, n, trigger="t", priority=0, now=NOW)

    with closing(connect(file)) as db, pytest.raises(DatabaseCorrupt):
        note_all()


def test_a_file_that_cannot_be_set_aside_now_is_left_as_it_is_and_that_is_said(tmp_path, monkeypatch):
    def held(path: Path, _target: Path) -> None:
        raise PermissionError(13, "it is being used by another process", str(path))

    file = tmp_path / "queue.sqlite"
    file.write_bytes(b"what somebody else keeps here" * 100)
    monkeypatch.setattr(type(file), "replace", held)
    with pytest.raises(DatabaseUnusable, match=r"another program keeps it locked.*used by another process"):
        set_aside(file, NOW)
    assert file.read_bytes().startswith(b"what somebody")


def test_a_value_that_is_no_text_or_no_json_any_more_is_a_damage_too(tmp_path):
    file = tmp_path / "queue.sqlite"
    filled(file, 5)
    with closing(connect(file)) as db:
        db.execute("UPDATE ledger SET record = '{\"base' WHERE rating_key = 2")
        db.execute("UPDATE ledger SET record = CAST(x'ff7b' AS TEXT) WHERE rating_key = 3")
        ledger = Ledger(db)
        with pytest.raises(DatabaseCorrupt, match="malformed"):
            ledger.get("s", 2)
        with pytest.raises(sqlite3.OperationalError) as caught:
            ledger.get("s", 3)
        assert is_corrupt(caught.value)
    mark_damaged(file)
    rescued = set_aside(file, NOW)
    assert rescued is not None and "ledger" in rescued.damaged
    assert counts(file)["ledger"] == 3
