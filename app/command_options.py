"""Options that several of the terminal's commands have."""

from __future__ import annotations

import click

from app.terminal import DEFAULT_STASH

stash_option = click.option(
    "--stash", default=DEFAULT_STASH, envvar="PLEXSYNC_STASH_URL", show_default=True, help="Address of Stash."
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON for scripts instead of what a person reads."
)
verbose_option = click.option("-v", "--verbose", is_flag=True, help="Show debug lines too.")
