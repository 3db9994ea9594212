"""A pace that stops the writers where a test wants them: what the drain does meanwhile does not depend on who is quicker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from worker.line import Line
from worker.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

LOOK_S = 0.01


def stop_the_writers(monkeypatch: pytest.MonkeyPatch, *, after: int, until: Callable[[], bool]) -> None:
    """After so many writes of a drain no other one begins before ``until`` is true. Those that have begun end."""

    class Gated(Pace):
        """A pause without an end of its own."""

        written = 0

        def note(self, seconds: float, *, busy: bool = False) -> None:
            self.written += 1
            super().note(seconds, busy=busy)

        def pause_s(self) -> float:
            return LOOK_S if self.written >= after and not until() else super().pause_s()

    monkeypatch.setattr("worker.processor.Pace", Gated)


def stop_the_writers_until_others_go_first(monkeypatch: pytest.MonkeyPatch, *, after: int) -> None:
    """After so many writes no other one begins before the drain has held the line for works that are more urgent."""
    overtaken: list[Any] = []
    hold = Line.hold

    def noted(line: Line) -> None:
        hold(line)
        overtaken.append(line)

    monkeypatch.setattr(Line, "hold", noted)
    stop_the_writers(monkeypatch, after=after, until=lambda: bool(overtaken))
