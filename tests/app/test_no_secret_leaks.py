"""Everything at once, with secrets everywhere: logins, keys, tokens, failures, both log formats, the terminal, the watcher."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulators.planted import API_KEY, GUEST_TOKEN, MARKER, WRONG_TOKEN
from tests.app.installed import ROOT, installation
from tests.support import bytes_below, wait_for


@pytest.fixture
def guarded(tmp_path, plex_sim):
    """A Stash with a password and an API key."""
    with installation(tmp_path, plex_sim, require_login=True, api_key=API_KEY) as made:
        yield made


def terminal(world, *args: str, key: str = API_KEY) -> str:
    """All that a command says."""
    environment = {
        **os.environ,
        "PLEXSYNC_DATA_DIR": str(world.data),
        "PLEXSYNC_STASH_URL": world.stash.url,
        "PLEXSYNC_STASH_API_KEY": key,
    }
    done = subprocess.run(
        [sys.executable, str(ROOT / "PlexSync.py"), *args],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout + done.stderr


def seen_by_others(world) -> list[str]:
    """Command lines and environments of all processes that work on this data folder, as any user may read them."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line, environment = ((process / name).read_bytes() for name in ("cmdline", "environ"))
        except OSError:
            continue
        if str(world.data).encode() in environment:
            found.append((line + environment).decode(errors="replace"))
    return found


def test_no_secret_appears_in_any_log_file_answer_or_process(guarded, secret_witness):
    world, said = guarded, []
    shown = secret_witness.shown.copy()
    fine, key = world.scene(title="Fine", performers=["Ann"], cover=b"\xff\xd8\xff" + bytes(200))
    world.scene("missing.mp4", in_plex=False)
    world.run("Sync All Scenes")
    for token in (GUEST_TOKEN, WRONG_TOKEN):
        world.configure(plex_token=token, log_format="json")
        world.save(fine, title=f"With {len(token)}")
        world.run("Sync Queued Scenes")
    said.append(json.dumps(world.operate(mode="check_setup")))
    world.configure(field_cast_photos=world.stash.url)  # Plex would have to be given the key
    world.run("Sync All Scenes")
    world.configure()
    world.plex.faults.add("status", match="PUT", status=500, times=2)
    world.run("Sync All Scenes")
    job = world.stash.add_blocking_job()
    world.plex.faults.add("latency", match="PUT", seconds=0.5)
    world.save(fine, title="In the background")
    if os.path.isdir("/proc"):  # noqa: PTH112 -- a look at the system
        wait_for(lambda: any("keep-watch" in text for text in seen_by_others(world)), "no watcher was seen")
        said += seen_by_others(world)
    wait_for(lambda: world.title(key) == "In the background", "the watcher did not drain")
    world.stash.jobs.stop(job.id)
    world.run("Show Status")
    said.append(json.dumps(world.operate(mode="status")))
    said += [terminal(world, "status"), terminal(world, "sync", "--recent", "-v")]
    said.append(terminal(world, "doctor", key=WRONG_TOKEN))
    assert any("Fine" in text or "scene" in text for text in said)
    for text in said:
        assert MARKER not in text
    for line in world.stash.logs:
        assert MARKER not in line.raw
    for answer in world.stash.runtime.answers:
        assert MARKER not in answer.stdout
    for path, data in bytes_below(world.data):
        assert MARKER.encode() not in data, path
    new = secret_witness.shown - shown
    assert new["a line in Stash's log"] > 20
    assert new["what a plugin wrote to standard output"] > 5
    assert new["the address of a request"] > 20
