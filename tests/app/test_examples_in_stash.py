"""The finished observers in the real plugin, as a user installs them: three files copied, one line of configuration."""

from __future__ import annotations

import csv
import shutil

from prometheus_client.parser import text_string_to_metric_families

from tests.app.installed import ROOT
from tests.observers.inbox import Inbox


def test_all_three_do_their_work_in_one_run(installed):
    (installed.data / "observers").mkdir(parents=True)
    for example in (ROOT / "examples" / "observers").glob("*.py"):
        shutil.copy(example, installed.data / "observers")
    for copy in ("a", "b"):
        installed.plex.add_item(installed.section, f"/other/{copy}/twin.mp4", size=1000, duration_ms=60_000)
    installed.stash.store.add_scene(path="/media/twin.mp4", size=1000, duration=60.0, title="Twin")
    installed.scene(title="Fine")
    with Inbox() as inbox:
        (installed.data / "apprise.conf").write_text(inbox.address)
        installed.run("Sync All Scenes")
        # The run has waited for the thread that sends.
        assert [title for title, _ in inbox.messages] == ["PlexSync: AmbiguousMatch"]
        assert "Twin (/media/twin.mp4): Plex has 2 possible items" in inbox.messages[0][1]
    with (installed.data / "low-matches.csv").open(newline="", encoding="utf-8") as file:
        ((scene, path, _, _),) = csv.reader(file)
    assert path == "/media/twin.mp4"
    families = text_string_to_metric_families((installed.data / "plexsync.prom").read_text())
    figures = {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}
    assert figures["plexsync_jobs_total", "succeeded"] == figures["plexsync_jobs_total", "given_up"] == 1
    installed.run("Show Status")
    (line,) = [line for line in installed.lines("info") if "Observers: " in line]
    assert all(f"{name}.py " in line for name in ("low_matches", "notify", "prometheus"))
    assert " 0 failures" in line
    assert scene
