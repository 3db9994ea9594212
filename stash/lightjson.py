"""JSON without ``import json``, which brings regular expressions and enumerations with it: 7 ms of each save.

The reader is the C half of ``json``. Where there is none (another Python), or where it is not content, ``json`` itself
reads, so that what comes back, and what is raised, is what ``json.loads`` gives.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BLANK = " \t\n\r"


class _Plain:
    """What the reader looks into for its options: those that ``json.JSONDecoder`` has by default."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_float, parse_int, parse_constant = float, int, float


def loads(text: str) -> "Any":
    """As ``json.loads``, also in what it raises."""
    try:
        from _json import make_scanner  # noqa: PLC0415 -- see the module

        start = len(text) - len(text.lstrip(BLANK))
        value, end = make_scanner(_Plain)(text, start)  # type: ignore[arg-type]  # any object with these will do
    except (ImportError, ValueError, StopIteration, TypeError):
        pass
    else:
        if not text[end:].strip(BLANK):
            return value
    import json  # noqa: PLC0415 -- see the module

    return json.loads(text)


def dumps(value: "Any") -> str:
    """As ``json.dumps``, for dicts whose keys are texts."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(map(dumps, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_quoted(name)}: {dumps(part)}' for name, part in value.items())}}}"
    import json  # noqa: PLC0415 -- a float, or what is no JSON: neither comes here while a person waits

    return json.dumps(value)


def _quoted(text: str) -> str:
    try:
        from _json import encode_basestring_ascii  # noqa: PLC0415 -- see the module
    except ImportError:
        from json import dumps as encode_basestring_ascii  # noqa: PLC0415 -- see the module
    return str(encode_basestring_ascii(text))
