"""Figures for the textfile collector of Prometheus' node exporter. Copy this file to ``<data folder>/observers``.

They go to ``plexsync.prom`` in the data folder, or where ``PLEXSYNC_PROM_FILE`` says: the exporter must be able to read it.
"""

import json
import os
from pathlib import Path

from events import DrainFinished, DrainProgress, DrainStarted, Event, SyncStats


class Prometheus:
    """Counts on over all runs: a counter must never fall."""

    def __init__(self, data_dir: Path) -> None:
        self._state = data_dir / "prometheus.json"
        self._target = Path(os.environ.get("PLEXSYNC_PROM_FILE") or data_dir / "plexsync.prom")
        self._stats, self._depth, self._up = SyncStats(), 0, 1

    def on_drain_started(self, _sender: object, *, event: DrainStarted) -> None:
        if self._state.exists():  # another process may have worked since
            self._stats = SyncStats.from_dict(json.loads(self._state.read_text()))
        self._depth = event.due

    def _count(self, _sender: object, *, event: Event) -> None:
        self._stats.apply(event)

    on_job_succeeded = on_job_failed = on_job_skipped = on_job_dlq = on_plex_down = on_plex_up = _count

    def on_drain_progress(self, _sender: object, *, event: DrainProgress) -> None:
        self._stats.apply(event)
        self._depth = event.depth
        self._write()

    def on_drain_finished(self, _sender: object, *, event: DrainFinished) -> None:
        self._stats.apply(event)
        self._up = int(event.reason != "plex_down")
        self._write()

    def _write(self) -> None:
        s = self._stats
        jobs = {"succeeded": s.jobs_succeeded, "failed": s.jobs_failed, "given_up": s.jobs_to_dlq}
        text = family("jobs_total", "counter", {f'outcome="{name}"': count for name, count in jobs.items()})
        text += family("errors_total", "counter", {f'type="{e}"': n for e, n in s.errors_by_type.items()})
        text += family("queue_depth", "gauge", {"": self._depth}) + family("plex_up", "gauge", {"": self._up})
        for path, content in ((self._target, text), (self._state, json.dumps(s.to_dict()))):
            draft = path.with_name(f"{path.name}.tmp")
            draft.write_text(content)
            draft.replace(path)  # so nobody ever reads half a file


def family(name: str, kind: str, figures: dict[str, int]) -> str:
    samples = [f"plexsync_{name}{{{labels}}} {figure}\n" for labels, figure in figures.items()]
    return f"# TYPE plexsync_{name} {kind}\n" + "".join(samples)


create = Prometheus
