"""The page's operations asked without a process, and failures for them."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager

from app.page import figures_shapes, preview_shapes, shapes
from app.page.door import answer_page
from stash.runtime import Connection, Payload
from sync_queue.database import connect
from sync_queue.intake import PERSON, enqueue
from sync_queue.jobs import SyncQueue
from tests.app.page_shapes import differences

SHAPES = {
    "activity": shapes.Activity,
    "apply": shapes.Acted,
    "badge": shapes.Badge,
    "cause": shapes.FailedScenes,
    "discard": shapes.Acted,
    "failures": shapes.Failures,
    "now": shapes.Now,
    "pause": shapes.Acted,
    "preview": preview_shapes.PreviewScenes,
    "previews": preview_shapes.Previews,
    "resume": shapes.Acted,
    "retry": shapes.Acted,
    "scene": shapes.Scene,
    "statistics": figures_shapes.Statistics,
    "sync": shapes.Acted,
}


@contextmanager
def opened(folder, monkeypatch):
    """The plugin's database, in which nothing was done yet; nobody is started by what is asked."""
    monkeypatch.setenv("PLEXSYNC_DATA_DIR", str(folder / "data"))
    monkeypatch.setattr("app.page.actions.spawn_watcher", lambda *_, **__: True)
    monkeypatch.setattr("app.wake.spawn_watcher", lambda *_, **__: True)
    made = connect(folder / "data" / "queue.sqlite")
    yield made
    made.close()


def ask(name, **args):
    """The answer, which has its form and survives JSON."""
    output = answer_page(Payload(Connection(), {"mode": "page", "ask": name, **args}))["output"]
    assert json.loads(json.dumps(output)) == output
    if "problem" not in output:
        assert differences(output, SHAPES[name]) == []
    return output


def fail(
    db, scene_ids, message="Plex has no item for the path /media/gone/{}.mp4", error_type="PlexNotFound"
):
    """Give scenes up."""
    queue = SyncQueue(db, clock=time.time)
    for scene_id in scene_ids:
        enqueue(db, scene_id, trigger="sync_all", priority=PERSON, now=time.time())
    while jobs := queue.claim(500):
        for job in jobs:
            queue.bury(
                job,
                message.format(job.scene_id),
                5,
                error_type=error_type,
                hint="Let Plex scan.",
                title=f"Scene {job.scene_id}",
                path=f"/media/gone/{job.scene_id}.mp4",
            )
