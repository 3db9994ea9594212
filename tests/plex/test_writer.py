"""What a change looks like on the wire, and what is done when a server refuses a long address."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plex.change import Change, TagChange
from plex.cutting import encoded_size
from plex.diff import diff
from plex.edits import pairs_size
from plex.exceptions import PlexPermanentError, RequestTooLong
from plex.fields import Desired
from plex.known import is_cut_of
from plex.read_back import verify
from plex.writer import LIMIT_BYTES, Writer, to_requests
from tests.plex.diff_world import Memory, PlexModel, item

if TYPE_CHECKING:
    from collections.abc import Sequence


class StrictPlex(PlexModel):
    """A Plex in memory that refuses edits of more than ``longest`` bytes, as ``refusal``."""

    def __init__(
        self, mode: str = "replace", longest: int = 10**9, refusal: type[PlexPermanentError] = RequestTooLong
    ) -> None:
        super().__init__(mode)
        self.longest = longest
        self.refusal = refusal
        self.sizes: list[int] = []

    def edit(self, section_id: int, rating_key: int, params: Sequence[tuple[str, str]]) -> None:
        self.sizes.append(pairs_size(params))
        if self.sizes[-1] > self.longest:
            raise self.refusal(
                "(400) bad_request" if self.refusal is PlexPermanentError else "(414) too long"
            )
        super().edit(section_id, rating_key, params)


def written(
    plex: StrictPlex, desired: Desired, memory: Memory | None = None
) -> tuple[Change, dict[str, object], list[str], dict[str, str]]:
    """Diff, write, read back."""
    change = diff(desired, plex.read(), memory, preserve=False, override_locks=False)
    result = Writer(plex).apply(plex.read(), change)
    return change, dict(result.cut), result.notes, dict(verify(change, plex.read(), result.cut))


def test_one_request_carries_everything() -> None:
    """Scalars, whole lists by index, removals encoded in themselves, cast details and locks."""
    change = Change(
        before=item(tags={"genre": ("Sci Fi", "A,B", "x"), "collection": ("Old",)}),
        scalars={"title": "100 % & more", "tagline": ""},
        tags={
            "genre": TagChange(final=("New", "x"), remove=("Sci Fi", "A,B")),
            "collection": TagChange(final=(), remove=("Old",)),
            "actor": TagChange(final=("Ann", "Bob")),
        },
        lock=frozenset({"title", "genre", "actor", "thumb", "studio"}),
        unlock=frozenset({"tagline", "art"}),
        actor_roles={"ann": "Guest"},
        actor_photos={"Bob": "http://stash/2?apikey=k"},
    )
    assert to_requests(change) == [
        [
            ("title.value", "100 % & more"),
            ("title.locked", "1"),
            ("tagline.value", ""),
            ("tagline.locked", "0"),
            ("genre[0].tag.tag", "New"),
            ("genre[1].tag.tag", "x"),
            ("genre[].tag.tag-", "Sci%20Fi,A%2CB"),
            ("genre.locked", "1"),
            ("collection[].tag.tag-", "Old"),
            ("actor[0].tag.tag", "Ann"),
            ("actor[0].tagging.text", "Guest"),
            ("actor[1].tag.tag", "Bob"),
            ("actor[1].tag.thumb", "http://stash/2?apikey=k"),
            ("actor.locked", "1"),
            ("studio.locked", "1"),
            ("thumb.locked", "1"),
            ("art.locked", "0"),
        ]
    ]
    assert "apikey" not in repr(change)


def test_nothing_to_write_is_no_request() -> None:
    plex = StrictPlex()
    Writer(plex).apply(item(), Change(before=item()))
    assert to_requests(Change(before=item())) == []
    assert plex.sizes == []


@pytest.mark.parametrize(("rating_key", "section_id"), [(0, 1), (-1, 1), (7, None)])
def test_an_item_without_an_id_is_never_edited(rating_key: int, section_id: int | None) -> None:
    """Without an id the edit would hit every item of the library."""
    plex = StrictPlex()
    change = Change(before=item(), scalars={"title": "A"})
    with pytest.raises(ValueError, match="needs an item"):
        Writer(plex).apply(item(rating_key=rating_key, section_id=section_id), change)
    assert plex.sizes == []


def test_fields_are_split_between_requests_and_never_inside() -> None:
    """A list over the limit goes alone, in one piece: a second piece might replace the first."""
    tags = tuple(f"tag number {n}" for n in range(300))
    change = Change(
        before=item(),
        scalars={"title": "A", "summary": "x" * 4000, "studio": "y" * 4000},
        tags={"genre": TagChange(final=tags)},
    )
    requests = to_requests(change)
    assert [pairs_size(each) <= LIMIT_BYTES for each in requests] == [True, True, False]
    assert [name for name, _ in requests[0]] == ["title.value", "summary.value"]
    assert len(requests[2]) == 300


@given(
    values=st.dictionaries(st.sampled_from(["title", "summary", "studio"]), st.text(max_size=60)),
    tags=st.dictionaries(
        st.sampled_from(["genre", "label"]), st.lists(st.text(min_size=1, max_size=9), max_size=9).map(tuple)
    ),
    limit=st.integers(1, 400),
)
def test_splitting_loses_nothing(
    values: dict[str, str], tags: dict[str, tuple[str, ...]], limit: int
) -> None:
    change = Change(
        before=item(),
        scalars=values,
        tags={kind: TagChange(final=final) for kind, final in tags.items() if final},
    )
    requests = to_requests(change, limit)
    whole = [pair for request in to_requests(change, 10**9) for pair in request]
    assert sorted(pair for request in requests for pair in request) == sorted(whole)
    for request in requests:
        fields = {name.partition(".")[0].partition("[")[0] for name, _ in request}
        assert pairs_size(request) <= limit or len(fields) == 1


@pytest.mark.parametrize("mode", ["add", "replace"])
@pytest.mark.parametrize("refusal", [RequestTooLong, PlexPermanentError])
def test_a_long_summary_is_cut_when_the_server_refuses_it_and_that_is_the_end_of_it(
    mode: str, refusal: type[PlexPermanentError]
) -> None:
    """Whole if it can be; else cut, said, and not tried again as long as Stash has the same text."""
    text = ("Ein schöner Satz über nichts. " * 1100).strip()
    desired = Desired(scalars={"title": "A", "summary": text})
    free = StrictPlex(mode)
    assert written(free, desired)[1:] == ({}, [], {"title": "changed", "summary": "changed"})
    assert free.scalars["summary"] == text

    plex, memory = StrictPlex(mode, longest=8000, refusal=refusal), Memory()
    change, cut, notes, outcomes = written(plex, desired)
    assert outcomes == {"title": "changed", "summary": "changed"}
    assert plex.scalars["title"] == "A"
    assert is_cut_of(plex.scalars["summary"], text)
    assert 7000 < encoded_size(plex.scalars["summary"]) <= 7500
    assert cut == {"summary": plex.scalars["summary"]}
    assert notes == [
        f"summary: cut to {len(plex.scalars['summary'])} of {len(text)} characters, because Plex refuses a longer request"
    ]
    change.remember(memory, plex.read(), cut)
    assert not diff(desired, plex.read(), memory, preserve=True, override_locks=False).writes


@pytest.mark.parametrize("mode", ["add", "replace"])
def test_a_list_that_is_too_long_loses_its_new_tags_and_never_what_stands_there(mode: str) -> None:
    plex = StrictPlex(mode, longest=5000)
    plex.tags["genre"] = ["mine", "theirs", "gone"]
    memory = Memory(base={"genre": ["mine", "theirs", "gone"]}, ours={"genre": ["mine", "gone"]})
    desired = Desired(tags={"genre": (*(f"tag number {n}" for n in range(300)), "mine")})
    change, cut, notes, outcomes = written(plex, desired, memory)
    assert outcomes == {"tags": "changed"}
    assert {"mine", "theirs", "tag number 0"} <= set(plex.tags["genre"])
    assert not {"gone", "tag number 299"} & set(plex.tags["genre"])
    assert 80 < len(plex.tags["genre"]) < 301
    assert "of 302 entries" in notes[0]
    change.remember(memory, plex.read(), cut)
    assert set(memory.ours["genre"]) == set(plex.tags["genre"]) - {"theirs"}
    assert not diff(desired, plex.read(), memory, preserve=False, override_locks=False).writes


@pytest.mark.parametrize("mode", ["add", "replace"])
def test_where_what_stands_there_is_too_long_by_itself_only_the_removal_is_sent(mode: str) -> None:
    """It is right in both ways in which Plex may treat a list."""
    theirs = [f"their tag number {n}" for n in range(300)]
    plex = StrictPlex(mode, longest=2000)
    plex.tags["genre"] = [*theirs, "gone"]
    memory = Memory(base={"genre": [*theirs, "gone"]}, ours={"genre": ["gone"]})
    _, cut, notes, outcomes = written(plex, Desired(tags={"genre": ("new",)}), memory)
    assert plex.tags["genre"] == theirs
    assert cut == {"genre": tuple(theirs)}
    assert notes == ["tags: cut to 300 of 301 entries, because Plex refuses a longer request"]
    assert outcomes == {"tags": "changed"}


def test_photos_go_before_names() -> None:
    plex = StrictPlex(longest=5000)
    cast = tuple(f"Performer {n}" for n in range(60))
    photos = {
        name: f"http://stash.lan:9999/performer/{n}/image?apikey={'k' * 200}" for n, name in enumerate(cast)
    }
    _, cut, notes, outcomes = written(plex, Desired(tags={"actor": cast}, actor_photos=photos))
    assert plex.tags["actor"] == list(cast)
    assert (cut, outcomes) == ({}, {"performers": "changed"})
    assert notes == ["performers: written without photos, because Plex refuses so long a request"]


def test_what_cannot_be_made_shorter_is_an_error() -> None:
    plex = StrictPlex(longest=1500)
    theirs = tuple(f"their tag number {n}" for n in range(300))
    plex.tags["genre"] = list(theirs)
    with pytest.raises(RequestTooLong, match="for tags, and it cannot be made shorter"):
        written(plex, Desired(tags={"genre": ("new",)}))
    assert plex.tags["genre"] == list(theirs)


def test_a_server_that_refuses_even_short_requests_has_another_trouble() -> None:
    plex = StrictPlex(longest=10)
    with pytest.raises(RequestTooLong):
        written(plex, Desired(scalars={"title": "A long enough title"}))
    assert len(plex.sizes) == 1


def test_a_400_to_a_short_request_is_what_it_says() -> None:
    plex = StrictPlex(longest=10, refusal=PlexPermanentError)
    with pytest.raises(PlexPermanentError, match="400"):
        written(plex, Desired(scalars={"title": "A long enough title"}))
    assert len(plex.sizes) == 1


def test_a_refused_batch_is_sent_field_by_field_and_the_length_is_remembered() -> None:
    """The next item of the same run is not refused again."""
    plex = StrictPlex(longest=3000)
    writer = Writer(plex)
    desired = Desired(scalars={"title": "A", "summary": "x" * 2500, "tagline": "y" * 2500})
    change = diff(desired, plex.read(), None, preserve=False, override_locks=False)
    assert writer.apply(plex.read(), change).cut == {}
    assert [size > 3000 for size in plex.sizes] == [True, False, False, False]
    plex.sizes.clear()
    writer.apply(plex.read(), change)
    assert [size > 3000 for size in plex.sizes] == [False, False]
    longer = diff(
        Desired(scalars={"summary": "z" * 4000}), plex.read(), None, preserve=False, override_locks=True
    )
    assert list(writer.apply(plex.read(), longer).cut) == ["summary"]
    plex.sizes.clear()
    assert list(writer.apply(plex.read(), longer).cut) == ["summary"]
    assert len(plex.sizes) == 1


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8), min_size=1, max_size=8
    )
)
def test_a_removal_can_be_read_back_whatever_the_tags_are(tags: list[str]) -> None:
    """Commas and percent signs inside of a tag are encoded in themselves; the client encodes the whole once more."""
    change = Change(before=item(), tags={"genre": TagChange(final=(), remove=tuple(tags))})
    [[(_, value)]] = to_requests(change)
    on_the_wire = quote(value, safe="")
    assert [unquote(tag) for tag in unquote(on_the_wire).split(",")] == tags
