"""A library of scenes with one oddity in ten, and the Plex items that show them.

The library is the same at each run; which Plex item is the right one is known from how it was made, and from nothing else.
"""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from plex.evidence import FileFacts

if TYPE_CHECKING:
    from collections.abc import Iterable

SEED, SCENES, ODD_PART = 20_261_125, 5_000, 0.10
STASH, PLEX, NAS_IN_PLEX = "/data", "/media/scenes", "/media/nas"
RULES = f"{STASH} => {PLEX}; D:\\Videos => {NAS_IN_PLEX}; \\\\NAS\\Videos => {NAS_IN_PLEX}"
WORDS = (
    "amber",
    "brook",
    "cedar",
    "dusk",
    "ember",
    "fjord",
    "grove",
    "harbour",
    "inlet",
    "juniper",
    "kestrel",
)
ACCENTS = ("Fähre", "été", "niño", "Žluť", "smörgås", "Ångström", "Дорога", "が行く")
COMMON = ("scene.mp4", "video.mp4", "1.mp4", "Scene_02.mp4")


@dataclass(frozen=True, slots=True)
class Film:
    """One file of one content: what does not change when it is moved or renamed."""

    folder: str
    name: str
    size: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Case:
    """A scene, why it is odd ("" if it is not), and the numbers of the Plex items that show it, which may be none."""

    kind: str
    files: tuple[FileFacts, ...]
    right: frozenset[int]
    possible: bool = True


@dataclass(slots=True)
class Made:
    """The library: its scenes, and Plex's items in the order of their numbers."""

    cases: list[Case] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)

    def item(self, path: str, film: Film, *more: tuple[str, Film], ms: int = 0) -> int:
        """One item of Plex's with a file, or several; returns its number."""
        versions = [(where, one.size, round(one.seconds * 1000)) for where, one in more]
        self.items.append(
            {
                "path": path,
                "size": film.size,
                "duration_ms": round(film.seconds * 1000) + ms,
                "versions": versions,
            }
        )
        return len(self.items) - 1

    def scene(self, kind: str, paths: Iterable[tuple[str, Film]], *right: int, possible: bool = True) -> None:
        """One scene with its files."""
        files = tuple(FileFacts(path, film.size, film.seconds) for path, film in paths)
        self.cases.append(Case(kind, files, frozenset(right), possible))


class Maker:
    """Makes the library, one kind of scene after another."""

    def __init__(self, scenes: int = SCENES, seed: int = SEED) -> None:
        self._chance = random.Random(seed)  # noqa: S311 -- repeatable on purpose
        self._number = 0
        self.made = Made()
        odd = int(scenes * ODD_PART)
        each, rest = divmod(odd, len(self.KINDS))
        for position, kind in enumerate(self.KINDS):
            for _ in range(each + (position < rest)):
                getattr(self, f"_{kind.replace(' ', '_')}")(kind)
        while len(self.made.cases) < scenes:
            self._plain()
        self._chance.shuffle(self.made.cases)

    KINDS = (
        "moved in Stash",
        "moved in Plex",
        "duplicate name",
        "swapped with one of its name",
        "two files in one item",
        "two files in two items",
        "only the second file in Plex",
        "missing in Plex",
        "missing with another of its name",
        "renamed in Stash",
        "renamed in Plex",
        "moved and renamed in Plex",
        "a copy elsewhere in Plex",
        "NFD on one side",
        "Windows paths in Stash",
        "case differs",
        "replaced in Stash",
        "two copies elsewhere in Plex",
    )

    def _film(self, name: str = "") -> Film:
        self._number += 1
        chance = self._chance
        folder = f"Studio {chance.randrange(60):02}/{chance.randrange(1999, 2027)}"
        name = name or f"{' '.join(chance.sample(WORDS, 2))} {self._number}.mp4"
        return Film(folder, name, chance.randrange(20_000_000, 6_000_000_000), chance.uniform(60, 5400))

    def _at(self, root: str, film: Film, *, folder: str = "", name: str = "") -> str:
        return f"{root}/{folder or film.folder}/{name or film.name}"

    def _jitter(self) -> int:
        """Milliseconds by which Plex measures a file otherwise than Stash."""
        return self._chance.randrange(-900, 900)

    def _same(self, kind: str, film: Film, stash: str = "", plex: str = "") -> None:
        """One scene with one file, and its item."""
        number = self.made.item(plex or self._at(PLEX, film), film, ms=self._jitter())
        self.made.scene(kind, [(stash or self._at(STASH, film), film)], number)

    def _plain(self) -> None:
        self._same("", self._film())

    def _moved_in_Stash(self, kind: str) -> None:  # noqa: N802 -- the kind's own name
        film = self._film()
        self._same(kind, film, stash=self._at(STASH, film, folder="sorted/later"))

    def _moved_in_Plex(self, kind: str) -> None:  # noqa: N802
        film = self._film()
        self._same(kind, film, plex=self._at(PLEX, film, folder="archive"))

    def _duplicate_name(self, kind: str) -> None:
        self._same(kind, self._film(self._chance.choice(COMMON)))

    def _swapped_with_one_of_its_name(self, kind: str) -> None:
        """Two files of one name have changed places in Stash, and Plex has not noticed."""
        one, other = self._film("take.mp4"), self._film("take.mp4")
        folders = f"{one.folder}/{self._number}a", f"{other.folder}/{self._number}b"
        for film, here, there in ((one, folders[0], folders[1]), (other, folders[1], folders[0])):
            self._same(
                kind,
                film,
                stash=self._at(STASH, film, folder=there),
                plex=self._at(PLEX, film, folder=here),
            )

    def _two_files_in_one_item(self, kind: str) -> None:
        film, larger = self._film(), self._film()
        item = self.made.item(self._at(PLEX, film), film, (self._at(PLEX, larger), larger))
        files = [(self._at(STASH, one), one) for one in (larger, film)]
        self.made.scene(kind, files, item)

    def _two_files_in_two_items(self, kind: str) -> None:
        """The primary file's item is the scene's."""
        primary, second = self._film(), self._film()
        self.made.item(self._at(PLEX, second), second)
        item = self.made.item(self._at(PLEX, primary), primary)
        self.made.scene(kind, [(self._at(STASH, one), one) for one in (primary, second)], item)

    def _only_the_second_file_in_Plex(self, kind: str) -> None:  # noqa: N802
        primary, second = self._film(), self._film()
        item = self.made.item(self._at(PLEX, second), second, ms=self._jitter())
        self.made.scene(kind, [(self._at(STASH, one), one) for one in (primary, second)], item)

    def _missing_in_Plex(self, kind: str) -> None:  # noqa: N802
        film = self._film()
        self.made.scene(kind, [(self._at(STASH, film), film)], possible=False)

    def _missing_with_another_of_its_name(self, kind: str) -> None:
        """Plex has a file of that name, in that very folder every second time, and it is another one."""
        film = self._film(f"take {self._number}.mp4")
        other = self._film(film.name)
        self.made.item(self._at(PLEX, film if self._number % 4 else other), other)
        self.made.scene(kind, [(self._at(STASH, film), film)], possible=False)

    def _renamed_in_Stash(self, kind: str) -> None:  # noqa: N802
        film = self._film()
        self._same(kind, film, stash=self._at(STASH, film, name=f"[2021] {film.name}"))

    def _renamed_in_Plex(self, kind: str) -> None:  # noqa: N802
        film = self._film()
        self._same(kind, film, plex=self._at(PLEX, film, name=f"Film {self._number}.mkv"))

    def _moved_and_renamed_in_Plex(self, kind: str) -> None:  # noqa: N802
        film = self._film(self._chance.choice(COMMON))
        self._same(kind, film, plex=f"{PLEX}/inbox/{self._number}/download.mkv")

    def _a_copy_elsewhere_in_Plex(self, kind: str) -> None:  # noqa: N802
        """The one in its place is the scene's."""
        film = self._film()
        self.made.item(self._at(PLEX, film, folder="backup"), film)
        self._same(kind, film)

    def _NFD_on_one_side(self, kind: str) -> None:  # noqa: N802
        film = self._film(f"{self._chance.choice(ACCENTS)} {self._number}.mp4")
        composed, apart = (unicodedata.normalize("NFC", film.name), unicodedata.normalize("NFD", film.name))
        names = (composed, apart) if self._chance.random() < 0.5 else (apart, composed)
        stash, plex = self._at(STASH, film, name=names[0]), self._at(PLEX, film, name=names[1])
        self._same(kind, film, stash=stash, plex=plex)

    def _Windows_paths_in_Stash(self, kind: str) -> None:  # noqa: N802
        film = self._film()
        root = self._chance.choice(["D:\\Videos", "d:\\videos", "\\\\NAS\\Videos", "\\\\?\\UNC\\nas\\Videos"])
        stash = f"{root}\\{film.folder}\\{film.name}".replace("/", "\\")
        self._same(kind, film, stash=stash, plex=self._at(NAS_IN_PLEX, film))

    def _case_differs(self, kind: str) -> None:
        film = self._film()
        plex = self._at(PLEX, film, folder=film.folder.upper(), name=film.name.title())
        self._same(kind, film, plex=plex)

    def _replaced_in_Stash(self, kind: str) -> None:  # noqa: N802
        """Encoded anew under the same name: Plex still knows the old size."""
        film = self._film()
        smaller = Film(film.folder, film.name, film.size // 2, film.seconds + 0.4)
        number = self.made.item(self._at(PLEX, film), film)
        self.made.scene(kind, [(self._at(STASH, film), smaller)], number)

    def _two_copies_elsewhere_in_Plex(self, kind: str) -> None:  # noqa: N802
        """Nothing tells them apart: an honest matcher says so."""
        film = self._film()
        copies = [self.made.item(self._at(PLEX, film, folder=f"copies/{one}"), film) for one in "ab"]
        self.made.scene(kind, [(self._at(STASH, film), film)], *copies, possible=False)
