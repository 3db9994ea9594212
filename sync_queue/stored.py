"""JSON values as they stand in the file. What is none says that the file is damaged where SQLite cannot see it."""

from __future__ import annotations

import json
from typing import Any

from sync_queue.database import DatabaseCorrupt


def read_json(text: str) -> Any:
    """The value. Raises DatabaseCorrupt."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise DatabaseCorrupt("the database", "a value in it is malformed") from error
