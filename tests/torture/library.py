"""A library of scenes that a story edits, and what Plex should show of each, written without the code under test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from simulators.stash import jpeg

if TYPE_CHECKING:
    import random

    from simulators.plex import PlexSimulator
    from simulators.stash import StashSimulator


class Place(Protocol):
    """A Stash and a Plex with one movie library over /media."""

    plex: PlexSimulator
    stash: StashSimulator
    section: int

    def scene(self, name: str, *, in_plex: bool = True, size: int = 1000, **values: Any) -> tuple[int, int]:
        """A scene that nobody has queued, and its Plex item under the same path; (scene id, ratingKey or 0)."""
        ...

    def buried(self) -> set[int]:
        """The scenes that were given up."""
        ...


PERFORMERS = ("Ann Example", "Bo Sample", "Cy Sample", "Di Ng", "Eve Ortiz")
TAGS = ("Amber", "Brook", "a, b", "50%25", "Fähre", "日本", "🎬")
STUDIOS = ("North Pier", "South, Pier & Co", None)


class Library:
    """Scenes that Plex has (``keys``: scene → ratingKey), and such as must be given up (``doomed``)."""

    def __init__(self, house: Place, chance: random.Random) -> None:
        self._house = house
        self._chance = chance
        self._edits = 0
        self.keys: dict[int, int] = {}
        self.doomed: set[int] = set()
        self.no_cover: set[int] = set()
        """Scenes whose cover Plex cannot take: it shows none, and the rest all the same."""
        self.kept: dict[int, str] = {}
        """Titles that a person gave to Plex items, and that ``preserve_plex_edits`` must keep."""

    def fill(self, scenes: int, *, with_pictures: int = 10, doomed: int = 100, first: int = 0) -> None:
        """So many scenes, numbered from ``first`` on. Every ``with_pictures``-th has a cover; every ``doomed``-th more one that must be given up."""
        for number in range(first, first + scenes):
            cover = jpeg(f"cover {number}") if number % with_pictures == 0 else None
            scene, key = self._house.scene(f"{number:05}.mp4", cover=cover, **self._described(number))
            self.keys[scene] = key
            if number % doomed == 0:
                self.doomed.add(self._twin(number) if number % (2 * doomed) else self._missing(number))

    def edit(self, scene: int, *, cover: bool = False) -> None:
        """Change the scene as a person would, without queuing it. No two edits are alike."""
        self._edits += 1
        row = self._house.stash.store.scenes[scene]
        row.values.update(
            title=f"Edit {self._edits} of scene {scene}", details=f"What edit {self._edits} says"
        )
        row.tag_ids = [self._named("tag", tag) for tag in self._chance.sample(TAGS, 3)]
        if cover:
            row.cover = jpeg(f"cover of edit {self._edits}")

    def somebody_edits_in_plex(self, scene: int) -> None:
        """A person gives the scene's Plex item another title."""
        self.kept[scene] = f"A person says {scene}"
        self._house.plex.person_edits(self.keys[scene], title=self.kept[scene])

    def wrong(self, scene: int) -> str:
        """What is not as it should be with a scene, or nothing."""
        if scene in self.doomed:
            return "" if scene in self._house.buried() else f"scene {scene} is not among the dead letters"
        fields, tags, cover = self._expected(scene)
        item = self._house.plex.item(self.keys[scene])
        shown = {name: value for name, value in item.fields.items() if name not in {"year", "titleSort"}}
        found = {kind: sorted(names) for kind, names in item.tags.items() if kind != "actor"}
        if shown != fields:
            return f"scene {scene} shows {shown} and should show {fields}"
        if found != tags or item.tags.get("actor", []) != self._names(scene, "performer"):
            return f"scene {scene} has the tags {item.tags} and should have {tags}"
        if scene in self.no_cover:
            return f"scene {scene} shows a picture" if item.poster is not None else ""
        if cover is not None and (item.poster != cover or item.art != cover):
            return f"scene {scene} does not show its cover"
        return ""

    # --- making ---

    def _described(self, number: int) -> dict[str, Any]:
        chance = self._chance
        return {
            "title": f"Scene {number}",
            "details": chance.choice([None, f"First line of {number}\n\nSecond"]),
            "date": chance.choice([None, "2021-05-04"]),
            "rating100": chance.choice([None, 80]),
            "studio": chance.choice(STUDIOS),
            "performers": chance.sample(PERFORMERS, chance.randint(0, 3)),
            "tags": chance.sample(TAGS, chance.randint(0, 5)),
        }

    def _twin(self, number: int) -> int:
        """Two Plex items of its name and size lie elsewhere, and nothing tells them apart."""
        house = self._house
        for folder in ("old", "new"):
            house.plex.add_item(
                house.section, f"/media/{folder}/twin{number}.mp4", size=5000 + number, duration_ms=60_000
            )
        scene, _ = house.scene(
            f"unsorted/twin{number}.mp4", in_plex=False, size=5000 + number, title=f"Twin {number}"
        )
        return scene

    def _missing(self, number: int) -> int:
        """Plex has never heard of its file."""
        scene, _ = self._house.scene(
            f"missing{number}.mp4", in_plex=False, size=7000 + number, title=f"Missing {number}"
        )
        return scene

    # --- expecting ---

    def _expected(self, scene: int) -> tuple[dict[str, str], dict[str, list[str]], bytes | None]:
        row = self._house.stash.store.scenes[scene]
        values = row.values
        studio = self._house.stash.store.tables["studio"][row.studio_id].name if row.studio_id else ""
        fields = {
            "title": self.kept.get(scene, values["title"]),
            "summary": values["details"] or "",
            "originallyAvailableAt": values["date"] or "",
            "userRating": "8.0" if values["rating100"] else "",
            "studio": studio,
        }
        tags = {"genre": sorted(self._names(scene, "tag")), "collection": [studio] if studio else []}
        return (
            {name: value for name, value in fields.items() if value},
            {kind: names for kind, names in tags.items() if names},
            row.cover,
        )

    def _names(self, scene: int, kind: str) -> list[str]:
        row = self._house.stash.store.scenes[scene]
        ids = row.tag_ids if kind == "tag" else row.performer_ids
        return [self._house.stash.store.tables[kind][one].name for one in ids]

    def _named(self, kind: str, name: str) -> int:
        return self._house.stash.store.named(kind, name)
