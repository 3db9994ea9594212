"""A Stash over real HTTP, with its job queue and plugin runtime; ``StashSimulator`` is the door."""

from simulators.stash.faults import Fault, Faults
from simulators.stash.jobs import Job
from simulators.stash.loglines import LogLine
from simulators.stash.manifest import Manifest, ManifestError
from simulators.stash.pictures import jpeg
from simulators.stash.plugins import HookRun
from simulators.stash.server import StashSimulator
from simulators.stash.web import Call

__all__ = [
    "Call",
    "Fault",
    "Faults",
    "HookRun",
    "Job",
    "LogLine",
    "Manifest",
    "ManifestError",
    "StashSimulator",
    "jpeg",
]
