"""Which call a request is: the table of everything that this Plex answers."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulators.plex import (
    collection_calls,
    editing,
    picture_calls,
    reading,
    scanning,
    server_calls,
    watching,
)
from simulators.plex.calls import Call
from simulators.plex.messages import Answer, Refusal, refusal
from simulators.plex.model import ELEMENT_OF, PICTURE_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.plex.backstage import Backstage
    from simulators.plex.library import Library
    from simulators.plex.messages import Request

_PARTS = {
    "section": r"\d+",
    "id": r"\d+",
    "member": r"\d+",
    "ids": r"[\d,]+",
    "uuid": r"[\w-]+",
    "epoch": r"\d+",
    "kind": "|".join(ELEMENT_OF),
    "plural": "|".join(f"{kind}s" for kind in PICTURE_KINDS),
    "singular": "|".join(PICTURE_KINDS),
    "shown": "|".join(PICTURE_KINDS.values()),
}


@dataclass(frozen=True, slots=True)
class Route:
    """``owner``: another user's token may not. ``fetches``: Plex downloads the ``url`` before it looks at the rest."""

    methods: frozenset[str]
    path: str
    handler: Callable[[Call], Answer]
    owner: bool = False
    token: bool = True
    fetches: bool = False
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        text = re.sub(r"\{(\w+)\}", lambda part: f"(?P<{part[1]}>{_PARTS[part[1]]})", self.path)
        object.__setattr__(self, "pattern", re.compile(text))


def _read(path: str, handler: Callable[[Call], Answer], *, token: bool = True) -> Route:
    return Route(frozenset({"GET"}), path, handler, token=token)


def _write(methods: str, path: str, handler: Callable[[Call], Answer], *, fetches: bool = False) -> Route:
    return Route(frozenset(methods.split()), path, handler, owner=True, fetches=fetches)


_SECTION, _ITEM = "/library/sections/{section}", "/library/metadata/{id}"
ROUTES = (
    _read("/identity", server_calls.identity, token=False),
    _read("/", server_calls.root),
    _read("/library", server_calls.library),
    _read("/library/sections", server_calls.sections),
    _read("/library/sections/all", server_calls.sections),
    _read("/activities", server_calls.activities),
    _write("DELETE", "/activities/{uuid}", server_calls.cancel_activity),
    _read("/:/prefs", server_calls.preferences),
    _read(_SECTION + "/all", reading.listing),
    _write("PUT", _SECTION + "/all", editing.edit_section),
    _read(_SECTION + "/collections", reading.collection_listing),
    _read(_SECTION + "/{kind}", reading.tag_choices),
    _write("GET POST", _SECTION + "/refresh", scanning.scan),
    _write("DELETE", _SECTION + "/refresh", scanning.cancel_scan),
    _write("PUT", _SECTION + "/emptyTrash", scanning.empty_trash),
    _read("/library/metadata/{ids}", reading.details),
    _write("PUT", "/library/metadata/{ids}", editing.edit_items),
    _write("DELETE", _ITEM, scanning.delete_item),
    _write("PUT", "/library/metadata/{ids}/refresh", scanning.refresh_items),
    _write("PUT", _ITEM + "/analyze", scanning.analyze),
    _read(_ITEM + "/{plural}", picture_calls.pictures),
    _write("POST", _ITEM + "/{plural}", picture_calls.upload, fetches=True),
    _read(_ITEM + "/file", picture_calls.file),
    _write("PUT", _ITEM + "/{singular}", picture_calls.select),
    _write("DELETE", _ITEM + "/{shown}", picture_calls.unselect),
    _read(_ITEM + "/{shown}/{epoch}", picture_calls.shown),
    _write("POST", "/library/collections", collection_calls.create),
    _read("/library/collections/{id}/(?:children|items)", reading.children),
    _read("/library/collections/{ids}", reading.details),
    _write("PUT", "/library/collections/{id}/items", collection_calls.add_items),
    _write("DELETE PUT", "/library/collections/{id}/items/{member}", collection_calls.remove_item),
    _write("DELETE", "/library/collections/{id}", scanning.delete_item),
    Route(frozenset({"PUT", "GET"}), "/:/rate", editing.rate),
    Route(frozenset({"PUT", "GET"}), "/:/scrobble", watching.scrobble),
    Route(frozenset({"PUT", "GET"}), "/:/unscrobble", watching.unscrobble),
    Route(frozenset({"PUT", "GET"}), "/:/progress", watching.progress),
    _read("/status/sessions/history/all", watching.history),
)


def find(request: Request) -> tuple[Route, dict[str, str]] | None:
    """The route and the parts of the path; None when Plex has no such thing."""
    path = request.path.rstrip("/") or "/"
    for route in ROUTES:
        if request.method in route.methods and (match := route.pattern.fullmatch(path)):
            return route, match.groupdict()
    return None


def answer(library: Library, backstage: Backstage, request: Request, *, known_token: bool) -> Answer:
    """Do what is asked, all of it or nothing. ``request`` is told its route, and whether it was applied."""
    found = find(request)
    if found is not None:
        request.route = found[0].path
    if not known_token and (found is None or found[0].token):
        return refusal(401)
    if found is None:
        return refusal(404)
    route, parts = found
    if route.owner and not request.owner:
        return refusal(library.options.guest_status)
    try:
        if route.fetches and request.get("url"):
            request.body = picture_calls.fetched(request.get("url"), library.options.image_limit)
        with library.lock:
            if request.is_write and library.options.write_s:
                time.sleep(library.options.write_s)  # one writer at a time, and readers wait for it: SQLite
            reply = route.handler(Call(library, backstage, request, parts))
    except Refusal as error:
        return refusal(error.status)
    request.applied = True
    return reply
