"""Covers and images over HTTP, and trouble on the way."""

from __future__ import annotations

import http.client

import pytest

from simulators.stash import StashSimulator, jpeg
from simulators.stash.pictures import DEFAULT_PICTURE, sniff
from tests.support import PATIENCE_S


@pytest.fixture
def stash():
    with StashSimulator() as simulator:
        yield simulator


def get(stash: StashSimulator, path: str, **headers: str) -> tuple[int, bytes, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", stash.port, timeout=PATIENCE_S)
    try:
        connection.request(
            "GET", path, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers
    finally:
        connection.close()


def test_a_cover_comes_as_it_is_with_an_etag(stash):
    scene = stash.store.add_scene(cover=jpeg("one"))
    path = f"/scene/{scene}/screenshot"
    status, body, headers = get(stash, f"{path}?t=1")
    assert (status, body, headers["Content-Type"]) == (200, jpeg("one"), "image/jpeg")
    assert headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert get(stash, path)[2]["Cache-Control"] == "no-cache"
    for condition in (headers["ETag"], f"W/{headers['ETag']}", f'"x", {headers["ETag"]}', "*"):
        status, body, again = get(stash, path, If_None_Match=condition)
        assert (status, body, again["ETag"]) == (304, b"", headers["ETag"])
    stash.graphql(f"mutation{{sceneGenerateScreenshot(id:{scene},at:5)}}")
    assert get(stash, path, If_None_Match=headers["ETag"])[0] == 200
    assert stash.requests[0] == (f"GET {path}?t=1", None)


def test_without_a_cover_there_is_a_drawing_with_200(stash):
    scene = stash.store.add_scene(title="x")
    status, body, headers = get(stash, f"/scene/{scene}/screenshot")
    assert (status, body, headers["Content-Type"]) == (200, DEFAULT_PICTURE, "image/svg+xml")


@pytest.mark.parametrize(
    ("path", "status"),
    [("/scene/99/screenshot", 404), ("/scene/x/screenshot", 400), ("/tag/9/image", 404), ("/nowhere", 404)],
)
def test_what_is_not_there_is_not_found(stash, path, status):
    assert get(stash, path)[0] == status


def test_performers_have_images_too_unless_the_default_is_asked_for(stash):
    stash.store.add_named("performer", "Ann", image=jpeg("ann"))
    stash.store.add_named("performer", "Bo", image="no bytes")
    assert get(stash, "/performer/1/image?t=5")[1] == jpeg("ann")
    assert get(stash, "/performer/1/image?t=5&default=true")[1] == DEFAULT_PICTURE
    assert get(stash, "/performer/2/image?t=5")[1] == DEFAULT_PICTURE


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (jpeg(""), "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"GIF89a...", "image/gif"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVE", "application/octet-stream"),
        (b'<?xml version="1.0"?><svg/>', "image/svg+xml"),
        (b" <!doctype html><p>", "text/html; charset=utf-8"),
        (b"\x00\x01", "application/octet-stream"),
    ],
)
def test_the_type_is_guessed_from_the_content(data, kind):
    assert sniff(data) == kind


def test_jpegs_differ_by_their_seed():
    assert jpeg("a") != jpeg("b")
    assert len(jpeg("a", 50_000)) > 50_000


VERSION = "{version{hash}}"


def test_a_status_strikes_as_often_as_told_and_where_told(stash):
    fault = stash.faults.add("status", match=r"POST /graphql \{version", status=503, times=2)
    assert stash.graphql("{jobQueue{id}}") == {"jobQueue": None}
    assert [stash.post({"query": VERSION})[0] for _ in range(3)] == [503, 503, 200]
    assert fault.hits == 2
    always = stash.faults.add("status", status=401)
    assert [stash.post({"query": VERSION})[0] for _ in range(3)] == [401] * 3
    stash.faults.remove(always)
    stash.faults.add("status")
    stash.faults.clear()
    assert stash.post({"query": VERSION})[0] == 200


@pytest.mark.parametrize(("kind", "done"), [("reset", False), ("hang", False), ("lost", True), ("cut", True)])
def test_a_connection_breaks_before_or_after_the_work(stash, kind, done):
    scene = stash.store.add_scene(title="Old")
    stash.faults.add(kind, times=1, seconds=0.01)
    change = f'mutation{{sceneUpdate(input:{{id:{scene},title:"New"}}){{id}}}}'
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        stash.graphql(change)
    assert (stash.store.scenes[scene].values["title"] == "New") is done
    assert stash.graphql(VERSION)


def test_answers_can_be_a_page_or_nothing_at_all(stash):
    stash.faults.add("html", times=1)
    assert stash.post({"query": VERSION}) == (200, {})
    stash.faults.add("empty", times=1)
    with pytest.raises(ValueError, match="Expecting value"):
        stash.post({"query": VERSION})


def test_simple_faults_take_one_request_each_and_a_lasting_latency_joins_others(stash):
    stash.faults += [("latency", 0.05), ("status", 502), ("reset", 0)]
    assert stash.post({"query": VERSION})[0] == 200
    assert stash.post({"query": VERSION})[0] == 502
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        stash.post({"query": VERSION})
    stash.faults.add("latency", seconds=0.01)
    stash.faults.add("status", status=500, times=1)
    assert [stash.post({"query": VERSION})[0] for _ in range(2)] == [500, 200]
    for wrong in (lambda: stash.faults.append(("fire", 1)), lambda: stash.faults.add("fire")):
        with pytest.raises(ValueError, match="no trouble of the kind 'fire'"):
            wrong()


def test_a_closed_port_refuses_and_opens_again(stash):
    port = stash.port
    stash.refuse()
    stash.refuse()
    with pytest.raises(ConnectionError):
        stash.graphql(VERSION)
    stash.resume()
    stash.resume()
    assert stash.port == port
    assert stash.graphql(VERSION)
