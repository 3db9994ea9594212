"""The page in a real browser when something is away, refused, broken off, or very long: it says so, and is whole again by itself."""

from __future__ import annotations

import re
import time

from sync_queue import reconciling
from sync_queue.database import connect
from sync_queue.intake import enqueue_errand
from sync_queue.reconciling import Position
from tests.page.walking import PAGE, accessible, button
from tests.support import wait_for


def test_plex_away_is_told_with_since_when_and_why(installed, stash_page, tab):
    scene, _ = installed.scene(title="Later")
    installed.run("Sync All Scenes")
    installed.plex.start_maintenance()
    installed.save(scene, title="Even later")
    wait_for(
        lambda: installed.operate(mode="page", ask="now")["plex"]["state"] == "down", "Plex is not missed"
    )
    tab.goto(stash_page.url + PAGE)
    tab.get_by_text("Nothing is lost: every scene stays queued").wait_for()
    assert re.search(r"Went away (now|\d+ s ago): .+\.\n", tab.locator(".plexsync-card").first.inner_text())
    tab.get_by_text("Waits for Plex").wait_for()


def test_a_token_that_plex_refuses_is_told_above_all_else(installed, stash_page, tab):
    installed.scene("one.mp4", title="One")
    installed.run("Sync All Scenes")
    installed.configure(plex_token="wrong")
    installed.run("Sync All Scenes")
    tab.goto(stash_page.url + PAGE)
    told = tab.locator(".alert", has_text="The last run could not go on.")
    told.get_by_text("Plex refused the token").wait_for()
    accessible(tab, stash_page.url)
    told.get_by_role("link", name="Check setup").click()
    tab.locator(".plexsync-hint", has_text="enter it again in Stash").wait_for()
    installed.configure()
    installed.run("Sync All Scenes")
    tab.goto(stash_page.url + PAGE)
    tab.get_by_text("1 Plex item in step with Stash.").wait_for()
    assert told.count() == 0


def test_troubles_of_the_plugin_of_stash_and_of_the_network_are_told_apart(installed, stash_page, tab):
    db = connect(installed.data / "queue.sqlite")
    tab.goto(stash_page.url + PAGE + "?view=failures")
    tab.get_by_text("No scene has failed").wait_for()
    again = button(tab, "Load again")
    db.execute("PRAGMA user_version = 99")
    again.click()
    tab.get_by_text("PlexSync cannot do this.").wait_for()
    tab.get_by_text("was written by a newer PlexSync").wait_for()
    tab.get_by_text("No scene has failed").wait_for()
    db.close()
    stash_page.trouble = 502
    again.click()
    tab.get_by_text("Stash answered with status 502.").wait_for()
    stash_page.trouble = "cut"
    again.click()
    tab.get_by_text("Stash cannot be reached.").wait_for()


def test_after_a_restart_of_stash_the_page_is_whole_again_by_itself(installed, stash_page, tab):
    tab.goto(stash_page.url + PAGE)
    tab.get_by_text("Nothing was synced yet").wait_for()
    stash_page.trouble = 502
    tab.get_by_role("link", name="Failures").first.click()
    tab.get_by_text("It is being restarted").wait_for()
    tab.get_by_text("This page asks again by itself.").wait_for()
    accessible(tab, stash_page.url)
    stash_page.trouble = ""
    tab.get_by_text("No scene has failed").wait_for()
    assert tab.get_by_text("Stash answered with status 502.").count() == 0


def test_a_long_text_is_shown_in_part_and_one_of_another_direction_in_its_own(installed, stash_page, tab):
    installed.scene(title="\u05e1\u05d9\u05e4\u05d5\u05e8 (2019)", details="word " * 300)
    installed.run("Sync All Scenes")
    tab.goto(stash_page.url + PAGE + "?view=activity")
    long = tab.locator("ins", has_text="word word")
    assert len(long.inner_text()) < 310
    tab.get_by_role("button", name="Show all of the new summary").click()
    tab.wait_for_function("document.querySelector('.plexsync-fields').innerText.length > 1400")
    tab.get_by_role("button", name="Show less of the new summary").wait_for()
    name = tab.locator(".plexsync-scene-names a")
    assert name.evaluate("name => [getComputedStyle(name).direction, getComputedStyle(name).textAlign]") == [
        "rtl",
        "left",
    ]


def test_now_tells_of_waiting_errands_and_of_a_comparison_that_was_broken_off(installed, stash_page, tab):
    db = connect(installed.data / "queue.sqlite")
    compared = Position(deep=False, since="", newest="", total=400, at=time.time(), done=100, queued=7)
    compared.found = {"stale": 7, "in_step": 93}
    reconciling.save(db, compared)
    enqueue_errand(db, "performer", 7, change="shown", trigger="t", now=time.time() + 60)
    tab.goto(stash_page.url + PAGE)
    card = tab.locator(".plexsync-card").filter(has=tab.get_by_role("heading", name="Reconcile"))
    card.get_by_text("100 scenes compared, 7 queued").wait_for()
    card.get_by_text("25 %").wait_for()
    assert "At work" in card.inner_text()
    tab.get_by_text("Changed performers, studios, tags and groups").wait_for()
    accessible(tab, stash_page.url)
    compared.at -= 600
    reconciling.save(db, compared)
    db.close()
    card.get_by_text("Broken off").wait_for()
