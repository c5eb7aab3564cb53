"""Records as tables to compute with."""
