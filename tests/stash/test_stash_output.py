from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stash.output import write

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
