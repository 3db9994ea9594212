"""What went over the wire between two events of a drain."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from events import PlexTraffic

if TYPE_CHECKING:
    from plex.client import PlexClient


class TrafficMeter:
    """Each piece of a client's traffic is told once."""

    def __init__(self, client: PlexClient) -> None:
        self._client = client
        self._told = replace(client.traffic)

    def since_last(self) -> PlexTraffic:
        """What is new since this was asked last, or since the meter was made."""
        now, told = self._client.traffic, self._told
        self._told = replace(now)
        return PlexTraffic(
            requests=now.requests - told.requests,
            bytes_sent=now.bytes_sent - told.bytes_sent,
            bytes_received=now.bytes_received - told.bytes_received,
        )
