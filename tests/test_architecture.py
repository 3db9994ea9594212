"""The arrows of docs/architecture.md: who may import whom, imports inside functions included."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOWER = {"sync_queue", "plex", "stash", "events"}
MAY_IMPORT = {
    "sync_queue": set(),
    "plex": set(),
    "stash": set(),
    "events": set(),
    "worker": LOWER,
    "observers": {"events"},
    "app": LOWER | {"worker", "observers", "simulators"},
    "simulators": set(),
}
OURS = set(MAY_IMPORT) | {"PlexSync"}


def imports_of(path: Path) -> list[tuple[str, int]]:
    """Every module that the file names in an import, at the top or inside a function, with its line."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import hides where it leads"
            found.append((node.module or "", node.lineno))
    return found


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_what_the_arrows_allow(room):
    allowed = MAY_IMPORT[room] | {room}
    files = sorted((ROOT / room).rglob("*.py"))
    assert files, f"the room {room} is empty"
    for path in files:
        for module, line in imports_of(path):
            top = module.partition(".")[0]
            assert top not in OURS - allowed, f"{path.relative_to(ROOT)}:{line} imports {module}"


def test_only_the_demo_reaches_from_the_app_into_the_simulators():
    for path in (ROOT / "app").rglob("*.py"):
        named = [module for module, _ in imports_of(path) if module.startswith("simulators")]
        assert named == (["simulators.demo"] if path.name == "commands.py" else [])


def test_the_entry_imports_only_the_app():
    named = {module for module, _ in imports_of(ROOT / "PlexSync.py") if module.partition(".")[0] in OURS}
    assert named == {"app.entry"}


def test_nobody_logs_by_printing():
    for room in set(MAY_IMPORT) - {"simulators"}:
        for path in (ROOT / room).rglob("*.py"):
            calls = [
                node
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.Call)
            ]
            printed = [
                call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"
            ]
            assert not printed, f"{path.relative_to(ROOT)}: print at {printed}"


def test_every_file_is_one_subject_of_readable_length():
    for room in MAY_IMPORT:
        for path in (ROOT / room).rglob("*.py"):
            assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, path
