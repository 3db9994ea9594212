"""The page in a real browser: each view and each action, over the plugin as Stash runs it and both simulators."""

from __future__ import annotations

import re
import time

from sync_queue.database import connect
from sync_queue.intake import PERSON, enqueue
from tests.page.stash_page import StashPage
from tests.page.walking import PAGE, SCRIPT, accessible, button, give_up, operations, toast, twins
from tests.support import wait_for


def test_an_empty_installation_says_so_in_every_view(installed, stash_page, tab):
    tab.goto(stash_page.url + PAGE)
    tab.get_by_text("Nothing was synced yet").wait_for()
    tab.get_by_text("Not met yet").wait_for()
    accessible(tab, stash_page.url)
    for view, text in (
        ("Failures", "No scene has failed"),
        ("Activity", "Nothing was written yet. Save a scene"),
        ("Preview", "No preview was made yet"),
        ("Statistics", "Scenes over time, how long they take"),
        ("Setup", "once Plex has answered a check"),
    ):
        tab.get_by_role("link", name=view).first.click()
        tab.get_by_text(text).wait_for()
        accessible(tab, stash_page.url)
    tab.go_back()
    tab.get_by_text("Scenes over time, how long they take").wait_for()


def test_the_first_steps_lead_to_the_first_sync_and_then_go(installed, stash_page, tab):
    scene, key = installed.scene("one.mp4")
    installed.configure(plex_url="", plex_token="")
    installed.operate(mode="page", ask="pause")
    installed.save(scene, title="One")
    tab.goto(stash_page.url + PAGE)
    steps = tab.locator(".plexsync-card").filter(has=tab.get_by_role("heading", name="First steps"))
    steps.get_by_text("1 scene waits already").wait_for()
    assert (
        steps.get_by_role("link", name="Settings, Plugins").get_attribute("href") == "/settings?tab=plugins"
    )
    installed.configure()
    steps.get_by_role("link", name="Check setup").click()
    tab.get_by_text("Everything is as it should be.").wait_for()
    tab.get_by_role("navigation", name="PlexSync").get_by_role("link", name="Now").click()
    tab.wait_for_function("document.querySelectorAll('.plexsync-steps .text-success').length === 2")
    accessible(tab, stash_page.url)
    button(tab, "Resume").click()
    wait_for(lambda: installed.title(key) == "One", "it was not synced")
    steps.wait_for(state="detached")


def test_a_day_is_walked_through_view_by_view(installed, stash_page, tab):
    one, key = installed.scene("one.mp4", title=SCRIPT)
    two = twins(installed, "two", "Two")
    tab.goto(stash_page.url + PAGE)
    button(tab, "Sync all").click()
    toast(tab, '"Sync All Scenes" stands in Stash')
    wait_for(lambda: installed.title(key) == SCRIPT, "it was not synced")
    tab.get_by_text("1 Plex item in step with Stash.").wait_for()
    tab.get_by_role("link", name=SCRIPT).wait_for()
    tab.get_by_text("Given up", exact=True).wait_for()
    tab.get_by_role("link", name="What to do about Two").wait_for()
    accessible(tab, stash_page.url)

    button(tab, "Pause").click()
    toast(tab, "Syncing is paused")
    tab.get_by_text("nothing is written to Plex until you press Resume").wait_for()
    accessible(tab, stash_page.url)
    button(tab, "Resume").click()
    toast(tab, "Syncing goes on")

    tab.get_by_role("link", name="Failures").first.click()
    tab.locator(".plexsync-cause-head", has_text="Plex has").click()
    tab.get_by_role("link", name="two a").wait_for()
    assert "/library/metadata/" in (
        tab.get_by_role("link", name="two b").get_attribute("href") or ""
    ).replace("%2F", "/")
    accessible(tab, stash_page.url)
    button(tab, "Explain Two").click()
    tab.locator(".plexsync-explained", has_text="possible items").wait_for()
    button(tab, "Pin two b, /other/b/two.mp4, to Two").click()
    toast(tab, "Pinned to two b, and on its way to Plex.")
    tab.get_by_text("No scene has failed").wait_for()
    tab.goto(f"{stash_page.url}/scenes/{two}")
    tab.get_by_role("tab", name="PlexSync").click()
    button(tab, "Unpin").wait_for()
    tab.get_by_text("In step with Plex").wait_for()
    tab.goto(stash_page.url + PAGE)

    tab.get_by_role("link", name="Activity").first.click()
    tab.locator("ins", has_text=SCRIPT).wait_for()
    tab.get_by_label("Field").select_option("title")
    tab.wait_for_function("document.querySelectorAll('.plexsync-fields dt').length === 2")
    accessible(tab, stash_page.url)
    assert tab.title() == "Stash"
    assert one


def test_changes_are_found_by_title_file_or_number_with_the_keyboard_alone(installed, stash_page, tab):
    one, _ = installed.scene("beach.mp4", title="Summer at the Sea")
    installed.scene("winter.mp4", title="Überall Schnee")
    installed.run("Sync All Scenes")
    tab.goto(stash_page.url + PAGE + "?view=activity")
    scenes = tab.locator(".plexsync-change .plexsync-scene-head")
    tab.get_by_role("link", name="Überall Schnee", exact=True).wait_for()
    for text, title in (
        ("sea SUMMER", "Summer at the Sea"),
        ("ÜBERALL", "Überall Schnee"),
        ("beach", "Summer at the Sea"),
    ):
        tab.get_by_label("Title, file or number of a scene").fill(text)
        tab.keyboard.press("Enter")
        tab.wait_for_function("document.querySelectorAll('.plexsync-change').length === 1")
        scenes.get_by_role("link", name=title).wait_for()
    tab.get_by_label("Title, file or number of a scene").fill(str(one))
    tab.keyboard.press("Enter")
    scenes.get_by_role("link", name="Summer at the Sea").wait_for()
    tab.get_by_label("Title, file or number of a scene").fill("nobody's title")
    tab.keyboard.press("Enter")
    tab.get_by_text("No change is kept of a scene with “nobody's title” in its title or path.").wait_for()
    accessible(tab, stash_page.url)
    button(tab, "Show all changes").focus()
    tab.keyboard.press("Enter")
    tab.get_by_role("link", name="Überall Schnee", exact=True).wait_for()
    box = tab.get_by_label("Title, file or number of a scene")
    assert box.evaluate("box => box === document.activeElement && box.value === ''")


def test_statistics_are_curves_and_the_same_as_a_table(installed, stash_page, tab):
    installed.scene("one.mp4", title="One")
    twins(installed, "two", "Two")
    installed.run("Sync All Scenes")
    tab.goto(stash_page.url + PAGE)
    tab.get_by_role("link", name="Statistics").first.click()
    tab.get_by_role("img", name="Of 100 lookups, how many the cache answered").locator("canvas").wait_for()
    tab.wait_for_function("document.querySelectorAll('canvas').length === 3")
    tab.get_by_role("rowheader", name="AmbiguousMatch").wait_for()
    assert re.search(r"[0-9.]+ % of [0-9]+", tab.get_by_role("row", name="Index hits").inner_text())
    button(tab, "Month").click()
    tab.get_by_text("Scenes, by day").wait_for()
    tab.get_by_text("The curves as a table").click()
    tab.get_by_role("columnheader", name="Given up").wait_for()
    hits = tab.get_by_role("region", name="Figures over time").get_by_role("row").nth(1)
    assert re.search(r"[0-9.]+ % of [0-9]+", hits.inner_text())
    accessible(tab, stash_page.url)


def test_reconcile_is_started_and_says_what_it_found_by_kind(installed, stash_page, tab):
    installed.scene("one.mp4", title="One")
    twins(installed, "two", "Two")
    tab.goto(stash_page.url + PAGE)
    tab.get_by_text("Never done yet.").wait_for()
    button(tab, "Reconcile").click()
    toast(tab, '"Reconcile Library" stands in Stash')
    card = tab.locator(".plexsync-card").filter(has=tab.get_by_role("heading", name="Reconcile"))
    card.get_by_text("2 scenes compared, 2 queued").wait_for()
    card.get_by_text("never synced").wait_for()
    card.get_by_text("with no certain item").wait_for()


def test_behind_a_prefix_all_is_found_and_a_reload_too(installed, tab):
    with StashPage(installed.stash, prefix="/media/stash") as page:
        tab.goto(page.url + "/")
        tab.get_by_role("link", name="PlexSync").click()
        tab.get_by_text("Nothing was synced yet").wait_for()
        assert tab.url == f"{page.url}{PAGE}"
        tab.reload()
        tab.get_by_role("link", name="Failures").first.click()
        tab.get_by_text("No scene has failed").wait_for()


def test_stashs_page_wakes_a_drain_once_and_the_badge_asks_once_a_minute(installed, stash_page, tab):
    scene, key = installed.scene(title="After the restart")
    db = connect(installed.data / "queue.sqlite")
    enqueue(db, scene, trigger="Scene.Update.Post", priority=PERSON, now=time.time())
    db.close()
    before = operations(installed)
    tab.goto(f"{stash_page.url}/settings")
    wait_for(lambda: installed.title(key) == "After the restart", "nobody was woken")
    tab.goto(f"{stash_page.url}/settings")
    tab.get_by_text("Another").wait_for()
    tab.wait_for_timeout(1500)
    assert operations(installed) - before == 1


def test_a_hidden_page_asks_nothing_and_one_to_be_seen_every_five_seconds(installed, stash_page, tab):
    tab.goto(stash_page.url + PAGE)
    tab.get_by_text("Nothing was synced yet").wait_for()
    asked = []  # by the page, at its own side: what is on its way when it is hidden may reach Stash at any time
    tab.on("request", lambda request: asked.append(request.post_data or ""))
    tab.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    tab.wait_for_timeout(500)
    asked_before = asked.copy()
    tab.wait_for_timeout(5400)
    assert asked == asked_before
    start = time.monotonic()
    tab.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    tab.wait_for_timeout(5400)
    looks = [
        body for body in asked[len(asked_before) :] if '"now"' in body
    ]  # the badge has a rhythm of its own
    assert 1 <= len(looks) <= 1 + (time.monotonic() - start) / 4.9


def test_a_phone_needs_no_scrolling_to_the_side(installed, stash_page, tab):
    give_up(installed, [twins(installed, "x" * 90, "W" * 200)])
    installed.run("Preview Changes")
    tab.set_viewport_size({"width": 360, "height": 740})
    tab.goto(stash_page.url + PAGE)
    for view in ("Now", "Failures", "Activity", "Preview", "Statistics", "Setup"):
        tab.get_by_role("navigation", name="PlexSync").get_by_role("link", name=view).click()
        tab.locator(".plexsync-card").first.wait_for()
        if view == "Failures":
            tab.locator(".plexsync-cause-head").click()
            tab.get_by_text("Pick all of this page").wait_for()
        if view == "Preview":
            button(tab, "Apply these").wait_for()
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360, view
        boxes = tab.evaluate(
            "[...document.querySelectorAll('.plexsync-filters > *')].map(one => one.getBoundingClientRect().right)"
        )
        assert max(boxes, default=0) <= 350, view
        current = tab.locator(".plexsync .nav-link.active").bounding_box()
        assert current["x"] >= 0, view
        assert current["x"] + current["width"] <= 360, view
