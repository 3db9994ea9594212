"""Behind the entry: a hook goes to ``app.hook`` (standard library only, because a person waits), everything else to
``app.calls`` or ``app.terminal``, with the vendored packages on the path.
"""

import os
import sys

from app.places import PLUGIN_DIR
from stash.lightjson import dumps
from stash.runtime import PayloadError, parse, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from stash.runtime import Payload

VENDOR = os.path.join(PLUGIN_DIR, "vendor")  # noqa: PTH118 -- pathlib costs the hook 5 ms


def run(argv: list[str]) -> int:
    """Run what was asked for and return the exit code. A hook does not return: it ends the process."""
    if len(argv) > 1 or sys.stdin is None or sys.stdin.isatty():
        _get_ready()
        from app.leaving import leave  # noqa: PLC0415 -- the hook must not pay for the terminal
        from app.terminal import run as run_command  # noqa: PLC0415

        return leave(run_command(argv[1:]))
    try:
        payload = parse(read(sys.stdin.buffer))
    except PayloadError as error:
        return _say({"error": str(error)}, 1)
    if payload.hook is not None:
        _hook(payload)
    if payload.args.get("mode") == "page":
        from app.page.door import answer_page  # noqa: PLC0415 -- the hook must not pay for the page

        return _say(answer_page(payload, get_ready=_get_ready), 0)
    _get_ready()
    import gc  # noqa: PLC0415 -- the hook must not pay for it, nor for the tasks

    gc.disable()  # all that is imported stays: looking for waste among it takes a thirtieth of the start
    from app.calls import answer  # noqa: PLC0415
    from app.leaving import leave  # noqa: PLC0415

    return leave(answer(payload))


def _get_ready() -> None:
    """What the hook does without: the site packages (the manifest starts Python with ``-S``), and the vendored ones.

    These stand behind our own folder and before everything else: Stash puts the folder of all plugins on PYTHONPATH.
    """
    if sys.flags.no_site:
        import site  # noqa: PLC0415 -- what Python itself does without -S

        site.main()
    sys.path.insert(1, VENDOR)


def _hook(payload: "Payload") -> "NoReturn":
    from app.hook import HookError, run_hook  # noqa: PLC0415 -- tasks do not need it

    try:
        code = _say({"output": run_hook(payload)}, 0)
    except HookError as error:
        code = _say({"error": str(error)}, 1)
    # All is committed and said. Taking the interpreter down in order would only let the save wait.
    os._exit(code)


def _say(answer: "dict[str, Any]", code: int) -> int:
    sys.stdout.buffer.write(dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()
    return code
