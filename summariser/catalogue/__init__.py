"""Records as a catalogue: searched by any words, counted by their codes, kept in one SQLite file that anybody can open.

    record files -> Entry (updating.py) -> index.db (index.py) -> hits, facets, totals (reading.py)

The file holds the tables of an export as well, and what is searched; it is made from the records alone and brought
up to date by what changed, so that losing it costs a moment and nothing else.
"""
