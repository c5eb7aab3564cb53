"""The types that cross a module border; each file is one subject."""
