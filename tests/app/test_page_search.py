"""Failures that a person looks for: found by cause, page by page, and only those that are shown are tried again or forgotten."""

from __future__ import annotations

import time

import pytest

from sync_queue.jobs import SyncQueue
from tests.app.page_asks import ask, fail, opened

GONE = {"error_type": "PlexNotFound", "cause": "Plex has no item for the path …"}
FOUND = {"search": "media GONE/4", **GONE}


@pytest.fixture
def db(tmp_path, monkeypatch):
    """Sixty scenes that Plex does not have, and one that it refused."""
    with opened(tmp_path, monkeypatch) as made:
        fail(made, range(1, 61))
        fail(made, [400], "the poster was refused", "PlexRefused")
        yield made


def test_the_causes_of_what_was_found_say_how_many_of_theirs_it_is(db):
    found = ask("failures", search="  GONE/4 scene ")
    assert (found["total"], found["found"]) == (61, 12)
    assert [(one["error_type"], one["scenes"]) for one in found["causes"]] == [
        ("PlexNotFound", 11),
        ("PlexRefused", 1),
    ]
    assert found["causes"][0]["folder"] == "/media/gone"
    nothing = ask("failures", search="nobody's title")
    assert (nothing["total"], nothing["found"], nothing["causes"]) == (61, 0, [])
    everything = ask("failures")
    assert (everything["total"], everything["found"]) == (61, 61)
    assert ask("failures", search="   ") == {**everything, "at": pytest.approx(everything["at"], abs=60)}


def test_the_scenes_that_were_found_come_in_pages_the_newest_first(db):
    pages = [ask("cause", **FOUND, offset=offset, limit=5) for offset in (0, 5, 10)]
    seen = [scene["scene_id"] for page in pages for scene in page["scenes"]]
    assert sorted(seen) == [4, *range(40, 50)]
    assert {page["total"] for page in pages} == {11}


def test_only_what_was_found_is_tried_again_or_forgotten(db):
    assert ask("retry", **GONE, search="gone/5")["scenes"] == 11
    assert SyncQueue(db, clock=time.time).count().pending == 11
    assert ask("discard", **GONE, search="gone/60.mp4")["scenes"] == 1
    assert ask("discard", **GONE, search="nobody's title")["scenes"] == 0
    assert ask("retry", **GONE, search="refused")["scenes"] == 0
    assert ask("failures")["total"] == 49
