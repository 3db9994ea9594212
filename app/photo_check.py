"""Whether photos of performers are to be had where ``field_cast_photos`` says, as the Plex server asks: without any key."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests

from app.checks import Check
from plex.images import NAMES, sniff

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stash.scene import Scene
    from worker.cast import PhotoAddress

NAME = "Cast photos"
OK, REDIRECTS = 200, range(300, 400)
TIMEOUT_S = 5.0
HEAD_BYTES = 4096
REMEDY = "open the address in a browser where you are not logged in; Plex must see the picture there, and without a key"


def check_photos(address: PhotoAddress, scenes: Iterable[Scene]) -> Check:
    """Fetch the first photo that the sample has. That this machine can is no proof that the Plex server can too."""
    photos = (address.of(performer) for scene in scenes for performer in scene.performers)
    photo = next((photo for photo in photos if photo), "")
    if not photo:
        return Check(NAME, ok=True, text="no performer of the sample has a photo in Stash")
    problem = _problem(photo)
    if problem:
        return Check(NAME, ok=False, text=f"{photo} {problem}", remedy=REMEDY)
    return Check(
        NAME, ok=True, text=f"{photo} is a picture, as seen from here; the Plex server must reach it too"
    )


def _problem(photo: str) -> str:
    """Why it is no picture; "" when it is one."""
    with requests.Session() as session:
        session.trust_env = False  # a .netrc would log in where Plex does not
        try:
            with session.get(photo, timeout=TIMEOUT_S, allow_redirects=False, stream=True) as answer:
                head = next(answer.iter_content(HEAD_BYTES), b"")
        except (requests.RequestException, ValueError) as error:
            return f"could not be fetched from here ({type(error).__name__})"
    if answer.status_code in REDIRECTS:
        leads = urlsplit(answer.headers.get("Location", "")).path
        return "leads to a login" if "login" in leads else "leads elsewhere, and Plex may not follow"
    if answer.status_code != OK:
        return f"was answered with status {answer.status_code}"
    kind = sniff(head)
    return "" if kind not in {None, "svg"} else f"is none of {', '.join(NAMES)}"
