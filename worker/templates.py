"""Texts made from a scene by a pattern that the owner writes, such as ``{studio} - {title}[, part {code}]``.

=============  =====================================================================================================
``{name}``     the scene's value; the names are ``NAMES``
``[ … ]``      an optional part, shown only when every value in it has something; parts do not nest
``{{ [[ …``    the brace or square bracket itself, doubled: ``{{  }}  [[  ]]``
=============  =====================================================================================================

A value that is empty takes the punctuation beside it along, so that nothing dangles: ``{studio} - {title}`` without a
studio is the title alone, and ``{title} ({year})`` without a date has no empty brackets. Words stay: a text that makes
sense only with its value belongs into an optional part.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NAMES = (
    "title",
    "file",
    "studio",
    "parent_studio",
    "code",
    "date",
    "year",
    "director",
    "performers",
    "groups",
)
"""What may stand in braces. ``file`` is the primary file's name without its ending."""

ALLOWED = "allowed are text, optional parts in [ ], and {" + "}, {".join(NAMES) + "}"
TOKENS = re.compile(
    r"(?P<doubled>\{\{|\}\}|\[\[|\]\])|\{(?P<name>[^{}\[\]]*)\}|(?P<mark>[{}\[\]])|[()]|[^{}\[\]()]+"
)
PAIRS = {"(": ")", "[": "]", "{": "}"}
"""Brackets of the text itself: what stands in them goes together, and an empty pair is not shown."""


class TemplateError(ValueError):
    """The pattern cannot be understood. The text names the position of the fault, counted from 1, and what is allowed."""

    def __init__(self, position: int, fault: str) -> None:
        super().__init__(f"at position {position} {fault}; {ALLOWED}")
        self.position = position


class Value(NamedTuple):
    """Shows the scene's value of this name."""

    name: str


class Group(NamedTuple):
    """Nodes that go together: in a pair of brackets, shown when any value in it is, or an optional part (no bracket)."""

    opening: str
    nodes: tuple[Node, ...]

    @property
    def names(self) -> frozenset[str]:
        """The values that it shows."""
        return names_of(self.nodes)


Node = str | Value | Group


class Template(NamedTuple):
    """A pattern that was understood. ``source`` is what the owner wrote."""

    source: str
    nodes: tuple[Node, ...]

    @classmethod
    def parse(cls, source: str) -> Template:
        """Read a pattern. Raises TemplateError, also where there is no value in it: all items would look alike."""
        template = cls(source, _Parser(source).nodes())
        if not names_of(template.nodes):
            raise TemplateError(1, "begins a text that has no value in braces")
        return template

    @property
    def names(self) -> frozenset[str]:
        """The values that it may show."""
        return names_of(self.nodes)

    def fill(self, values: Mapping[str, str]) -> str:
        """The text for a scene, "" when every value is empty. ``values`` has a text for each name of the pattern."""
        return _joined(self.nodes, values).strip() if any(values[name] for name in self.names) else ""


def names_of(nodes: Iterable[Node]) -> frozenset[str]:
    """The values that stand anywhere in these nodes."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, Value):
            names.add(node.name)
        elif isinstance(node, Group):
            names |= node.names
    return frozenset(names)


class _Parser:
    """One pattern on its way into nodes. ``_open`` holds the brackets and the optional part that are open, innermost last."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._open: list[tuple[str, list[Node]]] = [("", [])]
        self._optional_at = 0
        """The position of the optional part that is open, or 0."""

    def nodes(self) -> tuple[Node, ...]:
        """All of it. Raises TemplateError."""
        for token in TOKENS.finditer(self._source):
            self._take(token, token.start() + 1)
        if self._optional_at:
            raise TemplateError(self._optional_at, "a [ is opened and never closed")
        self._give_up_brackets()
        return _merged(self._open[0][1])

    def _take(self, token: re.Match[str], at: int) -> None:
        mark, nodes = token["mark"], self._open[-1][1]
        if mark == "[" and not self._optional_at:
            self._optional_at = at
            self._open.append(("", []))
        elif mark == "]" and self._optional_at:
            self._close_optional()
        elif mark:
            raise TemplateError(at, self._stray(mark))
        elif token["name"] is not None:
            nodes.append(_value(token, at))
        elif (text := token[0][:1] if token["doubled"] else token[0]) in PAIRS:
            self._open.append((text, []))
        elif text == PAIRS.get(self._open[-1][0]):
            opening, inside = self._open.pop()
            group = Group(opening, _merged(inside))
            self._open[-1][1].extend([group] if group.names else [opening, *inside, text])
        else:
            nodes.append(text)

    def _close_optional(self) -> None:
        self._give_up_brackets()
        part = Group("", _merged(self._open.pop()[1]))
        if not part.names:
            raise TemplateError(self._optional_at, "an optional part begins that has no value in it")
        self._open[-1][1].append(part)
        self._optional_at = 0

    def _give_up_brackets(self) -> None:
        """Brackets that were never closed are text like any other."""
        while self._open[-1][0]:
            opening, inside = self._open.pop()
            self._open[-1][1].extend([opening, *inside])

    def _stray(self, mark: str) -> str:
        if mark == "[":
            return f"a second [ is opened inside the one of position {self._optional_at}"
        if mark == "{":
            return "a { is opened and never closed"
        return f"stands a {mark} without its {'[' if mark == ']' else '{'}"


def _value(token: re.Match[str], at: int) -> Value:
    name = token["name"].strip().lower()
    if name not in NAMES:
        raise TemplateError(at, f"stands {token[0]}, which is no value of a scene")
    return Value(name)


def _merged(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Neighbouring texts as one."""
    merged: list[Node] = []
    for node in nodes:
        if isinstance(node, str) and merged and isinstance(merged[-1], str):
            merged[-1] += node
        else:
            merged.append(node)
    return tuple(merged)


def _joined(nodes: Iterable[Node], values: Mapping[str, str]) -> str:
    """Texts and values in turn, with the punctuation beside empty values settled."""
    shown: list[str] = []
    text, gap = "", False
    """The text since the last value that was shown, and whether an empty one was met since."""
    for node in nodes:
        if isinstance(node, str):
            text = _bridge(text, node) if gap else text + node
        elif value := _shown(node, values):
            shown += [_without_punctuation(text)[1] if gap and not shown else text, value]
            text, gap = "", False
        elif isinstance(node, Value) or node.opening:
            gap = True
    return "".join([*shown, _without_punctuation(text)[0] if gap else text])


def _shown(node: Value | Group, values: Mapping[str, str]) -> str:
    if isinstance(node, Value):
        return values[node.name]
    present = [bool(values[name]) for name in node.names]
    if not node.opening:
        return _joined(node.nodes, values) if all(present) else ""
    return node.opening + _joined(node.nodes, values) + PAIRS[node.opening] if any(present) else ""


def _bridge(before: str, behind: str) -> str:
    """What is left of the texts at the two sides of an empty value: their words, and one separator between them."""
    words_before, _ = _without_punctuation(before)
    _, words_behind = _without_punctuation(behind)
    left, right = before[len(words_before) :], behind[: len(behind) - len(words_behind)]
    separator = left if left.strip() or not right.strip() else right
    return words_before + (separator or right) + words_behind


def _without_punctuation(text: str) -> tuple[str, str]:
    """The text without the punctuation and blanks at its end, and without those at its beginning."""
    marks = "".join({char for char in text if not char.isalnum()})
    return text.rstrip(marks), text.lstrip(marks)
