"""A plugin's yml, read as strictly as Stash reads it (pkg/plugin/config.go, yaml.v2 in strict mode)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

INTERFACES = ("raw", "rpc", "js")
SETTING_TYPES = ("STRING", "NUMBER", "BOOLEAN")

TEXT = "a text"
TEXTS = "a list of texts"
TEXT_MAP = "a map of texts"
OPERATION: dict[str, Any] = {"name": TEXT, "description": TEXT, "execArgs": TEXTS, "defaultArgs": TEXT_MAP}
SHAPE: dict[str, Any] = {
    "name": TEXT,
    "description": TEXT,
    "url": TEXT,
    "version": TEXT,
    "interface": TEXT,
    "exec": TEXTS,
    "errLog": TEXT,
    "tasks": [OPERATION],
    "hooks": [{**OPERATION, "triggeredBy": TEXTS}],
    "ui": {
        "requires": TEXTS,
        "csp": {"script-src": TEXTS, "style-src": TEXTS, "connect-src": TEXTS},
        "javascript": TEXTS,
        "css": TEXTS,
        "assets": TEXT_MAP,
    },
    "settings": {"*": {"type": TEXT, "displayName": TEXT, "description": TEXT}},
}
"""Every key that Stash knows, and what may stand there; ``*`` is any key."""


class ManifestError(Exception):
    """Stash would not load this plugin; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A task or a hook. ``triggered_by`` may name hooks that do not exist: they never fire."""

    name: str = ""
    description: str = ""
    exec_args: tuple[str, ...] = ()
    default_args: dict[str, str] = field(default_factory=dict)
    triggered_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A loaded plugin. ``id`` is the file's name without its ending."""

    id: str
    folder: Path
    name: str
    description: str
    version: str
    exec: tuple[str, ...]
    interface: str
    err_log: str
    tasks: tuple[Operation, ...]
    hooks: tuple[Operation, ...]
    settings: dict[str, dict[str, str]]

    @classmethod
    def load(cls, path: Path) -> Manifest:
        """Read a yml file. Raises ManifestError for anything that Stash would not take."""
        try:
            data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Strict)  # noqa: S506 -- BaseLoader makes texts, lists and maps only
        except yaml.YAMLError as error:
            raise ManifestError(f"{path.name}: {error}") from error
        _check(data, SHAPE, path.name)
        interface = data.get("interface") or "raw"
        if interface not in INTERFACES:
            raise ManifestError(f"invalid interface type {interface}")
        settings = {key: value or {} for key, value in (data.get("settings") or {}).items()}
        for key, setting in settings.items():
            kind = setting.get("type") or "STRING"
            if kind not in SETTING_TYPES:
                raise ManifestError(f"invalid type {kind} for setting {key}")
        return cls(
            id=path.stem,
            folder=path.parent.resolve(),
            name=data.get("name") or path.stem,
            description=data.get("description", ""),
            version=data.get("version", ""),
            exec=tuple(data.get("exec") or ()),
            interface=interface,
            err_log=data.get("errLog", ""),
            tasks=tuple(_operation(one) for one in data.get("tasks") or ()),
            hooks=tuple(_operation(one) for one in data.get("hooks") or ()),
            settings=settings,
        )

    def task(self, name: str) -> Operation | None:
        """The task of this name."""
        return next((task for task in self.tasks if task.name == name), None)

    def hooks_for(self, event: str) -> list[Operation]:
        """The hooks that this event triggers, in the file's order."""
        return [hook for hook in self.hooks if event in hook.triggered_by]


class _Strict(yaml.BaseLoader):
    """Every scalar is a text, as Go decodes them into its text fields; a key that comes twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _value in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} already set in map", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _check(found: Any, shape: Any, where: str) -> None:
    """Compare with SHAPE. An empty value stands for nothing at all, wherever it is."""
    if found in ("", None) or (shape == TEXT and isinstance(found, str)):
        return
    if shape == TEXTS and isinstance(found, list) and all(isinstance(one, str) for one in found):
        return
    if shape == TEXT_MAP and isinstance(found, dict) and all(isinstance(one, str) for one in found.values()):
        return
    if isinstance(shape, list) and isinstance(found, list):
        for number, one in enumerate(found):
            _check(one, shape[0], f"{where}[{number}]")
    elif isinstance(shape, dict) and isinstance(found, dict):
        for key, value in found.items():
            inner = shape.get(key, shape.get("*"))
            if inner is None:
                raise ManifestError(f"{where}: field {key} not found")
            _check(value, inner, f"{where}.{key}")
    else:
        raise ManifestError(f"{where}: not {shape if isinstance(shape, str) else 'what belongs there'}")


def _operation(data: dict[str, Any]) -> Operation:
    return Operation(
        name=data.get("name", ""),
        description=data.get("description", ""),
        exec_args=tuple(data.get("execArgs") or ()),
        default_args=dict(data.get("defaultArgs") or {}),
        triggered_by=tuple(data.get("triggeredBy") or ()),
    )
