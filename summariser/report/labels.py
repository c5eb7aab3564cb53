"""Words for a reader: codes with their labels in Chinese and English, and foreign text made fit for a web page.

Escaping HTML is the template's work (`autoescape`). What it does not do is done here: what is invisible or reorders the
line is shown, what is endless is cut.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from summariser.places.place import division, lineage
from summariser.schema.case import Place
from summariser.schema.codes import CodedEnum
from summariser.tables import read_table


class Label(NamedTuple):
    """A code with its two labels; what has no code, such as a number, is its own label in both."""

    code: str
    zh: str
    en: str


NO_PROVINCE: Final = Label("none", "未载明", "not named")
NO_LEAD: Final = Label("none", "无主办单位", "no lead named")
LONGEST: Final = 4000  # characters of one field; the longest summary is below 1,000

# Cc: control codes; Cf: bidi marks, zero-width characters; Cs: halves of surrogate pairs; Zl, Zp: hidden line ends.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_CANDIDATE: Final = re.compile(r"[^\x20-\x7e\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")  # a quick look at common text


def label(code: CodedEnum) -> Label:
    """The labels of a code of the lists."""
    return Label(code.value, code.zh, code.en)


def same(text: str) -> Label:
    """One text for both languages."""
    return Label(text, text, text)


@cache
def labels(name: str) -> Mapping[str, Label]:
    """The labels of one list of `labels.csv`, by code."""
    rows = (row for row in read_table("labels") if row["list"] == name)
    return {row["code"]: Label(row["code"], row["zh"], row["en"]) for row in rows}


def province(place: Place | None) -> Label:
    """The province of a place by its code; `NO_PROVINCE` where the code is missing or in no table."""
    found = division(place.code) if place and place.code else None
    if found is None:
        return NO_PROVINCE
    top = lineage(found)[-1]
    return Label(top.code, top.short, labels("province")[top.code[:2]].en)


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
