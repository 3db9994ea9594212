"""Servers that behave like Stash and Plex, for tests, benchmarks and the demonstration."""
