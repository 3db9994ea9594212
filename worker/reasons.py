"""Why a field would be written, or is left as it is, in the words of a preview: from what is remembered of the item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from plex.cast import CAST_DETAILS
from plex.fields import OUR_NAMES, same_tags, same_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_queue.ledger import Entry
    from worker.pictures import PictureStep
    from worker.work import Target

Why = Literal[
    "first_contact",
    "stash_changed",
    "setting_changed",
    "plex_changed",
    "lock_missing",
    "picture_changed",
    "cast_details",
    "kept_no_longer",
    "not_confirmed",
    "scene_deleted",
    "lock",
    "edit",
    "pull",
    "unmoved",
    "cover_unusable",
]
WORDS: Mapping[str, str] = {
    "first_contact": "first contact",
    "stash_changed": "Stash changed",
    "setting_changed": "setting changed",
    "plex_changed": "edited in Plex",
    "lock_missing": "lock missing",
    "picture_changed": "picture changed",
    "cast_details": "characters or photos of the cast",
    "kept_no_longer": "nothing keeps it any longer",
    "not_confirmed": "an earlier write was not confirmed",
    "scene_deleted": "scene deleted in Stash",
    "lock": "locked by somebody else",
    "edit": "edited in Plex, and preserve_plex_edits is on",
    "pull": "made in Plex, and waiting for Pull From Plex",
    "unmoved": "kept at the last sync, and nothing has moved since",
    "cover_unusable": "the cover cannot be used",
}
KEPT_BY: Mapping[str, Why] = {"lock": "lock", "edit": "edit", "pull": "pull"}
"""What the diff says of a kept field → the reason."""
PLEX_NAMES = {ours: plex for plex, ours in OUR_NAMES.items()}


class Reasons:
    """For one item. ``changed_at``: field → when its settings became as they are."""

    def __init__(self, target: Target, changed_at: Mapping[str, float], *, deleted: bool) -> None:
        self._target = target
        self._changed_at = changed_at
        self._deleted = deleted
        self._entry: Entry | None = target.entry
        if self._entry is not None and self._entry.synced_at is None and self._entry.record.intent is None:
            self._entry = None

    def of_value(self, name: str, *, new: object, old: object) -> Why:
        """Of a field, by our name, whose value would be written."""
        entry, plex_name = self._entry, PLEX_NAMES[name]
        if self._deleted:
            return "scene_deleted"
        if entry is None:
            return "first_contact"
        record, change = entry.record, self._target.change
        if plex_name not in record.meant:
            if record.intent is not None and entry.synced_at is None:
                return "not_confirmed"
            return "kept_no_longer" if plex_name in record.base else "setting_changed"
        want = change.meant.get(plex_name, new) if change is not None else new
        if not _same(plex_name, record.meant[plex_name], want):
            return self._stash_or_setting(name, entry)
        if plex_name == "actor" and old == new:
            return "setting_changed" if self._by_setting(name, entry) else "cast_details"
        if plex_name == "actor" and self._details_differ(record.meant.get(CAST_DETAILS)):
            return "cast_details"
        return "plex_changed" if record.intent is None else "not_confirmed"

    def of_lock(self) -> Why:
        """Of a lock that would be set."""
        return "scene_deleted" if self._deleted else "lock_missing"

    def of_unlock(self, name: str) -> Why:
        """Of a lock of ours that would go: the field is empty in Stash now, or none of our business."""
        if self._deleted:
            return "scene_deleted"
        change = self._target.change
        answered = change is not None and PLEX_NAMES[name] in change.meant
        return "stash_changed" if answered else "setting_changed"

    def of_picture(self, step: PictureStep) -> Why:
        """Of a picture that would be uploaded."""
        record = self._entry.record if self._entry is not None else None
        known = (record.pictures.get(step.kind) if record else None) or {}
        if not known:
            return "first_contact" if record is None else "picture_changed"
        if known.get("pending"):
            return "not_confirmed"
        same_cover = str(known.get("cover") or known.get("hash") or "") == step.cover
        return "setting_changed" if same_cover else "picture_changed"

    def _details_differ(self, before: object) -> bool:
        change = self._target.change
        return change is not None and change.cast_details is not None and change.cast_details != before

    def _stash_or_setting(self, name: str, entry: Entry) -> Why:
        return "setting_changed" if self._by_setting(name, entry) else "stash_changed"

    def _by_setting(self, name: str, entry: Entry) -> bool:
        """Its settings are of after the last sync. (The scene may have changed as well.)"""
        return entry.synced_at is None or self._changed_at.get(name, 0.0) > entry.synced_at


def _same(plex_name: str, before: object, now: object) -> bool:
    if isinstance(before, str) and isinstance(now, str):
        return same_value(plex_name, before, now)
    if isinstance(before, (list, tuple)) and isinstance(now, (list, tuple)):
        return same_tags(plex_name, before, now)
    return before == now
