"""Calls about collections as items of their own; an edit with ``collection[n].tag.tag`` needs none of these."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simulators.plex.messages import Answer, Refusal
from simulators.plex.model import COLLECTION, Tagging
from simulators.plex.rendering import container

if TYPE_CHECKING:
    from simulators.plex.calls import Call
    from simulators.plex.library import Library
    from simulators.plex.model import Item

_URI = re.compile(r"server://([^/]+)/com\.plexapp\.plugins\.library/library/metadata/([\d,]+)")


def create(call: Call) -> Answer:
    """A new collection each time: asking twice makes two of one title."""
    section_id, title = call.request.get("sectionId"), call.request.get("title")
    if not section_id.isdigit() or not title or call.request.get("smart") == "1":
        raise Refusal(400)
    section = call.library.section(int(section_id))
    members = _named(call)
    collection = call.library.new_collection(section, title)
    for member in members:
        _join(call.library, member, collection)
    return Answer(body=container({"size": 1}, [call.render.listing_row(collection)]))


def add_items(call: Call) -> Answer:
    """Several at once."""
    collection = _collection(call)
    for member in _named(call):
        _join(call.library, member, collection)
    return Answer()


def remove_item(call: Call) -> Answer:
    """One."""
    collection = _collection(call)
    member = call.library.item(int(call.parts["member"]))
    left = [t for t in member.tags.get(COLLECTION, ()) if t.tag is not collection.own_tag]
    call.library.set_tags(member, COLLECTION, left)
    call.library.touch(member)
    return Answer()


def _collection(call: Call) -> Item:
    item = call.item()
    if item.type != COLLECTION:
        raise Refusal(404)
    return item


def _named(call: Call) -> list[Item]:
    match = _URI.fullmatch(call.request.get("uri"))
    if match is None or match[1] != call.options.machine_identifier:
        raise Refusal(400)
    return [call.library.item(int(key)) for key in match[2].split(",") if key]


def _join(library: Library, item: Item, collection: Item) -> None:
    taggings = item.tags.get(COLLECTION, [])
    if collection.own_tag is not None and all(t.tag is not collection.own_tag for t in taggings):
        index = max((t.index for t in taggings), default=-1) + 1
        library.set_tags(item, COLLECTION, [*taggings, Tagging(collection.own_tag, index)])
        library.touch(item)
