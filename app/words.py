"""How things are said to a person."""


def counted(count: int, noun: str) -> str:
    """``1 scene``, ``2 scenes``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
