"""What ``watch`` shows: the state as one screen, whatever its size. A pure function from the state to rich's renderables."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from app.status import RESULTS, last_drain, moment
from stash.text import clean

if TYPE_CHECKING:
    from rich.console import RenderableType

STYLES = {
    "changed": "green",
    "unchanged": "dim",
    "skipped": "dim",
    "failed": "yellow",
    "given_up": "bold red",
}
WORDS = {
    "changed": "wrote",
    "unchanged": "equal",
    "skipped": "skipped",
    "failed": "retry",
    "given_up": "given up",
}
BAR_WIDTH = 28
SHOWN_CAUSES = 5
FIXED_LINES = 12
"""Everything but causes and results: head, figures, blank lines, headings and the foot."""
LEAST_RESULTS = 1
UNLIMITED = 10_000


def screen(state: dict[str, Any], *, height: int | None = None, foot: str = "") -> RenderableType:
    """The whole picture in ``height`` lines; without one, as many as it takes."""
    room = UNLIMITED if height is None else height - FIXED_LINES
    causes = state["dead_letters"]["causes"][: _causes_in(room)]
    results = state["results"][: max(LEAST_RESULTS, room - 2 * len(causes))]
    parts: list[RenderableType] = [_head(state), Text(), _figures(state), Text(), _failures(state, causes)]
    parts += [Text(), _results(results)]
    if foot:
        parts += [Text(foot, style="dim", no_wrap=True, overflow="ellipsis")]
    return Group(*parts)


def trouble(message: str, *, foot: str = "") -> RenderableType:
    """In place of the picture, when there is nothing to be read."""
    return Group(
        Text("PlexSync", style="bold cyan"),
        Text(),
        Text(clean(message), style="yellow"),
        Text(),
        Text(foot, style="dim"),
    )


def _causes_in(room: int) -> int:
    """Each takes two lines; the results get at least as much."""
    return max(1, min(SHOWN_CAUSES, room // 4))


def _head(state: dict[str, Any]) -> RenderableType:
    table = Table.grid(expand=True)
    table.add_column(no_wrap=True, overflow="ellipsis")
    table.add_column(justify="right", no_wrap=True)
    table.add_row(
        Text.assemble(("PlexSync", "bold cyan"), f"  {clean(state['data_dir'])}"),
        Text(time.strftime("%H:%M:%S", time.localtime(state["at"]))),
    )
    return table


def _figures(state: dict[str, Any]) -> RenderableType:
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_row("Plex", _plex(state))
    table.add_row("Queue", _queue(state))
    table.add_row("Worker", _worker(state))
    last = state["worker"]["last_drain"]
    table.add_row("Last drain", _text(last_drain(last) if last else "none yet"))
    table.add_row("Last hour", _last_hour(state["worker"]["last_hour"]))
    return table


def _plex(state: dict[str, Any]) -> Text:
    plex = state["plex"]
    away = state["stash"]["away_since"]
    stash = f"; Stash is away since {moment(away)}" if away else ""
    if plex["state"] == "down":
        in_s = max(0.0, (plex["next_probe_at"] or 0.0) - state["at"])
        looked_for = (
            "not looked for while paused" if state["queue"]["paused"] else f"looked for in {in_s:.0f} s"
        )
        return _text(
            f"away since {moment(plex['down_since'])}, {looked_for}: {plex['reason']}{stash}", "bold red"
        )
    if plex["state"] == "unknown":
        return _text(f"not met yet; run 'Check Setup'{stash}", "yellow")
    return _text(
        f"up, version {plex['version']}, {', '.join(plex['libraries'])}{stash}", "yellow" if away else "green"
    )


def _queue(state: dict[str, Any]) -> Text:
    queue = state["queue"]
    words = {
        "pending": "pending",
        "in_flight": "in work",
        "deferred": "due later",
        "waiting_for_plex": "waiting for Plex",
        "held": "held",
    }
    told = ", ".join(f"{queue[name]} {word}" for name, word in words.items() if queue[name]) or "empty"
    due = queue["next_due_at"]
    later = due is not None and due > state["at"]
    text = told + (f"; next look {moment(due)}" if later else "")
    return _line(("PAUSED  " if queue["paused"] else "", "bold yellow"), (text, ""))


def _worker(state: dict[str, Any]) -> RenderableType:
    drain = state["worker"]["drain"]
    if drain is None:
        return _text("asked for, not begun" if state["worker"]["asked"] else "idle")
    if not drain["total"]:
        return _text("draining, in its first batch", "green")
    rate = drain["rate"]
    left = f", {_duration((drain['total'] - drain['done']) / rate)} left" if rate else ""
    speed = f", {rate:.3g}/s" if rate else ""
    table = Table.grid(padding=(0, 1))
    table.add_column(width=BAR_WIDTH)
    table.add_column(no_wrap=True, overflow="ellipsis")
    bar = ProgressBar(total=drain["total"], completed=drain["done"], width=BAR_WIDTH)
    table.add_row(bar, _text(f"{drain['done']} of {drain['total']}{speed}{left} ({drain['runner']})"))
    return table


def _last_hour(hour: dict[str, Any]) -> Text:
    if not hour["done"]:
        return _text("nothing", "dim")
    parts = [f"{hour['counts'][word]} {shown}" for word, shown in RESULTS.items() if hour["counts"].get(word)]
    return _text(f"{hour['done']} scenes: {', '.join(parts)}")


def _failures(state: dict[str, Any], causes: list[dict[str, Any]]) -> RenderableType:
    dead = state["dead_letters"]
    if not dead["total"]:
        return _line(("Failed", "bold"), ("  nothing", ""))
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for cause in causes:
        where = f", all below {cause['folder']}" if cause["folder"] and cause["scenes"] > 1 else ""
        table.add_row(
            Text(str(cause["scenes"]), style="bold red"),
            _text(f"{cause['error_type']}: {cause['text']}{where}"),
        )
        table.add_row("", _line((clean(cause["hint"]), "yellow"), (f"  ({_examples(cause)})", "dim")))
    more = len(dead["causes"]) - len(causes) + dead["more_causes"]
    title = f"  {dead['total']} scenes" + (f", and {more} more causes than shown" if more else "")
    return Group(_line(("Failed", "bold red"), (title, "")), table)


def _examples(cause: dict[str, Any]) -> str:
    ids = ", ".join(str(one["scene_id"]) for one in cause["examples"])
    return f"scene{'' if cause['scenes'] == 1 else 's'} {ids}" + (
        " …" if cause["scenes"] > len(cause["examples"]) else ""
    )


def _results(results: list[dict[str, Any]]) -> RenderableType:
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=2)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=3)
    for one in results:
        style = STYLES.get(one["result"], "")
        table.add_row(
            time.strftime("%H:%M:%S", time.localtime(one["at"])),
            str(one["scene_id"]),
            _text(one["title"] or one["path"].replace("\\", "/").rpartition("/")[2]),
            Text(WORDS.get(one["result"], one["result"]), style=style),
            _text(one["text"], style),
        )
    return Group(Text("Last results", style="bold"), table) if results else Text("Last results  none yet")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
    )


def _text(text: str, style: str = "") -> Text:
    return Text(clean(text), style=style, no_wrap=True, overflow="ellipsis")


def _line(*parts: tuple[str, str]) -> Text:
    """Texts in their styles, on one line however narrow the screen is."""
    return Text.assemble(*parts, no_wrap=True, overflow="ellipsis")
