"""Since when the settings that make a field what it is have been as they are: tells a changed setting from a changed scene."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from plex.fields import OUR_NAMES, digest
from sync_queue.meta import get_meta, set_meta

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from worker.options import WorkerOptions

KEY = "field_settings"
DECIDES: Mapping[str, tuple[str, ...]] = {
    "title": ("title",),
    "sort_title": ("sort_title",),
    "original_title": ("original_title",),
    "tagline": ("tagline",),
    "studio": ("studio",),
    "content_rating": ("content_rating",),
    "labels": ("labels", "label_tags"),
    "tags": ("include_tags", "exclude_tags"),
    "performers": ("characters", "photos"),
    "collections": ("studio_collections", "studio_collection_prefix", "group_collection_prefix"),
    "poster": ("poster_shape",),
}
"""Field → the options of the mapping that only it depends on. That it is left alone altogether counts for each field."""


def note(db: sqlite3.Connection, options: WorkerOptions, now: float) -> None:
    """These options are in force from now on: to be told by whoever is about to write, once it alone may."""
    known, current = _known(db), _fingerprints(options)
    if {name: since[0] for name, since in known.items()} != current:
        kept = {name: known[name] for name, mark in current.items() if known.get(name, [""])[0] == mark}
        set_meta(db, KEY, {**{name: [mark, now] for name, mark in current.items()}, **kept})


def changed_at(db: sqlite3.Connection, options: WorkerOptions) -> dict[str, float]:
    """Field → when its settings became as they are in ``options`` (epoch seconds); never yet where no drain has known them."""
    known = _known(db)
    return {
        name: float(known[name][1]) if known.get(name, [""])[0] == mark else math.inf
        for name, mark in _fingerprints(options).items()
    }


def _known(db: sqlite3.Connection) -> dict[str, list[Any]]:
    known = get_meta(db, KEY)
    return known if isinstance(known, dict) else {}


def _fingerprints(options: WorkerOptions) -> dict[str, str]:
    """Short, and telling nothing: an address of photos may say more than a file should."""
    found = {}
    for name in OUR_NAMES.values():
        values = [repr(getattr(options.mapping, one)) for one in DECIDES.get(name, ())]
        found[name] = digest([name in options.mapping.exclude, *values])[:12]
    return found
