"""Trouble on demand: each kind reaches the client as the real one would, and the request log tells what was applied."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import requests

from simulators.plex import PlexSimulator, routes
from tests.support import PATIENCE_S


@pytest.fixture
def key(plex_sim, plex_library):
    """One item."""
    return plex_sim.add_item(plex_library.id, "/media/a.mp4")


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502, 520])
def test_a_status_is_answered_as_often_as_asked_for(plex_sim, plex_wire, key, status):
    fault = plex_sim.faults.add("status", match="PUT /library/sections", status=status, times=2)
    edit = f"type=1&id={key}&title.value=T"
    assert [plex_wire.edit(edit) for _ in range(3)] == [status, status, 200]
    assert fault.hits == 2
    assert [(write.status, write.applied, write.fault) for write in plex_sim.writes()] == [
        (status, False, "status"),
        (status, False, "status"),
        (200, True, ""),
    ]


def test_maintenance_has_plexs_own_body_and_spares_the_identity(plex_sim, plex_wire):
    fault = plex_sim.start_maintenance()
    answer = plex_wire.send("GET", "/library/sections")
    assert (answer.status_code, 'title="Maintenance"' in answer.text) == (503, True)
    assert plex_wire.send("GET", "/identity").status_code == 200
    plex_sim.faults.remove(fault)
    plex_sim.faults.remove(fault)
    assert plex_wire.send("GET", "/library/sections").status_code == 200


@pytest.mark.parametrize(("kind", "applied"), [("reset", False), ("lost", True), ("torn", True)])
def test_a_reset_comes_before_the_write_and_a_lost_or_torn_answer_after_it(
    plex_sim, plex_wire, key, kind, applied
):
    plex_sim.faults.add(kind, match="^PUT", times=1)
    with pytest.raises((requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        plex_wire.edit(f"type=1&id={key}&title.value=T")
    assert (plex_sim.item(key).title == "T") is applied
    (write,) = plex_sim.writes()
    assert write.status == (200 if kind == "torn" else 0)
    assert (write.applied, write.route) == (applied, "/library/sections/{section}/all")


def test_a_torn_answer_has_begun_well(plex_sim, plex_wire, key):
    plex_sim.faults.add("torn", times=1)
    url = f"{plex_sim.url}/library/metadata/{key}"
    with requests.get(
        url, params={"X-Plex-Token": plex_sim.token}, stream=True, timeout=PATIENCE_S
    ) as answer:
        assert answer.status_code == 200
        with pytest.raises(requests.exceptions.RequestException):
            answer.content  # noqa: B018 -- reading it is what breaks


def test_a_late_error_is_an_error_after_the_write(plex_sim, plex_wire, key):
    plex_sim.faults.add("late_status", match="^PUT", status=504, times=1)
    assert plex_wire.edit(f"type=1&id={key}&title.value=T") == 504
    assert plex_sim.item(key).title == "T"


def test_html_cut_and_empty_answers_look_like_success(plex_sim, plex_wire, key):
    for kind in ("html", "cut", "empty"):
        plex_sim.faults.add(kind, times=1)
    html, cut, empty = (plex_wire.send("GET", f"/library/metadata/{key}") for _ in range(3))
    assert {answer.status_code for answer in (html, cut, empty)} == {200}
    assert html.text.startswith("<!DOCTYPE html>")
    assert cut.text.startswith("<?xml")
    assert "</MediaContainer>" not in cut.text
    assert empty.content == b""


def test_latencies_add_up_and_the_answer_is_right(plex_sim, plex_wire, key):
    plex_sim.faults.add("latency", seconds=0.1)
    plex_sim.faults.add("latency", seconds=0.1, match=lambda request: request.path.endswith(str(key)))
    started = time.perf_counter()
    assert plex_wire.details(key).attrib["title"] == "a"
    assert time.perf_counter() - started >= 0.2
    assert plex_sim.requests[-1].duration_s >= 0.2


def test_a_hang_ends_when_its_time_is_over_or_the_server_stops(plex_wire, plex_sim, plex_library):
    plex_sim.faults.add("hang", seconds=0.1, times=1)
    with pytest.raises(requests.exceptions.ConnectionError):
        plex_wire.send("GET", "/library/sections")
    plex_sim.faults.add("hang")
    with pytest.raises(requests.exceptions.ReadTimeout):
        plex_wire.send("GET", "/library/sections", timeout=0.2)


def test_only_the_first_trouble_that_matches_is_used_up(plex_sim, plex_wire):
    first, second = (plex_sim.faults.add("status", status=status, times=1) for status in (500, 502))
    assert plex_wire.send("GET", "/").status_code == 500
    assert (first.hits, second.hits) == (1, 0)
    plex_sim.faults.clear()
    assert plex_wire.send("GET", "/").status_code == 200


def test_trouble_of_an_unknown_kind_is_refused(plex_sim):
    with pytest.raises(ValueError, match="maintenance"):
        plex_sim.faults.add("gremlins")


def test_the_port_refuses_and_comes_back_with_everything_on_it(plex_sim, plex_wire, key):
    url = plex_sim.url
    plex_wire.details(key)
    plex_sim.refuse()
    plex_sim.refuse()
    with pytest.raises(requests.exceptions.ConnectionError):
        plex_wire.details(key)
    plex_sim.resume()
    plex_sim.resume()
    assert plex_sim.url == url
    assert plex_wire.details(key).attrib["title"] == "a"
    plex_sim.restart(down_s=0.01)
    assert plex_wire.details(key).attrib["title"] == "a"


def test_a_request_line_over_the_limit_is_414(plex_sim, plex_wire, key):
    plex_sim.options.max_request_line = 8192
    assert plex_wire.edit(f"type=1&id={key}&summary.value=" + "x" * 8192) == 414
    assert plex_wire.edit(f"type=1&id={key}&summary.value=" + "x" * 7000) == 200
    plex_sim.options.max_request_line = None
    assert plex_wire.edit(f"type=1&id={key}&summary.value=" + "x" * 200_000) == 200
    assert len(plex_sim.item(key).fields["summary"]) == 200_000


def test_one_connection_carries_many_requests(plex_sim):
    with socket.create_connection(("127.0.0.1", plex_sim.port), timeout=PATIENCE_S) as connection:
        for _ in range(3):
            connection.sendall(b"GET /identity HTTP/1.1\r\nHost: plex\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")


def test_a_body_in_chunks_is_411_and_ends_the_connection(plex_wire, key):
    answer = plex_wire.send("POST", f"/library/metadata/{key}/posters", data=iter([b"a", b"b"]))
    assert answer.status_code == 411


def test_what_is_no_http_ends_the_connection(plex_sim):
    with socket.create_connection(("127.0.0.1", plex_sim.port), timeout=PATIENCE_S) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        assert b"400" in connection.recv(65536)


def test_slow_writes_hold_up_the_reads(plex_sim, plex_wire, key, monkeypatch):
    plex_sim.options.write_s = 0.3
    writing, go_on = threading.Event(), threading.Event()
    taking = []

    def take(seconds: float) -> None:
        taking.append(seconds)
        writing.set()
        assert go_on.wait(PATIENCE_S)

    monkeypatch.setattr(routes, "time", SimpleNamespace(sleep=take))
    with ThreadPoolExecutor(2) as pool:
        written = pool.submit(plex_wire.edit, f"type=1&id={key}&title.value=T")
        assert writing.wait(PATIENCE_S)
        read = pool.submit(
            requests.get,
            f"{plex_sim.url}/library/metadata/{key}?X-Plex-Token={plex_sim.token}",
            timeout=PATIENCE_S,
        )
        time.sleep(0.2)
        assert not read.done()
        go_on.set()
        assert written.result() == 200
        assert 'title="T"' in read.result().text
    assert taking == [0.3]


def test_an_unknown_setting_is_a_mistake_of_the_test():
    with pytest.raises(TypeError, match="tagmode"):
        PlexSimulator(tagmode="add")
