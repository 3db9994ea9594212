"""Everything that knows Plex. Import the submodule that is needed: plexapi is heavy."""
