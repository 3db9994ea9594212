"""The one entry of PlexSync: a payload from Stash on standard input, or a command on the terminal.

Thin on purpose: Python compiles the file that it is started with anew each time, while a person waits for a save.
"""

import sys

OLDEST = (3, 11)


def main(argv: list) -> int:  # type: ignore[type-arg]  # an old Python, which is told so here, could not read more
    """Run what was asked for and return the exit code; standard output then carries one JSON object, or a terminal's text."""
    if sys.version_info < OLDEST:
        sys.stdout.write(
            '{"error": "PlexSync needs Python 3.11 or newer; set it in Stash under Settings > System > Python Executable Path."}\n'
        )
        return 1
    from app.entry import run  # noqa: PLC0415 -- nothing of ours before the look at the version

    return run(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
