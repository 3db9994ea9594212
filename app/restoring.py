"""Restore Plex Metadata and Unlock Plex Fields: what is asked for, the drain lock, and what is said about it."""

from __future__ import annotations

import logging
import time
import uuid
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from app.arguments import NO, CallError, flag_of, scene_id_of, whole_of_text
from app.compose import plex_target
from app.logs import show_progress
from app.spawn import spawn_watcher
from app.stopping import Stop
from app.tasks import checked_settings
from app.words import counted
from plex.exceptions import PlexError
from sync_queue import restoring
from sync_queue.history import History
from sync_queue.locks import drain_lock
from worker.restore import Restorer
from worker.restore_before import ToBefore
from worker.restore_original import ToOriginal, Unlocked
from worker.restore_plans import PAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from app.page.mode_shapes import Restored, RestoreReason
    from app.session import Session
    from sync_queue.journal import FieldChange
    from worker.plex_target import PlexTarget
    from worker.restore_plans import Plan
    from worker.restore_report import Note, Report

    MakePlan = Callable[[PlexTarget], Plan]

log = logging.getLogger("plexsync.Restore")

LOCK_PATIENCE_S = 120.0
"""A drain makes room within seconds, unless it waits for an answer of Plex's: for a minute at most."""
SAY_EVERY_S, LOOK_EVERY_S = 1.0, 0.1
SHOWN_NOTES, SHOWN_EXAMPLES, SHOWN_DRAINS = 100, 3, 5
TARGETS = ("all", "scene_id", "drain_id", "change")


def restore(session: Session, args: dict[str, Any]) -> Restored:
    """Put back what was in Plex: ``all``, of one ``scene_id``, before one drain (``drain_id``), or before one ``change``.

    With ``preview`` nothing is written. Raises CallError, SettingsError and StashError; trouble with Plex is an answer.
    """
    make_plan = _plan_of(session, args)
    return _run(session, make_plan, "Restore Plex Metadata", only_look=flag_of(args, "preview"))


def unlock(session: Session, args: dict[str, Any]) -> Restored:
    """Take every lock of ours away: on ``all`` items, or on those of one ``scene_id``. Values and others' locks stay."""
    target = _target_of(args, ("all", "scene_id"))
    scene_id = scene_id_of(args) if target == "scene_id" else None

    def make_plan(plex: PlexTarget) -> Plan:
        _must_be_known(session, plex, scene_id)
        return Unlocked(session.ledger, plex.server, scene_id=scene_id)

    return _run(session, make_plan, "Unlock Plex Fields", only_look=flag_of(args, "preview"))


def _target_of(args: Mapping[str, Any], allowed: tuple[str, ...]) -> str:
    """Which one is asked for. Nothing is restored because a word was misspelt: one must be named."""
    named = [name for name in TARGETS if not _is_no(args.get(name))]
    if len(named) != 1 or named[0] not in allowed:
        raise CallError(
            f"say what is meant by exactly one of {', '.join(allowed)}; {', '.join(named) or 'none'} was given."
        )
    if named == ["all"]:
        flag_of(args, "all")
    return named[0]


def _is_no(value: Any) -> bool:
    return isinstance(value, (bool, str, type(None))) and value in NO


def _plan_of(session: Session, args: dict[str, Any]) -> MakePlan:
    target = _target_of(args, TARGETS)
    db, ledger = session.db, session.ledger
    if target == "drain_id":
        drain_id = _drain_of(session, args)
        return lambda plex: _back_before_drain(session, plex, drain_id)
    if target == "change":
        number = whole_of_text(args, "change")
        change = restoring.change(db, number)
        if change is None or not change.done:
            raise CallError(
                f"there is no change {number} in the journal (any more); a scene's Explain lists its last ones."
            )
        return lambda plex: _back_before_change(session, plex, change)
    scene_id = scene_id_of(args) if target == "scene_id" else None

    def to_original(plex: PlexTarget) -> Plan:
        _must_be_known(session, plex, scene_id)
        return ToOriginal(db, ledger, plex.server, scene_id=scene_id)

    return to_original


def _back_before_drain(session: Session, plex: PlexTarget, drain_id: str) -> Plan:
    _must_be_of(plex, restoring.servers_of_drain(session.db, drain_id), f"run {drain_id} wrote")
    pages = restoring.pages_of_drain(session.db, plex.server, drain_id, PAGE)
    return ToBefore(session.db, session.ledger, pages)


def _back_before_change(session: Session, plex: PlexTarget, change: FieldChange) -> Plan:
    _must_be_of(plex, [change.server], f"change {change.id} was made")
    return ToBefore(session.db, session.ledger, [[change]])


def _must_be_known(session: Session, plex: PlexTarget, scene_id: int | None) -> None:
    """Whether anything is known of another server alone: its items are not those of this one."""
    if scene_id is None:
        _must_be_of(plex, restoring.servers(session.db), "everything that PlexSync has written stands")
    else:
        _must_be_of(
            plex, restoring.servers_of_scene(session.db, scene_id), f"scene {scene_id} was only ever synced"
        )


def _must_be_of(plex: PlexTarget, servers: list[str], what: str) -> None:
    """Raises CallError when this was on other ``servers`` than the one that is synced now."""
    if not servers or plex.server in servers:
        return
    raise CallError(
        f"{what} on another Plex server ({', '.join(servers)}) than the one that is synced now ({plex.server}), so "
        "nothing was done. For that server run 'Pause Syncing', set plex_url and plex_token to it, run 'Accept New Plex "
        "Server', and then this again."
    )


def _drain_of(session: Session, args: Mapping[str, Any]) -> str:
    drain_id = str(args["drain_id"]).strip()
    if drain_id.startswith(restoring.PREFIX):
        raise CallError(f"{drain_id:.80} is a restore itself: 'Resume Syncing' brings back what Stash has.")
    if not restoring.has_drain(session.db, drain_id):
        last = ", ".join(row.drain_id for row in History(session.db).recent_drains(SHOWN_DRAINS)) or "none"
        raise CallError(
            f"the journal has no change of a drain {drain_id!r:.80} (any more); the last drains were: {last}."
        )
    return drain_id


def _run(session: Session, make_plan: MakePlan, what: str, *, only_look: bool) -> Restored:
    settings = checked_settings(session)
    if settings.dry_run:
        what, only_look = f"{what} [dry run]", True
    restore_id = f"{restoring.PREFIX}{uuid.uuid4().hex[:8]}"
    target = plex_target(session, settings)
    reason: RestoreReason = "done"
    message, total = "", 0
    with Stop() as stop, _the_lock(session, stop):
        restorer = Restorer(
            session.db,
            session.ledger,
            target,
            restore_id=restore_id,
            clock=session.clock,
            go_on=lambda: not stop.asked(),
            progress=lambda items: show_progress(min(1.0, items / max(1, total))),
            only_look=only_look,
        )
        try:
            target.open(surely=True)
            total = session.ledger.count(target.server)
            reason = restorer.run(make_plan(target))
        except PlexError as error:
            reason, message = "trouble", f"{error}"
            log.error(  # noqa: TRY400 -- the text says what to do
                "%s: %s. %s. Run it again then: it goes on where it stopped",
                what,
                error,
                error.hint.rstrip("."),
                extra={"error_type": error.error_type},
            )
        finally:
            target.close()
    if session.queue.next_due_at() is not None:
        spawn_watcher(session.connection)  # what came meanwhile, or what a drain has left to us
    answer = told(restorer.report, reason=reason, message=message, restore_id=restore_id, preview=only_look)
    for line in lines(what, answer):
        log.info("%s", line)
    return answer


@contextmanager
def _the_lock(session: Session, stop: Stop) -> Iterator[None]:
    """Nobody drains inside. Whoever drains now makes room. Raises CallError when it does not."""
    lock, deadline, say_at = drain_lock(session.folder), time.monotonic() + LOCK_PATIENCE_S, 0.0
    try:
        while not lock.try_acquire():
            now = time.monotonic()
            if stop.asked() or now > deadline:
                raise CallError(
                    "another process is at work on the queue and does not make room; try again later."
                )
            if now >= say_at:
                restoring.want_the_lock(session.db, session.clock())
                say_at = now + SAY_EVERY_S
            stop.sleep(LOOK_EVERY_S)
    finally:
        if say_at:
            restoring.have_the_lock(session.db)
    with lock:
        session.queue.take_over()
        yield


def told(report: Report, *, reason: RestoreReason, message: str, restore_id: str, preview: bool) -> Restored:
    """The report for machines."""
    return {
        "reason": reason,
        "message": message,
        "restore_id": restore_id,
        "preview": preview,
        "items": report.items,
        "restored": report.restored,
        "unlocked": report.unlocked,
        "gone": report.gone,
        "fields": dict(report.fields),
        "held": len(report.held),
        "left": [_noted(note) for note in report.left[:SHOWN_NOTES]],
        "left_total": len(report.left),
        "failed": [_noted(note) for note in report.failed[:SHOWN_NOTES]],
        "failed_total": len(report.failed),
    }


def _noted(note: Note) -> Any:
    return asdict(note)


def lines(what: str, answer: Restored) -> list[str]:
    """The same for a person: what was done, what was left and why, what failed."""
    would = "would be " if answer["preview"] else ""
    fields = ", ".join(f"{name} {count}" for name, count in answer["fields"].items())
    head = f"{what}: {counted(answer['restored'], 'item')} of {answer['items']} {would}put back"
    if what.startswith("Unlock"):
        head = f"{what}: {counted(answer['unlocked'], 'lock')} {would}taken away, of {counted(answer['restored'], 'item')}"
    if not answer["restored"]:
        head = f"{what}: nothing {would}{'taken away' if what.startswith('Unlock') else 'put back'}"
    parts = [head + (f" ({fields})" if fields else "")]
    if answer["gone"]:
        parts.append(f"{counted(answer['gone'], 'item')} no longer in Plex")
    if answer["held"]:
        parts.append(f"{counted(answer['held'], 'scene')} {would}held until 'Resume Syncing'")
    said = ["; ".join(parts)]
    said += [
        f"Left as {'it is' if len(some) == 1 else 'they are'}: {text}"
        for text, some in _grouped(answer["left"])
    ]
    said += [f"Not put back: {text}" for text, _ in _grouped(answer["failed"])]
    for what_else, total, shown in (
        ("left as they are", answer["left_total"], answer["left"]),
        ("not put back", answer["failed_total"], answer["failed"]),
    ):
        if total > len(shown):
            said.append(
                f"{total - len(shown):,} more {what_else}; the lines above are of the first {len(shown)}"
            )
    if answer["reason"] == "stopped":
        said.append(f"{what} was stopped; run it again, and it goes on where it stopped")
    return said


def _grouped(notes: list[Any]) -> list[tuple[str, list[Any]]]:
    """One text for each field and reason, with examples."""
    counts = Counter((note["field"], note["why"]) for note in notes)
    found = []
    for (field, why), count in counts.items():
        some = [note for note in notes if (note["field"], note["why"]) == (field, why)]
        named = ", ".join(f"{note['title']!r} ({_whose(note)})" for note in some[:SHOWN_EXAMPLES])
        more = f" and {count - SHOWN_EXAMPLES} more" if count > SHOWN_EXAMPLES else ""
        found.append((f"{field or 'item'} of {named}{more}: {why}", some))
    return found


def _whose(note: Any) -> str:
    return f"scene {note['scene_id']}" if note["scene_id"] else f"Plex item {note['rating_key']}"
