"""The hook's JSON against the standard library's, which it stands in for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stash.lightjson import dumps, loads

ROOT = Path(__file__).parents[2]
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN, st.sampled_from(["", " ", "\n\t"]))
def test_what_json_writes_is_read_alike(value: Any, blank: str) -> None:
    text = blank + json.dumps(value) + blank
    assert loads(text) == json.loads(text)


@given(PLAIN)
def test_what_is_written_reads_as_what_json_writes(value: Any) -> None:
    assert json.loads(dumps(value)) == json.loads(json.dumps(value))


@given(st.text(alphabet='{}[]",:0123456789.eE+-truefalsn \\u\ufeffx', max_size=20))
def test_what_is_no_json_is_refused_with_the_same_words(text: str) -> None:
    try:
        expected: Any = json.loads(text)
    except ValueError as error:
        with pytest.raises(json.JSONDecodeError) as refused:
            loads(text)
        assert str(refused.value) == str(error)
    else:
        assert repr(loads(text)) == repr(expected)  # repr: NaN is not equal to itself


def test_nesting_without_end_is_refused_as_json_refuses_it() -> None:
    with pytest.raises(RecursionError):
        loads("[" * 100_000)


def test_a_python_without_the_c_half_reads_and_writes_all_the_same() -> None:
    program = (
        "import sys; sys.modules['_json'] = None\n"
        "from stash.lightjson import dumps, loads\n"
        'assert loads(\' {"a": [1, "é"]} \') == {"a": [1, "é"]}\n'
        'assert dumps({"a": "\\u00e9\\""}) == \'{"a": "\\\\u00e9\\\\""}\'\n'
    )
    subprocess.run([sys.executable, "-X", "utf8", "-c", program], check=True, cwd=ROOT)
