"""What ``watch`` draws: any state, on a screen of any size."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from app.live_view import screen, trouble

NOW = 1_790_000_000.0


def state(**more: Any) -> dict[str, Any]:
    """Everything at rest."""
    counts = {"pending": 0, "in_flight": 0, "deferred": 0, "waiting_for_plex": 0, "held": 0}
    blank: dict[str, Any] = {
        "at": NOW,
        "queue": {**counts, "paused": False, "next_due_at": None},
        "dead_letters": {"total": 0, "by_type": {}, "causes": [], "more_causes": 0, "recent": []},
        "worker": {
            "draining": False,
            "asked": False,
            "synced_items": 0,
            "drain": None,
            "last_hour": {"done": 0, "counts": {}},
            "last_drain": None,
        },
        "results": [],
        "plex": {"state": "unknown", "version": None, "libraries": [], "reason": None, "next_probe_at": None},
        "stash": {"away_since": None},
        "observers": [],
        "data_dir": "/data",
    }
    return {**blank, **more}


def drawn(shown: Any, width: int = 100) -> list[str]:
    """The lines, without colours."""
    out = io.StringIO()
    Console(file=out, width=width, height=50, force_terminal=False, color_system=None).print(shown)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def cause(number: int) -> dict[str, Any]:
    examples = [{"scene_id": n, "title": f"T{n}"} for n in (3, 2, 1)]
    given = {"text": "no item has this file", "hint": "Scan the library", "folder": "/data/new", "scenes": 38}
    return {"error_type": f"Kind{number}", "examples": examples, **given}


def result(number: int, word: str = "changed", **more: Any) -> dict[str, Any]:
    given = {
        "title": f"Title {number}",
        "path": "/data/a.mp4",
        "at": NOW,
        "trigger": "t",
        "text": "title, rating",
    }
    return {"scene_id": number, "result": word, **given, **more}


def busy() -> dict[str, Any]:
    """Everything at once."""
    made = state(results=[result(n) for n in range(100)])
    made["queue"] = {
        **made["queue"],
        "pending": 280,
        "in_flight": 100,
        "deferred": 1,
        "held": 2,
        "paused": True,
    }
    made["dead_letters"] = {
        **made["dead_letters"],
        "total": 380,
        "causes": [cause(n) for n in range(10)],
        "more_causes": 3,
    }
    drain = {
        "drain_id": "d",
        "runner": "task",
        "started_at": NOW - 10,
        "done": 120,
        "total": 400,
        "rate": 12.0,
    }
    ended = {
        "finished_at": NOW - 60,
        "started_at": NOW - 64,
        "runner": "watcher",
        "reason": "empty",
        "message": "",
    }
    made["worker"] = {
        **made["worker"],
        "drain": drain,
        "last_hour": {"done": 144, "counts": {"changed": 140, "given_up": 4}},
        "last_drain": {**ended, "done": 24, "counts": {"changed": 24}},
    }
    made["plex"] = {**made["plex"], "state": "up", "version": "1.43", "libraries": ["Scenes"]}
    return made


def test_a_drain_at_work_shows_progress_rate_and_what_is_left() -> None:
    text = "\n".join(drawn(screen(busy())))
    assert "120 of 400, 12/s, 23 s left (task)" in text
    assert "up, version 1.43, Scenes" in text
    assert "PAUSED  280 pending, 100 in work, 1 due later, 2 held" in text
    assert "(watcher), 24 scenes in 4.0 s: 24 changed" in text
    assert "144 scenes: 140 changed, 4 given up" in text


def test_failures_stand_by_cause_with_scenes_folder_and_remedy() -> None:
    told = drawn(screen(busy()), width=120)
    at = next(n for n, line in enumerate(told) if line.startswith("Failed"))
    assert told[at] == "Failed  380 scenes, and 8 more causes than shown"
    assert told[at + 1] == "38  Kind0: no item has this file, all below /data/new"
    assert told[at + 2].strip() == "Scan the library  (scenes 3, 2, 1 …)"


def test_results_stand_with_title_outcome_and_fields() -> None:
    results = [
        result(7),
        result(8, "failed", text="TransientError: slow"),
        result(9, "skipped", title="", text="no file"),
    ]
    told = drawn(screen(state(results=results)), width=140)
    assert told[-3].split()[1:] == ["7", "Title", "7", "wrote", "title,", "rating"]
    assert "retry    TransientError: slow" in told[-2]
    assert "a.mp4" in told[-1] and "skipped  no file" in told[-1]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "not met yet; run 'Check Setup'"),
        ({}, "Worker      idle"),
        ({}, "Failed  nothing"),
        ({"stash": {"away_since": NOW}}, "Stash is away since"),
        (
            {"plex": {"state": "down", "down_since": NOW, "reason": "refused", "next_probe_at": NOW + 4}},
            "looked for in 4 s: refused",
        ),
    ],
)
def test_what_is_not_at_work_is_told_in_words(more: dict[str, Any], words: str) -> None:
    assert words in "\n".join(drawn(screen(state(**more))))


@pytest.mark.parametrize("asked", [True, False])
def test_a_drain_that_has_only_begun_is_told(asked: bool) -> None:
    made = state()
    drain = None if asked else {"drain_id": "d", "runner": None, "done": 0, "total": None, "rate": None}
    made["worker"] = {**made["worker"], "asked": asked, "drain": drain}
    told = "\n".join(drawn(screen(made)))
    assert ("asked for, not begun" if asked else "draining, in its first batch") in told


@pytest.mark.parametrize("made", [state(), busy()])
@pytest.mark.parametrize(("width", "height"), [(40, 16), (60, 20), (80, 24), (120, 40), (300, 100)])
def test_it_fits_on_the_screen_and_the_foot_is_seen(made: dict[str, Any], width: int, height: int) -> None:
    told = drawn(screen(made, height=height, foot="q ends"), width)
    assert len(told) <= height
    assert told[-1].startswith("q ends")
    assert all(len(line) <= width for line in told)


def test_a_large_screen_is_used() -> None:
    assert len(drawn(screen(busy(), height=60, foot="q ends"))) >= 58


def test_no_title_draws_on_the_screen_or_is_taken_for_markup() -> None:
    hostile = "\x1b[2J\x07[red]x[/red]\nsecond\u202e"
    made = state(results=[result(1, title=hostile, text=hostile)], data_dir=hostile)
    bad = {**cause(1), "text": hostile, "hint": hostile, "folder": hostile}
    made["dead_letters"] = {**made["dead_letters"], "total": 1, "causes": [bad]}
    text = "\n".join(drawn(screen(made), width=300))
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert "[red]x[/red]\\nsecond" in text
    assert "\x1b" not in "\n".join(drawn(trouble(hostile)))
