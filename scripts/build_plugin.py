"""Build ``dist/StashPlexSync.zip`` and ``dist/index.yml``: a source from which Stash installs the plugin.

The zip is reproducible: sorted names, one fixed time, fixed modes, no caches, so two builds of one tree are equal byte
for byte. It holds everything that is needed at run time: nothing is installed, downloaded or compiled by the user.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
VENDOR = ROOT / "build" / "vendor"
PLUGIN_ID = "StashPlexSync"
ZIP = DIST / f"{PLUGIN_ID}.zip"

OWN_FILES = ("PlexSync.py", "StashPlexSync.yml", "README.md", "CHANGELOG.md", "LICENSE")
OWN_PACKAGES = ("app", "events", "observers", "plex", "stash", "sync_queue", "worker")
OWN_PAGE = ("ui/dist/StashPlexSync.js", "ui/dist/StashPlexSync.css")
"""Made by ``make ui`` and kept in the repository: building the plugin needs no Node."""
OWN_EXTRAS = ("examples/observers",)

UNUSED = ("pygments", "markdown_it", "mdurl")
"""What rich needs for source code and Markdown only, which the terminal never shows; a test runs the zip without them."""
LEFT_OUT = {".pyc", ".pyo", ".pyd", ".so", ".yml", ".yaml", ".exe"}
"""Caches; compiled code, which would tie the zip to one machine; and every yml but ours: Stash loads each one as a plugin."""

FIXED_TIME = (2020, 1, 1, 0, 0, 0)


def main() -> int:
    """Build both files; afterwards ``dist`` is a complete plugin source."""
    vendor()
    DIST.mkdir(exist_ok=True)
    ZIP.unlink(missing_ok=True)
    files = sorted(own_files() + vendored_files(), key=lambda pair: pair[0])
    with zipfile.ZipFile(ZIP, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, path in files:
            entry = zipfile.ZipInfo(name, FIXED_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # the same bytes whichever system builds
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    digest = hashlib.sha256(ZIP.read_bytes()).hexdigest()
    (DIST / "index.yml").write_text(index(digest), encoding="utf-8")
    print(f"{ZIP.relative_to(ROOT)}: {len(files)} files, {ZIP.stat().st_size / 1e6:.1f} MB, sha256 {digest}")  # noqa: T201 -- a script's answer
    return 0


def vendor() -> None:
    """Put the pinned run-time dependencies into ``build/vendor``: pure Python only, checked against their hashes."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
        "--no-compile",
    ]
    pure = [
        "--only-binary=:all:",
        "--implementation=py",
        "--abi=none",
        "--platform=any",
        "--python-version=3.11",
    ]
    subprocess.run(
        [*pip, *pure, "--target", str(VENDOR), "-r", str(ROOT / "requirements" / "runtime.txt")], check=True
    )


def own_files() -> list[tuple[str, Path]]:
    """Our own files as pairs of the name in the zip and the path here."""
    found = [(name, ROOT / name) for name in (*OWN_FILES, *OWN_PAGE)]
    for package in (*OWN_PACKAGES, *OWN_EXTRAS):
        found += [
            (path.relative_to(ROOT).as_posix(), path) for path in (ROOT / package).rglob("*") if wanted(path)
        ]
    return found


def vendored_files() -> list[tuple[str, Path]]:
    """The dependencies under ``vendor/``, with their licences and without what is never used."""
    found = []
    for path in VENDOR.rglob("*"):
        name = path.relative_to(VENDOR)
        package = name.parts[0].lower()
        if not wanted(path) or package == "bin" or package.startswith(UNUSED):
            continue
        # RECORD and the like tell where and when pip ran, so they would differ from build to build.
        if package.endswith(".dist-info") and path.name in {
            "RECORD",
            "INSTALLER",
            "REQUESTED",
            "direct_url.json",
            "WHEEL",
        }:
            continue
        found.append((f"vendor/{name.as_posix()}", path))
    return found


def wanted(path: Path) -> bool:
    """A file that belongs in the zip."""
    return path.is_file() and path.suffix not in LEFT_OUT and "__pycache__" not in path.parts


def index(digest: str) -> str:
    """Stash's source format. Stash offers an upgrade when ``date`` is newer: it does not compare versions."""
    manifest = (ROOT / f"{PLUGIN_ID}.yml").read_text(encoding="utf-8")
    description = found_in(manifest, r"^description: (.+)$")
    version = found_in(manifest, r"^version: (.+)$")
    return (
        f"- id: {PLUGIN_ID}\n"
        f"  name: {found_in(manifest, r'^name: (.+)$')}\n"
        f"  metadata:\n    description: {description}\n"
        f"  version: {version}\n"
        f'  date: "{date_of_last_change()}"\n'
        f"  path: {ZIP.name}\n"
        f"  sha256: {digest}\n"
    )


def found_in(manifest: str, pattern: str) -> str:
    """The one line of the manifest that has this form."""
    match = re.search(pattern, manifest, re.MULTILINE)
    if match is None:
        raise SystemExit(f"{PLUGIN_ID}.yml has no line of the form {pattern}")
    return match[1]


def date_of_last_change() -> str:
    """The last commit's time in UTC, so that the index too is reproducible; the present outside a checkout."""
    git = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    seconds = int(git.stdout) if git.returncode == 0 and git.stdout.strip() else int(time.time())
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))


if __name__ == "__main__":
    sys.exit(main())
