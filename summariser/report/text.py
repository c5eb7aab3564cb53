"""Foreign text made fit for a web page: what is invisible or reorders the line is shown, what is endless is cut.

Escaping HTML is the template's work (`autoescape`); this is what escaping does not do.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 4000  # characters of one field; the longest summary is below 1,000

# Cc: control codes; Cf: bidi marks, zero-width characters; Cs: halves of surrogate pairs; Zl, Zp: hidden line ends.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_CANDIDATE: Final = re.compile(r"[^\x20-\x7e\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")  # a quick look at common text


def shown(text: str, limit: int = LONGEST) -> str:
    """The text as a reader may see it: hidden characters as `‹U+202E›`, the end of an endless one left out and said."""
    if len(text) <= limit:
        return _CANDIDATE.sub(_visible, text)
    return f"{_CANDIDATE.sub(_visible, text[:limit])} … [{len(text) - limit:,} more characters not shown]"


def _visible(match: re.Match[str]) -> str:
    """One character, or its name where a reader would not see it."""
    char = match[0]
    if char in "\t\n":
        return char
    return f"‹U+{ord(char):04X}›" if unicodedata.category(char) in _HIDDEN else char
