"""The hook as a process: what it imports, what it writes, and what it says to broken input."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from app import hook
from stash.runtime import parse

ROOT = Path(__file__).parent.parent.parent
ALLOWED = {
    "_collections", "_collections_abc", "_datetime", "_functools", "_json", "_operator", "_sqlite3", "_stat", "collections",
    "collections.abc", "datetime", "functools", "genericpath", "itertools", "keyword", "math", "ntpath", "operator", "os",
    "posixpath", "reprlib", "sqlite3", "sqlite3.dbapi2", "stat", "types", "warnings",
    "app", "app.entry", "app.hook", "app.places", "app.spawn", "stash", "stash.lightjson", "stash.runtime",
    "sync_queue", "sync_queue.database", "sync_queue.intake", "sync_queue.migrations",
}  # fmt: skip
"""What a hook may import beyond what Python itself starts with. Each module costs every save of every scene its time."""


def start(
    stdin: bytes, data: Path, environment: dict[str, str], *options: str
) -> subprocess.CompletedProcess[bytes]:
    """Run PlexSync.py as Stash does."""
    environment = {**environment, "PLEXSYNC_DATA_DIR": str(data)}
    command = [sys.executable, *options, str(ROOT / "PlexSync.py")]
    return subprocess.run(command, input=stdin, capture_output=True, env=environment, timeout=60, check=False)


def payload(port: int = 1, config: str = "", **context: object) -> bytes:
    """A hook's standard input."""
    connection = {
        "Scheme": "http",
        "Host": "0.0.0.0",
        "Port": port,
        "SessionCookie": None,
        "Dir": config,
        "PluginDir": str(ROOT),
    }
    hook = {
        "id": 7,
        "type": "Scene.Update.Post",
        "input": {"id": "7", "title": "x"},
        "inputFields": ["id", "title"],
        **context,
    }
    return json.dumps({"server_connection": connection, "args": {"hookContext": hook}}).encode()


def rows(data: Path) -> list[tuple[int, str, int, int]]:
    """The queue: scene, trigger, priority, deleted."""
    db = sqlite3.connect(data / "queue.sqlite")
    try:
        return db.execute(
            "SELECT scene_id, trigger, priority, deleted FROM jobs ORDER BY scene_id"
        ).fetchall()
    finally:
        db.close()


def errands(data: Path) -> list[tuple[str, int, str, str]]:
    """The errands: kind, id, change, trigger."""
    db = sqlite3.connect(data / "queue.sqlite")
    try:
        return db.execute("SELECT kind, id, change, trigger FROM errands ORDER BY kind, id").fetchall()
    finally:
        db.close()


@pytest.fixture
def data(tmp_path):
    """A data folder whose watchers end with the test."""
    folder = tmp_path / "data"
    yield folder
    for path in folder.glob("queue.sqlite*"):
        path.unlink(missing_ok=True)  # what a watcher has just closed is gone already


def imported_by(*command: str, stdin: bytes, environment: dict[str, str]) -> set[str]:
    """The modules that a Python imports, from its own record."""
    done = subprocess.run(
        [sys.executable, "-S", "-X", "importtime", *command],
        input=stdin,
        capture_output=True,
        env=environment,
        timeout=60,
        check=True,
    )
    lines = [line for line in done.stderr.decode().splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


def test_the_hook_imports_nothing_that_is_not_on_the_list(data, bare_environment):
    environment = {**bare_environment, "PLEXSYNC_DATA_DIR": str(data)}
    of_python = imported_by("-c", "pass", stdin=b"", environment=environment)
    imported = imported_by(str(ROOT / "PlexSync.py"), stdin=payload(), environment=environment)
    assert rows(data) == [(7, "Scene.Update.Post", 0, 0)]
    assert "sync_queue.intake" in imported
    assert imported - of_python - ALLOWED == set()


def test_the_hook_of_a_performer_imports_one_file_more_and_no_other(data, bare_environment):
    environment = {**bare_environment, "PLEXSYNC_DATA_DIR": str(data)}
    of_python = imported_by("-c", "pass", stdin=b"", environment=environment)
    stdin = payload(type="Performer.Update.Post", inputFields=["id", "name"])
    imported = imported_by(str(ROOT / "PlexSync.py"), stdin=stdin, environment=environment)
    assert errands(data) == [("performer", 7, "shown", "Performer.Update.Post")]
    assert imported - of_python - ALLOWED == {"app.errand_hook"}


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("Performer.Update.Post", ["id", "birthdate", "tag_ids", "alias_list", "favorite"], None),
        ("Performer.Update.Post", ["id", "disambiguation"], ("performer", "shown")),
        ("Performer.Update.Post", ["id", "image"], ("performer", "photo")),
        ("Performer.Update.Post", ["id", "image", "name"], ("performer", "shown")),
        ("Performer.Update.Post", None, ("performer", "shown")),
        ("Performer.Destroy.Post", None, ("performer", "gone")),
        ("Performer.Create.Post", ["name"], None),
        ("Studio.Update.Post", ["id", "parent_id"], ("studio", "parents")),
        ("Studio.Update.Post", ["id", "image", "details", "url"], None),
        ("Tag.Update.Post", ["id", "child_ids"], ("tag", "parents")),
        ("Tag.Update.Post", ["id", "aliases", "description", "image"], None),
        ("Tag.Merge.Post", None, ("tag", "shown")),
        ("Group.Update.Post", ["id", "name", "date"], ("group", "shown")),
        ("Movie.Update.Post", ["id", "name"], ("group", "shown")),
        ("Movie.Destroy.Post", None, ("group", "gone")),
        ("Gallery.Update.Post", ["id", "title"], None),
        ("SceneMarker.Update.Post", None, None),
    ],
)
def test_of_performers_and_the_like_only_what_can_reach_plex_is_noted(
    tmp_path, monkeypatch, kind, fields, expected
):
    monkeypatch.setenv("PLEXSYNC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(hook, "spawn_watcher", lambda connection, ask: True)
    said = hook.run_hook(parse(payload(type=kind, inputFields=fields).decode()))
    if expected is None:
        assert said == "nothing that Plex shows has changed"
        assert not (tmp_path / "data").exists()
    else:
        assert said == f"{expected[0]} 7 is queued"
        assert errands(tmp_path / "data") == [(expected[0], 7, expected[1], kind)]


def test_the_hook_writes_one_row_and_answers_with_one_object(data, bare_environment):
    done = start(payload(), data, bare_environment)
    assert json.loads(done.stdout) == {"output": "scene 7 is queued"}
    assert (done.returncode, done.stderr) == (0, b"")
    assert rows(data) == [(7, "Scene.Update.Post", 0, 0)]


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"inputFields": ["id", "organized"]}, None),
        ({"inputFields": ["id", "play_count", "o_counter"]}, None),
        (
            {"inputFields": ["ids", "rating100"], "input": {"ids": ["7", "8"], "rating100": 50}},
            ("Scene.Update.Post", 1, 0),
        ),
        ({"inputFields": ["id", "title"], "input": [{"id": "7"}, {"id": "8"}]}, ("Scene.Update.Post", 1, 0)),
        ({"type": "Scene.Create.Post", "input": None, "inputFields": None}, ("Scene.Create.Post", 1, 0)),
        (
            {"type": "Scene.Destroy.Post", "inputFields": ["id"], "input": {"id": "7"}},
            ("Scene.Destroy.Post", 0, 1),
        ),
        ({"type": "Performer.Update.Post"}, None),
    ],
)
def test_the_sent_fields_decide_what_is_queued_and_how_urgently(data, bare_environment, context, expected):
    done = start(payload(**context), data, bare_environment)
    assert done.returncode == 0
    if expected is None:
        assert not data.exists()
    else:
        assert rows(data) == [(7, *expected)]


def test_where_no_watcher_can_be_started_the_hook_itself_asks_stash(installed, monkeypatch):
    monkeypatch.setenv("PLEXSYNC_DATA_DIR", str(installed.data))
    monkeypatch.setattr(hook, "spawn_watcher", lambda connection, ask: False)
    scene, key = installed.scene(title="Title")
    context = {"id": scene, "type": "Scene.Update.Post", "inputFields": ["title"]}
    assert hook.run_hook(parse(payload(installed.stash.port, **context).decode())) == "scene 1 is queued"
    assert installed.asked() == 1
    assert installed.stash.jobs.wait_until_idle()
    assert installed.title(key) == "Title"


def test_ten_edits_are_one_row(data, bare_environment):
    for _ in range(10):
        start(payload(), data, bare_environment)
    assert len(rows(data)) == 1


@pytest.mark.parametrize(
    "stdin",
    [
        b"",
        b"not json",
        b"[1, 2]",
        b"{}",
        b'{"args": {}}',
        b'{"server_connection": 5, "args": {}}',
        b'"' + b"x" * 5_000_000 + b'"',
        b"\xff\xfe\x00",
        b"null",
    ],
    ids=["empty", "text", "array", "no keys", "no connection", "odd connection", "5 MB", "no UTF-8", "null"],
)
def test_broken_input_gives_one_error_and_no_traceback(data, bare_environment, stdin):
    done = start(stdin, data, bare_environment)
    answer = json.loads(done.stdout)
    assert list(answer) == ["error"]
    assert answer["error"]
    assert done.returncode != 0
    assert b"Traceback" not in done.stderr


def test_an_unknown_mode_is_told_with_those_that_there_are(data, bare_environment):
    connection = {"Scheme": "http", "Host": "", "Port": 1, "SessionCookie": None, "Dir": "", "PluginDir": ""}
    done = start(
        json.dumps({"server_connection": connection, "args": {"mode": "fly"}}).encode(),
        data,
        bare_environment,
    )
    error = json.loads(done.stdout)["error"]
    assert error.startswith("there is no mode 'fly'; allowed are ")
    assert "check_setup, " in error
    assert done.returncode == 1


def test_a_data_folder_that_is_no_folder_costs_nothing_but_a_line(tmp_path, bare_environment):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the data folder should be")
    done = start(payload(config=str(tmp_path / "config")), blocked, bare_environment)
    spare = tmp_path / "config" / "StashPlexSync"
    error = json.loads(done.stdout)["error"]
    assert str(blocked) in error and str(spare) in error
    assert rows(spare) == [(7, "Scene.Update.Post", 0, 0)]
    (spare / "queue.sqlite").unlink()


def test_an_old_python_is_told_what_to_do():
    script = "import sys; sys.version_info = (3, 8); sys.argv = ['PlexSync.py']; import runpy; runpy.run_path('PlexSync.py', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        check=False,
        input=b"",
        env=dict(os.environ),
    )
    assert "Python 3.11 or newer" in json.loads(done.stdout)["error"]
