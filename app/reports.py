"""The tasks and the operation that only look: status and set-up."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from app import doctor
from app.logs import show_progress
from app.spawn import spawn_watcher
from app.status import gather, lines
from sync_queue import runners

if TYPE_CHECKING:
    from app.session import Session

log = logging.getLogger("plexsync.Status")
setup_log = logging.getLogger("plexsync.Setup")


def wake_up(session: Session) -> None:
    """See to it that somebody works off what is due: after a restart of the machine nobody does until PlexSync is started."""
    queue, now = session.queue, session.clock()
    if queue.paused or not (queue.has_due() or queue.has_in_flight()):
        return
    token = f"{os.getpid()}-{now}"
    if runners.ask(session.db, token, os.getpid(), now):
        spawn_watcher(session.connection, ask=token)


def status(session: Session, _args: dict[str, Any]) -> dict[str, Any]:
    """The state as JSON, for the page and for scripts."""
    return gather(session)


def show_status(session: Session, _args: dict[str, Any]) -> dict[str, Any]:
    """The state as lines in Stash's log, and as JSON in the answer."""
    wake_up(session)
    state = gather(session)
    for line in lines(state):
        log.info("%s", line)
    return state


def check_setup(session: Session, _args: dict[str, Any]) -> dict[str, Any]:
    """Test everything, one line for each check as it is done; the answer has them all."""
    wake_up(session)
    checks = []
    for check in doctor.examine(session, show_progress):
        checks.append({"name": check.name, "ok": check.ok, "text": check.text, "remedy": check.remedy})
        setup_log.log(logging.INFO if check.ok else logging.ERROR, "%s", check.line())
    failed = sum(not check["ok"] for check in checks)
    setup_log.log(
        logging.INFO if not failed else logging.ERROR,
        "Check Setup: %d of %d checks passed",
        len(checks) - failed,
        len(checks),
    )
    return {"ok": failed == 0, "checks": checks}
