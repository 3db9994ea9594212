"""Who may pass: cookies that age and carry what led to them, API keys, and a Stash without a password."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from http.cookies import SimpleCookie

import pytest

from simulators.stash import StashSimulator
from simulators.stash.listener import CERTIFICATE
from tests.support import PATIENCE_S, Clock

QUERY = json.dumps({"query": "{version{hash}}"})
NOW = 1_763_982_000.0


@pytest.fixture
def clock():
    return Clock(NOW)


@pytest.fixture
def stash(clock):
    with StashSimulator(require_login=True, api_key="key-1", clock=clock) as simulator:
        yield simulator


def ask(stash: StashSimulator, path: str = "/graphql", **headers: str) -> tuple[int, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", stash.port, timeout=PATIENCE_S)
    try:
        if path.startswith("/graphql"):
            connection.request("POST", path, QUERY, {"Content-Type": "application/json", **headers})
        else:
            connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers
    finally:
        connection.close()


def fresh(headers: http.client.HTTPMessage) -> str:
    return SimpleCookie(headers["Set-Cookie"])["session"].value


def test_nobody_passes_without_a_login(stash):
    status, headers = ask(stash)
    assert (status, headers["WWW-Authenticate"], headers["Set-Cookie"]) == (401, "FormBased", None)
    assert ask(stash, "/scene/1/preview.mp4")[0] == 401
    assert ask(stash, Cookie="session=forged")[0] == 401
    assert ask(stash, Cookie="session=AAAA; other=x")[0] == 401
    assert ask(stash, Cookie="{odd,=1")[0] == 401
    assert stash.requests[0] == ("GET /scene/1/preview.mp4", None)
    assert [call.status for call in stash.calls] == [401] * 5


def test_a_page_sends_to_the_login_which_is_html_with_200(stash):
    scene = stash.store.add_scene(title="x")
    status, headers = ask(stash, f"/scene/{scene}/screenshot?t=5")
    assert status == 302
    assert headers["Location"] == f"/login?returnURL=%2Fscene%2F{scene}%2Fscreenshot%3Ft%3D5"
    status, headers = ask(stash, headers["Location"])
    assert (status, headers.get_content_type()) == (200, "text/html")


def test_a_cookie_passes_is_made_anew_each_time_and_ages_from_its_making(stash, clock):
    cookie = stash.new_session()
    assert stash.session_age_s == 3600
    clock.now += 3600
    status, headers = ask(stash, Cookie=f"session={cookie}")
    assert status == 200
    assert headers["Set-Cookie"].endswith("; Max-Age=3600; SameSite=Lax")
    newer = fresh(headers)
    assert newer != cookie
    clock.now += 1
    assert ask(stash, Cookie=f"session={cookie}")[0] == 401
    assert ask(stash, Cookie=f"session={newer}")[0] == 200
    stash.session_age_s = 0.5
    assert ask(stash, Cookie=f"session={newer}")[0] == 401


def test_a_fresh_cookie_remembers_the_hooks_that_led_there(stash):
    visited = [("Tiny", "Scene.Update.Post")] * 3
    _, headers = ask(stash, Cookie=f"session={stash.new_session(visited)}")
    session = stash.sessions.read(fresh(headers))
    assert session is not None
    assert (session.user, session.visited, session.made_at) == ("admin", tuple(visited), NOW)


def test_an_api_key_passes_without_a_cookie_in_its_header_or_query(stash):
    scene = stash.store.add_scene(title="x")
    status, headers = ask(stash, ApiKey="key-1")
    assert (status, headers["Set-Cookie"]) == (200, None)
    assert ask(stash, f"/scene/{scene}/screenshot?apikey=key-1")[0] == 200
    assert stash.calls[0].with_key


def test_a_wrong_key_is_refused_even_where_no_login_is_needed(stash):
    assert ask(stash, ApiKey="key-2", Cookie=f"session={stash.new_session()}")[0] == 401
    assert ask(stash, "/scene/1/screenshot", ApiKey="key-2")[0] == 401
    stash.api_key = "key-2"
    assert ask(stash, ApiKey="key-2")[0] == 200
    stash.require_login = False
    assert ask(stash)[0] == 200
    assert ask(stash, ApiKey="key-1")[0] == 401


def test_without_a_password_a_request_without_a_cookie_gets_none(stash):
    stash.require_login = False
    assert ask(stash)[1]["Set-Cookie"] is None
    assert ask(stash, Cookie=f"session={stash.new_session()}")[1]["Set-Cookie"] is not None


def test_a_restart_ends_connections_and_may_forget_the_sessions(stash):
    cookie, port = stash.new_session(), stash.port
    connection = http.client.HTTPConnection("127.0.0.1", stash.port, timeout=PATIENCE_S)
    headers = {"Content-Type": "application/json", "Cookie": f"session={cookie}"}
    connection.request("POST", "/graphql", QUERY, headers)
    connection.getresponse().read()
    stash.restart(forget_sessions=False)
    assert stash.port == port
    assert connection.sock is not None
    assert connection.sock.recv(1) == b""
    connection.close()
    assert ask(stash, Cookie=f"session={cookie}")[0] == 200
    stash.restart()
    assert ask(stash, Cookie=f"session={cookie}")[0] == 401


def test_the_simulated_browser_logs_in_by_itself_and_tells_of_refusals(stash):
    assert stash.graphql("{configuration{general{apiKey username}}}")["configuration"]["general"] == {
        "apiKey": "key-1",
        "username": "admin",
    }
    stash.session_age_s = -1
    with pytest.raises(RuntimeError, match="status 401"):
        stash.graphql("{version{hash}}")


def test_https_has_a_certificate_of_its_own_which_is_for_tests_only():
    with StashSimulator(https=True) as stash:
        assert stash.url.startswith("https://127.0.0.1:")
        stash.store.add_scene(title="x")
        shown = stash.graphql("{findScenes{scenes{paths{screenshot}}}}")["findScenes"]["scenes"][0]
        assert shown["paths"]["screenshot"].startswith("https://")
        assert stash.payload({})["server_connection"]["Scheme"] == "https"
        for context, good in (
            (ssl.create_default_context(), False),
            (ssl.create_default_context(cafile=str(CERTIFICATE)), True),
        ):
            connection = http.client.HTTPSConnection(
                "127.0.0.1", stash.port, context=context, timeout=PATIENCE_S
            )
            try:
                if good:
                    connection.request("POST", "/graphql", QUERY, {"Content-Type": "application/json"})
                    assert connection.getresponse().status == 200
                else:
                    with pytest.raises(ssl.SSLCertVerificationError):
                        connection.connect()
            finally:
                connection.close()
        stash.restart()
        assert stash.graphql("{version{hash}}")
    assert "tests only" in ssl._ssl._test_decode_cert(str(CERTIFICATE))["subject"][0][0][1]  # type: ignore[attr-defined]  # CPython's own reader of certificates


def test_https_runs_hooks_though_a_closed_tab_cannot_be_seen(tmp_path):
    from tests.simulators.stash_plugin import RECORD, UPDATE, Plugin  # noqa: PLC0415 -- only here

    plugin = Plugin(tmp_path / "Tiny", RECORD)
    with StashSimulator(plugin_dir=plugin.folder, https=True) as stash:
        scene = stash.store.add_scene(title="x")
        stash.graphql(UPDATE, {"i": {"id": scene, "title": "y"}})
    assert plugin.heard[0]["stdin"]["server_connection"]["Scheme"] == "https"


def test_while_it_is_away_nobody_else_is_given_its_port(stash):
    stash.refuse()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", stash.port))
    with socket.socket() as caller, pytest.raises(ConnectionRefusedError):
        caller.connect(("127.0.0.1", stash.port))
    stash.resume()
    with socket.create_connection(("127.0.0.1", stash.port)):
        pass
