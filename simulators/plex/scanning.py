"""Calls that have Plex look at its disks or at its agent again; all of them answer at once and work afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.plex.backstage import Activity
from simulators.plex.messages import Answer
from simulators.plex.model import MOVIE, MediaFile, file_title

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulators.plex.calls import Call
    from simulators.plex.library import Library
    from simulators.plex.model import Item, Section


def scan(call: Call) -> Answer:
    """``/library/sections/{id}/refresh``: the whole section, or one folder of it; ``force=1`` asks the agent too."""
    library, section = call.library, call.section()
    folder = call.request.get("path")
    force = call.request.get("force") == "1"
    section.refreshing += 1

    def work() -> None:
        scan_now(library, section, folder)
        if force:
            for item in list(section.items.values()):
                refresh_now(library, item)

    def done() -> None:
        section.refreshing -= 1

    activity = Activity("library.update.section", f"Scanning {section.title}")
    started = call.backstage.start(activity, call.options.scan_s, work, done)
    return Answer(headers={"X-Plex-Activity": started})


def cancel_scan(call: Call) -> Answer:
    """Stop looking."""
    title = f"Scanning {call.section().title}"
    for activity in call.backstage.running():
        if activity.title == title:
            activity.cancel()
    return Answer()


def refresh_items(call: Call) -> Answer:
    """``PUT /library/metadata/{ids}/refresh``: locked fields stay."""
    items = [call.library.item(int(word)) for word in call.parts["ids"].split(",") if word.isdigit()]

    def work() -> None:
        for item in items:
            if item.rating_key in call.library.items:
                refresh_now(call.library, item)

    activity = Activity("library.refresh.items", f"Refreshing {len(items)} items")
    started = call.backstage.start(activity, call.options.refresh_s, work)
    return Answer(headers={"X-Plex-Activity": started})


def analyze(call: Call) -> Answer:
    """Looks at the file again, which moves updatedAt and nothing else."""
    item = call.item()
    activity = Activity("media.generate", f"Analyzing {item.title}")
    call.backstage.start(activity, call.options.refresh_s, lambda: call.library.touch(item))
    return Answer()


def empty_trash(call: Call) -> Answer:
    """What a scan did not find on disk any more goes, with all that was written to it."""
    section = call.section()
    for item in list(section.items.values()):
        left = tuple(file for file in item.files if not file.missing)
        if not left:
            call.library.delete(item)
        elif left != item.files:
            item.files = left
            call.library.touch(item)
    return Answer()


def delete_item(call: Call) -> Answer:
    """The item and its file."""
    item = call.item()
    for file in item.files:
        call.library.disk.pop(file.path, None)
    call.library.delete(item)
    return Answer()


def scan_now(library: Library, section: Section, folder: str = "") -> list[Item]:
    """Make items of files that are in the section's folders and have none; mark those that are gone. Returns the new ones.

    ``folder`` is a folder: the path of a file finds nothing, as with Plex.
    """
    section.scanned_at = library.now()
    folders = [folder] if folder else section.locations
    known = {file.path: file for item in section.items.values() for file in item.files}
    for path, file in known.items():
        if _inside(path, folders):
            file.missing = path not in library.disk
    new = [
        path
        for path in library.disk
        if path not in known and _inside(path, section.locations) and _inside(path, folders)
    ]
    if section.type != MOVIE:
        return []
    return [library.add(section, (MediaFile(path, *library.disk[path]),)) for path in new]


def refresh_now(library: Library, item: Item) -> None:
    """What the "Personal Media" agent does: the title is the file's name again, the poster the one made from the file.

    Locked fields stay, and everything else stays in any case.
    """
    if item.type != MOVIE:
        return
    if "title" not in item.locks:
        item.fields["title"] = file_title(item.files[0].path)
    if "thumb" not in item.locks:
        photos = library.pictures_of(item, "poster")
        generated = next((photo for photo in photos if photo.data is None), None)
        if generated is not None and not generated.selected:
            for photo in photos:
                photo.selected = photo is generated
            library.stamp(item, "thumb")
    library.touch(item)


def _inside(path: str, folders: Iterable[str]) -> bool:
    plain = path.replace("\\", "/")
    return any(plain.startswith(folder.replace("\\", "/").rstrip("/") + "/") for folder in folders)
