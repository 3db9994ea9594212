"""The page in a real browser: each view and each action, over the plugin as Stash runs it and both simulators."""

from __future__ import annotations

import re
import time

from sync_queue import reconciling
from sync_queue.database import connect, transaction
from sync_queue.intake import PERSON, enqueue, enqueue_errand
from sync_queue.jobs import SyncQueue
from sync_queue.reconciling import Position
from tests.page.stash_page import StashPage
from tests.support import wait_for

PAGE = "/plugins/StashPlexSync"
UNDO = "Undo title of Written, back to “one”"
SCRIPT = "<script>document.title='owned'</script><img src=x onerror=document.title='owned'>"


def button(tab, name):
    return tab.get_by_role("button", name=name, exact=True)


def toast(tab, text):
    """Wait until Stash's toast says this."""
    tab.locator("[role=alert][class^=toast]", has_text=text).wait_for()


def twins(installed, name, title):
    """A scene that two Plex items could be meant by."""
    for copy in "ab":
        installed.plex.add_item(
            installed.section,
            f"/other/{copy}/{name}.mp4",
            size=1000,
            duration_ms=60_000,
            title=f"{name} {copy}",
        )
    return installed.stash.store.add_scene(path=f"/media/{name}.mp4", size=1000, duration=60.0, title=title)


def give_up(installed, scene_ids, *, causes=1):
    """Failures straight into the database, as many as there may be."""
    db = connect(installed.data / "queue.sqlite")
    queue = SyncQueue(db, clock=time.time)
    with transaction(db):
        for scene_id in scene_ids:
            enqueue(db, scene_id, trigger="sync_all", priority=PERSON, now=time.time())
        while jobs := queue.claim(1000):
            for job in jobs:
                queue.bury(
                    job,
                    f"Plex refused it {'again ' * (job.scene_id % causes)}".strip(),
                    5,
                    error_type="EditRefused",
                    hint="Change the text.",
                    title=f"Scene {job.scene_id}",
                    path=f"/media/{job.scene_id}.mp4",
                )
    db.close()


def accessible(tab, base):
    """Let axe look; nothing serious may be wrong within PlexSync's part of the page. Colours are the theme's, which is not here."""
    if not tab.evaluate("'axe' in window"):
        tab.add_script_tag(url=f"{base}/axe.js")
    found = tab.evaluate(
        "axe.run('.plexsync', {rules: {'color-contrast': {enabled: false}}}).then(done => done.violations)"
    )
    bad = [one for one in found if one["impact"] in {"serious", "critical"}]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in bad] == []


def names_of_buttons(tab):
    """What a screen reader calls them, each once; two of one name say not which of the two does what."""
    names = tab.evaluate(
        "[...document.querySelectorAll('.plexsync button, .plexsync a[target], .plexsync input[type=checkbox]')]"
        ".map(one => one.getAttribute('aria-label') || one.labels?.[0]?.innerText || one.innerText)"
    )
    assert sorted(names) == sorted(set(names))
    return names


def operations(installed):
    """How many of the page's operations Stash was asked for."""
    return sum("PlexSyncOperation" in text for text, _ in installed.stash.requests)


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


def test_the_setup_is_checked_and_a_library_ticked_without_losing_a_setting(installed, stash_page, tab):
    for n in range(9):
        where = "odd" if n == 8 else "plex"
        installed.plex.add_item(
            installed.section, f"/{where}/{n}.mp4", size=1000 + n, duration_ms=60_000 + n * 5000
        )
        installed.stash.store.add_scene(path=f"/stash/{n}.mp4", size=1000 + n, duration=60.0 + n * 5)
    tab.goto(stash_page.url + PAGE + "?view=setup")
    button(tab, "Check now").click()
    tab.get_by_text("Everything is as it should be.").wait_for()
    button(tab, "Use it: /stash => /plex").click()
    toast(tab, "Path map: /stash => /plex")
    tab.get_by_label("Scenes").click(force=True)
    toast(tab, "Synced libraries: Scenes")
    saved = installed.stash.graphql('{configuration{plugins(include:["StashPlexSync"])}}')["configuration"][
        "plugins"
    ]
    assert saved["StashPlexSync"] == {
        "plex_url": installed.plex.url,
        "plex_token": installed.plex.token,
        "plex_library": "Scenes",
        "path_map": "/stash => /plex",
    }
    accessible(tab, stash_page.url)


def test_check_setup_in_now_checks_at_once_and_a_misspelt_library_is_mended_by_picking(
    installed, stash_page, tab
):
    installed.plex.add_section("Films")
    installed.scene(title="One")
    installed.configure(plex_library="Scense")
    tab.goto(stash_page.url + PAGE)
    tab.get_by_role("link", name="Check setup").first.click()
    tab.get_by_text("plex_library names 'Scense', which Plex does not have").wait_for()
    assert tab.url.endswith("?view=setup")
    tab.get_by_label("Scense").click(force=True)
    toast(tab, "All movie libraries are synced.")
    tab.get_by_label("Scenes").click(force=True)
    toast(tab, "Synced libraries: Scenes")
    button(tab, "Check again").click()
    tab.get_by_text("Everything is as it should be.").wait_for()
    assert tab.get_by_label("Films").is_checked() is False


def test_the_settings_of_this_plugin_alone_have_the_way_to_the_page(stash_page, tab):
    tab.goto(f"{stash_page.url}/settings")
    tab.get_by_text("Another").wait_for()
    assert tab.get_by_role("link", name="Open", exact=True).count() == 1
    tab.get_by_role("link", name="Open", exact=True).click()
    tab.get_by_text("Nothing was synced yet").wait_for()


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
