"""Which items show a scene, and how sure that is: over the real index and the simulated server."""

from __future__ import annotations

import pytest

from plex.matcher import SHOWN
from plex.paths import PathMap
from tests.plex.match_world import MS, SIZE, add, facts, keys


def test_the_same_path_on_both_sides_is_certain(plex_sim, library, matcher_of) -> None:
    key = add(plex_sim, library, "/media/a/x.mp4")
    add(plex_sim, library, "/media/b/x.mp4")
    result = matcher_of().match([facts("/media/a/x.mp4")])
    assert (result.confidence, result.score, result.method, keys(result)) == (
        "high",
        1.0,
        "exact path",
        [key],
    )
    assert {scored.row.rating_key for scored in result.candidates} >= {key}


def test_a_path_map_makes_paths_the_same(plex_sim, library, matcher_of) -> None:
    key = add(plex_sim, library, "/media/a/x.mp4", size=1)
    result = matcher_of("D:\\videos => /media").match([facts("d:\\Videos\\a\\x.mp4")])
    assert (result.method, keys(result)) == ("exact path", [key])


def test_without_a_path_map_the_end_of_the_path_and_the_size_are_enough(
    plex_sim, library, matcher_of
) -> None:
    key = add(plex_sim, library, "/media/a/x.mp4")
    add(plex_sim, library, "/media/b/x.mp4", size=2)
    result = matcher_of().match([facts("/data/a/x.mp4")])
    assert (result.confidence, result.method, keys(result)) == ("high", "path suffix and size", [key])


def test_a_path_map_that_is_wrong_makes_nothing_worse(plex_sim, library, matcher_of) -> None:
    key = add(plex_sim, library, "/media/a/x.mp4")
    result = matcher_of("/data/a => /wrong/z").match([facts("/data/a/x.mp4")])
    assert (result.method, keys(result)) == ("path suffix and size", [key])


def test_where_a_rule_says_otherwise_the_same_path_of_another_machine_is_another_file(
    plex_sim, library, matcher_of
) -> None:
    """Two containers may both call their folder /data, and mean two."""
    add(plex_sim, library, "/data/x.mp4", size=2)
    key = add(plex_sim, library, "/media/x.mp4", size=3)
    result = matcher_of("/data => /media").match([facts("/data/x.mp4", 3)])
    assert (result.method, keys(result)) == ("exact path", [key])
    assert keys(matcher_of("/data => /nowhere").match([facts("/data/x.mp4", 9)])) == []


def test_a_file_that_only_shares_its_path_is_no_certain_match(plex_sim, library, matcher_of) -> None:
    other = plex_sim.add_item(library.id, "/data/x.mp4", size=2, duration_ms=9_000)
    result = matcher_of().match([facts("/data/x.mp4")])
    assert (result.confidence, result.method) == ("low", "exact path, size and duration differ")
    key = add(plex_sim, library, "/moved/x.mp4")
    result = matcher_of().match([facts("/data/x.mp4")])
    assert (result.confidence, keys(result)) == ("high", [key])
    assert other in {scored.row.rating_key for scored in result.candidates}


def test_a_rule_fits_with_case_aside_when_none_fits_as_it_is_written(plex_sim, library, matcher_of) -> None:
    key = add(plex_sim, library, "/media/A/x.mp4")
    matcher = matcher_of("/Volumes/Films => /media")
    result = matcher.match([facts("/volumes/films/A/x.mp4")])
    assert (result.method, result.score, keys(result)) == ("exact path, case aside", 0.97, [key])
    assert matcher.match([facts("/volumes/films/A/x.mp4", 9, 9.0)]).confidence == "low"


def test_a_learned_rule_tells_apart_what_nothing_else_does(plex_sim, library, matcher_of) -> None:
    add(plex_sim, library, "/media/z/one/x.mp4")
    key = add(plex_sim, library, "/media/films/one/x.mp4")
    file = facts("/data/one/x.mp4")
    assert matcher_of().match([file]).confidence == "low"
    learned = PathMap.parse("/data => /media/films")
    result = matcher_of(learned=learned).match([file])
    assert (result.confidence, result.method, keys(result)) == ("high", "exact path by a learned rule", [key])
    assert matcher_of("/data => /elsewhere", learned=learned).match([file]).confidence == "low"


def test_a_file_that_was_renamed_on_one_side_is_found_by_size_and_duration(
    plex_sim, library, matcher_of
) -> None:
    """A firm match in the library where it is the only one; two of them cannot be told apart."""
    key = add(plex_sim, library, "/media/b/new name.mp4", size=5_000_000)
    file = facts("/media/a/old name.mp4", 5_000_000)
    result = matcher_of().match([file])
    assert (result.confidence, result.score, keys(result)) == ("high", 0.8, [key])
    assert result.method == "size and duration, another name"
    add(plex_sim, library, "/media/c/a copy.mp4", size=5_000_000)
    assert matcher_of().match([file]).confidence == "low"


def test_a_rule_for_a_single_file_is_followed(plex_sim, library, matcher_of) -> None:
    key = add(plex_sim, library, "/media/renamed.mp4", size=5)
    assert keys(matcher_of("/data/x.mp4 => /media/renamed.mp4").match([facts("/data/x.mp4")])) == [key]


def test_accents_in_either_form_and_case_are_the_same_file(plex_sim, library, matcher_of) -> None:
    accent = add(plex_sim, library, "/media/a/E\u0301va.mp4")
    case = add(plex_sim, library, "/media/a/Scene.MP4")
    matcher = matcher_of()
    assert matcher.match([facts("/media/a/\u00c9va.mp4")]).method == "exact path"
    assert keys(matcher.match([facts("/media/a/\u00c9va.mp4")])) == [accent]
    result = matcher.match([facts("/media/a/scene.mp4")])
    assert (result.confidence, result.score, keys(result)) == ("high", 0.97, [case])


def test_where_both_spellings_exist_the_exact_one_wins(plex_sim, library, matcher_of) -> None:
    lower, upper = add(plex_sim, library, "/media/x.mp4"), add(plex_sim, library, "/media/X.mp4")
    matcher = matcher_of()
    assert keys(matcher.match([facts("/media/x.mp4")])) == [lower]
    assert keys(matcher.match([facts("/media/X.mp4")])) == [upper]


def test_the_longer_common_end_of_two_paths_wins(plex_sim, library, matcher_of) -> None:
    """Copies of one file in several folders: only the path tells them apart."""
    for folder in ("/media/z/a", "/media/y/b"):
        add(plex_sim, library, f"{folder}/x.mp4")
    key = add(plex_sim, library, "/media/y/a/x.mp4")
    result = matcher_of().match([facts("/data/y/a/x.mp4")])
    assert (result.confidence, keys(result)) == ("high", [key])


# --- not sure ---


def test_two_items_that_evidence_cannot_tell_apart_are_a_low_match(plex_sim, library, matcher_of) -> None:
    first, second = add(plex_sim, library, "/media/a/x.mp4"), add(plex_sim, library, "/media/b/x.mp4")
    file = facts("/data/c/x.mp4")
    result = matcher_of().match([file])
    assert (result.confidence, result.score, keys(result)) == ("low", 0.9, [])
    assert result.method == "name, size and duration, several items alike"
    assert [scored.row.rating_key for scored in result.candidates] == [first, second]
    allowed = matcher_of(allow_low_confidence=True).match([file])
    assert (allowed.confidence, keys(allowed)) == ("low", [first])


def test_two_items_with_the_very_same_file_are_a_low_match(plex_sim, library, matcher_of) -> None:
    add(plex_sim, library, "/media/x.mp4")
    add(plex_sim, library, "/media/x.mp4")
    result = matcher_of().match([facts("/media/x.mp4")])
    assert (result.confidence, result.method) == ("low", "exact path, several items alike")


@pytest.mark.parametrize(
    ("file", "size", "method"),
    [
        (facts("/data/a/x.mp4"), 2, "path suffix, size differs"),
        (facts("/data/c/x.mp4", None), 1, "name and duration"),
        (facts("/data/c/x.mp4", None, None), 1, "name"),
        (facts("/data/c/x.mp4", SIZE, 90.0), SIZE, "name and size, duration differs"),
    ],
)
def test_weak_evidence_is_a_low_match_and_a_guess_only_where_allowed(
    plex_sim, library, matcher_of, file, size, method
) -> None:
    key = add(plex_sim, library, "/media/a/x.mp4", size=size)
    result = matcher_of().match([file])
    assert (result.confidence, result.method, keys(result)) == ("low", method, [])
    assert keys(matcher_of(allow_low_confidence=True).match([file])) == [key]


# --- nothing ---


def test_a_file_that_plex_does_not_have_is_no_match(plex_sim, library, matcher_of) -> None:
    add(plex_sim, library, "/media/y.mp4")
    result = matcher_of().match([facts("/media/x.mp4")])
    assert (result.confidence, result.score, result.targets, result.candidates) == ("none", 0.0, (), ())


def test_another_file_of_the_same_name_is_no_match_and_is_shown(plex_sim, library, matcher_of) -> None:
    """Else a scene called video.mp4 that Plex has not scanned yet would be given up instead of waited for."""
    key = add(plex_sim, library, "/media/b/video.mp4", size=2)
    result = matcher_of(allow_low_confidence=True).match([facts("/data/a/video.mp4")])
    assert (result.confidence, result.targets) == ("none", ())
    assert [(scored.row.rating_key, scored.score) for scored in result.candidates] == [(key, 0.2)]


def test_a_scene_without_files_matches_nothing(matcher_of) -> None:
    assert matcher_of().match([]).confidence == "none"


def test_of_very_many_candidates_the_best_are_kept(plex_sim, library, matcher_of) -> None:
    plex_sim.add_items(library.id, [{"path": f"/media/{n}/video.mp4", "size": n + 2} for n in range(100)])
    result = matcher_of().match([facts("/data/a/video.mp4", 1)])
    assert result.confidence == "none"
    assert len(result.candidates) == SHOWN


# --- several libraries ---


def test_the_same_file_in_several_libraries_is_several_targets(plex_sim, library, matcher_of) -> None:
    """Also where the other library sees it under another folder."""
    other, third = plex_sim.add_section("Other"), plex_sim.add_section("Third")
    one = add(plex_sim, library, "/media/a/x.mp4")
    two = add(plex_sim, other, "/elsewhere/a/x.mp4")
    three = add(plex_sim, third, "/media/a/x.mp4")
    add(plex_sim, third, "/media/b/x.mp4", size=2)
    result = matcher_of().match([facts("/media/a/x.mp4")])
    assert (result.confidence, result.method) == ("high", "exact path")
    assert keys(result) == [one, three, two]


def test_a_library_in_which_nothing_is_certain_does_not_spoil_the_other(
    plex_sim, library, matcher_of
) -> None:
    other = plex_sim.add_section("Other")
    key = add(plex_sim, library, "/media/a/x.mp4")
    for folder in "bc":
        add(plex_sim, other, f"/other/{folder}/x.mp4")
    result = matcher_of().match([facts("/media/a/x.mp4")])
    assert (result.confidence, keys(result)) == ("high", [key])


# --- several files ---


def test_any_file_of_a_scene_counts(plex_sim, library, matcher_of) -> None:
    key = add(plex_sim, library, "/media/a/second.mp4")
    result = matcher_of().match([facts("/media/a/first.mp4", 5), facts("/media/a/second.mp4")])
    assert (result.confidence, keys(result)) == ("high", [key])
    assert result.method == "exact path, by another file than the primary one"


def test_versions_of_one_item_agree(plex_sim, library, matcher_of) -> None:
    versions = [("/media/a/x.2160p.mp4", 9, MS)]
    key = plex_sim.add_item(library.id, "/media/a/x.mp4", size=SIZE, duration_ms=MS, versions=versions)
    result = matcher_of().match([facts("/media/a/x.2160p.mp4", 9), facts("/media/a/x.mp4")])
    assert (result.confidence, result.method, keys(result)) == ("high", "exact path", [key])
    assert result.targets[0].path == "/media/a/x.2160p.mp4"
    assert len(result.candidates) == 1


def test_another_file_settles_what_the_primary_one_leaves_open(plex_sim, library, matcher_of) -> None:
    versions = [("/media/b/other.mp4", 7, MS)]
    add(plex_sim, library, "/media/a/x.mp4")
    key = plex_sim.add_item(library.id, "/media/b/x.mp4", size=SIZE, duration_ms=MS, versions=versions)
    result = matcher_of().match([facts("/data/c/x.mp4"), facts("/data/c/other.mp4", 7)])
    assert (result.confidence, keys(result)) == ("high", [key])


def test_where_two_files_are_two_items_the_primary_files_item_is_the_scenes(
    plex_sim, library, matcher_of
) -> None:
    first, second = add(plex_sim, library, "/media/a/1.mp4"), add(plex_sim, library, "/media/a/2.mp4")
    matcher = matcher_of()
    for order in ((first, second), (second, first)):
        files = [facts(f"/data/a/{1 if key == first else 2}.mp4") for key in order]
        result = matcher.match(files)
        assert (result.confidence, keys(result)) == ("high", [order[0]])
        assert result.method == "path suffix and size; the scene's files are different items"
