"""Whether Plex shows what was meant after a write: an edit is answered with 200 and an empty body, whatever became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plex.fields import OUR_NAMES, same_in_another_form, same_value, tag_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from plex.change import Change, Outcome, TagChange
    from plex.items import PlexItem


def verify(change: Change, item: PlexItem, cut: Mapping[str, object] | None = None) -> dict[str, Outcome]:
    """The outcome of every field that was written, by the settings' names: ``changed``, or ``failed`` when it does not show.

    ``item`` comes from a details page read after the write. ``cut`` is what the writer had to shorten: that, and not
    the whole, is what must show. A value in another form of Plex's own counts as shown, and so does a cast in another order.
    """
    cut = cut or {}
    shown = {
        name: _scalar_shows(name, str(cut.get(name, value)), change.before, item)
        for name, value in change.scalars.items()
    }
    for kind, tags in change.tags.items():
        final = cut.get(kind, tags.final)
        shown[kind] = _tags_show(
            tags, final if isinstance(final, tuple) else tags.final, item.tags.get(kind, ())
        )
    return {OUR_NAMES[name]: "changed" if right else "failed" for name, right in shown.items()}


def _scalar_shows(name: str, value: str, before: PlexItem, item: PlexItem) -> bool:
    now = item.scalars.get(name, "")
    if name == "titleSort" and value and not now:  # left out by Plex when it is equal to the title
        now = item.scalars.get("title", "")
    if same_value(name, now, value):
        return True
    return same_in_another_form(name, now, value) and not same_value(name, now, before.scalars.get(name, ""))


def _tags_show(tags: TagChange, final: Iterable[str], now: Iterable[str]) -> bool:
    there, wanted = set(tag_keys(now)), set(tag_keys(final))
    return wanted <= there and not there & (set(tag_keys(tags.remove)) - wanted)
