"""Places and organisations: the table of divisions, and the level a name tells."""
