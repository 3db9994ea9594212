"""Talking to a Plex Media Server through plexapi: its transport and its XML, typed here and nowhere else.

plexapi's objects are not used: on a listing's item they reload behind one's back (a request for each empty field), and
they merge new tags onto the cut list that a listing has. One request here is one request on the wire.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from plex.answers import Identity, Page, Photo, Section, Traffic
from plex.exceptions import PlexError, PlexGarbled, PlexNotFound, PlexRefused, PlexServerDown, SetupError
from plex.fields import PICTURE_FIELDS
from plex.items import PlexItem
from plex.translation import from_status, translated
from plex.transport import Server, new_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from xml.etree.ElementTree import Element

    import requests

__all__ = ["Identity", "Page", "Photo", "PlexClient", "Section", "Traffic"]

CONNECT_S, READ_S = 5.0, 60.0
PROBE_S = 5.0
WORK_S = 15.0
"""How long an item that has always worked may take to show that Plex does its work."""
DETAILS_AT_ONCE = 100
"""Ids in one details request: more makes the address too long for some proxies, and fewer costs requests."""
MOVIE_TYPE = "1"
OK = 200
CONTAINER = "MediaContainer"
"""The element that every answer of Plex is."""
DETAILS_QUERY = "skipRefresh=1&includeGuids=0&includeChapters=0&includeMarkers=0"
"""Without skipRefresh a plain read can make Plex look at the disks."""
PLURAL = {"poster": "posters", "art": "arts"}


class PlexClient:
    """One server. Threads may share it: requests' session is used without cookies and redirects.

    ``timeout`` is for connecting and for waiting on each piece of an answer, in seconds; ``verify`` is False or a
    certificate file for a server with a certificate of its own. ``client_identifier`` must stay the same from start
    to start: Plex shows each new one as a new device.

    Every method raises PlexError alone, with texts that hold neither address nor token.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        client_identifier: str,
        timeout: tuple[float, float] = (CONNECT_S, READ_S),
        verify: bool | str = True,
    ) -> None:
        self._session = new_session(verify=verify, on_response=self._count)
        self._server = Server(url, token, self._session, timeout)
        self._headers = {
            "X-Plex-Client-Identifier": client_identifier,
            "X-Plex-Product": "PlexSync",
            "X-Plex-Device-Name": "PlexSync",
        }
        self._token = token
        self._counting = threading.Lock()
        self.traffic = Traffic()

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    # --- looking ---

    def identity(self) -> Identity:
        """Who answers. Plex answers this without a token, and also while it is in maintenance."""
        root = self._get("/identity", "the request for its identity")
        return Identity(
            root.attrib.get("machineIdentifier", ""), root.attrib.get("version", "").partition("-")[0]
        )

    def probe(self, patience_s: float = PROBE_S) -> None:
        """Whether Plex serves: returns when it does. Raises PlexRefused, SetupError, or PlexServerDown for the rest.

        The libraries are asked for, not the identity, which answers in maintenance too; and with a short timeout. A
        page that is not Plex's, or a 500, at this question means that no other request can succeed either.
        """
        try:
            self._get("/library/sections", "a probe", timeout=(PROBE_S, patience_s))
        except (PlexRefused, PlexServerDown, SetupError):
            raise
        except PlexError as error:
            raise PlexServerDown(f"Plex does not serve: {error}") from error

    def does_work(self, rating_key: int, lock: str, *, edit: bool) -> bool:
        """Read an item, and with ``edit`` set a lock again that it has: nothing changes, and yet Plex has worked.

        False when the item is gone or has no such lock: that says nothing. Raises as every request does, in a few seconds.
        """
        patience = (PROBE_S, WORK_S)
        item = self._details([rating_key], timeout=patience).get(rating_key)
        if item is None or item.section_id is None or lock not in item.locks:
            return False
        if edit:
            self.edit(item.section_id, rating_key, [(f"{lock}.locked", "1")], timeout=patience)
        return True

    def preferences(self) -> None:
        """Ask for what only the owner may see: raises PlexRefused when the token is somebody else's."""
        self._get("/:/prefs", "the owner's preferences")

    def sections(self) -> tuple[Section, ...]:
        """The libraries, of every type."""
        what = "the list of libraries"
        root = self._get("/library/sections", what)
        with translated(what, secret=self._token):
            return tuple(Section.from_element(element) for element in root.iter("Directory"))

    def page(self, section_id: int, start: int, size: int, **filters: str) -> Page:
        """A piece of a library's listing. Advance by what came: Plex may give another number than asked for.

        ``filters`` are Plex's own parameters, such as ``sort="addedAt:desc"`` or, with an operator,
        ``**{"updatedAt>>": "1700000000"}``. Plex ignores those that it does not know: look at what came.
        """
        return self.ask_page(section_id, start, size, **filters)()

    def ask_page(self, section_id: int, start: int, size: int, **filters: str) -> Callable[[], Page]:
        """The same in two steps, for two threads: this fetches the piece, and calling what is returned reads it."""
        what = f"a listing of library {section_id}"
        query = _query_string([("type", MOVIE_TYPE), *filters.items()])
        key = f"/library/sections/{section_id}/all?{query}"
        with translated(what, secret=self._token):
            answer = self._server.fetch(key, {**self._headers, **_container(start, size)})

        def read() -> Page:
            with translated(what, secret=self._token):
                root = _container_of(self._server.read(answer), what)
                items = tuple(
                    PlexItem.from_element(element, section_id=section_id) for element in root.iter("Video")
                )
                total = int(root.attrib.get("totalSize") or start + len(items))
                return Page(items, total, root.attrib.get("librarySectionUUID", ""))

        return read

    def elements(
        self, path: str, what: str, *, start: int, size: int, **filters: str
    ) -> tuple[list[Element], int]:
        """A piece of any list of ``Video`` elements, and how long the whole list is. Filters as for ``page``."""
        root = self._get(f"{path}?{_query_string(filters.items())}", what, headers=_container(start, size))
        found = list(root.iter("Video"))
        return found, int(root.attrib.get("totalSize") or start + len(found))

    def details(self, rating_keys: Iterable[int]) -> dict[int, PlexItem]:
        """Whole items, a hundred in a request; those that Plex does not have are absent."""
        found: dict[int, PlexItem] = {}
        for chunk in _chunks(list(dict.fromkeys(rating_keys))):
            found.update(self._details(chunk))
        return found

    def pictures(self, rating_key: int, kind: str) -> tuple[Photo, ...]:
        """The pictures of a kind (poster, art) that an item has."""
        root = self._get(
            f"/library/metadata/{rating_key}/{PLURAL[kind]}", f"the pictures of item {rating_key}"
        )
        return tuple(Photo.from_element(element) for element in root.iter("Photo"))

    def picture(self, rating_key: int, photo: str) -> bytes:
        """The bytes of one of the pictures that an item has, by the picture's own ``rating_key``."""
        what = f"a picture of item {rating_key}"
        with translated(what, secret=self._token):
            response = self._server.fetch(
                f"/library/metadata/{rating_key}/file?{_query_string([('url', photo)])}", self._headers
            )
            if response.status_code != OK:
                raise from_status(response.status_code, what)
            return response.content

    # --- changing ---

    def edit(
        self,
        section_id: int,
        rating_key: int,
        params: Sequence[tuple[str, str]],
        *,
        timeout: tuple[float, float] | None = None,
    ) -> None:
        """One edit of one item. Names and values are percent-encoded here, once.

        Raises ValueError without an id: Plex would then edit the whole library.
        """
        if section_id <= 0 or rating_key <= 0:
            raise ValueError(f"an edit needs an item and its library, not {rating_key} in {section_id}")
        query = _query_string([("type", MOVIE_TYPE), ("id", str(rating_key)), *params])
        key = f"/library/sections/{section_id}/all?{query}"
        self._send("PUT", key, f"an edit of item {rating_key}", timeout=timeout)

    def upload(self, rating_key: int, kind: str, data: bytes) -> None:
        """Give an item a picture, which is then the selected one."""
        key = f"/library/metadata/{rating_key}/{PLURAL[kind]}"
        self._send("POST", key, f"a {kind} for item {rating_key}", data=data)

    def select(self, rating_key: int, kind: str, photo: str) -> None:
        """Select one of the pictures that an item has. Plex wants the singular path here."""
        key = f"/library/metadata/{rating_key}/{kind}?{_query_string([('url', photo)])}"
        self._send("PUT", key, f"a choice of {kind} for item {rating_key}")

    def select_none(self, rating_key: int, kind: str) -> None:
        """Show no picture of this kind; those that the item has stay with it."""
        key = f"/library/metadata/{rating_key}/{PICTURE_FIELDS[kind]}"
        self._send("DELETE", key, f"a choice of no {kind} for item {rating_key}")

    def scan(self, section_id: int, folder: str) -> None:
        """Have Plex look for new files in a folder; it answers at once and works on behind it."""
        key = f"/library/sections/{section_id}/refresh?{_query_string([('path', folder)])}"
        self._send("GET", key, "a scan")

    # --- the wire ---

    def _details(self, chunk: list[int], timeout: tuple[float, float] | None = None) -> dict[int, PlexItem]:
        """Until nothing more comes: Plex may page this answer too, and leaves out what it does not have."""
        found: dict[int, PlexItem] = {}
        missing = chunk
        while missing:
            what = "a read of an item" if len(missing) == 1 else f"a read of {len(missing)} items"
            key = f"/library/metadata/{','.join(map(str, missing))}?{DETAILS_QUERY}"
            try:
                root = self._get(key, what, headers=_container(0, len(missing)), timeout=timeout)
            except PlexNotFound:
                return found | self._details_apart(missing)
            with translated(what, secret=self._token):
                section = root.attrib.get("librarySectionID")
                items = [
                    PlexItem.from_element(
                        element, section_id=int(section) if section else None, complete=True
                    )
                    for element in root.iter("Video")
                ]
                more = int(root.attrib.get("totalSize") or 0) > len(items) > 0
            found.update({item.rating_key: item for item in items})
            missing = [rating_key for rating_key in missing if rating_key not in found] if more else []
        return found

    def _details_apart(self, keys: list[int]) -> dict[int, PlexItem]:
        """One unknown id alone is a 404. Among others it should be left out; where it is not, halves find the others."""
        if len(keys) <= 1:
            return {}
        middle = len(keys) // 2
        return self._details(keys[:middle]) | self._details(keys[middle:])

    def _get(self, key: str, what: str, **kwargs: Any) -> Element:
        with translated(what, secret=self._token):
            return _container_of(self._query(key, **kwargs), what)

    def _send(self, method: str, key: str, what: str, **kwargs: Any) -> None:
        """What Plex has done it answers with nothing, or with something of its own: a page is somebody else's."""
        with translated(what, secret=self._token):
            verb: Callable[..., requests.Response] = getattr(self._session, method.lower())
            root = self._query(key, method=verb, **kwargs)
            if root is not None and root.tag.lower().endswith("html"):
                raise PlexGarbled(f"what answered {what} is no Plex: its answer is a page")

    def _query(self, key: str, *, headers: dict[str, str] | None = None, **kwargs: Any) -> Element | None:
        return self._server.query(key, headers={**self._headers, **(headers or {})}, **kwargs)

    def _count(self, response: requests.Response) -> None:
        response.encoding = (
            "utf-8"  # Plex's, whatever a proxy says: requests would take Latin-1 without a charset
        )
        body = response.request.body
        with self._counting:
            self.traffic.requests += 1
            self.traffic.bytes_sent += len(response.request.url or "") + len(body or b"")
            self.traffic.bytes_received += len(response.content)


def _container_of(root: Element | None, what: str) -> Element:
    if root is None:
        raise PlexGarbled(f"Plex's answer to {what} was empty")
    if root.tag != CONTAINER:
        raise PlexGarbled(f"what answered {what} is no Plex: its answer is something else")
    return root


def _query_string(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)


def _container(start: int, size: int) -> dict[str, str]:
    return {"X-Plex-Container-Start": str(start), "X-Plex-Container-Size": str(size)}


def _chunks(keys: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(keys), DETAILS_AT_ONCE):
        yield keys[start : start + DETAILS_AT_ONCE]
