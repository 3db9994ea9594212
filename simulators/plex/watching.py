"""Calls about what was watched: played or not, how far, and the history of the whole server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.plex.editing import keyed
from simulators.plex.messages import Answer
from simulators.plex.model import Viewing
from simulators.plex.reading import paged_rows
from simulators.plex.rendering import element

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.plex.calls import Call
    from simulators.plex.library import Library
    from simulators.plex.model import Item

OWNER_ACCOUNT = 1


def scrobble(call: Call) -> Answer:
    """Played once more, by a click: it is no row of the history."""
    item = keyed(call)
    item.view_count += 1
    item.view_offset_ms = 0
    item.viewed_at = call.library.now()
    call.library.touch(item)
    return Answer()


def unscrobble(call: Call) -> Answer:
    """Never played."""
    item = keyed(call)
    item.view_count = item.view_offset_ms = item.viewed_at = 0
    call.library.touch(item)
    return Answer()


def progress(call: Call) -> Answer:
    """How far somebody is, in milliseconds; 0 does nothing."""
    item, at = keyed(call), call.request.get("time")
    if at.isdigit() and int(at):
        item.view_offset_ms = int(at)
        item.viewed_at = call.library.now()
    return Answer()


def watched(
    library: Library, item: Item, at: int, *, until_ms: int = 0, account: int = OWNER_ACCOUNT
) -> None:
    """Somebody has watched it in an app of Plex's: to the end, or ``until_ms``. Others' plays are in the history alone."""
    if account == OWNER_ACCOUNT:
        item.viewed_at = at
        item.view_offset_ms = until_ms
        item.view_count += 0 if until_ms else 1
    if not until_ms:
        number = len(library.history) + 1
        library.history.append(Viewing(number, item.rating_key, item.section_id, at, account))


def history(call: Call) -> Answer:
    """``/status/sessions/history/all``: the rows that the filters let through, of every account unless one is named."""
    rows = call.library.history
    wanted: dict[str, Callable[[Viewing], int]] = {
        "accountID": lambda row: row.account,
        "librarySectionID": lambda row: row.section_id,
        "metadataItemID": lambda row: row.rating_key,
    }
    for name, of in wanted.items():
        if value := call.request.get(name):
            rows = [row for row in rows if str(of(row)) == value]
    if since := call.request.get("viewedAt>"):
        rows = [row for row in rows if row.viewed_at >= int(since)]
    newest_first = call.request.get("sort") == "viewedAt:desc"
    ordered = sorted(rows, key=lambda row: (row.viewed_at, row.number), reverse=newest_first)
    return paged_rows(call, ordered, _row)


def _row(row: Viewing) -> str:
    attributes = {
        "historyKey": f"/status/sessions/history/{row.number}",
        "key": f"/library/metadata/{row.rating_key}",
        "ratingKey": row.rating_key,
        "librarySectionID": row.section_id,
        "type": "movie",
        "viewedAt": row.viewed_at,
        "accountID": row.account,
        "deviceID": 1,
    }
    return element("Video", attributes)
