"""Secrets that the simulators give out: each has one word in it, by which tests find it wherever it should not be.

Whoever wants to know what leaves the plugin and the simulators (log lines, answers, addresses of requests) appends a
function to ``WITNESSES``: it is called with what kind of thing it is, and its text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MARKER = "d3tn4lP"[::-1]
"""Never written as it is: Hypothesis takes texts for its cases from the sources too, and no made-up title may be taken for a leak."""
OWNER_TOKEN = f"{MARKER}-owner-token-{MARKER}"
GUEST_TOKEN = f"{MARKER}-guest-token-{MARKER}"
WRONG_TOKEN = f"{MARKER}-wrong-token-{MARKER}"
API_KEY = f"{MARKER}-api-key-{MARKER}"

WITNESSES: list[Callable[[str, str], None]] = []


def tell(kind: str, text: str) -> None:
    """Let the witnesses look at it."""
    for witness in WITNESSES:
        witness(kind, text)
