"""Something that is asked now and needed a little later: meanwhile the next modules are imported."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Ahead(Generic[T]):
    """``ask`` runs in a thread of its own from now on; ``take`` waits for what it gives, or raises what it raised."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._error: BaseException | None = None
        # A daemon: whoever ends before the answer was taken does not wait for it.
        self._thread = threading.Thread(target=self._run, name="plexsync-ahead", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._answer = self._ask()
        except BaseException as error:  # noqa: BLE001 -- raised again where it is taken
            self._error = error

    def take(self) -> T:
        """The answer."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._answer
