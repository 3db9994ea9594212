"""The totals of a preview: by field, by why, and by reason for leaving a scene alone, each with a few examples."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from app.words import counted
from worker.reasons import WORDS
from worker.scene_plan import RESULTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worker.scene_plan import ScenePlan

SHOWN_EXAMPLES = 3
SHOWN_CAUSES = 5
MOST_CAUSES = 100
"""Causes of scenes that could not be looked at; a trouble that gives each scene a message of its own must not fill the memory."""
LONGEST = 200
"""Characters of an example's title and detail: who reads the totals looks for them in the last bytes of a report."""
KEPT = {
    "lock": "kept_lock",
    "edit": "kept_edit",
    "pull": "kept_pull",
    "unmoved": "kept_before",
    "cover_unusable": "cover_unusable",
}
"""Why a field is kept → the reason under which its scene is counted, whatever else becomes of that scene."""
KEPT_WORDS = {
    "kept_lock": "with a field that somebody else has locked",
    "kept_pull": "with a rating that was made in Plex and waits for Pull From Plex",
    "kept_edit": "with a field that was edited in Plex and is preserved",
    "kept_before": "with a field that was kept at the last sync, and has not moved since",
    "cover_unusable": "with a cover that cannot be used",
}
SKIP_WORDS = {**{name: words for name, words in RESULTS.items() if name != "change"}, **KEPT_WORDS}
"""Reasons for leaving a scene, or one of its fields, alone, in words."""


@dataclass(slots=True)
class Cause:
    """Why scenes could not be looked at. ``text`` is the message where all of them have the same, else what is common to them."""

    text: str
    remedy: str
    scenes: int = 0


class PlanTotals:
    """Grows with every scene; takes the same memory however many there are."""

    def __init__(self) -> None:
        self.scenes = self.changing = self.items = 0
        self._changed: Counter[str] = Counter()
        self._locked: Counter[str] = Counter()
        self._kept: Counter[str] = Counter()
        self._why: Counter[str] = Counter()
        self._skipped: Counter[str] = Counter()
        self._skipped_fields: Counter[str] = Counter()
        self._examples: dict[str, list[dict[str, Any]]] = {}
        self._causes: dict[str, Cause] = {}

    def add(self, plan: ScenePlan) -> None:
        """One more scene."""
        self.scenes += 1
        if plan.result == "change":
            self.changing += 1
        else:
            self._skip(plan.result, plan, plan.detail)
        if plan.cause:
            self._add_cause(plan)
        for item in plan.items:
            self.items += bool(item.changes)
            for line in item.changes:
                (self._locked if line.what == "lock" else self._changed)[line.field] += 1
                self._why[line.why] += 1
        self._add_kept(plan)

    def _add_cause(self, plan: ScenePlan) -> None:
        if plan.cause not in self._causes and len(self._causes) >= MOST_CAUSES:
            return
        cause = self._causes.setdefault(plan.cause, Cause(plan.detail, plan.remedy))
        cause.scenes += 1
        if cause.text != plan.detail:
            cause.text = plan.cause

    def _add_kept(self, plan: ScenePlan) -> None:
        by_reason: dict[str, list[str]] = {}
        for item in plan.items:
            for one in item.kept:
                self._kept[one.field] += 1
                by_reason.setdefault(KEPT[one.why], []).append(one.field)
        for reason, fields in by_reason.items():
            self._skipped_fields[reason] += len(fields)
            self._skip(reason, plan, ", ".join(fields))

    def _skip(self, reason: str, plan: ScenePlan, detail: str) -> None:
        self._skipped[reason] += 1
        examples = self._examples.setdefault(reason, [])
        if len(examples) < SHOWN_EXAMPLES:
            examples.append({"scene_id": plan.scene_id, "title": plan.title, "detail": detail})

    def to_dict(self, *, complete: bool) -> dict[str, Any]:
        """As docs/preview.md describes it."""
        names = sorted({*self._changed, *self._locked, *self._kept})
        return {
            "complete": complete,
            "scenes": self.scenes,
            "change": self.changing,
            "items": self.items,
            "by_field": {
                name: {
                    "changed": self._changed[name],
                    "locks": self._locked[name],
                    "kept": self._kept[name],
                }
                for name in names
            },
            "by_why": dict(sorted(self._why.items())),
            "skipped": {reason: self._of_reason(reason) for reason in SKIP_WORDS if self._skipped[reason]},
        }

    def _of_reason(self, reason: str) -> dict[str, Any]:
        told: dict[str, Any] = {"scenes": self._skipped[reason], "examples": self._examples[reason]}
        if reason == "failed":
            most = sorted(self._causes.values(), key=lambda one: -one.scenes)[:SHOWN_CAUSES]
            told["causes"] = [asdict(one) for one in most]
        return told | {"fields": self._skipped_fields[reason]} if reason in KEPT_WORDS else told


def shortened(totals: dict[str, Any]) -> dict[str, Any]:
    """With examples that nobody's title of a hundred pages makes long."""
    skipped = {
        reason: {
            **about,
            **{
                name: [_short(one) for one in about[name]] for name in ("examples", "causes") if name in about
            },
        }
        for reason, about in totals["skipped"].items()
    }
    return {**totals, "skipped": skipped}


def _short(about: dict[str, Any]) -> dict[str, Any]:
    return {**about, **{name: _cut(about[name]) for name in ("title", "detail", "text") if name in about}}


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def lines(totals: dict[str, Any], *, head: str) -> list[str]:
    """A few lines for the log: how many, which fields, why, and what is left alone with examples."""
    part = "" if totals["complete"] else " so far"
    looked_at = f"{counted(totals['scenes'], 'scene')} looked at{part}"
    change = f"{totals['change']} would be changed ({counted(totals['items'], 'Plex item')})"
    told = [f"{head}: {looked_at}, {change}"]
    changed = {name: counts["changed"] for name, counts in totals["by_field"].items() if counts["changed"]}
    locks = sum(counts["locks"] for counts in totals["by_field"].values())
    if changed or locks:
        alone = [counted(locks, "lock") + (" more" if changed else "")] if locks else []
        told.append(f"By field: {', '.join([*([_listed(changed)] if changed else []), *alone])}")
        told.append(f"Why: {_listed({WORDS[why]: count for why, count in totals['by_why'].items()})}")
    for reason, about in totals["skipped"].items():
        told.append(_left_alone(reason, about))
        told += [f"  {line}" for line in cause_lines(about)]
    return told


def cause_lines(about: Mapping[str, Any]) -> list[str]:
    """Why scenes could not be looked at, the most frequent first, each with what to do."""
    causes = about.get("causes", ())
    told = [f"{one['scenes']} of them: {one['text'].rstrip('.')}. {one['remedy']}" for one in causes]
    more = about["scenes"] - sum(one["scenes"] for one in causes) if causes else 0
    return [*told, f"{more} of them for other reasons, which stand in the report"] if more else told


def _listed(counts: dict[str, int]) -> str:
    """The largest first."""
    by_size = sorted(counts.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{count} {name}" for name, count in by_size)


def _left_alone(reason: str, about: dict[str, Any]) -> str:
    named = ", ".join(
        f"scene {one['scene_id']}{f' {title!r}' if (title := one['title']) else ''}"
        for one in about["examples"]
    )
    more = about["scenes"] - len(about["examples"])
    return f"{counted(about['scenes'], 'scene')} {SKIP_WORDS[reason]}: {named}{f' and {more} more' if more else ''}"
