from __future__ import annotations

import json
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stash.redact import Secrets

TOKEN = "tOkEn with/odd+\"chars'&ü\\"


@pytest.mark.parametrize(
    "text",
    [
        f"bare {TOKEN}.",
        f"in a URL ?x={quote(TOKEN)}&y=1",
        f"in a query {quote(TOKEN, safe='')}",
        json.dumps({"k": TOKEN}),
        json.dumps({"k": TOKEN}, ensure_ascii=False),
        f"{[TOKEN]!r}",
    ],
)
def test_a_known_value_goes_however_it_is_quoted(text: str) -> None:
    scrubbed = Secrets(TOKEN).scrub(text)
    assert "***" in scrubbed
    assert "tOkEn" not in scrubbed
    assert "chars" not in scrubbed


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("GET /library?X-Plex-Token=abc123&x=1", "GET /library?X-Plex-Token=***&x=1"),
        ("x-plex-token: abc123", "x-plex-token: ***"),
        ("X-Plex-Token%3Dabc123", "X-Plex-Token%3D***"),
        ("/scene/1/screenshot?t=5&apikey=abc", "/scene/1/screenshot?t=5&apikey=***"),
        ("ApiKey: abc, more", "ApiKey: ***, more"),
        ('{"apiKey": "abc"}', '{"apiKey": "***"}'),
        ('{\\"apiKey\\": \\"abc\\"}', '{\\"apiKey\\": \\"***\\"}'),
        ("{'X-Plex-Token': 'abc'}", "{'X-Plex-Token': '***'}"),
        ("plex_token=abc", "plex_token=***"),
        ("Cookie: session=MTcz|x; other", "Cookie: session=***; other"),
        ("Set-Cookie: session=MTcz; Path=/", "Set-Cookie: session=***; Path=/"),
        ("authorization: Bearer abc", "authorization: Bearer ***"),
        ("session=MTcz-_|", "session=***"),
        ("http://user:pass@plex:32400/x", "http://***@plex:32400/x"),
        ("key eyJhbGciOiJIUzI1NiJ9.eyJ1aWQiOiJ4In0x.c2lnbmF0dXJl end", "key *** end"),
        ("password=a\\b", "password=***"),
    ],
)
def test_what_has_the_form_of_a_secret_goes_too(text: str, scrubbed: str) -> None:
    assert Secrets().scrub(text) == scrubbed


@pytest.mark.parametrize(
    "text",
    [
        "Sync summary: 48/50 succeeded (96.0%) | session: 48/50 succeeded",
        "Check Plex authentication token",
        "2 tokens, 3 cookies, a session",
        r"C:\media\scene.mp4",
        "",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert Secrets("", None, "abc").scrub(text) == text


def test_a_value_that_is_the_beginning_of_another_hides_neither_half() -> None:
    assert Secrets("secret", "secret-and-more").scrub("a secret-and-more b") == "a *** b"


def test_a_forgotten_value_is_shown_again() -> None:
    secrets = Secrets("first-cookie", "other-one")
    secrets.forget("first-cookie")
    secrets.forget("first-cookie")
    secrets.forget(None)
    assert secrets.scrub("first-cookie other-one") == "first-cookie ***"
    secrets.forget("other-one")
    assert secrets.scrub("other-one") == "other-one"


def test_secrets_do_not_show_what_they_know() -> None:
    assert repr(Secrets("hush-hush")) == "Secrets(1 known)"


def test_values_are_scrubbed_at_every_depth() -> None:
    class Odd:
        def __str__(self) -> str:
            return "odd hush-hush"

    given_value = {
        "a": ["hush-hush", 1, None, True, 1.5],
        "hush-hush": ("x",),
        "plex_token": "short",
        "token": 5,
        "o": Odd(),
        "n": float("nan"),
        "i": float("-inf"),
    }
    assert Secrets("hush-hush").scrub_value(given_value) == {
        "a": ["***", 1, None, True, 1.5],
        "***": ["x"],
        "plex_token": "***",
        "token": 5,
        "o": "odd ***",
        "n": "nan",
        "i": "-inf",
    }


FRAGMENTS = st.sampled_from(
    [
        "apikey",
        "=",
        ": ",
        "'",
        '"',
        "\\",
        "cookie",
        "session",
        "bearer ",
        "authorization",
        "***",
        "http://",
        "@",
        "eyJabcdefgh.abcdefgh.abcdefgh",
        " ",
        "&",
    ]
)


@given(st.lists(FRAGMENTS | st.text(max_size=5), max_size=12).map("".join))
def test_scrubbing_twice_is_scrubbing_once(text: str) -> None:
    secrets = Secrets("planted-secret")
    once = secrets.scrub(text)
    assert secrets.scrub(once) == once


@given(
    secret=st.text(min_size=4, max_size=30).filter(
        lambda text: len(text.strip()) >= 4 and text == text.strip() and "*" not in text
    ),
    before=st.text(max_size=20),
    after=st.text(max_size=20),
)
def test_no_known_secret_survives(secret: str, before: str, after: str) -> None:
    assert secret not in Secrets(secret).scrub(f"{before}{secret}{after}")


@pytest.mark.parametrize(
    "part",
    [
        "a.",
        "eyJ-",
        "eyJaaaaaaaa.",
        "http://a",
        "cookie:",
        "cookie: a",
        "apikey=",
        "session=\\",
        "x-plex-token ",
        "authorization:bearer ",
    ],
)
def test_no_text_makes_the_search_slow(part: str) -> None:
    text = part * (200_000 // len(part))
    start = time.thread_time()  # what else the machine does is no matter of the text
    Secrets("hush-hush").scrub(text)
    assert time.thread_time() - start < 2
