"""The threads that write to Plex."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


class Writers(ThreadPoolExecutor):
    """A pool whose ``with`` block waits for what is under way, except when the process is told to stop at once.

    What such a thread still writes does no harm: its intent was committed before.
    """

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown(wait=kind is None or issubclass(kind, Exception), cancel_futures=True)
