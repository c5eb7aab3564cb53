"""Quotes found in damaged text: the folded view, sentences, and the bounded fuzzy match."""
