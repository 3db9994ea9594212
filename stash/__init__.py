"""Everything that knows Stash. Empty, because hooks import ``stash.runtime`` and must not pay for the client."""
