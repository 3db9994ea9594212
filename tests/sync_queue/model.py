"""The queue in plain Python: dictionaries instead of SQL, and no transaction. What the real one must agree with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

CAPS = {"pending": 600.0, "waiting_for_plex": 86_400.0}
SLACK_S = 5.0
ABSENT: frozenset[str] = frozenset()


@dataclass
class Row:
    """What the model knows of a scene."""

    priority: int
    due_at: float
    again_at: float | None
    deleted: bool
    force: bool
    state: str = "pending"
    generation: int = 1
    claimed: int | None = None
    attempts: int = 0
    waiting_since: float | None = None
    names: frozenset[str] = field(default=ABSENT)
    changed_at: float = 0.0


class Model:
    """Rows by scene, dead letters as (is forced, name) by scene."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.dead: dict[int, tuple[bool, str]] = {}
        self.paused = False

    def enqueue(
        self,
        scene: int,
        now: float,
        priority: int,
        *,
        due_at: float | None = None,
        again_at: float | None = None,
        deleted: bool = False,
        force: bool = False,
    ) -> None:
        """An edit, or a row of a run."""
        self.dead.pop(scene, None)
        due_at = now if due_at is None else due_at
        old = self.rows.get(scene)
        if old is None:
            self.rows[scene] = Row(priority, due_at, again_at, deleted, force, changed_at=now)
            return
        looks = [at for at in (old.again_at, again_at) if at is not None]
        self.rows[scene] = replace(
            old,
            state=old.state if old.state in {"in_flight", "held"} else "pending",
            priority=min(old.priority, priority),
            due_at=min(old.due_at, due_at) if old.state in {"pending", "held"} else due_at,
            again_at=max(looks, default=None),
            generation=old.generation + 1,
            attempts=0,
            deleted=deleted,
            force=old.force or force,
            changed_at=now,
        )

    def pull_in(self, now: float) -> None:
        """Due times of a clock that was ahead."""
        for state, cap_s in CAPS.items():
            for priority in {row.priority for row in self.rows.values() if row.state == state}:
                rows = [row for row in self.rows.values() if (row.state, row.priority) == (state, priority)]
                if max(row.due_at for row in rows) <= now + cap_s + SLACK_S:
                    continue
                for row in rows:
                    if row.due_at > now + cap_s:
                        row.due_at = now + cap_s
                        row.waiting_since = row.waiting_since and min(row.waiting_since, now)

    def clock_went_back(self, now: float) -> None:
        """Rows of a time to come are due."""
        for row in self.rows.values():
            if row.state == "pending" and row.due_at > now and row.changed_at > now + SLACK_S:
                row.due_at = row.changed_at = now

    def claim(self, now: float, limit: int, max_priority: int | None) -> list[int]:
        """The scenes that a claim must give, in order."""
        if self.paused:
            return []
        self.pull_in(now)
        for row in self.rows.values():
            if row.state == "waiting_for_plex" and row.due_at <= now:
                row.state = "pending"
                if row.waiting_since is not None and now - row.due_at > 30 * 86_400:
                    row.waiting_since += now - row.due_at
        ready = sorted(
            (row.priority, row.due_at, scene)
            for scene, row in self.rows.items()
            if row.state == "pending" and row.due_at <= now
        )
        scenes = [scene for priority, _, scene in ready if max_priority is None or priority <= max_priority]
        for scene in scenes[:limit]:
            row = self.rows[scene]
            row.state, row.claimed = "in_flight", row.generation
            if row.again_at is not None and row.again_at <= now:
                row.again_at = None
        return scenes[:limit]

    def settles(self, scene: int, now: float) -> bool:
        """Whether an outcome counts; a row that was edited in flight is due instead."""
        row = self.rows.get(scene)
        if row is None or row.state != "in_flight":
            return False
        if row.generation == row.claimed:
            return True
        row.state, row.claimed, row.due_at = "pending", None, min(row.due_at, now)
        return False

    def done(self, scene: int, now: float) -> bool:
        """Finished."""
        if not self.settles(scene, now):
            return False
        row = self.rows[scene]
        if row.again_at is None:
            del self.rows[scene]
            return True
        self.rows[scene] = replace(
            row,
            state="pending",
            due_at=min(row.again_at, now + CAPS["pending"]),
            again_at=None,
            attempts=0,
            force=False,
            waiting_since=None,
            claimed=None,
        )
        return False

    def put_back(
        self, scene: int, now: float, state: str, due_at: float, tries: int, names: frozenset[str]
    ) -> bool:
        """Failed, or waiting."""
        if not self.settles(scene, now):
            return False
        row = self.rows[scene]
        row.state, row.claimed, row.attempts = state, None, row.attempts + tries
        row.due_at = min(due_at, now + CAPS[state])
        if state == "waiting_for_plex":
            row.waiting_since = now if row.waiting_since is None else row.waiting_since
            row.names = names
        return True

    def bury(self, scene: int, now: float, name: str) -> bool:
        """Given up."""
        if not self.settles(scene, now):
            return False
        self.dead[scene] = (self.rows.pop(scene).force, name)
        return True

    def to_pending(self, scenes: set[int], state: str, *, due_at: float | None = None) -> int:
        """Rows of a state among these scenes become pending."""
        found = [row for scene, row in self.rows.items() if scene in scenes and row.state == state]
        for row in found:
            row.state, row.claimed = "pending", None
            row.due_at = row.due_at if due_at is None else due_at
        return len(found)

    def wake(self, names: frozenset[str], now: float) -> int:
        """Items of these names are new in Plex."""
        waiting = {scene for scene, row in self.rows.items() if row.names & names}
        back = [scene for scene, (_, name) in self.dead.items() if name in names]
        woken = self.to_pending(waiting, "waiting_for_plex", due_at=now)
        for scene in back:
            self.enqueue(scene, now, 1)
        return woken + len(back)

    def hold(self, scene: int, now: float) -> None:
        """Kept from being synced."""
        self.dead.pop(scene, None)
        row = self.rows.setdefault(scene, Row(1, now, None, deleted=False, force=False, changed_at=now))
        row.state, row.claimed = "held", None

    def due(self, now: float) -> bool:
        """Whether a claim would find something."""
        return any(row.state in CAPS and row.due_at <= now for row in self.rows.values())
