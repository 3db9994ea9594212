"""The page's script as it lies in the repository: made of the sources that lie beside it, and Stash's own libraries not in it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import yaml

from scripts import page_types

ROOT = Path(__file__).parent.parent
UI = ROOT / "ui"
BUNDLE = UI / "dist" / "StashPlexSync.js"
MOST_BYTES = 150_000


def digest_of_the_sources() -> str:
    """As ui/build.mjs makes it."""
    names = [path.relative_to(UI).as_posix() for path in (UI / "src").rglob("*") if path.is_file()]
    made = hashlib.sha256()
    for name in sorted([*names, "build.mjs", "package-lock.json"]):
        made.update(f"{name}\n".encode() + (UI / name).read_bytes() + b"\n")
    return made.hexdigest()


def test_the_bundle_was_made_of_these_sources():
    noted = (UI / "dist" / "sources.sha256").read_text(encoding="utf-8").strip()
    assert noted == digest_of_the_sources(), (
        "ui/src has changed since: run 'make ui' (needs Node 20 or newer)"
    )


def test_the_types_of_the_page_are_those_of_the_plugin():
    written = page_types.TARGET.read_text(encoding="utf-8")
    assert written == page_types.text(), "app/page/shapes.py has changed since: run 'make ui'"


def test_the_bundle_is_small_and_has_no_second_react():
    text = BUNDLE.read_text(encoding="utf-8")
    assert len(text.encode()) < MOST_BYTES
    assert "PluginApi.React" in text
    for telltale in ("react.production.min", "__SECRET_INTERNALS", "reconcileChildren", "sourceMappingURL"):
        assert telltale not in text


def test_the_page_asks_nobody_but_stash():
    sources = "".join(path.read_text(encoding="utf-8") for path in (UI / "src").rglob("*.ts*"))
    for way in ("fetch(", "XMLHttpRequest", "WebSocket", "EventSource", "sendBeacon", "import("):
        assert way not in sources
    for danger in ("dangerouslySetInnerHTML", "innerHTML", "insertAdjacentHTML", "eval(", "document.write"):
        assert danger not in sources


def test_the_manifest_names_the_bundle_and_the_lock_file_names_no_registry():
    manifest = yaml.safe_load((ROOT / "StashPlexSync.yml").read_text(encoding="utf-8"))
    for names in (manifest["ui"]["javascript"], manifest["ui"]["css"]):
        assert all((ROOT / name).is_file() for name in names)
    assert "://" not in "".join(
        line
        for line in (UI / "package-lock.json").read_text(encoding="utf-8").splitlines()
        if '"url"' not in line  # where a project asks for money, and no source of packages
    )
