"""What opening the page costs beside an operation that does nothing, with a large library behind it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from sync_queue.database import connect, transaction
from tests.app.installed import ROOT
from tests.sync_queue.test_letter_search import many

resource = pytest.importorskip("resource", reason="no processor times of children on this system")
ROWS = 100_000
MOST_TIMES = 1.5
MOST_TIMES_OF_A_SEARCH = 2.0


def cost_of(args, env):
    """Seconds of processor that one operation takes, in which what else the machine does is not, and its output."""
    payload = {"server_connection": {"Scheme": "http", "Port": 9}, "args": args}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-S", str(ROOT / "PlexSync.py")],
        input=json.dumps(payload).encode(),
        capture_output=True,
        check=True,
        env=env,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = json.loads(done.stdout)["output"]
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, output


def cpu_s(args, env):
    """The seconds alone."""
    return cost_of(args, env)[0]


@pytest.mark.slow
def test_opening_the_page_costs_little_more_than_nothing(tmp_path, bare_environment):
    db = connect(tmp_path / "queue.sqlite")
    record = json.dumps({"base": {"summary": "x" * 600}})
    with transaction(db):
        db.executemany(
            "INSERT INTO ledger (server, rating_key, scene_id, section_id, record, synced_at) VALUES ('s', ?, ?, 1, ?, ?)",
            ((key, key, record, float(key)) for key in range(ROWS)),
        )
    db.close()
    env = {**bare_environment, "PLEXSYNC_DATA_DIR": str(tmp_path)}
    env = {name: value for name, value in env.items() if name != "PYTHONDONTWRITEBYTECODE"}
    bare, opened, ordinary = [], [], []
    for _ in range(7):
        bare.append(cpu_s({"mode": "page", "ask": ""}, env))
        opened.append(cpu_s({"mode": "page", "ask": "now"}, env))
        ordinary.append(cpu_s({"mode": "pause"}, env))
    told = [round(min(times) * 1000) for times in (bare, opened, ordinary)]
    assert min(opened) < MOST_TIMES * min(bare), f"ms of processor: nothing {told[0]}, now {told[1]}"
    assert min(opened) < min(ordinary), (
        f"ms of processor: now {told[1]}, pause by the ordinary door {told[2]}"
    )
    assert (tmp_path / "queue.sqlite").stat().st_size > ROWS * 100


@pytest.mark.slow
def test_a_search_of_ten_thousand_failures_costs_little_more_than_their_causes(tmp_path, bare_environment):
    made = connect(tmp_path / "queue.sqlite")
    many(made, 10_000)
    made.close()
    env = {**bare_environment, "PLEXSYNC_DATA_DIR": str(tmp_path)}
    env = {name: value for name, value in env.items() if name != "PYTHONDONTWRITEBYTECODE"}
    listed, searched = [], []
    for _ in range(7):
        listed.append(cpu_s({"mode": "page", "ask": "failures"}, env))
        seconds, answer = cost_of({"mode": "page", "ask": "failures", "search": "4711.MP4"}, env)
        searched.append(seconds)
        assert (answer["total"], answer["found"]) == (10_000, 1)
    told = [round(min(times) * 1000) for times in (listed, searched)]
    assert min(searched) < MOST_TIMES_OF_A_SEARCH * min(listed), (
        f"ms of processor: causes {told[0]}, search {told[1]}"
    )
