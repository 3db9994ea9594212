"""The report as a page for a person: one file that needs nothing else, with every text escaped and a filter.

Its own script is the only one that its policy lets run, so that no title could be one.
"""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Any

from app.plan_totals import SKIP_WORDS, cause_lines
from app.words import counted
from worker.reasons import WORDS
from worker.scene_plan import RESULTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import TextIO

MOST_CHANGED, MOST_OF_A_REASON = 5000, 500
"""Scenes that are shown: with changes, and of each reason for having none. All of them are in the JSON file."""
LONGEST = 600
"""Characters of a value that are shown."""
PICTURE = re.compile("[0-9a-f]{32,}")
"""How the hash of a picture looks."""
STYLE = """
:root{color-scheme:light dark}
body{font:15px/1.45 system-ui,sans-serif;margin:1.5rem auto;max-width:72rem;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:.3rem 0 1rem}
th,td{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;border-top:1px solid #8884;overflow-wrap:anywhere}
th{font-weight:600;border-top:0}
.n{text-align:right;white-space:nowrap;width:6rem}
article{border:1px solid #8886;border-radius:.4rem;padding:.5rem .8rem;margin:.6rem 0;content-visibility:auto;contain-intrinsic-size:auto 8rem}
article h3{font-size:1rem;margin:0}
article p{margin:.2rem 0;opacity:.8}
.old{color:#b3261e}.new{color:#1a7f37}
@media(prefers-color-scheme:dark){.old{color:#ff8a80}.new{color:#7ee787}}
form{display:flex;gap:1rem;flex-wrap:wrap;position:sticky;top:0;background:Canvas;padding:.5rem 0}
.note{border-left:.3rem solid #d29922;padding:.1rem .8rem}
[hidden]{display:none}
"""
SCRIPT = """
const form=document.getElementById("filter"),all=[...document.querySelectorAll("article")],size=100;
const count=document.getElementById("count"),more=document.getElementById("more");
let hits=[],shown=0;
function page(){hits.slice(shown,shown+size).forEach(a=>{a.hidden=false});shown=Math.min(hits.length,shown+size);
count.textContent=`${hits.length} scenes match, ${shown} shown`;more.hidden=shown>=hits.length}
function run(){const f=form.field.value,r=form.reason.value,t=form.text.value.trim().toLowerCase();
hits=all.filter(a=>(!f||` ${a.dataset.fields} `.includes(` ${f} `))&&(!r||` ${a.dataset.reasons} `.includes(` ${r} `))
&&(!t||a.textContent.toLowerCase().includes(t)));all.forEach(a=>{a.hidden=true});shown=0;page()}
form.hidden=false;form.addEventListener("input",run);form.addEventListener("submit",e=>e.preventDefault());
more.addEventListener("click",page);run();
"""


def write_page(
    out: TextIO,
    head: Mapping[str, Any],
    totals: Mapping[str, Any],
    scenes: Iterable[dict[str, Any]],
    *,
    source: str,
) -> None:
    """The whole page, scene by scene. ``source`` is the name of the JSON file beside it."""
    when = time.strftime("%d %b %Y %H:%M:%S", time.localtime(head["at"]))
    out.write(_begin(f"PlexSync preview, {when}"))
    out.write(f"<h1>What a sync would change in Plex</h1><p>{escape(when)}. {_scope(head, totals)}</p>")
    if not totals["complete"]:
        out.write('<p class="note">The preview was stopped: it shows what was looked at until then.</p>')
    out.write("".join(_totals(totals)))
    hidden = _hidden(totals)
    if hidden:
        out.write(f'<p class="note">{escape(hidden)} All of them are in {escape(source)}.</p>')
    out.write(_filter(totals))
    seen: Counter[str] = Counter()
    for scene in scenes:
        seen[scene["result"]] += 1
        if seen[scene["result"]] <= _most(scene["result"]):
            out.write(_article(scene))
    out.write(
        f'<button id="more" type="button" hidden>Show more</button><script>{SCRIPT}</script></body></html>\n'
    )


def _begin(title: str) -> str:
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
    )


def _scope(head: Mapping[str, Any], totals: Mapping[str, Any]) -> str:
    what = {
        "all": "The whole library",
        "queued": "What is queued",
        "scenes": "Chosen scenes",
        "edits": "Edits and scans",
    }
    return (
        f"{what.get(head['scope'], 'Scenes')}: {counted(totals['scenes'], 'scene')} looked at, <b>{totals['change']}</b> would be "
        "changed. Nothing was written to Plex."
    )


def _totals(totals: Mapping[str, Any]) -> Iterator[str]:
    if totals["by_field"]:
        rows = (
            f'<tr><td>{escape(name)}</td><td class="n">{counts["changed"] or ""}</td>'
            f'<td class="n">{counts["locks"] or ""}</td><td class="n">{counts["kept"] or ""}</td></tr>'
            for name, counts in totals["by_field"].items()
        )
        yield '<h2>By field</h2><table><tr><th>field</th><th class="n">changes</th><th class="n">locks alone</th><th class="n">kept</th></tr>'
        yield f"{''.join(rows)}</table>"
    if totals["by_why"]:
        rows = (
            f'<tr><td>{escape(_why(why))}</td><td class="n">{count}</td></tr>'
            for why, count in totals["by_why"].items()
        )
        yield f"<h2>Why</h2><table>{''.join(rows)}</table>"
    if totals["skipped"]:
        yield '<h2>Left alone</h2><table><tr><th>reason</th><th class="n">scenes</th><th>for example</th></tr>'
        for reason, about in totals["skipped"].items():
            named = "; ".join(_example(one) for one in about["examples"])
            named += "".join(f"<br>{escape(line)}" for line in cause_lines(about))
            yield f'<tr><td>{escape(SKIP_WORDS.get(reason, reason))}</td><td class="n">{about["scenes"]}</td><td>{named}</td></tr>'
        yield "</table>"


def _example(one: Mapping[str, Any]) -> str:
    detail = f" ({one['detail']})" if one["detail"] else ""
    return escape(f"scene {one['scene_id']} {_cut(one['title'])}{_cut(detail)}")


def _hidden(totals: Mapping[str, Any]) -> str:
    """Which scenes are not on the page; "" when all are."""
    counts = {"change": totals["change"], **{name: one["scenes"] for name, one in totals["skipped"].items()}}
    cut = [
        f"the first {_most(result)} of {counts[result]} ({words})"
        for result, words in RESULTS.items()
        if counts.get(result, 0) > _most(result)
    ]
    return f"Below are only {', '.join(cut)}." if cut else ""


def _most(result: str) -> int:
    return MOST_CHANGED if result == "change" else MOST_OF_A_REASON


def _filter(totals: Mapping[str, Any]) -> str:
    fields = "".join(f"<option>{escape(name)}</option>" for name in totals["by_field"])
    reasons = {"change": RESULTS["change"], **{name: SKIP_WORDS[name] for name in totals["skipped"]}}
    options = "".join(
        f'<option value="{escape(name)}">{escape(words)}</option>' for name, words in reasons.items()
    )
    return (
        '<h2>Scenes</h2><form id="filter" hidden>'
        f'<label>Field <select name="field"><option value="">any</option>{fields}</select></label>'
        f'<label>What <select name="reason"><option value="">anything</option>{options}</select></label>'
        '<label>Text <input name="text" type="search"></label><span id="count" role="status"></span></form>'
    )


def _article(scene: Mapping[str, Any]) -> str:
    kept = [one["field"] for item in scene["items"] for one in item["kept"]]
    fields = escape(" ".join(dict.fromkeys([*scene["fields"], *kept])))
    reasons = escape(" ".join([scene["result"], *scene["kept"]]))
    title = escape(_cut(scene["title"]) or "(no title)")
    detail = f": {scene['detail']}" if scene["detail"] else ""
    said = f"<p>{escape(RESULTS.get(scene['result'], scene['result']))}{escape(_cut(detail))}</p>"
    body = "".join(_item(item) for item in scene["items"])
    notes = "".join(f"<p>{escape(_cut(note))}</p>" for note in scene["notes"])
    return (
        f'<article data-fields="{fields}" data-reasons="{reasons}"><h3>{title} <small>scene {scene["scene_id"]}</small></h3>'
        f"<p>{escape(scene['path'])}</p>{said if scene['result'] != 'change' else ''}{body}{notes}</article>\n"
    )


def _item(item: Mapping[str, Any]) -> str:
    rows = [
        f'<tr><td>{escape(line["field"])}</td><td class="old">{_value(_short(line["old"]))}</td>'
        f'<td class="new">{_value(_short(line["new"]))}{_size(line)}</td><td>{escape(_why(line["why"]))}</td></tr>'
        for line in item["changes"]
    ]
    rows += [
        f"<tr><td>{escape(one['field'])}</td><td>{_value(one['plex'])}</td><td>kept; Stash has {_value(one['stash'])}</td>"
        f"<td>{escape(_why(one['why']))}</td></tr>"
        for one in item["kept"]
    ]
    if not rows:
        return ""
    where = f"Plex item {item['rating_key']} {_cut(item['title'])!r} in {item['library']}"
    notes = "".join(f"<p>{escape(_cut(note))}</p>" for note in item["notes"])
    return (
        f"<p>{escape(where)}</p><table><tr><th>field</th><th>in Plex</th><th>would be</th><th>why</th></tr>"
        f"{''.join(rows)}</table>{notes}"
    )


def _value(value: Any) -> str:
    if value is None:
        return "<i>not looked at</i>"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return escape(_cut(text)) if text else "<i>empty</i>"


def _short(value: Any) -> Any:
    """A picture is told by its hash, of which a reader needs no more than to tell two apart; the file for programs has it all."""
    return f"picture {value[:8]}" if isinstance(value, str) and PICTURE.fullmatch(value) else value


def _size(line: Mapping[str, Any]) -> str:
    return f" ({line['size']:,} bytes)" if line.get("size") else ""


def _why(code: str) -> str:
    return WORDS.get(code, code)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
