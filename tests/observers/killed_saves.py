"""Save again and again, killed (SIGKILL) one line of the saving code later each time: ``killed_saves.py <data folder>``.

Prints a JSON line for each kill: where it struck, and how many jobs the file held before, after, and after the next save.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[:0] = [str(Path(__file__).parents[2])]

from observers.persist import JsonPersister  # noqa: E402 -- after the path is set
from tests.observers.drain_makers import drain, listening, succeeded  # noqa: E402 -- after the path is set

if TYPE_CHECKING:
    from types import FrameType

SAVING_CODE = ("observers/persist.py", "observers/stats_file.py")


def save_once(folder: Path) -> None:
    with listening(JsonPersister(data_dir=folder)):
        drain([succeeded()])


class Killer:
    """Traces the saving code and ends this process before its ``n``-th line; writes to ``where`` at which line that was."""

    def __init__(self, n: int, where: int) -> None:
        self._left = n
        self._where = where

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> Killer | None:
        if not frame.f_code.co_filename.replace(os.sep, "/").endswith(SAVING_CODE):
            return None
        if event == "line":
            self._left -= 1
            if self._left < 0:
                place = f"{Path(frame.f_code.co_filename).name} {frame.f_code.co_name} line {frame.f_lineno}"
                os.write(self._where, place.encode())
                os.kill(os.getpid(), signal.SIGKILL)
        return self


def killed_at(folder: Path, n: int) -> str:
    """The line before which the child was killed; an empty string when it lived to the end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        sys.settrace(Killer(n, writing))
        save_once(folder)
        sys.settrace(None)
        os._exit(0)
    os.close(writing)
    place = os.read(reading, 200).decode()
    os.close(reading)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) == bool(place), (status, place)
    return place


def jobs_in(folder: Path) -> int:
    try:
        data = json.loads((folder / "stats.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return 0
    assert isinstance(data, dict)
    jobs: int = data["cumulative"]["jobs_processed"]
    return jobs


def main(folder: Path) -> None:
    for n in count():
        before = jobs_in(folder)
        place = killed_at(folder, n)
        after = jobs_in(folder)
        save_once(folder)
        told = {"place": place, "before": before, "after": after, "then": jobs_in(folder)}
        print(json.dumps(told), flush=True)  # noqa: T201 -- the test reads it
        if not place:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
