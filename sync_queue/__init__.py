"""The durable queue, the dead letters and the ledger, in one SQLite file. Empty: the hook must not pay for all of it."""
