"""Records as a catalogue: searched by any words, counted by their codes, kept in one SQLite file.

record files -> IndexedRecord (update.py) -> index.db -> hits, counts (database.py)
"""
