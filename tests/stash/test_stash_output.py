from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from stash.output import printed_as_log_lines, write

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "answer", [{"output": {"title": "日本\n"}}, {"output": None}, {"error": "two\nlines"}]
)
def test_an_answer_is_one_json_object_on_one_line(answer: dict[str, Any]) -> None:
    stream = io.BytesIO()
    write(answer, stream)
    assert stream.getvalue().count(b"\n") == 1
    assert json.loads(stream.getvalue()) == answer


@pytest.mark.parametrize(
    "answer", [{}, {"output": 1, "error": "x"}, {"result": 1}, {"output": object()}, {"output": float("nan")}]
)
def test_of_what_stash_would_drop_nothing_is_written(answer: dict[str, Any]) -> None:
    stream = io.BytesIO()
    with pytest.raises((TypeError, ValueError)):
        write(answer, stream)
    assert not stream.getvalue()


def test_a_stash_that_does_not_listen_any_more_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb", buffering=0) as stream:
        write({"output": "nobody reads this"}, stream)


def test_standard_output_is_utf8_whatever_the_locale_says() -> None:
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from stash.output import write; write({{'output': 'ü'}})"
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=env)
    assert json.loads(done.stdout.decode()) == {"output": "ü"}


def test_what_is_printed_becomes_a_debug_line_for_each_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "plexsync")
    with redirect_stdout(printed_as_log_lines()):
        print("one")  # noqa: T201 -- the point of the test
        sys.stdout.write("two, in ")
        sys.stdout.write("parts\nthree\n")
        sys.stdout.buffer.write(b"bytes\n")
        sys.stdout.flush()
    assert [(record.name, record.getMessage()) for record in caplog.records] == [
        ("plexsync.Print", line) for line in ("one", "two, in parts", "three", "bytes")
    ]


def test_an_endless_line_is_not_kept_in_memory(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "plexsync")
    stream = printed_as_log_lines()
    for _ in range(100):
        stream.write("x" * 10_000)
    stream.flush()
    assert 10 <= len(caplog.records) <= 20


CLAIMING = """
import os, subprocess, sys
sys.path.insert(0, {root!r})
from stash.output import claim, write
own = claim()
print("printed")
os.write(1, b"by number")
subprocess.run([sys.executable, "-c", "print('by a child')"])
write({{"output": 1}}, own)
print("at the end")
"""


def test_standard_output_is_for_the_answer_alone() -> None:
    program = CLAIMING.format(root=str(ROOT))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == '{"output": 1}\n'
