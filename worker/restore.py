"""Putting back what was in Plex: held, announced, written and read back in batches, for whichever plan.

Scenes are held before anything of them is written, so that no sync undoes it, and every write is announced in the journal
as a sync's is. An item that is through is remembered as such in the ledger: a restore that was cut at any point and is
begun again does the rest, and one that is through writes nothing.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Literal

from plex.exceptions import PlexError, TransientError
from plex.writer import Writer, verify
from sync_queue import waiting
from sync_queue.database import transaction
from sync_queue.ledger import NOBODY
from worker.journaling import shown
from worker.restore_pictures import choose, is_shown
from worker.restore_report import Note, Report, note_of, scene_of
from worker.restore_task import RestoreTask
from worker.restore_trouble import Trouble, raise_if_it_concerns_all

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from plex.items import PlexItem
    from sync_queue.ledger import Ledger
    from worker.plex_target import PlexTarget
    from worker.restore_plans import Candidate, Plan, Way

log = logging.getLogger("plexsync.Restore")

End = Literal["done", "stopped"]
CHANCES = 3
"""How often an edit is sent before it counts as failed."""


class Restorer:
    """One run of a plan, by whoever holds the drain lock. ``go_on`` is asked between two items; ``only_look`` writes nothing."""

    def __init__(
        self,
        db: sqlite3.Connection,
        ledger: Ledger,
        plex: PlexTarget,
        *,
        restore_id: str,
        clock: Callable[[], float],
        go_on: Callable[[], bool] = lambda: True,
        progress: Callable[[int], None] = lambda _items: None,
        only_look: bool = False,
    ) -> None:
        self._db = db
        self._ledger = ledger
        self._plex = plex
        self._id = restore_id
        self._clock = clock
        self._go_on = go_on
        self._progress = progress
        self._only_look = only_look
        self._writer = Writer(plex.client)
        self._trouble = Trouble(plex, ledger)
        self.report = Report()

    def run(self, plan: Plan) -> End:
        """To the end, or until ``go_on`` says no; ``report`` has what was done so far in any case.

        Raises what concerns the whole server. Whatever was begun then is found by the next restore.
        """
        for page in plan.pages():
            if not self._go_on():
                return "stopped"
            if not self._do(plan, page):
                return "stopped"
        return "done"

    def _do(self, plan: Plan, page: list[Candidate]) -> bool:
        self._trouble.witnesses = [candidate.entry for candidate in page]
        items = self._read(page)
        tasks = []
        for candidate in page:
            item = items.get(candidate.rating_key)
            if item is None:
                continue
            way = self._way(plan, candidate, item)
            if way is not None:
                tasks.append(RestoreTask(candidate, item, way, candidate.entry.record.intent))
        self.report.items += len(tasks)
        self._note_what_is_left(tasks)
        due = [task for task in tasks if task.way.writes]
        if self._only_look:
            self._count(plan, page, due)
            return True
        self._announce(plan, page, due)
        all_done = self._write(due)
        self._read_back([task for task in due if not task.failed])
        self._settle(plan, tasks)
        self._progress(self.report.items)
        return all_done

    # --- looking ---

    def _read(self, page: list[Candidate]) -> dict[int, PlexItem]:
        page = [candidate for candidate in page if not candidate.idle]
        keys = [candidate.rating_key for candidate in page]
        try:
            items = self._plex.client.details(keys)
        except PlexError as error:
            raise_if_it_concerns_all(error)
            items = self._read_alone(page)
        else:
            self.report.gone += len(set(keys) - items.keys())
        return items

    def _read_alone(self, page: list[Candidate]) -> dict[int, PlexItem]:
        """A corrupt item spoils the request for all others."""
        self._plex.client.probe()
        items: dict[int, PlexItem] = {}
        for candidate in page:
            try:
                found = self._plex.client.details([candidate.rating_key])
            except PlexError as error:
                self._failed(candidate, "", error)
            else:
                self._trouble.none()
                self.report.gone += not found
                items.update(found)
        return items

    def _way(self, plan: Plan, candidate: Candidate, item: PlexItem) -> Way | None:
        try:
            return plan.way(self._plex.client, candidate, item)
        except PlexError as error:
            self._failed(candidate, item.scalars.get("title", ""), error)
            return None

    def _note_what_is_left(self, tasks: list[RestoreTask]) -> None:
        for task in tasks:
            entry = task.candidate.entry
            self.report.left += [
                Note(
                    scene_id=entry.scene_id,
                    rating_key=entry.rating_key,
                    title=task.title,
                    field=name,
                    why=why,
                )
                for name, why in task.way.left.items()
            ]

    def _count(self, plan: Plan, page: list[Candidate], due: list[RestoreTask]) -> None:
        """What would be done."""
        self.report.held |= _scenes(plan, page, due)
        for task in due:
            self._note_done(task)

    # --- writing ---

    def _announce(self, plan: Plan, page: list[Candidate], due: list[RestoreTask]) -> None:
        """Hold the scenes, and note what is about to be written, in one transaction before any of it."""
        held = _scenes(plan, page, due)
        with transaction(self._db):
            waiting.hold(self._db, held, self._clock())
            for task in due:
                entry, change = task.candidate.entry, task.way.back.change
                self._ledger.journal.announce(
                    entry.server,
                    entry.rating_key,
                    task.announced(),
                    shown=task.shown_before(),
                    scene_id=scene_of(task.candidate),
                    drain_id=self._id,
                    at=self._clock(),
                    keeps_all=True,
                )
                entry.record.intent = change.intent()
                if task.candidate.known:
                    self._ledger.put(entry)
        self.report.held |= held

    def _write(self, due: list[RestoreTask]) -> bool:
        for number, task in enumerate(due):
            if number and not self._go_on():
                for rest in due[number:]:
                    rest.failed = "stopped"
                self._take_back(due[number:])
                return False
            try:
                task.touched = True
                self._write_one(task)
            except PlexError as error:
                task.failed = str(error)
                self._failed(task.candidate, task.title, error, edit=True)
            else:
                self._trouble.none()
        return True

    def _write_one(self, task: RestoreTask) -> None:
        """A server that fails one request in ten spoils nothing: it is sent again."""
        for chance in range(CHANCES, 0, -1):
            try:
                self._send(task)
            except TransientError:
                if chance == 1:
                    raise
            else:
                return

    def _send(self, task: RestoreTask) -> None:
        # Pictures first: should a choice lock the field, the edit behind it takes that lock away.
        for back in task.way.pictures:
            if back.due:
                choose(self._plex.client, task.item.rating_key, back)
        self._writer.apply(task.item, task.way.back.change)

    def _take_back(self, tasks: list[RestoreTask]) -> None:
        """Announced and not written after all."""
        with transaction(self._db):
            for task in tasks:
                entry = task.candidate.entry
                entry.record.intent = task.intent
                self._ledger.journal.settle(entry.server, entry.rating_key, task.shown_before())
                if task.candidate.known:
                    self._ledger.put(entry)

    def _read_back(self, tasks: list[RestoreTask]) -> None:
        items = self._plex.client.details([task.item.rating_key for task in tasks]) if tasks else {}
        for task in tasks:
            after = items.get(task.item.rating_key)
            if after is None:
                task.failed = "it was gone when it was read back"
                continue
            wrong = [
                name for name, outcome in verify(task.way.back.change, after).items() if outcome == "failed"
            ]
            wrong += [
                back.name
                for back in task.way.pictures
                if back.due and not is_shown(self._plex.client, after.rating_key, back)
            ]
            if wrong:
                task.failed = f"Plex took the edit but does not show it in {', '.join(wrong)}"
            task.item = after
        for task in tasks:
            if task.failed:
                self.report.failed.append(note_of(task.candidate, task.title, task.failed))

    def _settle(self, plan: Plan, tasks: list[RestoreTask]) -> None:
        with transaction(self._db):
            for task in tasks:
                if task.failed:
                    continue
                entry = task.candidate.entry
                before = entry.record
                if task.way.unknown:
                    continue
                plan.remember(entry, task.way, task.item)
                if task.touched:
                    blanks = {back.name: back.hash for back in task.way.pictures if back.due}
                    self._ledger.journal.settle(
                        entry.server, entry.rating_key, {**shown(task.item, before), **blanks}
                    )
                if task.candidate.known and (task.touched or plan.holds_all):
                    self._ledger.put(entry)
        for task in tasks:
            if task.touched and not task.failed:
                self._note_done(task)
                self._plex.index.note(task.item)

    def _note_done(self, task: RestoreTask) -> None:
        self.report.restored += 1
        self.report.unlocked += len(task.way.back.change.unlock)
        self.report.fields.update(task.way.fields)

    def _failed(self, candidate: Candidate, title: str, error: PlexError, *, edit: bool = False) -> None:
        """Its own failure, unless it is Plex's: then it is raised."""
        worked = self.report.restored > 0
        self._trouble.of(candidate.rating_key, error, edit=edit, others_worked=worked)
        self.report.failed.append(note_of(candidate, title, str(error)))


def _scenes(plan: Plan, page: list[Candidate], due: list[RestoreTask]) -> set[int]:
    concerned = page if plan.holds_all else [task.candidate for task in due]
    return {one.entry.scene_id for one in concerned if one.known and one.entry.scene_id != NOBODY}
