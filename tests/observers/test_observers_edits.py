from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from observers.edits import EditReporter
from tests.observers.drain_makers import drain, lines, listening, succeeded, unchanged

if TYPE_CHECKING:
    import pytest


def test_replaced_edits_and_what_was_left_out_are_named(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with listening(EditReporter()):
        drain([succeeded(1, notes=("summary cut",)), succeeded(2, replaced=("title", "summary"))])
    first, second = lines(caplog.records, "Edits")
    assert first == "Scene 1 'Scene 1' (/media/1.mkv): summary cut"
    assert second == (
        "Scene 2 'Scene 2' (/media/2.mkv): what was edited in Plex was replaced: title, summary. "
        "To let such edits stay, turn on 'Keep edits made in Plex'"
    )
    assert [record.__dict__["scene_id"] for record in caplog.records] == [1, 2]


def test_what_was_left_out_of_an_unchanged_scene_is_a_detail(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with listening(EditReporter()):
        drain([unchanged(1, notes=("summary cut",))])
    assert lines(caplog.records, "Edits") == []
    assert len(lines(caplog.records, "Edits", least=logging.DEBUG)) == 1
