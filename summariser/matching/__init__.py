"""Quotes found in damaged text: as printed, folded, or with a few misread characters."""
