"""The view Setup in a real browser, and the ways to it."""

from __future__ import annotations

from tests.page.walking import PAGE, accessible, button, toast


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
