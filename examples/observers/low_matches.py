"""Collect the scenes whose Plex item is in doubt in a CSV file, for a person to look at. Copy it to <data folder>/observers/."""

import csv
from pathlib import Path

from events import MatchScored


class LowMatches:
    """One row for each uncertain match: scene, file, score, candidates."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "low-matches.csv"

    def on_match_scored(self, _sender: object, *, event: MatchScored) -> None:
        """Add the row."""
        if event.confidence == "low":
            candidates = "; ".join(f"{c.title} ({c.path}): {c.score:.2f}" for c in event.candidates)
            with self._path.open("a", newline="", encoding="utf-8") as file:
                csv.writer(file).writerow([event.scene_id, event.path, f"{event.score:.2f}", candidates])


create = LowMatches  # what PlexSync calls, with the data folder
