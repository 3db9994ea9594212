"""The one entry of PlexSync: a payload from Stash on standard input, or a command on the terminal.

Thin on purpose. It puts the vendored packages on the path, and hands on: a hook to ``app.hook`` (standard library
only, because a person waits), everything else to ``app.calls`` or ``app.terminal``.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from stash.runtime import Payload

VENDOR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vendor")  # noqa: PTH100, PTH118, PTH120 -- pathlib costs the hook 5 ms
OLDEST = (3, 11)
TOO_LARGE = 4 * 1024 * 1024


def main(argv: list[str]) -> int:
    """Run what was asked for and return the exit code; standard output then carries one JSON object, or a terminal's text."""
    if sys.version_info < OLDEST:
        return _refuse(
            "PlexSync needs Python 3.11 or newer; set it in Stash under Settings > System > Python Executable Path."
        )
    # Behind our own folder and before everything else: Stash puts the folder of all plugins on PYTHONPATH.
    sys.path.insert(1, VENDOR)
    if len(argv) > 1 or sys.stdin is None or sys.stdin.isatty():
        from app.terminal import run  # noqa: PLC0415 -- the hook must not pay for the terminal

        return run(argv[1:])
    from stash.runtime import PayloadError, parse  # noqa: PLC0415 -- after the path is set

    try:
        payload = parse(_read_stdin())
    except PayloadError as error:
        return _refuse(str(error))
    if payload.hook is not None:
        return _hook(payload)
    from app.calls import answer  # noqa: PLC0415 -- the hook must not pay for the tasks

    return answer(payload)


def _read_stdin() -> str:
    # Bytes, and UTF-8 whatever the locale says: a title with an accent must not end the hook on Windows.
    return sys.stdin.buffer.read(TOO_LARGE + 1).decode("utf-8", errors="replace")


def _hook(payload: "Payload") -> int:
    from app.hook import HookError, run_hook  # noqa: PLC0415 -- tasks do not need it

    try:
        word = run_hook(payload)
    except HookError as error:
        return _refuse(str(error))
    return _say({"output": word}, 0)


def _refuse(message: str) -> int:
    return _say({"error": message}, 1)


def _say(answer: dict[str, str], code: int) -> int:
    import json  # noqa: PLC0415 -- not before it is needed; and nothing of ours, which an old Python may not even parse

    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv))
