"""A Plex Media Server over HTTP, as strict as what is known of the real one; ``PlexSimulator`` is the door."""

from simulators.plex.faults import Fault, Faults
from simulators.plex.messages import Request
from simulators.plex.model import Section
from simulators.plex.options import Options
from simulators.plex.simulator import PlexSimulator
from simulators.plex.views import ItemView, PhotoView

__all__ = ["Fault", "Faults", "ItemView", "Options", "PhotoView", "PlexSimulator", "Request", "Section"]
