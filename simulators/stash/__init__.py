"""A Stash over real HTTP, with its job queue and plugin runtime."""

from simulators.stash.runtime import LogLine, Manifest, ManifestError
from simulators.stash.server import StashSimulator, jpeg

__all__ = ["LogLine", "Manifest", "ManifestError", "StashSimulator", "jpeg"]
