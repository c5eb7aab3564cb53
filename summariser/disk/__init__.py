"""What is kept on disk: records as JSON files, exchanges in a SQLite ledger."""
