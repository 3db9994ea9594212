"""Where PlexSync keeps its files. Standard library only: the hook asks this while a person waits."""

import os

PLUGIN_ID = "StashPlexSync"
PLUGIN_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 -- pathlib costs the hook 5 ms
ENTRY = os.path.join(PLUGIN_DIR, "PlexSync.py")  # noqa: PTH118 -- as above
DATA_DIR_VARIABLE = "PLEXSYNC_DATA_DIR"
QUEUE_FILE = "queue.sqlite"
INDEX_FILE = "index.sqlite"


def data_dir() -> str:
    """``PLEXSYNC_DATA_DIR``, or ``data`` in the plugin's folder, which survives an upgrade (Stash deletes only what its manifest lists)."""
    return os.environ.get(DATA_DIR_VARIABLE) or os.path.join(PLUGIN_DIR, "data")  # noqa: PTH118 -- as above


def spare_dir(config_dir: str) -> str:
    """Where the hook writes when the data folder cannot be written: beside Stash's own configuration."""
    return os.path.join(config_dir, PLUGIN_ID)  # noqa: PTH118 -- as above


def queue_file(folder: str) -> str:
    """The one SQLite file of a data folder."""
    return os.path.join(folder, QUEUE_FILE)  # noqa: PTH118 -- as above
