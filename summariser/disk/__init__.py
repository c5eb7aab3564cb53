"""The disk doors: records as files, exchanges in a ledger."""
