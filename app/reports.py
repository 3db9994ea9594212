"""The tasks and the operations that only look: status, set-up, and why a scene is as it is."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from app.arguments import scene_id_of
from app.logs import show_progress
from app.status import gather, lines
from app.wake import wake_up
from stash.exceptions import StashError
from sync_queue import dry_run

if TYPE_CHECKING:
    from app.page.mode_shapes import Check, Checked, Explanation
    from app.session import Session

log = logging.getLogger("plexsync.Status")
setup_log = logging.getLogger("plexsync.Setup")


def status(session: Session, _args: dict[str, Any]) -> dict[str, Any]:
    """The state as JSON, for the page and for scripts."""
    return gather(session)


def show_status(session: Session, _args: dict[str, Any]) -> dict[str, Any]:
    """The state as lines in Stash's log, and as JSON in the answer."""
    wake_up(session)
    with suppress(StashError):
        dry_run.remember(session.db, session.raw_settings().get("dry_run") is True)
    state = gather(session)
    for line in lines(state):
        log.info("%s", line)
    return state


def explain(session: Session, args: dict[str, Any]) -> Explanation:
    """Why the scene ``scene_id`` is, or is not, in step: as JSON in the answer and as lines in Stash's log."""
    from app.explain import explain as gather_explanation  # noqa: PLC0415 -- a status does without plexapi
    from app.explain_lines import lines as explanation_lines  # noqa: PLC0415

    found = gather_explanation(session, scene_id_of(args))
    for line in explanation_lines(found):
        log.info("%s", line)
    return cast("Explanation", found)


def check_setup(session: Session, _args: dict[str, Any]) -> Checked:
    """Test everything, one line for each check as it is done; the answer has them all."""
    from app import doctor  # noqa: PLC0415 -- see explain

    wake_up(session)
    checks: list[Check] = []
    for check in doctor.examine(session, show_progress):
        checks.append(
            {
                "name": check.name,
                "ok": check.ok,
                "text": check.text,
                "remedy": check.remedy,
                "rule": check.rule,
            }
        )
        setup_log.log(logging.INFO if check.ok else logging.ERROR, "%s", check.line())
    failed = sum(not check["ok"] for check in checks)
    setup_log.log(
        logging.INFO if not failed else logging.ERROR,
        "Check Setup: %d of %d checks passed",
        len(checks) - failed,
        len(checks),
    )
    return {"ok": failed == 0, "checks": checks}
