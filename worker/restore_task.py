"""One item of a restore: what it shows, what it is to show, and how far that has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from plex.fields import OUR_NAMES
from worker.journaling import shown

if TYPE_CHECKING:
    from plex.items import PlexItem
    from worker.restore_plans import Candidate, Way


@dataclass(slots=True)
class RestoreTask:
    """``item`` is what Plex showed when it was read last, ``intent`` what the ledger had before the restore announced its own."""

    candidate: Candidate
    item: PlexItem
    way: Way
    intent: dict[str, Any] | None
    touched: bool = False
    failed: str = ""

    @property
    def title(self) -> str:
        """By which a person knows the item."""
        return self.item.scalars.get("title", "")

    def shown_before(self) -> dict[str, Any]:
        """Field → what Plex shows, as the journal has it."""
        return shown(self.item, self.candidate.entry.record)

    def announced(self) -> dict[str, tuple[Any, Any]]:
        """Field → (what Plex shows, what is about to be written)."""
        change, now = self.way.back.change, self.shown_before()
        written = {**change.scalars, **{kind: list(tags.final) for kind, tags in change.tags.items()}}
        told = {OUR_NAMES[name]: (now.get(OUR_NAMES[name], ""), value) for name, value in written.items()}
        return told | {one.name: (now.get(one.name, ""), one.hash) for one in self.way.pictures if one.due}
