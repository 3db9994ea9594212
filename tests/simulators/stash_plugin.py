"""Tiny plugins on disk, which the simulated Stash runs as it runs real ones."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import yaml

from tests.support import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

UPDATE = "mutation($i:SceneUpdateInput!){sceneUpdate(input:$i){id title}}"
OPERATE = 'mutation($a:Map){runPluginOperation(plugin_id:"Tiny",args:$a)}'
RECORD = """
    import json, os, sys
    from pathlib import Path
    heard = json.load(sys.stdin)
    here = Path(__file__).parent
    with open(here / "heard.jsonl", "a") as file:
        file.write(json.dumps({"stdin": heard, "argv": sys.argv[1:], "cwd": os.getcwd(), "path": os.environ.get("PYTHONPATH"), "env": os.environ.get("TINY")}) + "\\n")
    print(json.dumps({"output": "heard"}))
"""
"""Notes everything that it was given."""


class Plugin:
    """One plugin folder. ``heard`` is what the recording script was given, run by run."""

    def __init__(self, folder: Path, script: str, *, name: str = "Tiny", **manifest: Any) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.write(script)
        data = {
            "name": name,
            "exec": ["python", "{pluginDir}/main.py"],
            "interface": "raw",
            "hooks": [
                {
                    "name": "changed",
                    "triggeredBy": ["Scene.Create.Post", "Scene.Update.Post", "Scene.Destroy.Post"],
                }
            ],
            "tasks": [{"name": "Run", "defaultArgs": {"mode": "run", "kept": "yes"}}],
            **manifest,
        }
        (folder / f"{name}.yml").write_text(yaml.safe_dump(data))

    def write(self, script: str) -> None:
        """Put another script in place."""
        (self.folder / "main.py").write_text(textwrap.dedent(script))

    @property
    def heard(self) -> list[dict[str, Any]]:
        """Every run so far, oldest first."""
        file = self.folder / "heard.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def contexts(self) -> list[dict[str, Any]]:
        """The hook contexts of the runs."""
        return [run["stdin"]["args"]["hookContext"] for run in self.heard]


def eventually(condition: Callable[[], object], what: str = "it did not happen") -> None:
    """Wait until it holds."""
    wait_for(lambda: bool(condition()), what)
