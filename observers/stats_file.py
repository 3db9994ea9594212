"""``stats.json`` itself: locked, replaced as a whole, and set aside when nobody can read it."""

from __future__ import annotations

import json
import logging
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypedDict

from events import SyncStats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

log = logging.getLogger("plexsync.StatsFile")

SCHEMA = 1
SHARING_WAITS_S = (0.02, 0.05, 0.1)


class Document(TypedDict):
    """What is added up: ``parts`` in the order of their latest save, and all that came before them."""

    older: SyncStats | None
    parts: dict[str, SyncStats]


class StatsFile:
    """The file at ``path``. Its folder must exist; clock in epoch seconds."""

    def __init__(
        self, path: Path, *, clock: Callable[[], float], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.path = path
        self._clock = clock
        self._sleep = sleep

    @contextmanager
    def locked(self, wait_s: float) -> Iterator[None]:
        """Hold the lock beside the file. Raises TimeoutError when another process keeps it, and other OSErrors."""
        from filelock import FileLock, Timeout  # noqa: PLC0415 -- 20 ms that only a process with figures must pay

        # A soft lock (a file that says "taken") would outlive a kill.
        lock = FileLock(self.path.with_name("stats.lock"), mode=0o600, fallback_to_soft=False)
        try:
            lock.acquire(timeout=wait_s)
        except Timeout:
            raise TimeoutError("another process holds its lock") from None
        try:
            yield
        finally:
            lock.release()

    def load(self) -> Document:
        """What the file holds, for whoever has the lock and is going to write: an odd file is set aside with one warning.

        Raises OSError for a file that cannot be read, and for one of a later version, which must not be overwritten.
        """
        try:
            return _parsed(self.path.read_bytes())
        except FileNotFoundError:
            pass
        except ValueError as error:
            aside = self.path.with_name(f"{self.path.name}.corrupt-{int(self._clock())}")
            self.path.replace(aside)
            log.warning(
                "%s is odd (%s); it is kept as %s, and counting begins anew", self.path, error, aside.name
            )
        return Document(older=None, parts={})

    def write(self, content: dict[str, Any]) -> None:
        """All of the new file or all of the old one, whatever happens in between. Raises OSError."""
        text = laid_out({"schema": SCHEMA, **content})
        # One name, under the lock: a kill leaves no heap of drafts.
        draft = self.path.with_name(f"{self.path.name}.tmp")
        try:
            descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            self._replace(draft)
        finally:
            draft.unlink(missing_ok=True)

    def _replace(self, draft: Path) -> None:
        """The atomic step. On Windows it is refused while anybody reads the file, which lasts for a moment."""
        for wait_s in SHARING_WAITS_S:
            try:
                draft.replace(self.path)
            except PermissionError:
                self._sleep(wait_s)
            else:
                return
        draft.replace(self.path)


def laid_out(content: dict[str, Any]) -> str:
    """JSON with a figure on each line. json's own indentation would spread a histogram over a hundred, and is slow."""
    return _lines(content, " ", lambda value: _lines(value, "  ", json.dumps)) + "\n"


def _lines(value: Any, indent: str, dumped: Callable[[Any], str]) -> str:
    if not isinstance(value, dict) or not value:
        return json.dumps(value)
    entries = ",\n".join(f"{indent}{json.dumps(name)}: {dumped(entry)}" for name, entry in value.items())
    return f"{{\n{entries}\n{indent[1:]}}}"


def _parsed(raw: bytes) -> Document:
    """Raises ValueError for anything that this version did not write, OSError for a later version's file."""
    try:
        data = json.loads(raw)
    except RecursionError as error:
        raise ValueError("it is nested without end") from error
    if not isinstance(data, dict) or type(data.get("schema")) is not int:
        raise ValueError("it has no schema number")
    if data["schema"] > SCHEMA:
        raise OSError(
            f"it was written by a later version (schema {data['schema']}, this one knows {SCHEMA}); move it away to begin anew"
        )
    older, parts = data.get("older"), data.get("parts", {})
    if not isinstance(parts, dict) or not all(isinstance(part, dict) for part in parts.values()):
        raise ValueError("its parts are no figures")
    if older is not None and not isinstance(older, dict):
        raise ValueError("its older figures are none")
    return Document(
        older=None if older is None else SyncStats.from_dict(older),
        parts={part_id: SyncStats.from_dict(part) for part_id, part in parts.items()},
    )
