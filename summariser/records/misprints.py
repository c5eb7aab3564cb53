"""Sentences of a record that still say what the page prints where a person corrected a misprint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from summariser.numbers.measure_words import PEOPLE
from summariser.numbers.numerals import NumeralKind, find_english_numerals
from summariser.numbers.quantity import find_quantities
from summariser.records.corrected import values_at
from summariser.reply import CaseReply
from summariser.schema.case import Finding, Rule, shorten
from summariser.schema.page import Article
from summariser.schema.quantity import Quantity
from summariser.text import fold, to_simplified

_FEW: Final = 100  # numbers below this may well be told of other things too
_TEXTS: Final = ("one_line", "summary", "headline_en", "summary_en", "problem", "lesson")


class Misprint(NamedTuple):
    """What a page prints, and what a person put in its place."""

    printed: str
    meant: str


def misprints_of(reply: CaseReply, printed: Mapping[str, str]) -> tuple[Misprint, ...]:
    """The misprints of a corrected reply; `printed` maps its places to the words that the page prints there."""
    pairs = ((words, values_at(reply, (path,))) for path, words in printed.items())
    return tuple(dict.fromkeys(Misprint(words, meant[0]) for words, meant in pairs if meant))


def find_told_misprints(reply: CaseReply, misprints: Iterable[Misprint], article: Article) -> Iterator[Finding]:
    """Each sentence of a reply that says what is printed, though a person corrected it.

    Shape: a number counts if its unit is the misprint's and the article has it of nothing else; other words are looked
    for in Chinese sentences only.
    """
    texts = {path: text for path in _TEXTS if (text := getattr(reply, path))}
    texts |= {f"actions[{at}].text": each.text for at, each in enumerate(reply.actions)}
    texts |= {f"results[{at}].text": each.text for at, each in enumerate(reply.results)}
    for misprint in misprints:
        wrong = _wrong_numbers(misprint, article)
        for path, text in texts.items():
            if raw := _told_in(text, misprint, wrong, is_english=path.endswith("_en")):
                what = f"“{shorten(raw)}” says what the page misprints"
                yield Rule.MISPRINT_TOLD.at(path, f"{what}; a person corrected it to “{shorten(misprint.meant)}”.")


def _wrong_numbers(misprint: Misprint, article: Article) -> list[Quantity]:
    """The numbers of the printed words that nobody means, and that the article has of nothing else."""
    meant = {one.value for one in find_quantities(misprint.meant)}
    wrong = [one for one in find_quantities(misprint.printed) if one.value is not None and one.value not in meant]
    places = [found.span() for found in re.finditer(re.escape(misprint.printed), article.text)] if wrong else []
    others = [
        one
        for one in (find_quantities(article.text) if wrong else ())
        if not any(start <= one.start < end for start, end in places)
    ]
    return [
        one
        for one in wrong
        if not any(other.value == one.value and (not _counts_alike(one, other) or _is_small(one)) for other in others)
    ]


def _told_in(text: str, misprint: Misprint, wrong: Sequence[Quantity], *, is_english: bool) -> str | None:
    """The words of a sentence that say what is printed; None if none do."""
    if _plain(misprint.meant) in _plain(text):
        return None
    if is_english:
        values = {one.value for one in wrong}
        counting = (one for one in find_english_numerals(text) if one.kind is NumeralKind.QUANTITY)
        return next((one.raw for one in counting if one.values & values), None)
    for said in find_quantities(text) if wrong else ():
        if any(said.value == one.value and _counts_alike(one, said) for one in wrong):
            return said.raw
    is_name = len(misprint.printed) > 1 and not find_quantities(misprint.printed)
    return misprint.printed if is_name and _plain(misprint.printed) in _plain(text) else None


def _counts_alike(one: Quantity, other: Quantity) -> bool:
    """Whether two numbers count the same kind of thing; people and visits are misprinted for each other too."""
    return one.unit_class is other.unit_class or {one.unit_class, other.unit_class} == PEOPLE


def _is_small(one: Quantity) -> bool:
    """Whether a number is told of other things as well."""
    return one.value is not None and one.value < _FEW


def _plain(text: str) -> str:
    """The folded words in one script."""
    return to_simplified(fold(text).text)
