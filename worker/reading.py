"""Reading items: a hundred in a request, and one by one when one of them spoils it for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plex.exceptions import PlexError
from worker.work import shared_time

if TYPE_CHECKING:
    from plex.client import PlexClient
    from plex.items import PlexItem
    from worker.work import Target, Work


def read_details(client: PlexClient, pairs: list[tuple[Work, Target]]) -> dict[int, PlexItem]:
    """The items of these targets, by ratingKey; those that Plex does not have are absent.

    A corrupt item makes Plex answer 500 to the whole request, for ever: after an answer that could be an item's fault
    the server is probed, and if it serves, each item is read alone, and a failure is that job's own. Raises what
    concerns the whole server.
    """
    if not pairs:
        return {}
    try:
        with shared_time([work for work, _ in pairs]):
            return client.details([target.rating_key for _, target in pairs])
    except PlexError as error:
        if error.opens_breaker or error.stops_drain:
            raise
    client.probe()
    items: dict[int, PlexItem] = {}
    for work, target in pairs:
        with work.step():
            items.update(client.details([target.rating_key]))
    return items
