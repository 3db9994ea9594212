"""A process that syncs and saves: ``saving_process.py <data folder> <drains> <jobs per drain> [unprivileged | small-files]``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

NOBODY = 65_534

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from observers.persist import JsonPersister  # noqa: E402 -- after the path is set
from tests.observers.drain_makers import drain, listening, succeeded  # noqa: E402 -- after the path is set


class Patient(JsonPersister):
    """Waits for the lock longer than anybody should at the end of a drain: a busy machine may stop whoever has it."""

    def save(self, *, wait_s: float = 120.0) -> bool:
        return super().save(wait_s=wait_s)


def main(folder: str, drains: int, jobs: int) -> None:
    with listening(Patient(data_dir=Path(folder))):
        print("ready", flush=True)  # noqa: T201 -- the test waits for it
        for _ in range(drains):
            drain(succeeded(n) for n in range(jobs))


if __name__ == "__main__":
    if "unprivileged" in sys.argv and os.geteuid() == 0:
        import filelock  # noqa: F401 -- while its files may still be read

        os.setuid(NOBODY)
    if "small-files" in sys.argv:
        import resource

        resource.setrlimit(
            resource.RLIMIT_FSIZE, (100, 100)
        )  # in bytes; Python ignores the signal and gets an error
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
