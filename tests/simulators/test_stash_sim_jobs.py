"""The job queue: one at a time, tasks among other jobs, Stop, and a restart."""

from __future__ import annotations

import threading

import pytest

from simulators.stash import StashSimulator
from tests.simulators.stash_plugin import OPERATE, RECORD, Plugin, eventually
from tests.support import PATIENCE_S

RUN = 'mutation($t:String,$d:String,$a:Map){runPluginTask(plugin_id:"Tiny",task_name:$t,description:$d,args_map:$a)}'
SLEEP = """
    import sys, time
    from pathlib import Path
    sys.stdin.read()
    Path(__file__).with_name("started").touch()
    sys.stderr.write("\\x01p\\x020.25\\n"); sys.stderr.flush()
    time.sleep(600)
"""


@pytest.fixture
def tiny(tmp_path):
    return Plugin(tmp_path / "Tiny", RECORD)


@pytest.fixture
def stash(tiny):
    with StashSimulator(plugin_dir=tiny.folder) as simulator:
        yield simulator


def test_a_task_runs_with_its_default_arguments_below_those_sent(stash, tiny):
    job_id = stash.graphql(RUN, {"t": "Run", "a": {"mode": "other", "n": 1}})["runPluginTask"]
    assert stash.jobs.wait_until_idle()
    assert tiny.heard[0]["stdin"]["args"] == {"mode": "other", "kept": "yes", "n": 1}
    ask = "query($i:ID!){findJob(input:{id:$i}){id status description progress error endTime}}"
    found = stash.graphql(ask, {"i": job_id})["findJob"]
    assert (found["id"], found["status"], found["error"], found["progress"]) == (
        job_id,
        "FINISHED",
        None,
        None,
    )
    assert found["description"] == "Running plugin task: Run"
    assert found["endTime"].endswith("+01:00")
    assert stash.graphql("{jobQueue{id}}") == {"jobQueue": None}
    assert stash.graphql('{findJob(input:{id:"99"}){id}}') == {"findJob": None}


@pytest.mark.parametrize(
    ("variables", "description"),
    [({"d": "own words", "t": "Run"}, "own words"), ({}, "Tiny"), ({"a": {"mode": "x"}}, "Tiny")],
)
def test_a_task_may_have_no_name_and_a_description_of_its_own(stash, tiny, variables, description):
    job_id = stash.graphql(RUN, variables)["runPluginTask"]
    assert stash.jobs.wait_until_idle()
    job = stash.jobs.find(int(job_id))
    assert job is not None
    assert job.description == f"Running plugin task: {description}"
    assert ("kept" in tiny.heard[0]["stdin"]["args"]) == ("t" in variables)


def test_an_error_in_the_output_leaves_a_task_finished(stash, tiny):
    tiny.write("""print('{"error": "too bad"}')""")
    job = stash.start_task("Tiny", "Run")
    assert stash.jobs.wait_until_idle()
    assert (job.status, job.error) == ("FINISHED", None)
    assert ("error", "Plugin returned error: too bad") in [(line.level, line.message) for line in stash.logs]


def test_an_unknown_task_or_plugin_fails_when_its_turn_comes(stash):
    unknown = stash.start_task("Tiny", "Dance")
    other = stash.start_task("Other", None)
    assert stash.jobs.wait_until_idle()
    assert (unknown.status, other.status) == ("FAILED", "FAILED")
    assert unknown.error == "Error creating plugin task: no task with name Dance in plugin Tiny"
    assert other.error == "Error creating plugin task: no plugin with ID Other"
    assert any("task failed due to error" in line.message for line in stash.logs)


def test_jobs_run_one_at_a_time_and_operations_beside_them(stash, tiny):
    release = threading.Event()
    first = stash.add_blocking_job(release)
    task = stash.start_task("Tiny", "Run")
    eventually(lambda: first.status == "RUNNING")
    shown = stash.graphql("{jobQueue{id status description progress startTime addTime subTasks}}")["jobQueue"]
    assert [(job["status"], job["progress"], job["startTime"] is None) for job in shown] == [
        ("RUNNING", None, False),
        ("READY", None, True),
    ]
    assert shown[0]["description"] == "Generating..."
    assert stash.graphql(OPERATE) == {"runPluginOperation": "heard"}
    assert task.status == "READY"
    release.set()
    assert stash.jobs.wait_until_idle()
    assert (first.status, task.status) == ("FINISHED", "FINISHED")


def test_stop_kills_a_running_task_at_once_and_takes_a_waiting_one_away(stash, tiny):
    tiny.write(SLEEP)
    running, waiting = stash.start_task("Tiny", "Run"), stash.start_task("Tiny", "Run")
    eventually((tiny.folder / "started").exists)
    eventually(lambda: running.progress == 0.25)
    stash.stop_job(waiting.id)
    assert waiting.status == "CANCELLED"
    assert stash.graphql(f"mutation{{stopJob(job_id:{running.id})}}") == {"stopJob": True}
    assert stash.jobs.wait_until_idle()
    assert running.status == "CANCELLED"
    assert running.process is not None
    assert running.process.wait(PATIENCE_S) == -9
    stash.stop_job(running.id)  # nothing to stop any more, and no error


def test_a_task_that_is_stopped_in_the_moment_of_its_start_is_killed(stash, tiny):
    tiny.write(SLEEP)
    job = stash.start_task("Tiny", "Run")
    job.cancelled.set()
    assert stash.jobs.wait_until_idle()


def test_stop_all_leaves_nothing(stash):
    jobs = [stash.add_blocking_job(600) for _ in range(3)]
    eventually(lambda: jobs[0].status == "RUNNING")
    assert stash.graphql("mutation{stopAllJobs}") == {"stopAllJobs": True}
    assert stash.jobs.wait_until_idle()
    assert [job.status for job in jobs] == ["CANCELLED"] * 3
    blocked = stash.add_blocking_job(threading.Event())
    eventually(lambda: blocked.status == "RUNNING")
    stash.stop_job(blocked.id)
    assert stash.jobs.wait_until_idle()


def test_a_restart_knows_of_no_job_and_counts_anew(stash, tiny):
    tiny.write(SLEEP)
    running = stash.start_task("Tiny", "Run")
    stash.add_blocking_job()
    eventually(lambda: running.process)
    stash.forget_jobs()
    assert stash.graphql("{jobQueue{id}}") == {"jobQueue": None}
    assert running.process is not None
    assert running.process.wait(PATIENCE_S) == -9
    assert stash.graphql('{findJob(input:{id:"1"}){id}}') == {"findJob": None}
    tiny.write(RECORD)
    assert stash.start_task("Tiny", "Run").id == 1
    assert stash.jobs.wait_until_idle()
    assert len(tiny.heard) == 1


def test_only_the_last_ten_that_ended_are_known(stash):
    ids = [stash.add_blocking_job(0).id for _ in range(12)]
    assert stash.jobs.wait_until_idle()
    assert [stash.jobs.find(one) is not None for one in ids] == [False] * 2 + [True] * 10
    assert not stash.jobs.wait_until_idle(0) or stash.jobs.queue() == []


def test_a_job_of_the_test_that_raises_is_failed_and_the_next_one_runs(stash):
    def trip(_job):
        raise ValueError("tripped")

    failed = stash.jobs.add("Trip", trip)
    after = stash.add_blocking_job(0)
    assert stash.jobs.wait_until_idle()
    assert (failed.status, failed.error, after.status) == ("FAILED", "tripped", "FINISHED")
