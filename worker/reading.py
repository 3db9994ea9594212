"""Reading items: a hundred in a request, and one by one when one of them spoils it for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plex.exceptions import PlexError
from worker.work import shared_time

if TYPE_CHECKING:
    from plex.client import PlexClient
    from plex.items import PlexItem
    from worker.referee import Referee
    from worker.work import Target, Work

    Pairs = list[tuple[Work, Target]]

ENOUGH = 3
"""Items that fail one after the other, before any was read: each may have been waited for for a minute."""


def read_details(client: PlexClient, referee: Referee, pairs: Pairs) -> dict[int, PlexItem]:
    """The items of these targets, by ratingKey; those that Plex does not have are absent.

    A corrupt item makes Plex answer 500 to the whole request, for ever: after an answer that could be an item's fault
    the server is probed, and if it serves, each item is read alone, and a failure is that job's own. When none can be
    read the referee decides. Raises what concerns the whole server.
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
    return _read_alone(client, referee, _spread(pairs))


def _read_alone(client: PlexClient, referee: Referee, pairs: Pairs) -> dict[int, PlexItem]:
    items: dict[int, PlexItem] = {}
    shaken: list[Work] = []
    judged = False
    for number, (work, target) in enumerate(pairs, start=1):
        with work.step():
            items.update(client.details([target.rating_key]))
        if isinstance(work.failure, PlexError):
            shaken.append(work)
        nothing_yet = bool(shaken) and not items and not judged
        if nothing_yet and (len(shaken) == ENOUGH or number == len(pairs)):
            _judge(referee, shaken)
            judged = True
    return items


def _judge(referee: Referee, shaken: list[Work]) -> None:
    errors = [work.failure for work in shaken if isinstance(work.failure, PlexError)]
    keys = {target.rating_key for work in shaken for target in work.targets}
    try:
        referee.judge(keys, errors[-1], edit=False)
    except PlexError:
        for work in shaken:  # Plex's fault: these jobs go back as they were
            work.failure = None
        raise


def _spread(pairs: Pairs) -> Pairs:
    """One from the middle and the last one first: neighbours may be corrupt together, and come first every time."""
    if len(pairs) < ENOUGH:
        return pairs
    middle = len(pairs) // 2
    return [pairs[middle], pairs[-1], *pairs[:middle], *pairs[middle + 1 : -1]]
