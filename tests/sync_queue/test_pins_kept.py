"""Pins in the database: one for a scene and one for an item, on each server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_queue.ledger import Ledger
from sync_queue.pins import Pin, Pins

if TYPE_CHECKING:
    import sqlite3


def test_a_scene_and_an_item_have_one_pin_at_most(db: sqlite3.Connection) -> None:
    pins = Pins(db)
    pins.put("s", Pin(scene_id=1, rating_key=10, path="/a"), 5.0)
    pins.put("s", Pin(scene_id=1, rating_key=11, path="/b"), 6.0)
    assert pins.of_scene("s", 1) == Pin(scene_id=1, rating_key=11, path="/b")
    assert pins.scene_of("s", 10) is None
    pins.put("s", Pin(scene_id=2, rating_key=11), 7.0)
    assert (pins.of_scene("s", 1), pins.scene_of("s", 11)) == (None, 2)


def test_each_server_has_its_own_pins_and_a_scene_that_is_gone_has_none(db: sqlite3.Connection) -> None:
    pins = Pins(db)
    for server, key in (("s", 10), ("t", 20)):
        pins.put(server, Pin(scene_id=1, rating_key=key), 5.0)
    assert (pins.scene_of("s", 10), pins.scene_of("t", 10), pins.scene_of("t", 20)) == (1, None, 1)
    assert pins.remove(1)
    assert not pins.remove(1)
    pins.put("s", Pin(scene_id=1, rating_key=10), 5.0)
    Ledger(db).forget_scene(1)
    assert pins.of_scene("s", 1) is None


def test_a_path_of_odd_bytes_can_be_kept(db: sqlite3.Connection) -> None:
    Pins(db).put("s", Pin(scene_id=1, rating_key=10, path="/a\udcff"), 5.0)
    assert Pins(db).of_scene("s", 1) == Pin(scene_id=1, rating_key=10, path="/a?")
