"""The work itself: from a claimed job to a Plex item that shows what Stash has, and the events that tell of it."""
