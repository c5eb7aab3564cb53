"""What is searched: any run of characters of a text, from one character up, in Chinese as in English.

A text becomes a key: folded (width, quotes, white space), in small letters and simplified characters, without
punctuation but for the point and the per cent sign of numbers. The tokens of the index are overlapping pairs of
characters, so a phrase of pairs is exactly a run of characters. (An index of words knows no Chinese words, and the
trigrams of SQLite need three characters.) The last character of a text stands alone, which keeps phrases from running
on into the next text, and finds a single character, asked for as a prefix, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from operator import add
from typing import Final, NamedTuple

from summariser.text import find_all, fold, fold_text, to_simplified

MOST_TERMS: Final = 20
LONGEST_TERM: Final = 100  # characters; what is longer is cut, and still found by its beginning
_LEFT_OUT: Final = re.compile(r"[^\w.%]|_|(?<![0-9])\.|\.(?![0-9])")
_TERM: Final = re.compile(r'"([^"]*)"?|([^\s"]+)')
_QUOTES: Final = dict.fromkeys(map(ord, "“”„‟〝〞〟″「」『』＂"), '"')


class TextPart(NamedTuple):
    """A run of a text; `is_hit` where it is what was searched."""

    text: str
    is_hit: bool


def search_key(text: str) -> str:
    """A text as it is compared."""
    return _LEFT_OUT.sub("", _alike(fold_text(text)))


def split_query(query: str) -> tuple[str, ...]:
    """The keys of the terms of a query, all of which have to be found.

    Shape: terms are parted by white space, but not within quotes; nothing is an operator.
    """
    found = (search_key(quoted or plain) for quoted, plain in _TERM.findall(query.translate(_QUOTES)))
    return tuple(dict.fromkeys(key[:LONGEST_TERM] for key in found if key))[:MOST_TERMS]


def spell_tokens(texts: Iterable[str | None]) -> str:
    """The tokens of texts, for the index."""
    keys = [search_key(text) for text in texts if text]
    return " ".join(token for key in keys for token in (*map(add, key, key[1:]), key[-1:]))


def match_expression(terms: Iterable[str]) -> str:
    """What FTS5 is asked for the terms of a query; a key has no character that it could take for an operator."""
    return " AND ".join(f'"{" ".join(map(add, term, term[1:]))}"' if len(term) > 1 else f'"{term}"*' for term in terms)


def mark(text: str, terms: Sequence[str]) -> tuple[TextPart, ...]:
    """A text in runs, those that a term was found in marked."""
    covered = sorted(_find_terms(text, terms))
    parts, at = [], 0
    for start, end in covered:
        if end <= at:
            continue
        parts += [TextPart(text[at : max(start, at)], False), TextPart(text[max(start, at) : end], True)]
        at = end
    return tuple(part for part in (*parts, TextPart(text[at:], False)) if part.text)


def has_hit(text: str, terms: Iterable[str]) -> bool:
    """Whether a term stands in a text."""
    key = search_key(text)
    return any(term in key for term in terms)


def _find_terms(text: str, terms: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where terms stand in a text, as intervals of its characters."""
    folded = fold(text)
    alike = _alike(folded.text)
    left_out = {at for match in _LEFT_OUT.finditer(alike) for at in range(*match.span())}
    kept = [at for at in range(len(alike)) if at not in left_out]
    key = "".join(alike[at] for at in kept)
    for term in terms:
        for at in find_all(term, key):
            yield folded.to_original(kept[at], kept[at + len(term) - 1] + 1)


def _alike(folded: str) -> str:
    """A folded text in small letters and simplified characters, character by character."""
    plain = to_simplified(folded)
    small = plain.lower()
    return small if len(small) == len(plain) else "".join(char.lower()[:1] for char in plain)
