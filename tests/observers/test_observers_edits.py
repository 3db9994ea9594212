from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from observers.edits import MOST_SAID, EditReporter
from tests.observers.drain_makers import drain, lines, listening, succeeded

if TYPE_CHECKING:
    import pytest


def test_a_replaced_edit_is_named_and_a_note_is_for_debugging(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with listening(EditReporter()):
        drain([succeeded(1, notes=("summary cut",)), succeeded(2, replaced=("title", "summary"))])
    assert lines(caplog.records, "Edits") == [
        "Scene 2 'Scene 2': what was edited in Plex was replaced: title, summary"
    ]
    assert "Scene 1 'Scene 1': summary cut" in lines(caplog.records, "Edits", least=logging.DEBUG)


def test_many_replaced_edits_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with listening(EditReporter()):
        drain(succeeded(n, replaced=("title",)) for n in range(1_000))
        said = lines(caplog.records, "Edits")
        assert len(said) == MOST_SAID + 1
        assert said[-1] == "In 980 more scenes, too, what was edited in Plex was replaced"
        caplog.clear()
        drain([succeeded(1, replaced=("title",))])
    assert len(lines(caplog.records, "Edits")) == 1
