"""The view Failures in a real browser: what a person looks for is found, and only that is acted on."""

from __future__ import annotations

import re

from tests.page.walking import PAGE, accessible, button, give_up, names_of_buttons, toast, twins
from tests.support import wait_for

VIEW = f"{PAGE}?view=failures"
BOX = "Title, file or number of a scene"


def look_for(tab, text):
    tab.get_by_label(BOX).fill(text)
    tab.keyboard.press("Enter")


def test_failed_scenes_are_found_by_words_and_shown_at_once_with_the_keyboard_alone(
    installed, stash_page, tab
):
    give_up(installed, range(1, 301), causes=5)
    tab.goto(stash_page.url + VIEW)
    tab.get_by_text("300 failed scenes, 5 causes").wait_for()
    look_for(tab, "SCENE 123")
    tab.get_by_text("1 of 300 failed scenes found, 1 cause").wait_for()
    tab.get_by_role("link", name="Scene 123", exact=True).wait_for()
    accessible(tab, stash_page.url)
    look_for(tab, "media/29")
    tab.get_by_text("11 of 300 failed scenes found, 5 causes").wait_for()
    assert tab.locator("li li").count() == 0  # that many causes are not opened by themselves
    tab.locator(".plexsync-cause-head").nth(1).click()
    tab.locator(".plexsync-cause-head").nth(0).click()
    tab.wait_for_function("document.querySelectorAll('li li').length >= 4")
    accessible(tab, stash_page.url)  # the same boxes twice
    names_of_buttons(tab)
    look_for(tab, "nobody's title")
    tab.get_by_text("No failed scene has “nobody's title” in its title or path.").wait_for()
    accessible(tab, stash_page.url)
    button(tab, "Show all failures").focus()
    tab.keyboard.press("Enter")
    tab.get_by_text("300 failed scenes, 5 causes").wait_for()
    assert tab.get_by_label(BOX).evaluate("box => box === document.activeElement && box.value === ''")


def test_of_a_cause_only_what_was_found_is_tried_again_or_discarded(installed, stash_page, tab):
    scenes = [installed.scene(f"{n}.mp4", title=f"Title {n}") for n in range(1, 5)]
    give_up(installed, [scene for scene, _ in scenes])
    tab.goto(stash_page.url + VIEW)
    look_for(tab, f"Scene {scenes[1][0]}")
    tab.get_by_role("link", name="Title 2").wait_for()
    tab.get_by_role("button", name=re.compile("^Discard found")).click()
    tab.get_by_role("dialog").get_by_text("Discard 1 failed scene?").wait_for()
    tab.get_by_role("dialog").get_by_role("button", name="Discard").click()
    toast(tab, "1 scene discarded.")
    tab.get_by_text("0 of 3 failed scenes found").wait_for()
    look_for(tab, f"Scene {scenes[2][0]}")
    tab.get_by_text("1 of 3 failed scenes found, 1 cause").wait_for()
    tab.get_by_role("button", name=re.compile("^Retry found")).click()
    toast(tab, "1 scene queued again.")
    wait_for(lambda: installed.title(scenes[2][1]) == "Title 3", "it was not synced")
    button(tab, "Clear").click()
    tab.get_by_text("2 failed scenes, 1 cause").wait_for()


def test_each_button_of_a_row_says_what_it_does_and_to_which_scene(installed, stash_page, tab):
    for name in ("one", "two"):
        twins(installed, name, f"Film {name}")
        cover = b"\xff\xd8\xff" + name.encode() * 99
        installed.scene(f"{name}-more.mp4", title=f"More of {name}", details="word " * 100, cover=cover)
    installed.run("Preview Changes")
    installed.run("Sync All Scenes")
    tab.goto(stash_page.url + VIEW)
    tab.locator(".plexsync-cause-head").click()
    tab.get_by_role("link", name="Film two").wait_for()
    names = names_of_buttons(tab)
    assert {"Retry Film one", "Discard Film two", "Explain Film one", "Pick Film two"} <= set(names)
    assert "Pin one a, /other/a/one.mp4, to Film one" in names
    tab.goto(f"{stash_page.url}{PAGE}?view=activity")
    tab.get_by_role("link", name="More of two", exact=True).wait_for()
    assert {
        "Undo title of More of one, back to “one-more”",
        "Undo title of More of two, back to “two-more”",
        "Undo poster of More of two, back to the picture from before",
        "Show all of the new summary of More of one",
        "Open in Plex: More of two",
    } <= set(names_of_buttons(tab))
    tab.goto(f"{stash_page.url}{PAGE}?view=preview")
    tab.get_by_role("link", name="More of two", exact=True).wait_for()
    assert "Show all of the new summary of More of two" in names_of_buttons(tab)


def test_a_whole_cause_a_selection_or_one_scene_is_retried_or_discarded(installed, stash_page, tab):
    scenes = [installed.scene(f"{n}.mp4", title=f"Title {n}") for n in range(1, 5)]
    give_up(installed, [scene for scene, _ in scenes])
    tab.goto(stash_page.url + PAGE + "?view=failures")
    tab.locator(".plexsync-cause-head", has_text="Plex refused it").click()
    row = tab.locator("li li").filter(has=tab.get_by_role("link", name="Title 1"))
    button(row, "Retry Title 1").click()
    toast(tab, "1 scene queued again.")
    wait_for(lambda: installed.title(scenes[0][1]) == "Title 1", "it was not synced")
    tab.get_by_text("3 failed scenes, 1 cause").wait_for()
    for title in ("Title 2", "Title 3"):
        tab.get_by_label(f"Pick {title}").check()
    button(tab, "Discard picked: Plex refused it").click()
    toast(tab, "2 scenes discarded.")
    tab.get_by_text("1 failed scene, 1 cause").wait_for()
    give_up(installed, [scenes[1][0]])
    button(tab, "Load again").first.click()
    button(tab, "Discard all: Plex refused it").click()
    tab.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    button(tab, "Retry all: Plex refused it").click()
    toast(tab, "2 scenes queued again.")
    tab.get_by_text("No scene has failed").wait_for()
    wait_for(lambda: installed.title(scenes[3][1]) == "Title 4", "it was not synced")


def test_five_thousand_failures_are_paged_and_a_keyboard_is_enough(installed, stash_page, tab):
    give_up(installed, range(1, 5001), causes=2)
    tab.goto(stash_page.url + PAGE + "?view=failures")
    tab.get_by_text("5,000 failed scenes, 2 causes").wait_for()
    assert tab.locator(".plexsync-nav .badge").inner_text() == "999+"
    tab.locator(".plexsync-cause-head").first.focus()
    tab.keyboard.press("Enter")
    tab.get_by_text(re.compile("^1.25 of 2,500")).wait_for()
    assert tab.locator("li li").count() == 25
    button(tab, "Next").focus()
    tab.keyboard.press("Enter")
    tab.get_by_text(re.compile("^26.50 of 2,500")).wait_for()
    tab.get_by_role("button", name="Discard all").first.click()
    tab.get_by_role("dialog").wait_for()
    accessible(tab, stash_page.url)
    for key in ("Tab", "Tab", "Enter"):  # over Cancel to Discard
        tab.keyboard.press(key)
    toast(tab, "2,500 scenes discarded.")
    tab.get_by_text("2,500 failed scenes, 1 cause").wait_for()


def test_a_page_that_was_emptied_gives_way_to_the_one_before_and_the_keyboard_stays_there(
    installed, stash_page, tab
):
    give_up(installed, range(1, 27))
    tab.goto(stash_page.url + PAGE + "?view=failures")
    tab.locator(".plexsync-cause-head", has_text="Plex refused it").click()
    button(tab, "Next").click()
    tab.get_by_text(re.compile("^26.26 of 26")).wait_for()
    discard = button(tab.locator("li li"), "Discard Scene 1")
    assert discard.get_attribute("aria-describedby") == tab.locator("li li .plexsync-path").get_attribute(
        "id"
    )
    discard.click()
    toast(tab, "1 scene discarded.")
    tab.wait_for_function("document.querySelectorAll('li li').length === 25")
    assert tab.evaluate("document.activeElement.className") == "plexsync-inside"
