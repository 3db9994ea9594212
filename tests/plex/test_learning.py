"""Rules that are learned from files which are the same on both sides, and when they are applied."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plex.learning import LearnedRule, accepted, learn
from plex.paths import PathMap, folded

NAMES = st.text(st.sampled_from("aBé ;=1"), min_size=1, max_size=3).filter(lambda name: name == name.strip())
FOLDERS = st.lists(NAMES, min_size=1, max_size=3)


def pairs(count: int, stash: str, plex: str) -> list[tuple[str, str]]:
    return [(f"{stash}/{n % 3}/{n}.mp4", f"{plex}/{n % 3}/{n}.mp4") for n in range(count)]


def test_a_rule_is_as_general_as_its_files_and_counts_those_that_speak_against_it() -> None:
    found = learn(
        [
            *pairs(412, "/data", "/media/films"),
            *((f"/data/{n}/m{n}.mp4", f"/media/films/moved {n}/m{n}.mp4") for n in range(18)),
        ]
    )
    assert found == [LearnedRule("/data => /media/films", 412, 430)]
    assert (found[0].unanimous, found[0].usual) == (False, True)


def test_files_with_the_same_path_on_both_sides_need_no_rule_and_speak_against_one() -> None:
    assert learn(pairs(9, "/data", "/data")) == []
    assert learn([*pairs(9, "/data", "/media"), *pairs(1, "/data", "/data")]) == [
        LearnedRule("/data => /media", 9, 10)
    ]


def test_a_folder_that_lies_elsewhere_has_a_rule_of_its_own_and_spoils_no_other() -> None:
    found = learn([*pairs(20, "/data", "/media"), *pairs(6, "/data/old", "/archive")])
    assert found == [LearnedRule("/data => /media", 20, 20), LearnedRule("/data/old => /archive", 6, 6)]
    rules = accepted(found, confirmed=False)
    assert (rules.apply("/data/x.mp4"), rules.apply("/data/old/x.mp4")) == ("/media/x.mp4", "/archive/x.mp4")


@pytest.mark.parametrize(
    ("stash", "plex", "text"),
    [
        ("D:\\films", "/media/films", "D: => /media"),
        ("D:\\", "/media", "D: => /media"),
        ("\\\\nas\\v", "/v", "//nas => /"),
        ("/a", "/mnt/a", "/ => /mnt"),
        ("/E\u0301t\u00e9", "/media/\u00c9te\u0301", "/ => /media"),
        ("/Data/A", "/media/a", "/Data => /media"),
    ],
)
def test_a_rule_is_learned_between_any_two_systems(stash: str, plex: str, text: str) -> None:
    assert learn(pairs(5, stash, plex)) == [LearnedRule(text, 5, 5)]


def test_a_rule_that_most_files_speak_against_or_that_no_setting_could_hold_is_not_learned() -> None:
    odd = [(f"/data/{n}.mp4", f"/x{n}/{n}.mp4") for n in range(5)]
    assert learn([*pairs(4, "/data", "/media"), *odd]) == []
    assert learn(pairs(5, "/a;b", "/c")) == []
    assert learn([("/data/1.mp4", "/media/1.mp4")]) == [], "one file is no rule"


def test_what_is_applied_without_a_word_is_what_no_file_speaks_against() -> None:
    few, usual, sure = (
        LearnedRule("/a => /x", 4, 4),
        LearnedRule("/b => /y", 90, 100),
        LearnedRule("/c => /z", 5, 5),
    )
    split = LearnedRule("/d => /w", 89, 100)
    by_itself = accepted([few, usual, sure, split], confirmed=False)
    confirmed = accepted([few, usual, sure, split], confirmed=True)
    assert [by_itself.apply(f"/{one}/1") for one in "abcd"] == ["/a/1", "/b/1", "/z/1", "/d/1"]
    assert [confirmed.apply(f"/{one}/1") for one in "abcd"] == ["/a/1", "/y/1", "/z/1", "/d/1"]


def test_a_learned_rule_survives_the_database() -> None:
    rule = LearnedRule("/data => /média", 412, 430)
    assert LearnedRule.from_json(json.loads(json.dumps(rule.to_json()))) == rule


@given(st.lists(st.tuples(FOLDERS, FOLDERS, FOLDERS), max_size=4), st.randoms())
def test_the_order_of_the_files_does_not_matter_and_a_rule_fits_its_files(groups, random) -> None:
    files = [
        ("/" + "/".join([*stash, *rest, f"{n}.mp4"]), "/" + "/".join([*plex, *rest, f"{n}.mp4"]))
        for stash, plex, rest in groups
        for n in range(3)
    ]
    found = learn(files)
    assert learn(random.sample(files, len(files))) == found
    for rule in found:
        fitting = [
            pair for pair in files if folded(PathMap.parse(rule.text).apply(pair[0])) == folded(pair[1])
        ]
        assert 2 <= rule.support <= len(fitting)
        assert rule.support <= rule.sampled <= len(files)
