"""Diff, write and read back over real HTTP, with the real client, in both ways in which Plex may treat a list."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from plex.client import PlexClient
from plex.cutting import encoded_size
from plex.diff import diff
from plex.exceptions import PlexError
from plex.fields import Desired, same_text
from plex.read_back import verify
from plex.writer import Writer
from simulators.planted import OWNER_TOKEN
from simulators.plex import PlexSimulator
from tests.plex.diff_world import Memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from plex.change import Change
    from plex.items import PlexItem

AWKWARD = (
    "Sci Fi",
    "A, B",
    "100 %",
    "a%2Cb",
    "é+ü",
    "Q&A=1#;",
    "👩\u200d👩\u200d👧",
    "日本 語",
    "[0].tag.tag",
    "x" * 200,
)
FULL = Desired(
    scalars={
        "title": "Scene One",
        "titleSort": "Studio A 2021",
        "summary": "First line\nsecond & <third> \"quoted\" 'too'",
        "tagline": "AB-12",
        "studio": "Studio A",
        "contentRating": "XXX",
        "originallyAvailableAt": "2021-05-04",
        "userRating": "8.5",
    },
    tags={
        "genre": AWKWARD,
        "collection": ("Studio A", "Group, B"),
        "label": ("Stash",),
        "director": ("Ann Example",),
        "actor": ("Zoe", "Ann", "Éva, the 2nd"),
    },
    actor_roles={"Zoe": "Guest"},
    actor_photos={"Ann": "http://stash.lan:9999/performer/3/image?t=5&apikey=k%20y"},
)


class Stage:
    """One item on a simulated server, and what is remembered of it."""

    def __init__(self, server: PlexSimulator) -> None:
        self.server = server
        self.client = PlexClient(server.url, OWNER_TOKEN, client_identifier="tests")
        section = server.add_section("Scenes", locations=("/media",))
        self.key = server.add_item(
            section.id, "/media/x.mp4", size=10, duration_ms=1000, genre=["Old", "sci fi"], studio="Before"
        )
        self.memory: Memory | None = None

    def read(self) -> PlexItem:
        return self.client.details([self.key])[self.key]

    def diff(self, desired: Desired, *, preserve: bool = False) -> Change:
        return diff(desired, self.read(), self.memory, preserve=preserve, override_locks=False)

    def sync(self, desired: Desired, *, preserve: bool = False) -> tuple[Change, list[str]]:
        """Everything that the worker does for one item; fails when anything written does not show."""
        change = self.diff(desired, preserve=preserve)
        self.memory = self.memory or Memory()
        self.memory.intent = change.intent()
        item = self.read()
        written = Writer(self.client).apply(item, change)
        after = self.read()
        assert "failed" not in verify(change, after, written.cut).values()
        change.remember(self.memory, after, written.cut)
        return change, written.notes

    @property
    def writes(self) -> int:
        return len(self.server.writes())

    @property
    def tags(self) -> dict[str, list[str]]:
        return self.server.item(self.key).tags


@pytest.fixture(params=["add", "replace"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def stage(mode: str) -> Iterator[Stage]:
    with PlexSimulator(tag_mode=mode) as server:
        stage = Stage(server)
        yield stage
        stage.client.close()


@pytest.fixture
def narrow(mode: str) -> Iterator[Stage]:
    """A server that refuses a request line of more than 8 kB with 414."""
    with PlexSimulator(tag_mode=mode, max_request_line=8192) as server:
        stage = Stage(server)
        yield stage
        stage.client.close()


def test_one_request_writes_everything_and_the_second_run_writes_nothing(stage: Stage) -> None:
    """Awkward tags, texts with markup, roles, photos and locks."""
    change, notes = stage.sync(FULL)
    assert stage.writes == 1
    assert notes == []
    assert set(change.outcomes.values()) == {"changed"}
    item = stage.read()
    assert all(same_text(item.scalars[name], value) for name, value in FULL.scalars.items())
    assert {tag.casefold() for tag in item.tags["genre"]} == {tag.casefold() for tag in (*AWKWARD, "Old")}
    assert item.tags["actor"] == FULL.tags["actor"]
    assert {*FULL.scalars, "genre", "director", "actor"} == item.locks
    for preserve in (False, True):
        again, _ = stage.sync(FULL, preserve=preserve)
        assert not again.writes
    assert stage.writes == 1


def test_what_stash_drops_goes_and_what_was_there_before_stays(stage: Stage) -> None:
    stage.sync(FULL)
    stage.sync(
        Desired(
            scalars={"title": "Scene One", "studio": "", "summary": ""}, tags={"genre": ("new",), "actor": ()}
        )
    )
    item = stage.read()
    assert set(item.tags["genre"]) == {"new", "Old", "sci fi"}
    assert "actor" not in item.tags
    assert not item.scalars.get("studio")
    assert not item.scalars.get("summary")
    assert item.locks == {"title", "genre"}
    assert stage.writes == 2


def test_what_a_person_does_in_plex_is_kept_or_replaced(stage: Stage) -> None:
    stage.sync(FULL)
    genres = [*(tag for tag in stage.tags["genre"] if tag != "A, B"), "mine too"]
    stage.server.person_edits(stage.key, title="Mine", genre=genres)
    kept, _ = stage.sync(FULL, preserve=True)
    assert (kept.outcomes["title"], kept.outcomes["tags"], kept.writes) == ("kept", "kept", False)
    replaced, _ = stage.sync(FULL)
    assert set(replaced.replaced) == {"title", "tags"}
    assert {"A, B", "mine too"} <= set(stage.tags["genre"])
    assert stage.read().scalars["title"] == "Scene One"


@pytest.mark.parametrize("preserve", [False, True])
def test_a_lost_answer_is_not_a_persons_edit(stage: Stage, preserve: bool) -> None:
    """The edit was applied, the answer was lost, the process died; then Stash changed again."""
    stage.sync(FULL)
    second = Desired(scalars={"title": "Second"}, tags={"genre": ("second",)})
    stage.server.faults.add("lost", match="^PUT", times=1)
    with pytest.raises(PlexError):
        stage.sync(second, preserve=preserve)
    assert stage.read().scalars["title"] == "Second"
    third = Desired(scalars={"title": "Third"}, tags={"genre": ("A, B",)})
    change, _ = stage.sync(third, preserve=preserve)
    assert change.replaced == ()
    assert stage.read().scalars["title"] == "Third"
    assert set(stage.tags["genre"]) == {"A, B", "Old", "sci fi"}


def test_three_hundred_tags_go_in_one_piece(stage: Stage) -> None:
    many = Desired(
        scalars={"title": "A" * 1000}, tags={"genre": tuple(f"Tag number {n}, {n} %" for n in range(300))}
    )
    stage.sync(many)
    assert len(stage.read().tags["genre"]) == 302
    assert stage.writes == 2
    fewer = Desired(tags={"genre": many.tags["genre"][::2]})
    stage.sync(fewer)
    assert len(stage.read().tags["genre"]) == 152
    assert not stage.diff(fewer).writes


def test_long_texts_go_whole_where_the_server_takes_them(stage: Stage) -> None:
    """30 kB of details and a thousand emoji with joiners: more than 100 kB in the address."""
    long = Desired(scalars={"title": "👩\u200d💻" * 333, "summary": "Ein Satz über vieles. " * 1360})
    _, notes = stage.sync(long)
    assert notes == []
    assert stage.read().scalars["title"] == long.scalars["title"]
    assert len(stage.read().scalars["summary"]) == len(long.scalars["summary"].strip())
    assert not stage.sync(long)[0].writes


def test_what_the_server_refuses_for_its_length_is_cut_once_and_for_all(narrow: Stage) -> None:
    """Title, summary and tags are all too long here; each is cut for itself, and the next run writes nothing."""
    long = Desired(
        scalars={
            "title": "👩\u200d💻" * 333,
            "summary": "Ein Satz über vieles. " * 1360,
            "studio": "Studio A",
        },
        tags={"genre": tuple(f"Tag number {n}" for n in range(300)), "actor": ("Ann",)},
    )
    _, notes = narrow.sync(long)
    assert [note.partition(":")[0] for note in notes] == ["title", "summary", "tags"]
    item = narrow.read()
    assert item.scalars["title"] == "👩\u200d💻" * item.scalars["title"].count("👩") + "…"
    assert item.scalars["summary"].endswith("Satz über…") or item.scalars["summary"].endswith(
        ("Ein…", "Satz…", "vieles.…")
    )
    assert 7000 < encoded_size(item.scalars["summary"]) < 7500
    assert {"Old", "sci fi", "Tag number 0"} <= set(item.tags["genre"])
    assert item.tags["actor"] == ("Ann",)
    assert item.scalars["studio"] == "Studio A"
    assert item.locks == {"title", "summary", "studio", "genre", "actor"}
    for preserve in (False, True):
        assert not narrow.sync(long, preserve=preserve)[0].writes
    shorter = Desired(scalars={"title": "Short", "summary": "Short"}, tags={"genre": ("Tag number 0", "x")})
    narrow.sync(shorter)
    assert set(narrow.read().tags["genre"]) == {"Tag number 0", "x", "Old", "sci fi"}


def test_an_edit_that_is_answered_and_not_done_is_seen(stage: Stage) -> None:
    """A page of somebody else's with status 200 may be taken for Plex's empty answer; the read-back is what counts."""
    stage.server.faults.add("html", match="^PUT", times=1)
    change, item = stage.diff(FULL), stage.read()
    with contextlib.suppress(PlexError):
        Writer(stage.client).apply(item, change)
    assert set(verify(change, stage.read()).values()) == {"failed"}
    stage.sync(FULL)
    assert stage.read().scalars["title"] == "Scene One"


def test_a_server_that_tells_spellings_apart_gets_no_second_one(mode: str) -> None:
    """``sci fi`` stands there, Stash has ``Sci Fi``: what stands there is sent. Line ends are kept by this server."""
    with PlexSimulator(tag_mode=mode, case_sensitive_tags=True, keep_newlines=True) as server:
        stage = Stage(server)
        stage.sync(FULL)
        assert [tag for tag in stage.tags["genre"] if tag.casefold() == "sci fi"] == ["sci fi"]
        assert stage.read().scalars["summary"] == FULL.scalars["summary"]
        assert not stage.sync(FULL)[0].writes
        stage.client.close()
