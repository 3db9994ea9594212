"""The hooks of performers, studios, tags and groups: one row that says what has changed, and nothing is looked up here.

Scenes get no hook of their own when what they show is renamed. Which scenes that are is asked by the drain, in pages.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from stash.runtime import HookContext

KINDS = {"Performer": "performer", "Studio": "studio", "Tag": "tag", "Group": "group", "Movie": "group"}
"""By the first word of the hook. Groups were movies before Stash 0.27, and fire under both names since: one errand."""
CHANGES = {
    "performer": {"name": "shown", "disambiguation": "shown", "image": "photo"},
    "studio": {"name": "shown", "parent_id": "parents"},
    "tag": {"name": "shown", "parent_ids": "parents", "child_ids": "parents"},
    "group": {"name": "shown"},
}
"""What of each can reach Plex. Whether it does is up to the settings, which the drain knows."""


class ErrandNote:
    """One row among the errands."""

    def __init__(self, kind: str, change: str, context: "HookContext") -> None:
        self.kind, self.change = kind, change
        self._context = context
        self.name = f"{kind} {context.id}"

    def write(self, db: "sqlite3.Connection", token: str, now: float) -> bool:
        """One transaction; whether a drain must be asked for."""
        from sync_queue.intake import enqueue_errand  # noqa: PLC0415 -- only a change that counts opens the database

        context = self._context
        return enqueue_errand(
            db,
            self.kind,
            context.id,
            change=self.change,
            trigger=context.type,
            now=now,
            asker=token,
            pid=os.getpid(),
        )


def errand_of(context: "HookContext") -> "ErrandNote | None":
    """What is to be noted, or None when Plex shows nothing of it. The id of a merge is its destination's."""
    name, _, event = context.type.partition(".")
    kind = KINDS.get(name)
    if kind is None:
        return None
    if event == "Destroy.Post":
        return ErrandNote(kind, "gone", context)
    if event == "Merge.Post" or (event == "Update.Post" and not context.input_fields):
        return ErrandNote(kind, "shown", context)
    if event != "Update.Post":
        return None
    found = {CHANGES[kind][field] for field in context.input_fields or () if field in CHANGES[kind]}
    if not found:
        return None
    return ErrandNote(kind, found.pop() if len(found) == 1 else "shown", context)
