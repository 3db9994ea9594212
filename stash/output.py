"""Standard output, which belongs to Stash: exactly one JSON object, as UTF-8 whatever the locale says."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

FORMS = ({"output"}, {"error"})


def write(answer: Mapping[str, Any], stream: BinaryIO | None = None) -> None:
    """Write the one answer of this process, ``{"output": …}`` or ``{"error": …}``: Stash drops what any other object says.

    To be called once. An operation's caller gets an error as a GraphQL error. Raises ValueError for another form and
    TypeError or ValueError for what is not JSON; nothing is written then. A reader that has gone away is no error.
    """
    if set(answer) not in FORMS:
        raise ValueError(f"an answer has either output or error, not {sorted(answer)}")
    data = json.dumps(dict(answer), allow_nan=False).encode() + b"\n"
    stream = stream or sys.stdout.buffer
    try:
        stream.write(data)
        stream.flush()
    except BrokenPipeError:
        # The job was stopped, or the person has closed the page: nobody is there to be told.
        return
