"""What the catalogue keeps of a record beside the tables of an export: its facets, its words, what is summed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Final, NamedTuple

from summariser.places.place import division, lineage
from summariser.schema.case import Actor, Employer, Fact, Place, Result, fact_words
from summariser.schema.codes import Support
from summariser.schema.quantity import Approximation, UnitClass
from summariser.schema.record import Record
from summariser.tables import read_table

FACETS: Final = (
    *("theme", "province", "beneficiary", "chain", "status", "decision"),
    *("newspaper", "year", "month", "state", "support", "needs"),
)
NOT_KNOWN: Final = "-"  # the code of what a record does not name; no newspaper and no code is called so
_DAY: Final = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-[0-9]{2}")
_WEAKEST: Final = (Support.NONE, Support.ARTICLE, Support.SENTENCES, Support.WORDS)


class Counted(NamedTuple):
    """A result that is added up.

    Units: `value` counts `unit`, which is empty for people: 名, 位 and 人 are the same.
    """

    path: str
    kind: str
    unit: str
    value: Decimal
    is_exact: bool


class Words(NamedTuple):
    """The texts of a record that are searched, by how much a hit in them says."""

    title: tuple[str | None, ...]
    summary: tuple[str | None, ...]
    facts: tuple[str | None, ...]
    words: tuple[str | None, ...]


def facets_of(record: Record) -> Mapping[str, tuple[str, ...]]:
    """The codes of a record in every facet, at least one in each."""
    case, issued = record.case, record.source.issue_date or ""
    chains = (result.chain for result in case.results if result.supported and result.chain)
    found = {
        "theme": (case.primary_theme.value,),
        "province": (_province(case.place),),
        "beneficiary": tuple(group.group.value for group in case.beneficiaries),
        "chain": tuple(chain.value for chain in chains),
        "status": (case.practice_status.value,),
        "decision": (case.decision.value,),
        "newspaper": (record.source.newspaper or "",),
        "year": (issued[:4] if _DAY.fullmatch(issued) else "",),
        "month": (issued[:7] if _DAY.fullmatch(issued) else "",),
        "state": (record.review.state,),
        "support": tuple(code.value for code in _WEAKEST if any(fact.support is code for _, fact in case.facts()))[:1],
        "needs": ("yes" if record.awaits_review else "no",),
    }
    return {name: tuple(dict.fromkeys(filter(None, codes))) or (NOT_KNOWN,) for name, codes in found.items()}


def words_of(record: Record) -> Words:
    """The texts of a record that are searched."""
    case = record.case
    return Words(
        title=(record.headline, record.kicker, case.headline_en, *record.bylines),
        summary=(case.one_line, case.summary, case.summary_en),
        facts=tuple(text for _, fact in case.facts() for text in fact_texts(fact)),
        words=("".join(sentence.text or "" for sentence in record.text.sentences),),
    )


def fact_texts(fact: Fact) -> Iterator[str | None]:
    """What a fact says in words."""
    yield fact_words(fact)
    if isinstance(fact, Place | Actor):
        yield fact.full_name
    if isinstance(fact, Employer):
        yield from (fact.industry, fact.size_text)
    if isinstance(fact, Result):
        yield from (fact.value_text, fact.subject, fact.before_text)
        yield fact.claimant.name if fact.claimant else None


def counted_of(record: Record) -> Iterator[Counted]:
    """The results of a record that are added up, each number once.

    Shape: achieved, borne out, with a number, reckoned by nothing, of a kind and class in `totals.csv`; a result is
    left out if a total that it is part of (at any remove) is there, and so is one that is given twice.
    """
    results = record.case.results
    found = {index: counted for index, each in enumerate(results) if (counted := _count(index, each))}
    seen = set()
    for index, counted in found.items():
        is_part = any(
            above in found and (found[above].kind, found[above].unit) == (counted.kind, counted.unit)
            for above in _totals_of(index, results)
        )
        if not is_part and results[index].identity not in seen:
            seen.add(results[index].identity)
            yield counted


@cache
def totalled() -> tuple[tuple[str, str], ...]:
    """The kinds of results that are added up, each with the class of its unit."""
    return tuple((row["kind"], row["unit_class"]) for row in read_table("totals"))


def _count(index: int, result: Result) -> Counted | None:
    """A result as it is added up by itself, or None."""
    quantity = result.quantity
    if quantity is None or quantity.value is None or quantity.per is not None:
        return None
    if result.status.value != "achieved" or not result.supported:
        return None
    if (result.kind.value, quantity.unit_class.value) not in totalled():
        return None
    unit = "" if quantity.unit_class is UnitClass.PERSON else quantity.unit
    is_exact = quantity.approx is Approximation.EXACT
    return Counted(f"results[{index}]", result.kind.value, unit, quantity.value, is_exact)


def _totals_of(index: int, results: tuple[Result, ...]) -> Iterator[int]:
    """The total that a result is part of, and that one's total, and so on."""
    passed = {index}
    above = results[index].part_of
    while above is not None and above not in passed and above < len(results):
        yield above
        passed.add(above)
        above = results[above].part_of


def _province(place: Place | None) -> str:
    """The code of the province that a place is in."""
    found = division(place.code) if place and place.code else None
    return lineage(found)[-1].code if found else ""
