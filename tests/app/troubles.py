"""What can go wrong, provoked one by one in a real plugin between two simulated servers; docs/troubleshooting.md explains each."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from simulators.planted import WRONG_TOKEN
from tests.support import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.plex.messages import Request
    from tests.app.installed import Installed

    Provoke = Callable[[Installed], "Concerned | None"]

TROUBLES: dict[str, Trouble] = {}
"""By the head line that the page has for it."""


@dataclass(frozen=True)
class Concerned:
    """The scene that the log must name."""

    id: int
    title: str
    path: str


@dataclass(frozen=True)
class Trouble:
    """How it is provoked, and the words in which the log alone must tell its cause and its remedy."""

    provoke: Provoke
    cause: str
    remedy: str
    stash: dict[str, Any]


def trouble(head: str, *, cause: str, remedy: str, **stash: Any) -> Callable[[Provoke], Provoke]:
    """Register a provocation; ``stash`` are settings of the simulated Stash."""

    def register(provoke: Provoke) -> Provoke:
        TROUBLES[head] = Trouble(provoke, cause, remedy, stash)
        return provoke

    return register


def one_scene(world: Installed, **how: Any) -> Concerned:
    """A scene of which no hook has told yet."""
    scene, _ = world.scene("harbour.mp4", title="Harbour", **how)
    return Concerned(scene, "Harbour", "/media/harbour.mp4")


def sync(world: Installed, **how: Any) -> Concerned:
    """The same, and a run over everything."""
    concerned = one_scene(world, **how)
    world.run("Sync All Scenes")
    return concerned


def written(world: Installed, **fault: Any) -> Concerned:
    """A scene whose edit in Plex meets this trouble."""
    world.plex.faults.add(match=r"PUT /library/sections/\d+/all", **fault)
    return sync(world)


def observer(world: Installed, text: str) -> None:
    """Let an observer in."""
    folder = world.data / "observers"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mine.py").write_text(text, encoding="utf-8")


# --- a scene ---


@trouble(
    "Plex does not have the file yet", cause="no item in 'Scenes' has this file", remedy="try library scan"
)
def not_yet(world: Installed) -> Concerned:
    world.plex.add_item(world.section, "/media/other.mp4")
    return sync(world, in_plex=False)


@trouble("Plex never found the file", cause="no item in 'Scenes' has this file", remedy="try library scan")
def never(world: Installed) -> Concerned:
    world.configure(not_found_days=0)
    world.plex.add_item(world.section, "/media/other.mp4")
    return sync(world, in_plex=False)


@trouble(
    "Several Plex items could be meant", cause="2 possible items", remedy="Set path_map so that paths agree"
)
def ambiguous(world: Installed) -> Concerned:
    for copy in ("a", "b"):
        world.plex.add_item(world.section, f"/other/{copy}/harbour.mp4", size=1000, duration_ms=60_000)
    return sync(world, in_plex=False)


@trouble("Plex had trouble with an item", cause="Plex answered (500)", remedy="Will retry automatically")
def temporary(world: Installed) -> Concerned:
    return written(world, kind="status", status=500, times=1)


@trouble(
    "Plex had trouble with an item to the end", cause="Plex answered (500)", remedy="check Plex connectivity"
)
def to_the_end(world: Installed) -> Concerned:
    world.configure(max_retries=1)
    return written(world, kind="status", status=500)


@trouble(
    "Plex refuses an edit for good", cause="Plex answered (400)", remedy="Check Plex authentication token"
)
def permanent(world: Installed) -> Concerned:
    return written(world, kind="status", status=400)


@trouble(
    "An edit is too long for Plex, or for a proxy before it",
    cause="RequestTooLong",
    remedy="Shorten the text",
)
def too_long(world: Installed) -> Concerned:
    return written(world, kind="status", status=414)


@trouble(
    "Plex takes an edit and does not show it",
    cause="does not show it in title",
    remedy="look for another tool",
)
def not_shown(world: Installed) -> Concerned:
    """Another tool edits the same item, between our edit and the look at what became of it."""
    concerned, (key,) = one_scene(world), list(world.plex.library.items)
    edits = []

    def another_tool(request: Request) -> bool:
        if request.method == "PUT":
            edits.append(request)
        elif edits and request.path == f"/library/metadata/{key}":
            world.plex.person_edits(key, title="By another tool")
        return False

    world.plex.faults.add("status", match=another_tool)
    world.run("Sync All Scenes")
    return concerned


@trouble(
    "The cover cannot be used", cause="Plex takes no more than 10 MB", remedy="Give the scene another cover"
)
def bad_cover(world: Installed) -> Concerned:
    return sync(world, cover=b"\xff\xd8\xff" + bytes(11_000_000))


@trouble("A deleted scene's item cannot be unlocked", cause="Plex answered (400)", remedy="Unlock it in Plex")
def locked_for_ever(world: Installed) -> Concerned:
    world.configure(deleted_scenes="unlock")
    concerned = sync(world)
    world.plex.faults.add("status", match=r"PUT /library/sections/\d+/all", status=400)
    del world.stash.store.scenes[concerned.id]
    world.operate(mode="reconcile")
    return replace(concerned, title="", path="")


@trouble(
    "What a rename concerns cannot be looked up",
    cause="Stash's answer (status 200) is not JSON",
    remedy="Run 'Reconcile",
)
def no_scenes_of_a_performer(world: Installed) -> None:
    one_scene(world)
    world.run("Pause Syncing")
    file = world.data / "queue.sqlite"
    with contextlib.closing(sqlite3.connect(file, timeout=PATIENCE_S, isolation_level=None)) as db:
        db.execute(
            "INSERT INTO errands (kind, id, change, trigger, due_at, attempts) "
            "VALUES ('performer', 7, 'shown', 'Performer.Update.Post', 0, 4)"
        )
    world.stash.faults.add("html", match=r"\{scenes\{id\}\}", times=1)
    world.run("Resume Syncing")


@trouble(
    "Something from Plex cannot be brought to Stash",
    cause="Stash's answer (status 200) is not JSON",
    remedy="The next pull tries again",
)
def stash_takes_no_play(world: Installed) -> Concerned:
    world.configure(pull_plays=True)
    concerned = sync(world)
    (key,) = list(world.plex.library.items)
    world.plex.person_watches(key)
    world.stash.faults.add("html", match="sceneAddPlay", times=1)
    world.operate(mode="pull")
    return replace(concerned, path="")


@trouble("Half of the scenes are gone from Stash", cause="no longer in Stash", remedy="confirm_gone: true")
def collapsed(world: Installed) -> None:
    for number in range(25):
        world.scene(f"{number}.mp4", title=f"Scene {number}")
    world.run("Sync All Scenes")
    world.stash.store.scenes.clear()
    world.operate(mode="reconcile")


@trouble("Stash cannot give a scene", cause="Stash answered with an error", remedy="Check Stash's log")
def odd_scene(world: Installed) -> Concerned:
    concerned, (fine, key) = one_scene(world), world.scene("fine.mp4")
    world.stash.store.scenes[concerned.id].files[0].duration = "odd"  # type: ignore[assignment]  # the point
    world.run("Pause Syncing")
    for scene in (concerned.id, fine):
        world.save(scene, title="Saved")
    world.run("Resume Syncing")
    assert world.title(key) == "Saved"
    return replace(concerned, title="", path="")


@trouble(
    "An edit made in Plex was replaced",
    cause="was replaced: title",
    remedy="turn on 'Keep edits made in Plex'",
)
def replaced(world: Installed) -> Concerned:
    concerned, (key,) = sync(world), list(world.plex.library.items)
    world.plex.person_edits(key, title="By hand")
    world.run("Sync All Scenes")
    return concerned


@trouble("A saved scene is held", cause="held after a restore", remedy="until 'Resume Syncing'")
def held(world: Installed) -> None:
    concerned, (key,) = sync(world), list(world.plex.library.items)
    world.run("Restore Plex Metadata")
    world.save(concerned.id, title="Saved while it is held")
    world.run("Sync Queued Scenes")
    assert world.title(key) == "harbour"


# --- Plex ---


@trouble("Plex does not answer", cause="Plex does not answer (no connection)", remedy="check that Plex runs")
def away(world: Installed) -> None:
    one_scene(world)
    world.plex.refuse()
    world.run("Sync All Scenes")


@trouble("Plex is starting or in maintenance", cause="in maintenance", remedy="Nothing to do")
def maintenance(world: Installed) -> None:
    one_scene(world)
    world.plex.start_maintenance()
    world.run("Sync All Scenes")


@trouble(
    "The Plex token is refused", cause="Plex refused the token", remedy="Check Plex authentication token"
)
def refused(world: Installed) -> None:
    world.configure(plex_token=WRONG_TOKEN)
    sync(world)


@trouble(
    "The Plex token is not the owner's",
    cause="only the owner's token may edit",
    remedy="Check Plex authentication token",
)
def not_the_owner(world: Installed) -> None:
    world.configure(plex_token=world.plex.guest_token)
    sync(world)


@trouble(
    "The library does not exist",
    cause="names 'Scens', which Plex does not have",
    remedy="Correct plex_library",
)
def no_library(world: Installed) -> None:
    world.configure(plex_library="Scens")
    sync(world)


@trouble(
    "The library is of another type", cause="a library of type 'show'", remedy="Name a library of type Movies"
)
def wrong_type(world: Installed) -> None:
    world.plex.add_section("Series", "show", ("/series",))
    world.configure(plex_library="Series")
    sync(world)


@trouble("Another Plex server answers", cause="is another one", remedy="run 'Accept New Plex Server'")
def other_server(world: Installed) -> None:
    sync(world)
    world.plex.options.machine_identifier = "another"
    world.configure(plex_library="Scenes")
    world.run("Sync All Scenes")


@trouble("What answers is no Plex", cause="is no Plex", remedy="check that plex_url leads to Plex itself")
def no_plex(world: Installed) -> None:
    one_scene(world)
    world.plex.faults.add("html")
    world.run("Sync All Scenes")


# --- Stash, and the machine ---


@trouble("A setting is wrong", cause="max_retries is 99", remedy="it must be a whole number from 1 to 20")
def wrong_setting(world: Installed) -> None:
    world.configure(max_retries=99)
    sync(world)


@trouble("Stash does not answer", cause="Stash does not answer", remedy="Check that Stash is running")
def stash_away(world: Installed) -> None:
    world.stash.faults.add("reset", match=r"findScenes\(ids")
    sync(world)


@trouble(
    "Something else answers in place of Stash",
    cause="something else answers in its place",
    remedy="Check that Stash is running",
)
def a_proxys_page(world: Installed) -> None:
    world.stash.faults.add("html", match=r"findScenes\(ids|POST /graphql \{version")
    sync(world)


@trouble(
    "Stash wants a login",
    cause="Stash refused access",
    remedy="run a PlexSync task in Stash",
    require_login=True,
    cookie_fails=True,
)
def no_login(world: Installed) -> None:
    sync(world)


@trouble("The data folder cannot be written", cause="cannot be used", remedy="is kept in")
def no_folder(world: Installed) -> Concerned:
    world.data.write_text("a file where the folder should be")
    concerned = one_scene(world)
    world.save(concerned.id, title="Kept elsewhere")
    world.run("Sync Queued Scenes")
    return concerned


@trouble(
    "The database was written by a newer version",
    cause="was written by a newer PlexSync",
    remedy="install the newer one again",
)
def newer_database(world: Installed) -> None:
    sync(world)
    with contextlib.closing(sqlite3.connect(world.data / "queue.sqlite", timeout=PATIENCE_S)) as db:
        db.execute("PRAGMA user_version = 99")
    world.run("Sync All Scenes")


@trouble(
    "The database is damaged", cause="file is not a database", remedy="every scene is compared with Plex"
)
def damaged_database(world: Installed) -> Concerned:
    world.data.mkdir(parents=True)
    (world.data / "queue.sqlite").write_bytes(b"This is no database." * 1000)
    concerned = one_scene(world)
    world.save(concerned.id, title="Kept elsewhere")
    world.run("Sync Queued Scenes")
    world.heard("every scene is compared with Plex")  # whoever has met it first
    return concerned


@trouble("The statistics file is odd", cause="is odd", remedy="it is kept as")
def odd_figures(world: Installed) -> None:
    world.data.mkdir(parents=True)
    (world.data / "stats.json").write_text("{")
    sync(world)


@trouble("Syncing is paused", cause="Syncing is paused", remedy="'Resume Syncing' goes on")
def paused(world: Installed) -> None:
    world.run("Pause Syncing")
    sync(world)


# --- observers ---

MINE = """
class Mine:
    def on_job_succeeded(self, sender, *, event):
        raise OSError("no disk")

create = lambda data_dir: Mine()
"""


@trouble(
    "An observer cannot be loaded",
    cause="on_job_suceeded, which is no signal",
    remedy="there are on_match_scored",
)
def misspelt(world: Installed) -> None:
    observer(world, MINE.replace("succeeded", "suceeded"))
    sync(world)


@trouble("An observer fails", cause="OSError: no disk", remedy="mend the observer, or take it away")
def failing(world: Installed) -> None:
    observer(world, MINE)
    sync(world)


@trouble(
    "An observer is slow", cause="ms for each event on average", remedy="let it work in a thread of its own"
)
def slow(world: Installed) -> None:
    observer(world, MINE.replace('raise OSError("no disk")', "import time; time.sleep(0.12)"))
    for number in range(10):
        world.scene(f"{number}.mp4")
    world.run("Sync All Scenes")
