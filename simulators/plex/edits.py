"""The edit request: everything rides in the query, for one item, for several, or for a whole section."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

from simulators.plex.model import PICTURES, RATINGS, SCALARS, TAGS
from simulators.plex.wire import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simulators.plex.library import Library
    from simulators.plex.model import Item

TagMode = Literal["replace", "add"]

NAME = re.compile(r"(?P<field>\w+)(?:\[(?P<index>\d*)\])?\.(?P<what>value|locked|tag\.tag-?|tag\.thumb|tagging\.text|tag)")
LOCKABLE = frozenset({*SCALARS, *TAGS, *PICTURES.values(), "year", "addedAt"})
NOT_EDITS = frozenset({"type", "id", "includeExternalMedia"})


@dataclass(slots=True)
class TagEdit:
    """What a request says about one tag list. Entries are keyed by their number in the request."""

    names: dict[int, str] = field(default_factory=dict)
    thumbs: dict[int, str] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    remove: set[str] = field(default_factory=set)
    """Case-folded."""
    clear: bool = False


@dataclass(slots=True)
class Edit:
    """A whole request, read and checked."""

    scalars: dict[str, str] = field(default_factory=dict)
    tags: dict[str, TagEdit] = field(default_factory=dict)
    locks: dict[str, bool] = field(default_factory=dict)


def parse_edit(pairs: Iterable[tuple[str, str]]) -> Edit:
    """Read the pairs of a query. Raises Refusal(400) for a name or a value that Plex does not have."""
    edit = Edit()
    for name, value in pairs:
        if name in NOT_EDITS or name.startswith("X-Plex-"):
            continue
        match = NAME.fullmatch(name)
        if match is None:
            raise Refusal(400, f"bad parameter {name}")
        what = match["what"]
        if what == "locked" and match["index"] is None and match["field"] in LOCKABLE:
            edit.locks[match["field"]] = _truth(value)
        elif what == "value" and match["index"] is None:
            edit.scalars[match["field"]] = _checked(match["field"], value)
        elif match["field"] in TAGS and match["index"] is not None:
            _read_tag(edit.tags.setdefault(match["field"], TagEdit()), match["index"], what, value)
        else:
            raise Refusal(400, f"bad parameter {name}")
    for kind, tags in edit.tags.items():
        if not (tags.thumbs.keys() | tags.texts.keys()) <= tags.names.keys():
            raise Refusal(400, f"{kind}: a role or a thumb without its tag")
    return edit


def apply_edit(library: Library, items: Sequence[Item], edit: Edit, mode: TagMode) -> None:
    """Do it. Of several items, tags are always added: replacing lists happens only in the edit of a single item."""
    now = library.clock()
    for item in items:
        for name, value in edit.scalars.items():
            if name == "addedAt":
                item.added_at = int(value)
            else:
                library.set_scalar(item, name, value)
        for kind, tags in edit.tags.items():
            _apply_tags(library, item, kind, tags, replace=mode == "replace" and len(items) == 1)
        for name, locked in edit.locks.items():
            (item.locks.add if locked else item.locks.discard)(name)
        item.touch(now)
        library.changed(item.section_id)


def _apply_tags(library: Library, item: Item, kind: str, edit: TagEdit, *, replace: bool) -> None:
    before = [] if edit.clear else item.tags.get(kind, [])
    after: list[str] = []
    for index in sorted(edit.names):
        tag = library.tag(item.section_id, kind, edit.names[index])
        tag.thumb = edit.thumbs.get(index, tag.thumb)
        if tag.name not in after:
            after.append(tag.name)
        if index in edit.texts:
            item.roles[tag.name] = edit.texts[index]
        elif replace:
            item.roles.pop(tag.name, None)
    if not (replace and edit.names):
        after += [name for name in before if name not in after]
    item.tags[kind] = [name for name in after if name.casefold() not in edit.remove]


def _read_tag(tags: TagEdit, index: str, what: str, value: str) -> None:
    if index == "":
        if what == "tag.tag-":  # each tag is encoded in itself, so that commas between tags are the only bare ones
            tags.remove |= {unquote(part).casefold() for part in value.split(",") if part}
        elif what == "tag":
            tags.clear = True
        else:
            raise Refusal(400, "a tag needs a number")
        return
    targets = {"tag.tag": tags.names, "tag.thumb": tags.thumbs, "tagging.text": tags.texts}
    if what not in targets:
        raise Refusal(400, f"no number belongs to {what}")
    if what == "tag.tag" and not value:
        raise Refusal(400, "a tag without a name")
    targets[what][int(index)] = value


def _checked(name: str, value: str) -> str:
    if name == "addedAt":
        if not value.isdecimal():
            raise Refusal(400, "addedAt is epoch seconds")
    elif name not in SCALARS:
        raise Refusal(400, f"no field {name}")
    elif value and name == "originallyAvailableAt" and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) is None:
        raise Refusal(400, "a date is YYYY-MM-DD")
    elif value and name in RATINGS:
        checked_rating(value, lowest=0.0)
    return value


def checked_rating(value: str, *, lowest: float) -> float:
    """A rating from ``lowest`` to 10. Raises Refusal(400)."""
    try:
        rating = float(value)
    except ValueError:
        raise Refusal(400, "a rating is a number") from None
    if not lowest <= rating <= 10:
        raise Refusal(400, "a rating is at most 10")
    return rating


def _truth(value: str) -> bool:
    if value not in {"0", "1"}:
        raise Refusal(400, "a lock is 0 or 1")
    return value == "1"
