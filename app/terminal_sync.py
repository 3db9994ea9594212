"""``PlexSync.py sync``: the same drain that Stash's task runs, with a bar where a person looks."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from app.compose import Composition
from app.stopping import Stop
from sync_queue.intake import RUN, enqueue_many
from worker.drain import Result

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from app.session import Session
    from events import DrainProgress


def sync_now(session: Session, *, everything: bool, recent: bool, bar: bool) -> tuple[Result, dict[str, Any]]:
    """Queue what was asked for and drain; returns how that ended, and the figures. Raises SettingsError, StashError and PlexError."""
    settings = session.settings()
    if everything:
        for page in session.stash.scene_ids():
            enqueue_many(session.db, page, trigger="sync_all", priority=RUN, now=session.clock())
    elif recent:
        enqueue_many(
            session.db,
            session.stash.recent_ids(24),
            trigger="sync_recent",
            priority=RUN,
            now=session.clock(),
        )
    composition = Composition(session, settings)
    result = Result(reason="stopped")
    try:
        with Stop() as stop, make_bar() if bar else nullcontext() as shown:
            if shown is not None:
                composition.listen(BarObserver(shown))
            result = composition.drain(settings, runner="terminal", stop=stop)
    finally:
        composition.close()
    return result, composition.figures()


class BarObserver:
    """Moves a bar as the drain goes on."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._task = bar.add_task("syncing", total=None)

    def on_drain_progress(self, _sender: object, *, event: DrainProgress) -> None:
        """Show how much of what is queued is done."""
        self._bar.update(self._task, completed=event.done, total=event.total)


def make_bar() -> AbstractContextManager[Any]:
    """A bar on the standard error."""
    from rich.console import Console  # noqa: PLC0415 -- only where a person looks
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
