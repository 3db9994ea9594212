"""What can go wrong with Plex. What follows from an error is a property of its class, so the worker needs no ladder.

PlexError
├── TransientError          tried again; costs a try
│   ├── PlexTemporaryError  a 5xx, 408, 429, a timeout, a reset
│   ├── PlexGarbled         an answer that is no XML: a proxy's page, a cut answer
│   └── WriteNotShown       an edit was accepted and does not show
├── PlexServerDown          no try; the breaker opens
│   ├── PlexMaintenance     503: Plex starts, or migrates its database
│   └── PlexStuck           it answers, and does no work: every edit or every read of an item fails
├── PlexRefused             401, 403: the drain stops, every job stays
├── PlexNotFound            the item is not there (yet)
├── SetupError              the drain stops, every job stays
│   ├── LibraryMissing
│   ├── WrongSectionType
│   ├── CertificateRefused  nobody vouches for the server's certificate
│   └── WrongServer
└── PermanentError          no retry helps: dead at once
    ├── PlexPermanentError  400, 409, 413 …
    │   ├── RequestTooLong  414, 431
    │   └── EditRefused     401 or 403 to the edit of one item, while others are taken
    ├── AmbiguousMatch      several items could be meant
    └── Unknown             what nobody foresaw; its class stands in the message
"""

from __future__ import annotations

from typing import ClassVar


class PlexError(Exception):
    """The root. ``hint`` is the sentence that tells the owner what to do.

    ``cause`` is what the message has in common with those of other scenes, where its text does not show that.
    """

    hint: ClassVar[str] = "Run 'Check Setup' and see the log"
    costs_try: ClassVar[bool] = True
    opens_breaker: ClassVar[bool] = False
    stops_drain: ClassVar[bool] = False
    will_retry: ClassVar[bool] = False

    def __init__(self, message: str = "", *, cause: str = "") -> None:
        super().__init__(message)
        self.cause = cause

    @property
    def error_type(self) -> str:
        """The name under which reports group it."""
        return type(self).__name__


class TransientError(PlexError):
    """May be over the next time."""

    hint = "Will retry automatically; if persists, check Plex connectivity"
    will_retry = True


class PlexTemporaryError(TransientError):
    """Plex was too slow, or had trouble of its own."""


class PlexGarbled(TransientError):
    """Something answered that does not speak Plex's language."""

    hint = "Will retry automatically; if persists, check that plex_url leads to Plex itself and not to a proxy's page"


class WriteNotShown(TransientError):
    """Plex accepted an edit and shows something else."""

    hint = "Will retry automatically; if persists, look for another tool that edits the same item"


class PlexServerDown(PlexError):
    """Nobody answers."""

    hint = "Nothing to do: it is looked for every few seconds; if it stays away, check that Plex runs and plex_url is right"
    costs_try = False
    opens_breaker = True
    will_retry = True


class PlexMaintenance(PlexServerDown):
    """Plex is there and does not serve yet: it starts, or migrates its database (a 503 for seconds to hours)."""

    hint = "Nothing to do: Plex is starting or in maintenance, and is asked again every few seconds"


class PlexStuck(PlexServerDown):
    """Plex answers a probe, but edits fail, or reads of items do, and not those of one item alone."""

    hint = "Nothing to do: it is tried again every few seconds; if it lasts, see Plex's own log: its database may be locked, or its disk full"


class PlexRefused(PlexError):
    """The token is wrong, or not the owner's: only the owner may edit."""

    hint = "Check Plex authentication token: enter it again in Stash under Settings > Plugins > PlexSync; it must be the one of the server's owner"
    costs_try = False
    stops_drain = True


class PlexNotFound(PlexError):
    """Plex does not have the item."""

    hint = "Check if file exists in Plex library, try library scan"


class SetupError(PlexError):
    """Nothing can work before the owner changes a setting."""

    hint = "Correct the setting and run 'Check Setup'"
    costs_try = False
    stops_drain = True


class LibraryMissing(SetupError):
    """A library of the settings does not exist."""

    hint = "Correct plex_library, or make the library in Plex"


class WrongSectionType(SetupError):
    """A library of the settings is none for movies."""

    hint = "Name a library of type Movies in plex_library"


class CertificateRefused(SetupError):
    """The server's certificate is made out for another name, has run out, or nobody vouches for it."""

    hint = (
        "Enter the address that the certificate is made out for (https://….plex.direct:32400, as Plex's own page shows it), or "
        "name a file with the certificate in plex_ca_file; in your own network http:// will do, or 'Accept any certificate'"
    )


class WrongServer(SetupError):
    """Another server answers than the one that was synced so far."""

    hint = "Correct plex_url; if this server shall be synced from now on, run 'Accept New Plex Server'"


class PermanentError(PlexError):
    """No retry helps."""

    hint = "See the message; mend the cause and run 'Retry Failed Scenes'"


class PlexPermanentError(PermanentError):
    """Plex understands the request and will not do it."""

    hint = "Check Plex authentication token; if it is the owner's, the message says what Plex would not take"


class RequestTooLong(PlexPermanentError):
    """The address of an edit is longer than Plex, or a proxy before it, takes."""

    hint = "Shorten the text or the list in Stash, or let PlexSync reach Plex without the proxy"


class EditRefused(PlexPermanentError):
    """Edits of other items are taken, so it is not the token: a filter before Plex dislikes what this one says."""

    hint = "Let PlexSync reach Plex without the proxy, or change the text in Stash"


class AmbiguousMatch(PermanentError):
    """Several items could be meant, and the evidence does not tell them apart."""

    hint = "Set path_map so that paths agree, remove the duplicate in Plex, or turn on 'Accept uncertain matches'"


class Unknown(PermanentError):
    """What nobody foresaw; the message begins with the class of the original error."""

    hint = "Please report it with the log; 'Retry Failed Scenes' tries again"
