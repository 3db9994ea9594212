"""Which request does what. Everything but ``/identity`` needs a token, and whatever changes something an owner's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulators.plex import pictures, render
from simulators.plex.edits import apply_edit, checked_rating, parse_edit
from simulators.plex.listing import Listings
from simulators.plex.markup import container, element
from simulators.plex.wire import Refusal, Response, error

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.plex.edits import TagMode
    from simulators.plex.library import Library
    from simulators.plex.model import Item, Section
    from simulators.plex.wire import Request

    Handler = Callable[["Routes", Request, "re.Match[str]"], Response]

LIBRARY = "com.plexapp.plugins.library"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """What the server says about itself."""

    machine_identifier: str
    version: str
    friendly_name: str = "Simulated Plex"
    api_version: str = "1.1.1"


class Routes:
    """Answers requests from the library. The caller holds the library's lock."""

    def __init__(
        self,
        library: Library,
        facts: ServerFacts,
        tag_mode: TagMode,
        start_scan: Callable[[Section, str | None, bool], None],
    ) -> None:
        self.library = library
        self.facts = facts
        self.tag_mode = tag_mode
        self.listings = Listings(library)
        self.start_scan = start_scan

    def answer(self, request: Request) -> Response:
        """The answer of a healthy server; the request's rights (``owner``) are known already."""
        known_path = False
        for method, pattern, owner_only, handler in ROUTES:
            match = pattern.fullmatch(request.path)
            if match is None:
                continue
            known_path = True
            if method != request.method:
                continue
            if owner_only and not request.owner:
                return error(403)
            try:
                return handler(self, request, match)
            except Refusal as refusal:
                return error(refusal.status, refusal.text)
        return error(405 if known_path else 404)

    def section(self, match: re.Match[str]) -> Section:
        """The section in the path."""
        section = self.library.sections.get(int(match["section"]))
        if section is None:
            raise Refusal(404, "no such section")
        return section

    def item(self, match: re.Match[str]) -> Item:
        """The one item in the path."""
        item = self.library.items.get(int(match["key"]))
        if item is None:
            raise Refusal(404, "no such item")
        return item

    def several(self, keys: str) -> list[Item]:
        """Those that exist of the items named; 404 when none of them does."""
        found = [self.library.items[int(key)] for key in keys.split(",") if int(key) in self.library.items]
        if not found:
            raise Refusal(404, "no such item")
        return found


def _identity(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    facts = routes.facts
    return container(
        [],
        ("apiVersion", facts.api_version),
        ("claimed", 1),
        ("machineIdentifier", facts.machine_identifier),
        ("version", facts.version),
    )


def _root(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    facts = routes.facts
    return container(
        [element("Directory", [("count", 1), ("key", "library"), ("title", "library")])],
        ("friendlyName", facts.friendly_name),
        ("machineIdentifier", facts.machine_identifier),
        ("version", facts.version),
        ("platform", "Linux"),
        ("platformVersion", "6.1"),
        ("myPlex", 1),
        ("myPlexSigninState", "ok"),
        ("updatedAt", routes.library.now()),
        ("ownerFeatures", "pass" if request.owner else None),
    )


def _library(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    sections = element("Directory", [("key", "sections"), ("title", "Library Sections")])
    return container([sections], ("identifier", LIBRARY), ("title1", "Plex Library"), ("mediaTagVersion", 1))


def _sections(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    return container(map(render.directory, routes.library.sections.values()), ("title1", "Plex Library"))


def _prefs(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    setting = [("id", "ButlerStartHour"), ("type", "int"), ("default", "2"), ("value", "2"), ("group", "butler")]
    return container([element("Setting", setting)])


def _listing(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    return routes.listings.answer(routes.section(match), request)


def _details(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    items = routes.several(match["keys"])
    exclude = [(request.first(name) or "").split(",") for name in ("excludeElements", "excludeFields")]
    section = routes.library.sections[items[0].section_id]
    return container(
        [render.details(item, routes.library, *exclude) for item in items],
        ("allowSync", 1),
        ("identifier", LIBRARY),
        ("librarySectionID", section.id),
        ("librarySectionTitle", section.title),
        ("librarySectionUUID", section.uuid),
    )


def _edit_section(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    section = routes.section(match)
    if request.first("type") != str(section.type_number):
        raise Refusal(400, "the type is missing or wrong")
    ids = request.first("id")
    if ids and re.fullmatch(r"\d+(,\d+)*", ids) is None:
        raise Refusal(400, "ids are numbers")
    here = routes.library.of_section[section.id]
    items = [item for item in routes.several(ids) if item.rating_key in here] if ids else list(here.values())
    if ids and not items:
        raise Refusal(404, "no such item in this section")
    apply_edit(routes.library, items, parse_edit(request.query), routes.tag_mode)
    return Response()


def _edit_items(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    items = routes.several(match["keys"])
    apply_edit(routes.library, items, parse_edit(request.query), routes.tag_mode)
    return Response()


def _scan(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    routes.start_scan(routes.section(match), request.first("path"), request.first("force") == "1")
    return Response(headers={"X-Plex-Activity": f"scan-{match['section']}"})


def _empty_trash(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    routes.section(match)
    return Response()


def _activities(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    running = [section for section in routes.library.sections.values() if section.refreshing]
    return container(
        element(
            "Activity",
            [("uuid", f"scan-{section.id}"), ("type", "library.update.section"), ("title", f"Scanning {section.title}")],
        )
        for section in running
    )


def _refresh(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    routes.library.refresh(routes.several(match["keys"]))
    return Response()


def _rate(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    item = _named_item(routes, request)
    rating = checked_rating(request.first("rating") or "", lowest=-1.0)
    routes.library.set_scalar(item, "userRating", "" if rating < 0 else str(rating))
    item.touch(routes.library.clock())
    routes.library.changed(item.section_id)
    return Response()


def _scrobble(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    item = _named_item(routes, request)
    played = match["un"] is None
    item.view_count = item.view_count + 1 if played else 0
    item.last_viewed_at = routes.library.now() if played else None
    routes.library.changed(item.section_id)
    return Response()


def _named_item(routes: Routes, request: Request) -> Item:
    key = request.first("key") or ""
    if request.first("identifier") != LIBRARY or not key.isdecimal():
        raise Refusal(400, "identifier or key")
    return routes.several(key)[0]


def _pictures(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    item = routes.item(match)
    routes.library.ensure_pictures(item)
    return container([render.photo(photo, item) for photo in item.pictures(match["kind"])])


def _upload(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    if request.first("url") is not None:
        raise Refusal(400, "this server does not download pictures")
    pictures.upload(routes.library, routes.item(match), match["kind"], request.body)
    return Response()


def _select(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    pictures.select(routes.library, routes.item(match), match["kind"], request.first("url") or "")
    return Response()


def _remove_picture(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    kind = "poster" if match["kind"] == "thumb" else "art"
    pictures.remove_shown(routes.library, routes.item(match), kind)
    return Response()


def _picture(routes: Routes, request: Request, match: re.Match[str]) -> Response:
    photo = pictures.shown(routes.item(match), "poster" if match["kind"] == "thumb" else "art")
    if photo is None or photo.data is None:
        raise Refusal(404, "no picture")
    return Response(body=photo.data, content_type="image/jpeg")
