"""What can go wrong between us and Stash, and what follows from it.

StashError
├── StashDown          nobody answers, or with a 5xx, or with nothing of use to whatever is asked
│   └── StashSlow      not in time
├── StashRefused       401, 403, or sent to the login page
├── OtherStash         not the one that the data folder belongs to
└── StashOdd           an answer that cannot be used: of another shape than the schema's
    ├── StashGarbled   no GraphQL at all: HTML, cut or garbled JSON, a redirect to anywhere but the login page
    └── QueryFailed    GraphQL errors

What follows is a property of the class, so the worker needs no ladder of excepts: ``costs_try`` (may it be this job's
own fault?), ``opens_breaker`` (the breaker is Plex's: never), ``stops_drain`` (does it hold for all jobs?), ``will_retry``.
"""

from __future__ import annotations

from typing import ClassVar


class StashError(Exception):
    """The root. Its text never holds a key, a cookie or a URL's query."""

    hint: ClassVar[str] = "Check that Stash is running and that its log shows no error"
    costs_try: ClassVar[bool] = False
    opens_breaker: ClassVar[bool] = False
    stops_drain: ClassVar[bool] = True
    will_retry: ClassVar[bool] = True
    cause: ClassVar[str] = ""
    """What the message has in common with those of other scenes: its text shows that."""

    @property
    def error_type(self) -> str:
        """The name under which failures of this class are counted."""
        return type(self).__name__


class StashDown(StashError):
    """Stash is not there, or not able to answer now. Every job stays as it is."""

    hint = "Check that Stash is running; syncing goes on with the next change or task"


class StashSlow(StashDown):
    """Stash is there, and took longer than we wait: it may be in time for less."""


class StashRefused(StashError):
    """Stash wants a login that we do not have. Every job stays as it is."""

    hint = "The session has ended: run a PlexSync task in Stash. With an API key in Stash (Settings > Security) it does not end"


class OtherStash(StashError):
    """Another Stash uses the data folder. Every job stays as it is."""

    hint = (
        "Give each Stash a data folder of its own with PLEXSYNC_DATA_DIR; "
        "or, if this Stash has taken the other one's place, run 'Accept New Stash'"
    )


class StashOdd(StashError):
    """Stash answered, but not what was asked for."""

    hint = "Check Stash's log for this time; PlexSync needs Stash 0.25 or newer"
    costs_try = True
    stops_drain = False


class StashGarbled(StashOdd):
    """What came is no answer of Stash's, though it answers other questions: a proxy's page, JSON that is cut."""


class QueryFailed(StashOdd):
    """Stash understood, and said no. ``messages`` are its own words, one for each error."""

    def __init__(self, messages: tuple[str, ...], doing: str = "") -> None:
        said = "; ".join(messages)[:500]
        super().__init__(
            f"Stash answered with an error while {doing}: {said}"
            if doing
            else f"Stash answered with an error: {said}"
        )
        self.messages = messages
