"""Start the watcher as a process of its own that outlives its parent. Standard library only: hooks come here."""

import os
import sys

from app.places import ENTRY
from stash.runtime import to_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from stash.runtime import Connection

WATCHER_COMMAND = "keep-watch"


def spawn_watcher(connection: "Connection", *, ask: str = "") -> bool:
    """Start a watcher; one that finds another at work ends by itself, so a spare one costs little.

    With ``ask``, the token of an ask, it first asks Stash to run the drain task. False when no process could be made.

    All three descriptors are redirected: Stash waits until nobody holds the hook's standard output. What it needs to
    reach Stash goes through a pipe, because arguments and environments can be read by others on the machine.
    """
    message = to_json(connection, {"mode": "watch", "ask": ask}).encode()
    read_end, write_end = os.pipe()
    try:
        _start([sys.executable, ENTRY, WATCHER_COMMAND], read_end)
        # A few kilobytes: they fit in the pipe's buffer, so this does not wait for the child.
        os.write(write_end, message)
    except OSError:
        # Memory, limits. The row is on disk.
        return False
    finally:
        os.close(read_end)
        os.close(write_end)
    return True


def _start(command: list[str], stdin: int) -> None:
    if os.name == "posix":
        null = os.open(os.devnull, os.O_RDWR)
        try:
            actions = [
                (os.POSIX_SPAWN_DUP2, stdin, 0),
                (os.POSIX_SPAWN_DUP2, null, 1),
                (os.POSIX_SPAWN_DUP2, null, 2),
            ]
            # A tenth of what subprocess costs to import; setsid keeps it alive when Stash's process group ends.
            os.posix_spawn(command[0], command, os.environ, file_actions=actions, setsid=True)
        except NotImplementedError:
            _start_with_subprocess(command, stdin)
        finally:
            os.close(null)
    else:
        _start_with_subprocess(command, stdin)


def _start_with_subprocess(command: list[str], stdin: int) -> None:
    """Windows, and systems whose posix_spawn knows no setsid."""
    import subprocess  # noqa: PLC0415 -- 10 ms that the other way saves

    # DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP: the constants exist on Windows only.
    flags = 0x00000008 | 0x00000200 if os.name == "nt" else 0
    subprocess.Popen(
        command,
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        close_fds=True,
        start_new_session=os.name == "posix",
        creationflags=flags,
    )
