"""What a person does and sees on the page, for the tests in a real browser."""

from __future__ import annotations

import time

from sync_queue.database import connect, transaction
from sync_queue.intake import PERSON, enqueue
from sync_queue.jobs import SyncQueue

PAGE = "/plugins/StashPlexSync"
UNDO = "Undo title of Written, back to “one”"
SCRIPT = "<script>document.title='owned'</script><img src=x onerror=document.title='owned'>"


def button(tab, name):
    return tab.get_by_role("button", name=name, exact=True)


def toast(tab, text):
    """Wait until Stash's toast says this."""
    tab.locator("[role=alert][class^=toast]", has_text=text).wait_for()


def twins(installed, name, title):
    """A scene that two Plex items could be meant by."""
    for copy in "ab":
        installed.plex.add_item(
            installed.section,
            f"/other/{copy}/{name}.mp4",
            size=1000,
            duration_ms=60_000,
            title=f"{name} {copy}",
        )
    return installed.stash.store.add_scene(path=f"/media/{name}.mp4", size=1000, duration=60.0, title=title)


def give_up(installed, scene_ids, *, causes=1):
    """Failures straight into the database, as many as there may be."""
    db = connect(installed.data / "queue.sqlite")
    queue = SyncQueue(db, clock=time.time)
    with transaction(db):
        for scene_id in scene_ids:
            enqueue(db, scene_id, trigger="sync_all", priority=PERSON, now=time.time())
        while jobs := queue.claim(1000):
            for job in jobs:
                queue.bury(
                    job,
                    f"Plex refused it {'again ' * (job.scene_id % causes)}".strip(),
                    5,
                    error_type="EditRefused",
                    hint="Change the text.",
                    title=f"Scene {job.scene_id}",
                    path=f"/media/{job.scene_id}.mp4",
                )
    db.close()


def accessible(tab, base):
    """Let axe look; nothing serious may be wrong within PlexSync's part of the page. Colours are the theme's, which is not here."""
    if not tab.evaluate("'axe' in window"):
        tab.add_script_tag(url=f"{base}/axe.js")
    found = tab.evaluate(
        "axe.run('.plexsync', {rules: {'color-contrast': {enabled: false}}}).then(done => done.violations)"
    )
    bad = [one for one in found if one["impact"] in {"serious", "critical"}]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in bad] == []


def names_of_buttons(tab):
    """What a screen reader calls them, each once; two of one name say not which of the two does what."""
    names = tab.evaluate(
        "[...document.querySelectorAll('.plexsync button, .plexsync a[target], .plexsync input[type=checkbox]')]"
        ".map(one => one.getAttribute('aria-label') || one.labels?.[0]?.innerText || one.innerText)"
    )
    assert sorted(names) == sorted(set(names))
    return names


def operations(installed):
    """How many of the page's operations Stash was asked for."""
    return sum("PlexSyncOperation" in text for text, _ in installed.stash.requests)
