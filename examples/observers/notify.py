"""Tell a person through Apprise, which knows a hundred services: the end of a long run, a new kind of failure, Plex away or back.

Copy this file to ``<data folder>/observers``. Addresses such as ``tgram://token/chat`` stand in ``<data folder>/apprise.conf``, one
on a line. Apprise is installed with ``pip install --target <data folder>/observers/_packages apprise``.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from events import DrainFinished, DrainStarted, JobFailed, PlexDown, PlexUp

sys.path.append(str(Path(__file__).parent / "_packages"))
from apprise import Apprise, AppriseConfig

LONG_RUN = 20  # scenes; every saved scene is a drain of its own, and nobody wants a message for each
AGAIN_S = 86_400  # a kind of failure is told once a day


class Notify:
    """Sends from a thread of its own, so that no scene waits for a message."""

    def __init__(self, data_dir: Path) -> None:
        self._apprise = Apprise()
        self._apprise.add(AppriseConfig(str(data_dir / "apprise.conf")))
        if not self._apprise:
            raise ValueError(f"{data_dir / 'apprise.conf'} has no address that Apprise knows")
        self._told_file = data_dir / "notified.json"  # when each kind of failure was told last
        self._told = json.loads(self._told_file.read_text()) if self._told_file.exists() else {}
        self._sender = ThreadPoolExecutor(1)
        self._failed = 0

    def _say(self, title: str, body: str) -> None:
        self._sender.submit(self._apprise.notify, title=f"PlexSync: {title}", body=body)

    def on_drain_started(self, _sender: object, *, event: DrainStarted) -> None:
        self._failed = 0

    def on_job_failed(self, _sender: object, *, event: JobFailed) -> None:
        self._failed += 1
        if event.at - self._told.get(event.error_type, 0) > AGAIN_S:
            self._told[event.error_type] = event.at
            self._told_file.write_text(json.dumps(self._told))
            self._say(event.error_type, f"{event.title} ({event.path}): {event.message}. {event.hint}")

    def on_drain_finished(self, _sender: object, *, event: DrainFinished) -> None:
        if event.processed >= LONG_RUN:
            minutes = event.duration_s / 60
            self._say("done", f"{event.processed} scenes in {minutes:.1f} minutes, {self._failed} failures")

    def on_plex_down(self, _sender: object, *, event: PlexDown) -> None:
        self._say("Plex is away", f"{event.message}. {event.hint}")

    def on_plex_up(self, _sender: object, *, event: PlexUp) -> None:
        self._say("Plex is back", f"after {event.down_s / 60:.1f} minutes")


create = Notify
