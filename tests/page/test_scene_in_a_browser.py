"""A scene's tab and the way back in a real browser: sync, undo, restore, resume."""

from __future__ import annotations

import re

from tests.page.walking import PAGE, UNDO, accessible, button, toast
from tests.support import wait_for


def test_a_scene_has_a_tab_that_syncs_it(installed, stash_page, tab):
    scene, key = installed.scene(title="Of a tab")
    tab.goto(f"{stash_page.url}/scenes/{scene}")
    tab.get_by_role("tab", name="PlexSync").click()
    tab.get_by_text("Not synced yet").wait_for()
    button(tab, "Sync now").click()
    toast(tab, "Queued, and on its way to Plex.")
    wait_for(lambda: installed.title(key) == "Of a tab", "it was not synced")
    tab.get_by_text("In step with Plex").wait_for()
    assert f"%2F{key}" in (tab.get_by_role("link", name="Open in Plex").get_attribute("href") or "")
    button(tab, "Explain").click()
    tab.locator(".plexsync-explained").wait_for()
    accessible(tab, stash_page.url)


def test_a_change_is_undone_after_a_question_and_held_until_it_is_let_go(installed, stash_page, tab):
    scene, key = installed.scene(title="Written")
    installed.run("Sync All Scenes")
    tab.goto(stash_page.url + PAGE + "?view=activity")
    button(tab, UNDO).click()
    dialog = tab.get_by_role("dialog")
    dialog.get_by_text("Undo this change of title of “Written”?").wait_for()
    dialog.get_by_text("title becomes “one” again").wait_for()
    accessible(tab, stash_page.url)
    dialog.get_by_role("button", name="Cancel").click()
    assert installed.title(key) == "Written"
    button(tab, UNDO).click()
    dialog.get_by_role("button", name="Undo").click()
    toast(tab, "Put back, and held until you press Resume.")
    assert installed.title(key) == "one"
    tab.locator("del", has_text="Written").wait_for()
    tab.goto(f"{stash_page.url}/scenes/{scene}")
    tab.get_by_role("tab", name="PlexSync").click()
    tab.locator(".plexsync-panel .badge", has_text="Held").wait_for()
    tab.goto(stash_page.url + PAGE)
    button(tab, "Resume held scenes").click()
    toast(tab, "No scene is held any more: 1 scene waiting.")
    wait_for(lambda: installed.title(key) == "Written", "the scene that was let go was not synced")


def test_a_scene_is_restored_and_resumed_on_its_tab(installed, stash_page, tab):
    scene, key = installed.scene(title="Written")
    installed.run("Sync All Scenes")
    tab.goto(f"{stash_page.url}/scenes/{scene}")
    tab.get_by_role("tab", name="PlexSync").click()
    button(tab, "Restore").click()
    tab.get_by_role("dialog").get_by_role("button", name="Restore").click()
    toast(tab, "Put back, and held until you press Resume.")
    assert installed.title(key) == "one"
    tab.get_by_text("Nothing is written to its item until you press Resume.").wait_for()
    tab.get_by_text(re.compile("^Written (now|[0-9]+ s ago)$")).nth(1).wait_for()  # the sync, and the restore
    accessible(tab, stash_page.url)
    button(tab, "Resume").click()
    toast(tab, "No longer held, and on its way to Plex.")
    wait_for(lambda: installed.title(key) == "Written", "the scene that was let go was not synced")
    tab.get_by_text("In step with Plex").wait_for()


def test_an_undo_while_plex_is_away_says_so_and_holds_nothing(installed, stash_page, tab):
    _, key = installed.scene(title="Written")
    installed.run("Sync All Scenes")
    installed.plex.refuse()
    tab.goto(stash_page.url + PAGE + "?view=activity")
    button(tab, UNDO).click()
    tab.get_by_role("dialog").get_by_role("button", name="Undo").click()
    toast(tab, "PlexSync cannot do this:")
    assert installed.operate(mode="status")["queue"]["held"] == 0
    installed.plex.resume()
    assert installed.title(key) == "Written"
