"""The setting dry_run as an owner meets it: in the log, in Show Status, in Check Setup, and when it is turned off."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.support import wait_for

if TYPE_CHECKING:
    from pathlib import Path


def aside(installed) -> int:
    return int(installed.operate(mode="status")["queue"]["previewed"])


def test_nothing_is_written_every_line_says_so_and_nothing_is_lost(installed):
    installed.configure(dry_run=True)
    first, first_key = installed.scene("first.mp4", title="First")
    by_hook, hook_key = installed.scene("hook.mp4", title="Before")
    installed.run("Sync All Scenes")
    installed.save(by_hook, title="Saved meanwhile")
    wait_for(
        lambda: any("Saved meanwhile" in path.read_text() for path in reports(installed)),
        "the saved scene was not looked at",
    )
    installed.stash.jobs.wait_until_idle()
    assert installed.plex.writes() == []
    said = installed.lines("info")
    assert any("Sync summary [dry run]: 2 of 2 scenes would be changed" in line for line in said)
    assert all("[dry run]" in line for line in said if "summary" in line.lower())
    assert any("[dry run] Nothing was written to Plex: 2 scenes looked at now" in line for line in said)
    assert any("[dry run] Preview: 2 scenes looked at, 2 would be changed" in line for line in said)
    wait_for(lambda: aside(installed) == 2, "not all stand aside")

    installed.run("Show Status")
    assert any("DRY RUN: the setting dry_run is on" in line for line in installed.lines("info"))
    installed.run("Check Setup")
    assert any("Dry run" in line for line in installed.lines("info"))
    stats = json.loads((installed.data / "stats.json").read_text()) if has_stats(installed) else {}
    assert stats.get("cumulative", {}).get("jobs_succeeded", 0) == 0
    assert installed.operate(mode="status")["dead_letters"]["total"] == 0

    installed.configure()
    installed.run("Sync Queued Scenes")
    wait_for(  # the watcher, too, looks now and then whether the dry run is over
        lambda: (
            (installed.title(first_key), installed.title(hook_key)) == ("First", "Saved meanwhile")
            and aside(installed) == 0
        ),
        "what stood aside was not synced",
    )
    installed.run("Show Status")
    assert installed.operate(mode="status")["dry_run"] is False
    assert first != by_hook


def test_a_hook_after_its_end_takes_along_what_stood_aside(installed):
    installed.configure(dry_run=True)
    _, key = installed.scene("first.mp4", title="First")
    other, other_key = installed.scene("other.mp4", title="Other")
    installed.run("Sync All Scenes")
    installed.configure()
    installed.save(other, title="Saved after it")
    wait_for(lambda: installed.title(other_key) == "Saved after it", "the edit did not arrive")
    wait_for(lambda: installed.title(key) == "First", "what stood aside was lost")


def reports(installed) -> list[Path]:
    return list((installed.data / "reports").glob("dry-run-*.jsonl"))


def has_stats(installed) -> bool:
    return bool((installed.data / "stats.json").exists())
