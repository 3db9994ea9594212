from __future__ import annotations

import json
import time

import pytest

from stash.light import LightError, LightStash
from stash.runtime import Connection
from tests.stash.tiny_stash import RawServer, Reply, Request, TinyStash
from tests.support import PATIENCE_S, refusing_port

JSON_ANSWER = b'{"data":{"jobQueue":null}}'


def http(body: bytes = JSON_ANSWER, head: str = "Content-Length: {}", status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\n{head.format(len(body))}\r\n\r\n".encode() + body


@pytest.mark.parametrize(("queue", "idle"), [(None, True), ([], True), ([{"id": "3"}], False)])
def test_stash_is_idle_when_its_queue_is_empty(queue: object, idle: bool) -> None:
    with TinyStash(lambda _: Reply.data({"jobQueue": queue})) as stash:
        light = LightStash(stash.connection(), timeout_s=PATIENCE_S)
        assert light.idle() is idle
        light.close()


def test_two_questions_use_one_connection_and_carry_the_cookie() -> None:
    def answer(request: Request) -> Reply:
        return Reply.data({"runPluginTask": "17"} if "mutation" in request.query else {"jobQueue": None})

    with TinyStash(answer) as stash:
        light = LightStash(stash.connection(cookie="MTcz"), timeout_s=PATIENCE_S)
        assert light.idle()
        first = light._socket
        assert light.ask("StashPlexSync", "Sync", "what", {"mode": "drain"}) == "17"
        assert light._socket is first
        light.close()
        light.close()
    assert [request.headers["Cookie"] for request in stash.requests] == ["session=MTcz"] * 2
    assert stash.requests[1].variables == {
        "p": "StashPlexSync",
        "t": "Sync",
        "d": "what",
        "a": {"mode": "drain"},
    }


def test_an_api_key_goes_in_place_of_the_cookie() -> None:
    with TinyStash(lambda _: Reply.data({"jobQueue": None})) as stash:
        light = LightStash(stash.connection(cookie="MTcz"), api_key="key-1", timeout_s=PATIENCE_S)
        light.idle()
        light.close()
    assert stash.requests[0].headers["ApiKey"] == "key-1"
    assert "Cookie" not in stash.requests[0].headers


def test_a_self_signed_certificate_is_accepted_on_this_machine() -> None:
    with TinyStash(lambda _: Reply.data({"jobQueue": None}), tls=True) as stash:
        light = LightStash(stash.connection(), timeout_s=PATIENCE_S)
        assert light.idle()
        light.close()


def test_a_self_signed_certificate_is_refused_from_elsewhere() -> None:
    class Elsewhere(Connection):
        loopback = False  # the same server, as if it had another address

    with (
        TinyStash(lambda _: Reply(), tls=True) as stash,
        pytest.raises(LightError, match="SSLCertVerificationError"),
    ):
        LightStash(Elsewhere("https", "127.0.0.1", stash.port), timeout_s=PATIENCE_S).idle()


@pytest.mark.parametrize(
    "answer",
    [
        http(),
        http(head="content-length:{}\r\nX-Odd"),
        http(head="Connection: close"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + http(),
        http(
            b'10\r\n{"data":{"jobQueu\r\n0a;ext=1\r\ne":null}}\n\n\r\n0\r\nTrailer: x\r\n\r\n',
            "Transfer-Encoding: Chunked",
        ),
    ],
)
def test_every_form_of_body_is_read(answer: bytes) -> None:
    with RawServer(answer) as server:
        light = LightStash(server.connection, timeout_s=PATIENCE_S)
        assert light.idle()
        light.close()


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (b"", "EOFError"),
        (http()[:-3], "EOFError"),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", "does not speak HTTP/1"),
        (b"HTTP/1.1 OK\r\n\r\n", "ValueError"),
        (http(head="Content-Length: -5"), "a length that cannot be"),
        (http(head="Content-Length: 99999999999"), "a length that cannot be"),
        (http(b"zz\r\n", "Transfer-Encoding: chunked"), "ValueError"),
        (http(b"2\r\n{}\r\n-1\r\n", "Transfer-Encoding: chunked"), "a length that cannot be"),
        (http(status="401 Unauthorized"), "status 401"),
        (http(status="302 Found", head="Location: /login\r\nContent-Length: {}"), "status 302"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "status 204"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000, "no end to its head"),
        (http(b"<html>"), "not JSON"),
        (http(b"\xff\xfe"), "not JSON"),
        (http(b"[" * 100_000), "not JSON"),
        (http(b"[]"), "no data"),
        (http(b'{"data":null}'), "no data"),
        (http(b'{"errors":[{"message":"no such thing"}],"data":null}'), "error: no such thing"),
        (http(b'{"errors":"odd"}'), "error: odd"),
    ],
)
def test_what_is_no_answer_is_one_kind_of_error(answer: bytes, complaint: str) -> None:
    with (
        RawServer(answer) as server,
        LightStash(server.connection, timeout_s=PATIENCE_S) as light,
        pytest.raises(LightError, match=complaint),
    ):
        light.idle()


def test_a_task_without_a_job_is_an_error() -> None:
    with (
        TinyStash(lambda _: Reply.data({"runPluginTask": None})) as stash,
        LightStash(stash.connection(), timeout_s=PATIENCE_S) as light,
        pytest.raises(LightError, match="no job"),
    ):
        light.ask("A", "B", "C", {})


def test_nobody_there_is_an_error_that_names_the_address() -> None:
    with (
        refusing_port() as port,
        pytest.raises(
            LightError, match=rf"http://127\.0\.0\.1:{port} could not be asked: ConnectionRefusedError"
        ),
    ):
        LightStash(Connection("http", "127.0.0.1", port), timeout_s=PATIENCE_S).idle()


def test_a_server_that_says_nothing_costs_no_more_than_the_timeout() -> None:
    with RawServer(b"HTTP/1.1 200 OK\r\n", hang_s=120) as server:
        start = time.perf_counter()
        # The second where this process comes to its first look when the time is over already.
        with pytest.raises(LightError, match=r"TimeoutError|did not answer within 0\.2 s"):
            LightStash(server.connection, timeout_s=0.2).idle()
        assert time.perf_counter() - start < 60


def test_an_answer_that_drips_in_is_given_up_when_the_time_for_the_whole_is_over() -> None:
    moments = iter(range(0, 10_000, 100))
    with (
        RawServer(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n" + b" " * 50) as server,
        pytest.raises(LightError, match="did not answer within 300 s"),
    ):
        LightStash(server.connection, timeout_s=300.0, clock=lambda: float(next(moments))).idle()


def test_after_an_error_the_next_question_gets_a_new_connection() -> None:
    with RawServer(b"", http()) as server:
        light = LightStash(server.connection, timeout_s=PATIENCE_S)
        with pytest.raises(LightError):
            light.idle()
        assert light.idle()
        light.close()


@pytest.mark.parametrize("key", ["a\r\nX-Forged: 1", "a\nb", "a\r\n\r\nGET / HTTP/1.1", "key-ключ"])
def test_an_api_key_cannot_forge_a_header(key: str) -> None:
    with TinyStash(lambda _: Reply.data({"jobQueue": None})) as stash:
        with pytest.raises(LightError) as caught:
            LightStash(stash.connection(), api_key=key, timeout_s=PATIENCE_S).idle()
        assert key not in str(caught.value)
    assert not stash.requests


def test_an_endless_body_is_given_up() -> None:
    with (
        RawServer(http(b"x" * (8 * 1024 * 1024 + 100_000), "Connection: close")) as server,
        pytest.raises(LightError, match="larger than 8 MB"),
    ):
        LightStash(server.connection, timeout_s=60).idle()


def test_variables_are_json() -> None:
    with TinyStash(lambda _: Reply.data({"x": 1})) as stash:
        light = LightStash(stash.connection(), timeout_s=PATIENCE_S)
        assert light.query("query($a:Map){x}", {"a": {"ä": [1, None]}}) == {"x": 1}
        light.close()
    assert json.loads(stash.requests[0].body)["variables"] == {"a": {"ä": [1, None]}}
