"""Talking to a Plex Media Server through plexapi: its transport and its XML, typed here and nowhere else.

plexapi's objects are not used: on a listing's item they reload behind one's back (a request for each empty field), and
they merge new tags onto the cut list that a listing has. One request here is one request on the wire.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter

from plex.exceptions import PlexNotFound, translated
from plex.items import PlexItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from xml.etree.ElementTree import Element

# Before plexapi is imported: a foreign configuration file could change token and timeouts, and objects must not reload.
os.environ["PLEXAPI_CONFIG_PATH"] = os.devnull
os.environ["PLEXAPI_PLEXAPI_AUTORELOAD"] = "false"

from plexapi.server import PlexServer

CONNECT_S, READ_S = 5.0, 60.0
PROBE_S = 5.0
DETAILS_AT_ONCE = 100
"""Ids in one details request: more makes the address too long for some proxies, and fewer costs requests."""
CONNECTIONS = 8
MOVIE_TYPE = "1"
DETAILS_QUERY = "skipRefresh=1&includeGuids=0&includeChapters=0&includeMarkers=0"
"""Without skipRefresh a plain read can make Plex look at the disks."""
PLURAL = {"poster": "posters", "art": "arts"}


@dataclass(frozen=True, slots=True)
class Identity:
    """Which server answers, and its version without the build."""

    machine_identifier: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A library. ``locations`` are its folders as Plex sees them."""

    id: int
    title: str
    type: str
    uuid: str = ""
    locations: tuple[str, ...] = ()
    content_changed_at: str | None = None
    refreshing: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of a listing. ``total`` is the whole listing's size, or what came when Plex does not tell."""

    items: tuple[PlexItem, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that an item has; ``rating_key`` is what selects it."""

    rating_key: str
    selected: bool
    provider: str


@dataclass(slots=True)
class Traffic:
    """What went over the wire since the client was made; bytes are those of bodies and addresses."""

    requests: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0


class _Server(PlexServer):  # type: ignore[misc]  # plexapi is not typed
    """A PlexServer that asks nothing when it is made: ``GET /`` tells us nothing that we need."""

    def __init__(self, url: str, token: str, session: requests.Session, timeout: tuple[float, float]) -> None:
        self._baseurl = url.rstrip("/")
        self._token = token
        self._showSecrets = False
        self._session = session
        self._timeout = timeout


class PlexClient:
    """One server. Threads may share it: requests' session is used without cookies and redirects.

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
        self._session = requests.Session()
        # Nothing of the surroundings: a proxy or .netrc meant for the internet must not see the token.
        self._session.trust_env = False
        self._session.verify = verify
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)
        self._session.hooks["response"].append(self._count)
        self._server = _Server(url, token, self._session, timeout)
        self._headers = {
            "X-Plex-Client-Identifier": client_identifier,
            "X-Plex-Product": "PlexSync",
            "X-Plex-Device-Name": "PlexSync",
        }
        self._counting = threading.Lock()
        self.traffic = Traffic()

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    # --- looking ---

    def identity(self, *, timeout: tuple[float, float] | None = None) -> Identity:
        """Who answers. Plex answers this without a token, and also while it is in maintenance."""
        root = self._get("/identity", "the question who it is", timeout=timeout)
        return Identity(
            root.attrib.get("machineIdentifier", ""), root.attrib.get("version", "").partition("-")[0]
        )

    def probe(self) -> None:
        """Whether Plex serves: returns when it does, and raises what is the matter otherwise.

        The libraries are asked for, not the identity, which answers in maintenance too; and with a short timeout.
        """
        self._get("/library/sections", "a probe", timeout=(PROBE_S, PROBE_S))

    def preferences(self) -> None:
        """Ask for what only the owner may see: raises PlexRefused when the token is somebody else's."""
        self._get("/:/prefs", "the owner's preferences")

    def sections(self) -> tuple[Section, ...]:
        """The libraries, of every type."""
        root = self._get("/library/sections", "the list of libraries")
        return tuple(_section(element) for element in root.iter("Directory"))

    def page(self, section_id: int, start: int, size: int, **filters: str) -> Page:
        """A piece of a library's listing. Advance by what came: Plex may give another number than asked for.

        ``filters`` are Plex's own parameters, such as ``sort="addedAt:desc"`` or, with an operator, ``**{"updatedAt>>": "1700000000"}``.
        """
        query = "&".join(
            f"{quote(name, safe='')}={quote(value, safe='')}"
            for name, value in {"type": MOVIE_TYPE, **filters}.items()
        )
        container = {"X-Plex-Container-Start": str(start), "X-Plex-Container-Size": str(size)}
        root = self._get(f"/library/sections/{section_id}/all?{query}", "a listing", headers=container)
        items = tuple(PlexItem.from_element(element, section_id=section_id) for element in root.iter("Video"))
        return Page(items, int(root.attrib.get("totalSize") or start + len(items)))

    def details(self, rating_keys: Iterable[int]) -> dict[int, PlexItem]:
        """Whole items, a hundred in a request; those that Plex does not have are absent."""
        found: dict[int, PlexItem] = {}
        for chunk in _chunks(list(dict.fromkeys(rating_keys))):
            ids = ",".join(map(str, chunk))
            try:
                root = self._get(f"/library/metadata/{ids}?{DETAILS_QUERY}", f"a read of {len(chunk)} items")
            except PlexNotFound:
                continue  # one unknown id alone is a 404; among others it is left out
            section = root.attrib.get("librarySectionID")
            for element in root.iter("Video"):
                item = PlexItem.from_element(
                    element, section_id=int(section) if section else None, complete=True
                )
                found[item.rating_key] = item
        return found

    def pictures(self, rating_key: int, kind: str) -> tuple[Photo, ...]:
        """The pictures of a kind (poster, art) that an item has."""
        root = self._get(
            f"/library/metadata/{rating_key}/{PLURAL[kind]}", f"the pictures of item {rating_key}"
        )
        return tuple(
            Photo(
                element.attrib.get("ratingKey", ""),
                element.attrib.get("selected") == "1",
                element.attrib.get("provider", ""),
            )
            for element in root.iter("Photo")
        )

    # --- changing ---

    def edit(self, section_id: int, rating_key: int, params: Sequence[tuple[str, str]]) -> None:
        """One edit of one item. Names and values are percent-encoded here, once.

        Raises ValueError without an id: Plex would then edit the whole library.
        """
        if section_id <= 0 or rating_key <= 0:
            raise ValueError(f"an edit needs an item and its library, not {rating_key} in {section_id}")
        pairs = [("type", MOVIE_TYPE), ("id", str(rating_key)), *params]
        query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
        self._send(
            self._session.put, f"/library/sections/{section_id}/all?{query}", f"an edit of item {rating_key}"
        )

    def upload(self, rating_key: int, kind: str, data: bytes) -> None:
        """Give an item a picture, which is then the selected one."""
        self._send(
            self._session.post,
            f"/library/metadata/{rating_key}/{PLURAL[kind]}",
            f"a {kind} for item {rating_key}",
            data=data,
        )

    def select(self, rating_key: int, kind: str, photo: str) -> None:
        """Select one of the pictures that an item has. Plex wants the singular path here."""
        self._send(
            self._session.put,
            f"/library/metadata/{rating_key}/{kind}?url={quote(photo, safe='')}",
            f"a choice of {kind}",
        )

    def scan(self, section_id: int, folder: str) -> None:
        """Have Plex look for new files in a folder; it answers at once and works on behind it."""
        self._send(
            self._session.get,
            f"/library/sections/{section_id}/refresh?path={quote(folder, safe='')}",
            "a scan",
        )

    # --- the wire ---

    def _get(
        self,
        key: str,
        what: str,
        *,
        headers: dict[str, str] | None = None,
        timeout: tuple[float, float] | None = None,
    ) -> Element:
        with translated(what):
            root: Element = self._query(key, None, headers=headers, timeout=timeout)
            root.attrib  # noqa: B018 -- an empty answer is None, and says so here
            return root

    def _send(self, method: Callable[..., requests.Response], key: str, what: str, **kwargs: Any) -> None:
        with translated(what):
            self._query(key, method, **kwargs)

    def _query(
        self,
        key: str,
        method: Callable[..., requests.Response] | None,
        *,
        headers: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> Any:
        # Redirects are not followed: the token would go along to wherever they lead.
        return self._server.query(
            key, method=method, headers={**self._headers, **(headers or {})}, allow_redirects=False, **kwargs
        )

    def _count(self, response: requests.Response, *_args: object, **_kwargs: object) -> None:
        body = response.request.body
        with self._counting:
            self.traffic.requests += 1
            self.traffic.bytes_sent += len(response.request.url or "") + len(body or b"")
            self.traffic.bytes_received += len(response.content)


def _section(element: Element) -> Section:
    attributes = element.attrib
    return Section(
        id=int(attributes["key"]),
        title=attributes.get("title", ""),
        type=attributes.get("type", ""),
        uuid=attributes.get("uuid", ""),
        locations=tuple(location.attrib.get("path", "") for location in element.iter("Location")),
        content_changed_at=attributes.get("contentChangedAt"),
        refreshing=attributes.get("refreshing") == "1",
    )


def _chunks(keys: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(keys), DETAILS_AT_ONCE):
        yield keys[start : start + DETAILS_AT_ONCE]
