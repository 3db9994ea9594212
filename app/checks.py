"""One tested condition of Check Setup."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """``text`` says what was found, ``remedy`` what to do when it failed, or could be better.

    ``rule`` is a rule that may be put into ``path_map``, where the check suggests one.
    """

    name: str
    ok: bool
    text: str
    remedy: str = ""
    rule: str = ""

    def line(self) -> str:
        """The check as a log line."""
        return f"{'pass' if self.ok else 'FAIL'}  {self.name}: {self.text}" + (
            f" -> {self.remedy}" if self.remedy else ""
        )
