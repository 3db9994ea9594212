"""Calls that read items: paged listings, details of one or many, what a library's tags are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulators.plex.filter_meta import filter_meta
from simulators.plex.listing import listed
from simulators.plex.messages import Answer, Refusal
from simulators.plex.model import TYPE_NUMBERS
from simulators.plex.rendering import container, element

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulators.plex.calls import Call
    from simulators.plex.model import Item, Section


def listing(call: Call) -> Answer:
    """Items of a section, or its collections. Without paging headers all of them come, and no total."""
    section = call.section()
    kind = call.request.get("type") or str(TYPE_NUMBERS.get(section.type, 1))
    return _paged(call, section, listed(call.library, section, kind, call.request.query), kind)


def collection_listing(call: Call) -> Answer:
    """The same for ``/collections``."""
    section = call.section()
    kind = str(TYPE_NUMBERS["collection"])
    return _paged(call, section, listed(call.library, section, kind, call.request.query), kind)


def children(call: Call) -> Answer:
    """The members of a collection."""
    collection = call.item()
    return _paged(call, call.library.section(collection.section_id), call.library.members(collection), "1")


def details(call: Call) -> Answer:
    """Whole items in the order of their ids. An unknown one is left out, and is 404 when it was the only one."""
    words = call.parts["ids"].split(",")
    items = [
        call.library.items[int(word)] for word in words if word.isdigit() and int(word) in call.library.items
    ]
    if not items and len(words) == 1:
        raise Refusal(404)
    without = frozenset(call.request.get("excludeElements").split(","))
    blank = frozenset(call.request.get("excludeFields").split(","))
    rows = [call.render.details(item, without=without, blank=blank) for item in items]
    attributes: dict[str, object] = {
        "size": len(rows),
        "allowSync": 1,
        "identifier": "com.plexapp.plugins.library",
    }
    if items:
        section = call.library.section(items[0].section_id)
        attributes |= {"librarySectionID": section.id, "librarySectionTitle": section.title}
        attributes |= {"librarySectionUUID": section.uuid}
    return Answer(body=container(attributes, rows, keep_newlines=call.options.keep_newlines))


def tag_choices(call: Call) -> Answer:
    """The tags of a kind that a section's items have, with the ids by which a filter knows them."""
    section = call.section()
    kind = call.parts["kind"]
    tags = {t.tag.id: t.tag.name for item in section.items.values() for t in item.tags.get(kind, ())}
    rows = [
        element(
            "Directory",
            {"fastKey": f"/library/sections/{section.id}/all?{kind}={number}", "key": number, "title": name},
        )
        for number, name in tags.items()
    ]
    return Answer(body=container({"size": len(rows), "librarySectionID": section.id}, rows))


def _paged(call: Call, section: Section, items: Sequence[Item], kind: str) -> Answer:
    start, size = _whole(call, "X-Plex-Container-Start", 0), _whole(call, "X-Plex-Container-Size", -1)
    limit = call.options.page_limit
    paged = size >= 0
    if not paged:
        size = len(items)
    if limit is not None:
        size = min(size, limit)
    shown = items[start : start + size]
    attributes: dict[str, object] = {"size": len(shown)}
    headers = {"X-Plex-Container-Start": str(start), "X-Plex-Container-Total-Size": str(len(items))}
    if paged or limit is not None:
        attributes["totalSize"] = len(items)
    attributes |= {
        "allowSync": 1,
        "identifier": "com.plexapp.plugins.library",
        "librarySectionID": section.id,
        "librarySectionTitle": section.title,
        "librarySectionUUID": section.uuid,
        "offset": start,
        "title1": section.title,
    }
    guids = call.request.get("includeGuids") == "1"
    rows = [call.render.listing_row(item, guids=guids) for item in shown]
    if call.request.get("includeMeta") == "1":
        kinds = {str(number): name for name, number in TYPE_NUMBERS.items()}
        rows.insert(0, filter_meta(section.id, kinds.get(kind, "movie")))
    return Answer(body=container(attributes, rows, keep_newlines=call.options.keep_newlines), headers=headers)


def paged_rows(call: Call, rows: Sequence[Any], render: Callable[[Any], str]) -> Answer:
    """A list that belongs to no section, cut by the paging headers."""
    start = _whole(call, "X-Plex-Container-Start", 0)
    size = min(_whole(call, "X-Plex-Container-Size", len(rows)), call.options.page_limit or len(rows))
    shown = rows[start : start + size]
    attributes = {"size": len(shown), "totalSize": len(rows), "offset": start}
    headers = {"X-Plex-Container-Start": str(start), "X-Plex-Container-Total-Size": str(len(rows))}
    return Answer(body=container(attributes, [render(row) for row in shown]), headers=headers)


def _whole(call: Call, name: str, default: int) -> int:
    text = call.request.either(name)
    if text is None:
        return default
    if not text.isdigit():
        raise Refusal(400)
    return int(text)
