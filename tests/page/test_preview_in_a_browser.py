"""The view Preview in a real browser: made, filtered, turned page by page, applied; empty, in trouble, and with a hostile title."""

from __future__ import annotations

import re

from tests.page.walking import PAGE, SCRIPT, accessible, button, toast
from tests.support import wait_for

VIEW = f"{PAGE}?view=preview"


def make_one(tab):
    """Press the button, and wait until the page has the totals by itself."""
    button(tab, "Preview changes").click()
    toast(tab, '"Preview Changes" stands in Stash')
    button(tab, "Apply these").wait_for()


def test_without_a_preview_it_says_so(installed, stash_page, tab):
    tab.goto(stash_page.url + VIEW)
    tab.get_by_text("No preview was made yet").wait_for()
    accessible(tab, stash_page.url)


def test_a_preview_is_made_filtered_and_applied(installed, stash_page, tab):
    _, key = installed.scene("one.mp4", title=SCRIPT, details="About it")
    installed.scene("two.mp4", title="Two", tags=["A"])
    installed.scene("gone.mp4", in_plex=False, title="Nowhere")
    tab.goto(stash_page.url + VIEW)
    make_one(tab)
    tab.get_by_text("3 scenes looked at").wait_for()
    assert installed.plex.writes() == []
    tab.get_by_role("rowheader", name=re.compile("^not in Plex")).wait_for()
    tab.get_by_role("link", name=SCRIPT, exact=True).wait_for()
    tab.locator("ins", has_text="<script>").first.wait_for()  # as text
    assert tab.title() != "owned"
    accessible(tab, stash_page.url)

    tab.get_by_label("Field").select_option("tags")
    tab.get_by_role("link", name="Two", exact=True).wait_for()
    tab.get_by_role("link", name=SCRIPT, exact=True).wait_for(state="detached")
    tab.get_by_label("Field").select_option("")
    tab.get_by_label("What becomes of them").select_option("not_in_plex")
    tab.get_by_role("link", name="Nowhere", exact=True).wait_for()

    button(tab, "Apply these").click()
    button(tab, "Apply").click()
    toast(tab, "2 scenes queued.")
    wait_for(lambda: installed.title(key) == SCRIPT, "it was not applied")
    triggers = {row["trigger"] for row in installed.operate(mode="status")["results"]}
    assert triggers == {"preview"}  # and the third scene was not queued


def test_a_long_preview_is_turned_page_by_page(installed, stash_page, tab):
    for number in range(60):
        installed.scene(f"{number:02}.mp4", title=f"Scene {number:02}")
    installed.run("Preview Changes")
    tab.goto(stash_page.url + VIEW)
    tab.get_by_role("link", name="Scene 00", exact=True).wait_for()
    assert tab.locator(".plexsync-list > li").count() == 25
    for first in ("Scene 25", "Scene 50"):
        button(tab, "More").click()
        tab.get_by_role("link", name=first, exact=True).wait_for()
    assert tab.locator(".plexsync-list > li").count() == 10
    assert button(tab, "More").count() == 0
    button(tab, "Back").click()
    tab.get_by_role("link", name="Scene 25", exact=True).wait_for()


def test_a_library_in_step_is_told_so(installed, stash_page, tab):
    installed.scene("one.mp4", title="One")
    installed.run("Sync All Scenes")
    installed.run("Preview Changes")
    tab.goto(stash_page.url + VIEW)
    tab.get_by_text('A sync would change nothing. Choose "All scenes"').wait_for()


def test_a_preview_that_cannot_be_made_says_why(installed, stash_page, tab):
    installed.scene("one.mp4", title="One")
    installed.plex.refuse()
    tab.goto(stash_page.url + VIEW)
    button(tab, "Preview changes").click()
    tab.get_by_text("The last preview could not be made.").wait_for()
    installed.plex.resume()
    make_one(tab)
    tab.get_by_text("The last preview could not be made.").wait_for(state="detached")


def test_a_report_that_is_gone_is_a_trouble_of_the_plugins(installed, stash_page, tab):
    installed.scene("one.mp4", title="One")
    installed.run("Preview Changes")
    tab.goto(stash_page.url + VIEW)
    tab.get_by_role("link", name="One", exact=True).wait_for()
    for path in (installed.data / "reports").iterdir():
        path.unlink()
    button(tab, "Apply these").click()
    button(tab, "Apply").click()
    toast(tab, re.compile("there is no preview .* make a new one"))
    assert installed.plex.writes() == []


def test_now_says_that_a_dry_run_is_on(installed, stash_page, tab):
    installed.configure(dry_run=True)
    installed.scene("one.mp4", title="One")
    installed.run("Sync All Scenes")
    tab.goto(stash_page.url + PAGE)
    tab.get_by_text("Nothing is written to Plex while the setting dry_run is on.").wait_for()
    tab.get_by_text("Looked at by the dry run").wait_for()
    tab.locator(".alert").get_by_role("link", name="Preview").click()
    tab.get_by_label("Report").locator("option", has_text="dry run").wait_for(state="attached")
