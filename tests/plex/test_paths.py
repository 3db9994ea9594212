"""Paths of two machines compare as the file systems mean them, and a path map says exactly what it does."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from plex.paths import (
    PathMap,
    PathMapError,
    base_name,
    common_suffix,
    folded,
    is_windows,
    name_key,
    normal_path,
)

NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\\\0\n\r;=\"'"), min_size=1, max_size=12
).filter(lambda name: name == name.strip() and name not in {".", ".."})
FOLDERS = st.lists(NAMES, min_size=1, max_size=4)
ANYTHING = st.text(st.sampled_from("/\\?.UNCc:D;=> aé\u0301\u017fKß"), max_size=14)


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("/media/a.mp4", "/media/a.mp4"),
        ("/media//a/../b.mp4", "/media/a/../b.mp4"),
        ("D:\\videos\\a.mp4", "D:/videos/a.mp4"),
        ("d:/videos\\a.mp4", "D:/videos/a.mp4"),
        ("\\\\nas\\share\\a.mp4", "//nas/share/a.mp4"),
        ("//nas/share//a.mp4", "//nas/share/a.mp4"),
        ("\\\\?\\D:\\long\\a.mp4", "D:/long/a.mp4"),
        ("\\\\?\\UNC\\nas\\share\\a.mp4", "//nas/share/a.mp4"),
        ("/media/AC\\DC live.mp4", "/media/AC\\DC live.mp4"),
        ("/media/E\u0301va.mp4", "/media/\u00c9va.mp4"),
        ("", ""),
    ],
)
def test_a_path_has_one_normal_form(path: str, normal: str) -> None:
    assert normal_path(path) == normal


@given(ANYTHING)
def test_a_normal_path_is_normal(path: str) -> None:
    assert normal_path(normal_path(path)) == normal_path(path)


@given(FOLDERS)
def test_composed_and_decomposed_letters_are_the_same_path(parts: list[str]) -> None:
    """MacOS gives the one form and Linux the other."""
    path = "/" + "/".join(parts)
    assert normal_path(unicodedata.normalize("NFD", path)) == normal_path(unicodedata.normalize("NFC", path))


@given(FOLDERS)
def test_a_windows_path_is_the_same_with_either_slash(parts: list[str]) -> None:
    for lead in ("D:", "\\\\nas"):
        assert normal_path("\\".join([lead, *parts])) == normal_path(
            "/".join([lead.replace("\\", "/"), *parts])
        )


@given(FOLDERS)
def test_case_can_be_left_aside(parts: list[str]) -> None:
    path = "/" + "/".join(parts)
    assert folded(path) == folded(normal_path(path))
    assert name_key(path) == folded(path).rpartition("/")[2]
    assert base_name(path) == normal_path(parts[-1])


def test_letters_whose_case_changes_their_length_fold_alike() -> None:
    assert folded("/media/STRASSE.mp4") == folded("/media/Straße.mp4")


def test_windows_is_recognised_by_drive_or_share() -> None:
    assert is_windows("C:\\x") and is_windows("C:") and is_windows("\\\\nas\\x") and is_windows("//nas/x")
    assert not is_windows("/media/C:/x") and not is_windows("C:x") and not is_windows("")


@pytest.mark.parametrize(
    ("left", "right", "shared"),
    [
        ("/a/b/c.mp4", "/x/b/c.mp4", 2),
        ("/a/b/c.mp4", "/a/b/c.mp4", 3),
        ("/c.mp4", "c.mp4", 1),
        ("/a/c.mp4", "/a/d.mp4", 0),
        ("/a/", "/b/", 0),
        ("", "", 0),
    ],
)
def test_a_suffix_counts_whole_components_from_the_end(left: str, right: str, shared: int) -> None:
    assert common_suffix(left, right) == common_suffix(right, left) == shared


# --- the path map ---


@pytest.mark.parametrize(
    ("rules", "path", "mapped"),
    [
        ("", "/data/a.mp4", "/data/a.mp4"),
        ("/data => /media", "/data/a.mp4", "/media/a.mp4"),
        ("/data=/media", "/data/a.mp4", "/media/a.mp4"),
        ("/data/ => /media/", "/data/a.mp4", "/media/a.mp4"),
        ("/data => /media", "/database/a.mp4", "/database/a.mp4"),
        ("/data => /media", "/data", "/media"),
        ("/data => /media; /data/x => /other", "/data/x/a.mp4", "/other/a.mp4"),
        ("/data/x => /other\n/data => /media\n", "/data/y/a.mp4", "/media/y/a.mp4"),
        ("/ => /mnt", "/data/a.mp4", "/mnt/data/a.mp4"),
        ("/mnt => /", "/mnt/data/a.mp4", "/data/a.mp4"),
        ("/q=1 => /media", "/q=1/a.mp4", "/media/a.mp4"),
        ("D:\\videos => /media", "d:\\Videos\\A.mp4", "/media/A.mp4"),
        ("D:\\ => /media", "D:\\x\\A.mp4", "/media/x/A.mp4"),
        ("/data => D:\\videos", "/data/x/a.mp4", "D:/videos/x/a.mp4"),
        ("/data => \\\\nas\\videos", "/data/x/a.mp4", "//nas/videos/x/a.mp4"),
        ("\\\\nas\\videos => /media", "\\\\NAS\\Videos\\a.mp4", "/media/a.mp4"),
        ("/Data => /media", "/data/a.mp4", "/data/a.mp4"),
        ("D:\\Straße => /media", "d:\\STRASSE\\a.mp4", "/media/a.mp4"),
        ("'/my data' => \"/media\"", "/my data/a.mp4", "/media/a.mp4"),
        ("/data => /media; /data => /media", "/data/a.mp4", "/media/a.mp4"),
        ("/data/E\u0301 => /media", "/data/\u00c9/a.mp4", "/media/a.mp4"),
    ],
)
def test_a_rule_maps_whole_components_and_the_longest_prefix_wins(rules: str, path: str, mapped: str) -> None:
    assert PathMap.parse(rules).apply(path) == mapped


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        ("/data", "rule 1 is '/data'"),
        ("/data => ", "rule 1 is '/data =>'"),
        ("=> /media", "rule 1 is '=> /media'"),
        ("/a => /b; /c => /d => /e", "rule 2 is '/c => /d => /e'"),
        ("/a=/b=/c", "rule 1 is '/a=/b=/c'"),
        ("/a => /b\n\ndata => /d", "rule 2 has 'data', which is no whole path"),
        ("/a => media", "rule 1 has 'media', which is no whole path"),
        ("C:x => /d", "rule 1 has 'C:x', which is no whole path"),
        ("/a => /b; /a/ => /c", "(rule 2) gives '/a' a second meaning"),
        ("D:\\x => /b; d:/X => /c", "(rule 2) gives"),
        ("/ => /b; / => /c", "gives '/' a second meaning"),
    ],
)
def test_a_rule_that_cannot_be_understood_is_named_with_what_is_allowed(rules: str, named: str) -> None:
    with pytest.raises(PathMapError) as caught:
        PathMap.parse(rules)
    assert named in str(caught.value)
    assert "/path/in/stash => /path/in/plex" in str(caught.value)


@given(ANYTHING)
def test_any_text_is_a_map_or_a_clear_error(text: str) -> None:
    try:
        assert isinstance(PathMap.parse(text).apply("/data/a.mp4"), str)
    except PathMapError as error:
        assert "rule" in str(error)


@given(FOLDERS, FOLDERS, FOLDERS)
def test_a_rule_moves_every_file_below_its_prefix_and_no_other(
    stash: list[str], plex: list[str], rest: list[str]
) -> None:
    ours, theirs, tail = ("/" + "/".join(parts) for parts in (stash, plex, rest))
    path_map = PathMap.parse(f"{ours} => {theirs}")
    assert path_map.apply(ours + tail) == normal_path(theirs + tail)
    assert path_map.apply(ours + "x" + tail) == normal_path(ours + "x" + tail)


@given(st.lists(st.tuples(FOLDERS, FOLDERS), min_size=2, max_size=4), FOLDERS, st.randoms())
def test_the_order_of_rules_does_not_matter(
    rules: list[tuple[list[str], list[str]]], rest: list[str], random
) -> None:
    texts = [f"/{'/'.join(ours)} => /{'/'.join(theirs)}" for ours, theirs in rules]
    shuffled = random.sample(texts, len(texts))
    path = "/" + "/".join([*rules[0][0], *rest])
    try:
        expected = PathMap.parse(";".join(texts)).apply(path)
    except PathMapError:
        assume(False)  # one prefix twice
        raise
    assert PathMap.parse(";".join(shuffled)).apply(path) == expected


@pytest.mark.parametrize(
    ("rules", "path", "mapped"),
    [
        ("/Data => /media", "/data/A.mp4", "/media/A.mp4"),
        ("/Volumes/Films => /m; /Volumes => /v", "/volumes/films/a.mp4", "/m/a.mp4"),
        ("/Data => /media; /data => /other", "/data/a.mp4", None),
        ("/Data => /media", "/other/a.mp4", None),
        ("/Data => /media", "/database/a.mp4", None),
        ("/stra\u00dfe => /media", "/STRASSE/a.mp4", "/media/a.mp4"),
    ],
)
def test_with_case_aside_a_rule_is_a_guess_where_no_rule_fits_as_written(rules, path, mapped) -> None:
    assert PathMap.parse(rules).apply_case_aside(path) == mapped
