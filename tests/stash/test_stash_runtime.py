from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stash.runtime import HEAD_BYTES, LARGEST_BYTES, Connection, PayloadError, parse, read, to_json

SERVER: dict[str, Any] = {
    "Scheme": "http",
    "Host": "0.0.0.0",
    "Port": 9999,
    "SessionCookie": {"Name": "session", "Value": "MTcz-secret", "Path": "/", "MaxAge": 3600},
    "Dir": "/config",
    "PluginDir": "/config/plugins/StashPlexSync",
}


def payload(args: object = None, **server: Any) -> str:
    return json.dumps({"server_connection": {**SERVER, **server}, "args": args})


def hook(**context: Any) -> str:
    return payload({"hookContext": {"id": 12, "type": "Scene.Update.Post", **context}})


def test_a_task_has_its_arguments_and_no_hook() -> None:
    found = parse(payload({"mode": "drain"}))
    assert found.kind == "call"
    assert found.hook is None
    assert found.args == {"mode": "drain"}


def test_a_hook_tells_the_scene_and_what_was_sent() -> None:
    found = parse(hook(input={"id": "12", "title": None}, inputFields=["id", "title"]))
    assert found.kind == "hook"
    assert found.hook is not None
    assert (found.hook.id, found.hook.type) == (12, "Scene.Update.Post")
    assert found.hook.input == {"id": "12", "title": None}
    assert found.hook.input_fields == ["id", "title"]


def test_a_scan_hook_has_no_input_and_scenes_update_an_array() -> None:
    scan = parse(hook(input=None)).hook
    several = parse(hook(input=[{"id": "1"}, {"id": "2"}])).hook
    assert scan is not None
    assert several is not None
    assert scan.input is None
    assert scan.input_fields is None
    assert several.input == [{"id": "1"}, {"id": "2"}]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "[::]", ""])
def test_the_address_that_means_every_one_is_reached_on_the_loopback_one(host: str) -> None:
    connection = parse(payload(Host=host)).connection
    assert connection.url == "http://127.0.0.1:9999"
    assert connection.loopback


@pytest.mark.parametrize(
    ("host", "authority", "loopback"),
    [
        ("::1", "[::1]:9999", True),
        ("[fe80::2]", "[fe80::2]:9999", False),
        ("localhost", "localhost:9999", True),
        ("127.0.0.53", "127.0.0.53:9999", True),
        ("stash.example", "stash.example:9999", False),
    ],
)
def test_ipv6_stands_in_brackets(host: str, authority: str, loopback: bool) -> None:
    connection = parse(payload(Host=host)).connection
    assert connection.authority == authority
    assert connection.loopback is loopback


@pytest.mark.parametrize(
    "cookie",
    [None, {}, {"Value": ""}, {"Value": 3}, {"Value": "a\r\nX: y"}, {"Value": "a;b"}, {"Value": "ü"}, "x"],
)
def test_a_cookie_that_no_header_can_carry_is_none(cookie: object) -> None:
    assert parse(payload(SessionCookie=cookie)).connection.cookie is None


def test_the_cookie_stands_in_no_text_of_the_connection() -> None:
    connection = parse(payload()).connection
    assert connection.cookie == "MTcz-secret"
    assert "secret" not in repr(connection)


def test_missing_optional_parts_have_defaults() -> None:
    found = parse('\ufeff{"server_connection": {}}')
    assert found.connection.url == "http://127.0.0.1:9999"
    assert found.args == {}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "nothing came"),
        ("  \n", "nothing came"),
        ("{", "not JSON"),
        ("\ud800", "not JSON"),
        ("[]", "the input must be a JSON object"),
        ("7", "the input must be a JSON object"),
        ("{}", "no server_connection"),
        ('{"server_connection": []}', "server_connection must be"),
        (payload([]), "args must be"),
        (payload(Scheme="ftp"), "Scheme must be"),
        (payload(Scheme=1), "Scheme must be a text"),
        (payload(Port="9999"), "Port must be"),
        (payload(Port=True), "Port must be"),
        (payload(Port=65536), "Port must be"),
        (payload(Host=None), "Host must be a text"),
        (payload({"hookContext": 3}), "hookContext must be"),
        (payload({"hookContext": {"type": "Scene.Update.Post"}}), "hookContext has no id"),
        (hook(id="12"), "id must be a positive number"),
        (hook(id=0), "id must be a positive number"),
        (hook(id=2**63), "id must be a positive number"),
        (hook(type=None), "type must be a text"),
        (hook(input="x"), "input must be"),
        (hook(inputFields="title"), "inputFields must be"),
        (hook(inputFields=[1]), "inputFields must be"),
        ("[" * 200_000, "nested too deeply"),
    ],
)
def test_what_stash_does_not_send_is_refused_with_a_reason(text: str, complaint: str) -> None:
    with pytest.raises(PayloadError, match=complaint):
        parse(text)


def test_a_refusal_quotes_nothing_of_an_input_that_holds_a_cookie() -> None:
    with pytest.raises(PayloadError) as caught:
        parse(payload()[:-5])
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


JSON_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(
    connection=st.builds(
        Connection,
        st.sampled_from(["http", "https"]),
        st.sampled_from(["127.0.0.1", "::1", "stash.example"]),
        st.integers(1, 65535),
        cookie=st.none() | st.text("abcXYZ0123=-_|", min_size=1),
        config_dir=JSON_TEXT,
        plugin_dir=JSON_TEXT,
    ),
    args=st.dictionaries(st.sampled_from(["mode", "full"]), st.booleans() | JSON_TEXT),
)
def test_what_is_written_for_the_watcher_is_read_the_same(
    connection: Connection, args: dict[str, Any]
) -> None:
    after = parse(to_json(connection, args))
    assert after.args == args
    for name in Connection.__slots__:
        assert getattr(after.connection, name) == getattr(connection, name)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except PayloadError as error:
        assert str(error)


def test_a_hook_that_carries_a_picture_of_ten_megabytes_is_read_whole() -> None:
    sent = hook(input={"id": "12", "cover_image": "x" * 14_000_000}, inputFields=["id", "cover_image"])
    found = parse(read(io.BytesIO(sent.encode()))).hook
    assert found is not None
    assert found.input_fields == ["id", "cover_image"]


def test_a_hook_of_any_size_is_a_hook_and_is_read_to_its_end() -> None:
    sent = hook(input=[{"id": "12", "cover_image": "x" * LARGEST_BYTES}], inputFields=["id"])
    stream = io.BytesIO(sent.encode())
    found = parse(read(stream)).hook
    assert found is not None
    assert (found.id, found.type, found.input, found.input_fields) == (12, "Scene.Update.Post", {}, None)
    assert stream.read() == b""


@pytest.mark.parametrize(
    "sent",
    [
        payload({"mode": "x" * LARGEST_BYTES}),
        payload({"a": "x" * HEAD_BYTES, "hookContext": {"id": 1, "input": "x" * LARGEST_BYTES}}),
    ],
    ids=["no hook", "a hook that begins too late"],
)
def test_anything_else_beyond_64_mb_is_refused(sent: str) -> None:
    with pytest.raises(PayloadError, match="larger than 64 MB"):
        read(io.BytesIO(sent.encode()))


@pytest.mark.parametrize(("age", "expected"), [(20, 20), (3600, 3600), (0, 3600), (None, 3600), ("x", 3600)])
def test_the_age_of_the_cookie_goes_with_the_connection(age: object, expected: int) -> None:
    found = parse(payload(SessionCookie={"Name": "session", "Value": "v", "MaxAge": age}))
    again = parse(to_json(found.connection, {}))
    assert found.connection.cookie_age_s == again.connection.cookie_age_s == expected
