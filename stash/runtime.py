"""What Stash hands to a plugin: one JSON object on standard input, with its own address and what is to be done.

Every hook comes here while somebody waits for a save, so this file imports the light JSON reader and nothing else.
"""

from stash.lightjson import dumps, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO, Literal

LARGEST_BYTES = 64 * 1024 * 1024
"""A hook carries all that the browser sent: a cover of 10 MB is 14 MB of text, and an edit of many scenes has all of theirs."""
HEAD_BYTES = 64 * 1024
"""Stash writes a hook's id and type before its input: they are in here."""
BLOCK_BYTES = 1024 * 1024
LARGEST_ID = 2**63 - 1
LARGEST_PORT = 65535
EVERY_ADDRESS = frozenset({"", "0.0.0.0", "::", "[::]"})  # noqa: S104 -- recognised here, never bound to
"""Stash gives the address it listens on, and these mean "all of them": it is reached on the loopback one."""
DEFAULT_AGE_S = 3600
COOKIE_FORBIDS = frozenset(' ",;\\')


class PayloadError(ValueError):
    """What stands on standard input is not what Stash sends. The text says what is wrong, for a person to read."""


class Connection:
    """How Stash is reached from here. ``cookie`` is the value of its session cookie, and a secret; Stash forgets it
    after ``cookie_age_s`` seconds without a call.
    """

    __slots__ = ("config_dir", "cookie", "cookie_age_s", "host", "plugin_dir", "port", "scheme")

    def __init__(
        self,
        scheme: str = "http",
        host: str = "127.0.0.1",
        port: int = 9999,
        *,
        cookie: str | None = None,
        cookie_age_s: int = DEFAULT_AGE_S,
        config_dir: str = "",
        plugin_dir: str = "",
    ) -> None:
        self.scheme = scheme
        self.host = "127.0.0.1" if host in EVERY_ADDRESS else host.strip("[]")
        self.port = port
        self.cookie = cookie
        self.cookie_age_s = cookie_age_s
        self.config_dir = config_dir
        self.plugin_dir = plugin_dir

    def __repr__(self) -> str:
        return f"Connection({self.url}, cookie={'yes' if self.cookie else 'no'})"

    @property
    def authority(self) -> str:
        """Host and port as a URL and the ``Host`` header want them: IPv6 in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The address without a path and without a slash at its end."""
        return f"{self.scheme}://{self.authority}"

    @property
    def loopback(self) -> bool:
        """Whether Stash runs on this machine; its certificate is then made out for another name, and not checked."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether this name or address is this machine itself, by its form alone."""
    return host in {"localhost", "::1"} or host.startswith("127.")


class HookContext:
    """Which hook fired, and for what. ``input`` is what the person's browser sent, never the stored result.

    ``input`` is None for scans; for ``scenesUpdate`` it is the array of all inputs, not this scene's own.
    ``input_fields`` names what was really sent; None where Stash does not say.
    """

    __slots__ = ("id", "input", "input_fields", "type")

    def __init__(
        self,
        id: int,  # noqa: A002 -- Stash's own word for it
        type: str,  # noqa: A002 -- as above
        input: "dict[str, Any] | list[Any] | None" = None,  # noqa: A002 -- as above
        input_fields: list[str] | None = None,
    ) -> None:
        self.id = id
        self.type = type
        self.input = input
        self.input_fields = input_fields


class Payload:
    """One call by Stash: how to reach it, the arguments, and the hook if it is one."""

    __slots__ = ("args", "connection", "hook")

    def __init__(
        self, connection: Connection, args: "dict[str, Any]", hook: HookContext | None = None
    ) -> None:
        self.connection = connection
        self.args = args
        self.hook = hook

    @property
    def kind(self) -> "Literal['hook', 'call']":
        """A hook, or a call. Stash does not tell a task from an operation: ``args`` does."""
        return "call" if self.hook is None else "hook"


def read(stream: "BinaryIO") -> str:
    """What Stash wrote, to its end: Stash would log a broken pipe. UTF-8, whatever the locale says.

    Of a hook beyond 64 MB the input is left out, as if everything might have changed: no size makes a change be lost.
    Raises PayloadError for anything else of that size.
    """
    raw = stream.read(LARGEST_BYTES + 1)
    if len(raw) <= LARGEST_BYTES:
        return raw.decode("utf-8", errors="replace")
    while stream.read(BLOCK_BYTES):
        pass
    head = raw[:HEAD_BYTES].decode("utf-8", errors="replace")
    context = head.find('"hookContext"')
    sent = head.find('"input":', context)
    if context < 0 or sent < 0:
        raise PayloadError("the input is larger than 64 MB, and only a hook of Stash's may be")
    return head[:sent] + '"input":{}}}}'


def parse(text: str) -> Payload:
    """Read what Stash wrote to standard input.

    Raises PayloadError for everything else; its text quotes nothing of the input, which holds a session cookie.
    """
    data = _object(_load(text), "the input")
    raw = _object(_need(data, "server_connection", "the input"), "server_connection")
    args = data.get("args")
    args = {} if args is None else _object(args, "args")
    context = args.get("hookContext")
    hook = None if context is None else _hook(_object(context, "hookContext"))
    return Payload(_connection(raw), args, hook)


def to_json(connection: Connection, args: "dict[str, Any]") -> str:
    """Write a payload in Stash's form: ``parse`` gives the same connection and arguments back. Holds the cookie."""
    server = {
        "Scheme": connection.scheme,
        "Host": connection.host,
        "Port": connection.port,
        "SessionCookie": None
        if connection.cookie is None
        else {"Name": "session", "Value": connection.cookie, "MaxAge": connection.cookie_age_s},
        "Dir": connection.config_dir,
        "PluginDir": connection.plugin_dir,
    }
    return dumps({"server_connection": server, "args": args})


def _load(text: str) -> object:
    if not text.strip():
        raise PayloadError(
            "nothing came on standard input: PlexSync is started by Stash, or with a command in a terminal"
        )
    try:
        return loads(text.lstrip("\ufeff"))
    except ValueError as error:
        # Without the cause: the document stands in it, and in the document a session cookie.
        line, column = getattr(error, "lineno", None), getattr(error, "colno", None)
        where = f" (line {line}, column {column})" if line else ""
        raise PayloadError(f"the input is not JSON{where}") from None
    except RecursionError:
        raise PayloadError("the input is nested too deeply") from None


def _connection(raw: "dict[str, Any]") -> Connection:
    scheme = _text(raw, "Scheme", "http").lower()
    if scheme not in {"http", "https"}:
        raise PayloadError("server_connection.Scheme must be http or https")
    port = raw.get("Port", 9999)
    if type(port) is not int or not 0 < port <= LARGEST_PORT:
        raise PayloadError(f"server_connection.Port must be a number from 1 to {LARGEST_PORT}")
    return Connection(
        scheme,
        _text(raw, "Host", ""),
        port,
        cookie=_cookie(raw),
        cookie_age_s=_cookie_age_s(raw),
        config_dir=_text(raw, "Dir", ""),
        plugin_dir=_text(raw, "PluginDir", ""),
    )


def _cookie(raw: "dict[str, Any]") -> str | None:
    """Stash sends null when it could make none. One that no header can carry is none: the hook must queue its scene."""
    cookie = raw.get("SessionCookie")
    value = cookie.get("Value") if isinstance(cookie, dict) else None
    if not isinstance(value, str) or not value:
        return None
    clean = value.isascii() and value.isprintable() and COOKIE_FORBIDS.isdisjoint(value)
    return value if clean else None


def _cookie_age_s(raw: "dict[str, Any]") -> int:
    """The setting ``max_session_age`` of Stash's; an hour where it does not say, or says that there is no end."""
    cookie = raw.get("SessionCookie")
    age = cookie.get("MaxAge") if isinstance(cookie, dict) else None
    return age if type(age) is int and age > 0 else DEFAULT_AGE_S


def _hook(context: "dict[str, Any]") -> HookContext:
    object_id = _need(context, "id", "hookContext")
    if type(object_id) is not int or not 0 < object_id <= LARGEST_ID:
        raise PayloadError("hookContext.id must be a positive number")
    sent = context.get("input")
    if not isinstance(sent, dict | list | None):
        raise PayloadError("hookContext.input must be an object, an array or null")
    fields = context.get("inputFields")
    if fields is not None and not (
        isinstance(fields, list) and all(isinstance(name, str) for name in fields)
    ):
        raise PayloadError("hookContext.inputFields must be an array of names")
    return HookContext(object_id, _text(context, "type"), sent, fields)


def _object(value: object, name: str) -> "dict[str, Any]":
    if not isinstance(value, dict):
        raise PayloadError(f"{name} must be a JSON object")
    return value


def _need(data: "dict[str, Any]", key: str, name: str) -> object:
    if key not in data:
        raise PayloadError(f"{name} has no {key}")
    return data[key]


def _text(data: "dict[str, Any]", key: str, default: str | None = None) -> str:
    value = data.get(key, default)
    if not isinstance(value, str):
        raise PayloadError(f"{key} must be a text")
    return value
