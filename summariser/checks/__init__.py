"""A reply, or a stored record, held against its article."""
