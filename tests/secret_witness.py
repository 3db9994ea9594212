"""The witness: is shown all that PlexSync says and writes, and knows a secret when it sees one."""

from __future__ import annotations

import os
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulators.planted import MARKER
from tests.support import bytes_below

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable
    from pathlib import Path

AROUND = 80
ALLOWED = {
    "the address of a request": "tests/simulators/",
    "what a plugin wrote to standard output": "tests/simulators/",
}
"""The simulators' own tests show that Plex takes a token in an address, and what a plugin is given, by one that tells it."""
TELLTALES = frozenset({"Tiny", "Probe"})
"""The folders of such plugins: what they heard they wrote down there."""


@dataclass
class SecretWitness:
    """``shown`` counts what it was shown, by kind; ``leaks`` are sentences. Safe to use from several threads."""

    shown: Counter[str] = field(default_factory=Counter)
    leaks: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, kind: str, text: str) -> None:
        """Look at a text."""
        with self._lock:
            self.shown[kind] += 1
        at = text.find(MARKER)
        if at >= 0:
            test = os.environ.get("PYTEST_CURRENT_TEST", "no test").partition(" ")[0]
            if not (allowed := ALLOWED.get(kind)) or not test.startswith(allowed):
                shown = text[max(0, at - AROUND) : at + AROUND]
                with self._lock:
                    self.leaks.append(f"{test}: {kind}: …{shown!r}…")

    def looking_at_records(self, make: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
        """A factory of log records that looks at the message and the exception of each of PlexSync's own."""

        def made(*args: Any, **kwargs: Any) -> logging.LogRecord:
            record = make(*args, **kwargs)
            if (record.name or "").startswith("plexsync"):
                self.look("a log record", _text_of(record))
            return record

        return made

    def look_into(self, folder: Path) -> None:
        """Look into every file below: databases, figures, marks, whatever is there.

        A process that a test has left behind may still be at work, and take files away while this looks at others.
        """
        wanted = MARKER.encode()
        for path, data in bytes_below(folder):
            if TELLTALES & set(path.parts):
                continue
            self.shown["a file"] += 1
            at = data.find(wanted)
            if at >= 0:
                self.leaks.append(f"{path}: …{data[max(0, at - AROUND) : at + AROUND]!r}…")

    def give_evidence(self) -> None:
        """Raises AssertionError when anything was found, with all of it."""
        assert not self.leaks, f"{len(self.leaks)} secrets have leaked:\n" + "\n".join(self.leaks[:50])


def _text_of(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except Exception:  # noqa: BLE001 -- whose text cannot be made is logged otherwise
        text = str(record.msg)
    error = record.exc_info[1] if record.exc_info else None
    while error is not None:
        text += f"\n{error!r}"
        error = error.__cause__ or error.__context__
    return text
