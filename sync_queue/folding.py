"""Names as two systems agree on them."""

import unicodedata


def folded(name: str) -> str:
    """Case folded, composed, and as UTF-8 can hold it: macOS gives decomposed letters, Windows and shares change the case."""
    return unicodedata.normalize("NFC", name).casefold().encode("utf-8", "replace").decode("utf-8")
