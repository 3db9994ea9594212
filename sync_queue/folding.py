"""Names as two systems agree on them."""

import unicodedata

from sync_queue.database import storable


def folded(name: str) -> str:
    """Case folded, composed, and as UTF-8 can hold it: macOS gives decomposed letters, Windows and shares change the case."""
    return storable(unicodedata.normalize("NFC", name).casefold())
