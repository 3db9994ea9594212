"""However scene and settings came to be what they are, Plex shows the same: as if it had been the first sync.

Through the real mapping, diff and writer, into the simulated Plex without its HTTP, in both ways in which Plex may
treat lists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from hypothesis import example, given, settings
from hypothesis import strategies as st

from plex.diff import diff
from plex.fields import OUR_NAMES
from plex.items import PlexItem
from plex.read_back import verify
from plex.writer import Writer
from simulators.plex import PlexSimulator
from simulators.plex.editing import apply_edit
from simulators.plex.rendering import Renderer
from stash.scene import Performer, Scene, SceneFile, Studio, Tag
from sync_queue.ledger import Record
from worker.cast import PhotoAddress
from worker.mapping import FIELD_NAMES, MappingOptions, desired_of
from worker.templates import Template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulators.plex.model import Item

PATTERNS = st.none() | st.sampled_from(["{studio} - {title}", "{code}", "{title}[ ({year})]"]).map(
    Template.parse
)
TAG_LISTS = st.sampled_from([(), ("hd",), ("Place",), ("Nobody",)])
PREFIXES = st.sampled_from(["", "Studio:"])
OPTIONS = st.builds(
    MappingOptions,
    title=PATTERNS,
    sort_title=PATTERNS,
    original_title=PATTERNS,
    tagline=PATTERNS,
    studio=PATTERNS,
    content_rating=st.sampled_from(["", "XXX"]),
    labels=st.sampled_from([(), ("Stash",), ("Library", "Stash")]),
    label_tags=TAG_LISTS,
    include_tags=TAG_LISTS,
    exclude_tags=TAG_LISTS,
    characters=st.booleans(),
    photos=st.none() | st.sampled_from(["http://stash", "http://nas/{id}"]).map(PhotoAddress.parse),
    studio_collections=st.booleans(),
    studio_collection_prefix=PREFIXES,
    group_collection_prefix=PREFIXES,
)
EXCLUDES = st.frozensets(st.sampled_from(sorted(FIELD_NAMES)), max_size=4)
PHOTO = "http://127.0.0.1:9999/performer/{}/image?t={}"
PEOPLE = st.sampled_from(
    [
        Performer(id=1, name="Ann", disambiguation="1990", image_path=PHOTO.format(1, 5)),
        Performer(id=2, name="Bo", image_path=PHOTO.format(2, 6)),
        Performer(id=2, name="Bo", disambiguation="the other"),
        Performer(id=3, name="Cy, the Great"),
    ]
)
TAGS = st.sampled_from(
    [Tag(id=1, name="HD"), Tag(id=2, name="Beach", parents=("Place",)), Tag(id=3, name="a, b")]
)
SCENES = st.builds(
    Scene,
    id=st.just(7),
    title=st.sampled_from(["", "Night Train", "Fähre — 2"]),
    code=st.sampled_from(["", "NT-4"]),
    details=st.sampled_from(["", "One.\nTwo."]),
    date=st.sampled_from(["", "2021", "2021-05-04"]),
    director=st.sampled_from(["", "Dee, Co"]),
    rating100=st.sampled_from([None, 85]),
    files=st.just((SceneFile(path="/media/one.mp4"),)),
    studio=st.none() | st.sampled_from([Studio(name="Pier", parent="Harbour"), Studio(name="HD")]),
    performers=st.lists(PEOPLE, max_size=3, unique_by=lambda one: one.id).map(tuple),
    tags=st.lists(TAGS, max_size=3, unique=True).map(tuple),
    groups=st.sampled_from([(), ("Trains",), ("Pier", "Trains")]),
)


class Shelf:
    """One item in a Plex of its own, with what is remembered of it."""

    def __init__(self, mode: str) -> None:
        self.plex = PlexSimulator(tag_mode=mode)
        section = self.plex.add_section("Scenes")
        self.key = self.plex.add_item(section.id, "/media/one.mp4")
        self.memory = Record()
        self.met = False
        self.requests = 0

    def edit(self, section_id: int, rating_key: int, params: Sequence[tuple[str, str]]) -> None:
        """What ``PlexClient.edit`` does, without the wire."""
        assert (section_id, rating_key) == (1, self.key)
        self.requests += 1
        apply_edit(self.plex.library, [self._item], params)

    @property
    def _item(self) -> Item:
        return self.plex.library.items[self.key]

    def read(self) -> PlexItem:
        page = Renderer(self.plex.library).details(self._item)
        return PlexItem.from_element(ET.fromstring(page), complete=True)  # noqa: S314 -- our own page

    def sync(self, scene: Scene, options: MappingOptions) -> int:
        """As the worker does it; how many requests it took."""
        desired, _ = desired_of(scene, options)
        before, sent = self.read(), self.requests
        known = self.memory if self.met else None
        change = diff(desired, before, known, preserve=False, override_locks=False)
        self.memory.intent, self.met = change.intent(), True
        written = Writer(self).apply(before, change)
        after = self.read()
        assert "failed" not in verify(change, after, written.cut).values()
        change.remember(self.memory, after, written.cut)
        return self.requests - sent

    def shown(self) -> dict[str, object]:
        """Everything about the item, by Plex's names."""
        item = self.plex.item(self.key)
        fields: dict[str, object] = {name: value for name, value in item.fields.items() if name != "year"}
        tags = {kind: names if kind == "actor" else set(names) for kind, names in item.tags.items() if names}
        return {**fields, **tags, "roles": item.roles, "photos": item.photos, "locks": item.locks}


def looks(shelf: Shelf) -> dict[str, object]:
    """The same to a person's eye: a sort title that is the title looks as if there were none."""
    shown = shelf.shown()
    return {name: value for name, value in shown.items() if name != "titleSort" or value != shown["title"]}


MODES = st.sampled_from(["replace", "add"])


@settings(max_examples=150, deadline=None)
@given(MODES, st.lists(st.tuples(SCENES, OPTIONS), min_size=1, max_size=4))
def test_the_last_scene_and_settings_alone_decide_what_plex_shows(mode, steps) -> None:
    shelf, fresh = Shelf(mode), Shelf(mode)
    for scene, options in steps:
        shelf.sync(scene, options)
        assert shelf.sync(scene, options) == 0, "a second run writes nothing"
    fresh.sync(*steps[-1])
    now, then = looks(shelf), looks(fresh)
    # A photo belongs to the name in the whole server: it outlives the item's cast.
    assert shelf.plex.item(shelf.key).photos.items() >= fresh.plex.item(fresh.key).photos.items()
    assert {**now, "photos": None} == {**then, "photos": None}


FILES = (SceneFile(path="/media/one.mp4"),)
UNTITLED, NIGHT_TRAIN = Scene(id=7, files=FILES), Scene(id=7, title="Night Train", files=FILES)
SORTED = MappingOptions(sort_title=Template.parse("{title}"))


@example("replace", NIGHT_TRAIN, SORTED, UNTITLED, frozenset({"sort_title"}))
@example("replace", UNTITLED, SORTED, UNTITLED, frozenset({"sort_title"}))
@settings(max_examples=150, deadline=None)
@given(MODES, SCENES, OPTIONS, SCENES, EXCLUDES)
def test_excluded_fields_stay_as_they_are_without_our_lock_and_come_back_as_if_never_away(
    mode, scene, options, later, exclude
) -> None:
    shelf, fresh = Shelf(mode), Shelf(mode)
    less = options._replace(exclude=exclude)
    names = {plex for plex, ours in OUR_NAMES.items() if ours in exclude}
    beside = {"roles", "photos"} if "actor" in names else set()
    shelf.sync(scene, options)
    before = shelf.shown()
    shelf.sync(later, less)
    assert shelf.sync(later, less) == 0, "a second run writes nothing"
    after = shelf.shown()
    for name in names | beside:
        assert after.get(name) == before.get(name)
    assert not shelf.plex.item(shelf.key).locks & names
    shelf.sync(later, options)
    fresh.sync(later, options)
    assert looks(shelf) == looks(fresh)
