"""Calls that edit items: the edit in the query string, ratings, played or not, unlocking."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from simulators.plex.edit_words import understand
from simulators.plex.messages import Answer, Refusal
from simulators.plex.model import COLLECTION, MOVIE, TYPE_NUMBERS, Tagging

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simulators.plex.calls import Call
    from simulators.plex.edit_words import Edit
    from simulators.plex.library import Library
    from simulators.plex.model import Item

RATINGS = {"rating", "audienceRating", "userRating"}


def edit_section(call: Call) -> Answer:
    """``PUT /library/sections/{id}/all``. Without an id it edits every item of the section: Plex does not ask back."""
    section = call.section()
    kind = call.request.get("type")
    by_kind = {str(TYPE_NUMBERS[MOVIE]): section.items, str(TYPE_NUMBERS[COLLECTION]): section.collections}
    if kind not in by_kind:
        raise Refusal(400)
    ids = call.request.get("id")
    if not ids:
        items = list(by_kind[kind].values())
    else:
        items = _known(by_kind[kind], ids)
    apply_edit(call.library, items, call.request.query)
    return Answer()


def edit_items(call: Call) -> Answer:
    """``PUT /library/metadata/{ids}``, the other form of the same."""
    apply_edit(call.library, _known(call.library.items, call.parts["ids"]), call.request.query)
    return Answer()


def rate(call: Call) -> Answer:
    """``PUT /:/rate``: the rating of whoever asks. -1 takes it away; it locks nothing."""
    item = keyed(call)
    value = _rating(call.request.get("rating"), lowest=-1.0)
    if not call.request.owner:
        call.library.guest_ratings[item.rating_key] = value
        return Answer()
    item.fields["userRating"] = "" if value == "-1.0" else value
    item.rated_at = call.library.now()
    call.library.touch(item)
    return Answer()


def apply_edit(library: Library, items: list[Item], query: Iterable[tuple[str, str]]) -> None:
    """Give all items the same values. Raises Refusal(400) for a value that the field cannot have, and changes nothing then."""
    edit = understand(query)
    values = {name: _checked(name, value) for name, value in edit.scalars.items()}
    if any(item.type == COLLECTION for item in items) and "title" in values:
        _check_collection_title(library, items, values["title"])
    # Several items at once are an addition in every account of Plex; for one item the accounts differ.
    replace = library.options.tag_mode == "replace" and len(items) == 1
    for item in items:
        _set_scalars(library, item, values)
        for kind in edit.kinds:
            _set_tags(library, item, kind, edit, replace=replace)
        locked = {name for name, lock in edit.locks.items() if lock}
        item.locks = (item.locks | locked) - (edit.locks.keys() - locked)
        library.touch(item)


def _known(among: dict[int, Item], ids: str) -> list[Item]:
    """Unknown ids are left out; 404 when none is known."""
    items = [among[int(word)] for word in ids.split(",") if word.isdigit() and int(word) in among]
    if not items:
        raise Refusal(404)
    return items


def keyed(call: Call) -> Item:
    """The item that ``key`` names. Raises Refusal(400) and Refusal(404)."""
    if (
        call.request.get("identifier") != "com.plexapp.plugins.library"
        or not call.request.get("key").isdigit()
    ):
        raise Refusal(400)
    return call.library.item(int(call.request.get("key")))


def _set_scalars(library: Library, item: Item, values: dict[str, str]) -> None:
    if values.get("addedAt"):
        item.added_at = int(values["addedAt"])
        library.reordered(library.sections[item.section_id])
    item.fields |= {name: value for name, value in values.items() if name != "addedAt"}
    if "originallyAvailableAt" in values and "year" not in values and "year" not in item.locks:
        item.fields["year"] = values["originallyAvailableAt"][:4]
    if "userRating" in values:
        item.rated_at = library.now()
    if item.type == COLLECTION and item.own_tag is not None and "title" in values:
        library.rename(item.own_tag, values["title"])


def _set_tags(library: Library, item: Item, kind: str, edit: Edit, *, replace: bool) -> None:
    wanted = edit.lists.get(kind, {})
    emptied = kind in edit.emptied or (replace and bool(wanted))
    had = item.tags.get(kind, [])
    tags = {} if emptied else {tagging.tag: tagging for tagging in had}
    for one in wanted.values():
        if not one.words.get("tag.tag"):
            continue
        tag = library.tag(kind, one.words["tag.tag"])
        text = next((tagging.text for tagging in had if tagging.tag is tag and not emptied), "")
        tags[tag] = Tagging(tag, one.index, one.words.get("tagging.text", text))
        if "tag.thumb" in one.words:
            tag.thumb = one.words["tag.thumb"]
    gone = {name.casefold() for name in edit.removed.get(kind, ())}
    left = [tagging for tagging in tags.values() if tagging.tag.name.casefold() not in gone]
    library.set_tags(item, kind, left)


def _check_collection_title(library: Library, items: list[Item], title: str) -> None:
    section = library.sections[items[0].section_id]
    others = [collection for collection in section.collections.values() if collection not in items]
    if any(collection.title.casefold() == title.casefold() for collection in others):
        raise Refusal(409)


def _checked(name: str, value: str) -> str:
    """What is stored for a value; raises Refusal(400). An empty one clears."""
    check = _CHECKS.get(name)
    if not value or check is None:
        return value
    try:
        return check(value)
    except ValueError:
        raise Refusal(400) from None


def _rating(value: str, *, lowest: float = 0.0) -> str:
    try:
        number = float(value)
    except ValueError:
        raise Refusal(400) from None
    if not lowest <= number <= 10:
        raise Refusal(400)
    return str(number)


def _date(value: str) -> str:
    time.strptime(value, "%Y-%m-%d")
    return value


def _whole(value: str) -> str:
    return str(int(value))


_CHECKS: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(RATINGS, _rating),
    "originallyAvailableAt": _date,
    "year": _whole,
    "addedAt": _whole,
}
