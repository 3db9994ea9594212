"""The verdict: one word for each way in which a scene can stand, from facts alone."""

from __future__ import annotations

from typing import Any

import pytest

from app.explain_lines import lines
from app.verdict import VERDICTS, verdict

NOW = 1_790_000_000.0


def facts(**more: Any) -> dict[str, Any]:
    """A scene in Stash of which nothing is known here."""
    blank: dict[str, Any] = {
        "title": "T",
        "path": "/data/a.mp4",
        "paused": False,
        "plex_away": None,
        "trigger": None,
        "queue": None,
        "dead_letter": None,
        "last_result": None,
        "items": [],
        "changes": [],
        "in_stash": True,
        "paths": [{"stash": "/data/a.mp4", "plex": "/media/a.mp4", "rule": None}],
        "match": None,
        "not_looked_up": [],
    }
    return {**blank, **more}


def job(**more: Any) -> dict[str, Any]:
    given = {
        "state": "pending",
        "attempts": 0,
        "due_at": NOW - 1,
        "changed_at": NOW - 5,
        "waiting_since": None,
    }
    return {**given, "last_error_type": None, "last_error": None, **more}


def item(**more: Any) -> dict[str, Any]:
    now = {"gone": False, "title": "T", "differs": {}, "kept": [], "their_locks": []}
    given = {"rating_key": 5, "library": "Scenes", "synced_at": NOW - 9, "snapshot_at": None, "our_locks": []}
    return {**given, "fields": {}, "open_writes": [], "now": now, **more}


def match(confidence: str = "high", targets: tuple[dict[str, Any], ...] = (), **more: Any) -> dict[str, Any]:
    candidate = {"rating_key": 5, "title": "T", "path": "/p", "score": 0.5, "evidence": "name"}
    given = {"source": "index", "at": NOW, "score": 0.5, "method": "name", "candidates": [candidate]}
    return {"confidence": confidence, "targets": list(targets), **given, **more}


LETTER = {
    "error_type": "PlexPermanentError",
    "message": "no.",
    "hint": "Mend it",
    "tries": 1,
    "died_at": NOW,
    "scenes_with_this_cause": 38,
}
MINE = {"rating_key": 5, "title": "T", "path": "/p", "owner": None}
STATES = [
    (facts(dead_letter=LETTER), "failed", "after 1 try: PlexPermanentError: no; 37 more scenes"),
    (facts(queue=job(state="in_flight")), "in_work", "now"),
    (facts(queue=job(state="held")), "held", "held"),
    (facts(queue=job(state="waiting_for_plex", waiting_since=NOW)), "waiting_for_plex", "Waiting for Plex"),
    (
        facts(queue=job(due_at=NOW + 60, attempts=2, last_error_type="TransientError", last_error="slow")),
        "waiting_for_retry",
        "2 tries failed, and the next one is due on",
    ),
    (facts(queue=job()), "queued", "waits for its turn"),
    (facts(queue=job(), paused=True), "queued", "syncing is paused"),
    (facts(queue=job(), plex_away={"since": NOW, "reason": "refused"}), "queued", "Plex is away since"),
    (facts(in_stash=False), "not_in_stash", "no scene of this id"),
    (facts(path=""), "no_files", "no file"),
    (facts(match=match("none")), "not_in_plex", "looked for as /media/a.mp4"),
    (facts(match=match("low")), "uncertain", "1 possible items, and none is certain (name)"),
    (facts(match=match(targets=({**MINE, "owner": 9},))), "shared_item", "Plex item 5 shows scene 9"),
    (facts(items=[item(now={**item()["now"], "gone": True})]), "gone", "Plex item 5 is gone"),
    (facts(items=[item(synced_at=None)]), "never_synced", "was never synced"),
    (
        facts(items=[item(now={**item()["now"], "differs": {"title": {"plex": "a", "stash": "b"}}})]),
        "differs",
        "something else in title",
    ),
    (facts(items=[item()]), "in_step", "shows what Stash has; synced on"),
    (
        facts(items=[item(now={**item()["now"], "kept": ["title"]})]),
        "in_step",
        "but for title, which were locked",
    ),
    (facts(items=[item(now=None)]), "synced", "could not be looked up"),
    (facts(items=[item()], in_stash=None), "synced", "could not be looked up"),
    (facts(), "unknown", "never queued"),
    (facts(match=match("none", source="last try")), "unknown", "never queued"),
]


@pytest.mark.parametrize(("found", "state", "why"), STATES)
def test_each_state_has_its_word_its_reason_and_can_be_read(
    found: dict[str, Any], state: str, why: str
) -> None:
    said = verdict(found, NOW)
    assert said["state"] == state
    assert why in said["why"]
    text = "\n".join(lines({"scene_id": 7, "at": NOW, **said, **found}))
    assert f"{state}: " in text


def test_every_word_is_met_and_explained() -> None:
    assert {state for _, state, _ in STATES} == set(VERDICTS)


def test_a_letter_goes_before_everything_and_the_queue_before_what_is_so_now() -> None:
    everything = facts(dead_letter=LETTER, queue=job(), match=match("none"), items=[item()])
    assert verdict(everything, NOW)["state"] == "failed"
    assert verdict({**everything, "dead_letter": None}, NOW)["state"] == "queued"
