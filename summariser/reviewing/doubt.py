"""The order of doubt: which facts of a record, and which records, a person should look at first.

A fact that nothing bears out comes first, then one that only the whole article carries, then one that a check asks
about; facts that code can only point to sentences for come before those that a second reader has confirmed. Records go
by their facts in this order, then by how often the model was asked again, by how often coders disagree, and by damage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from summariser.schema.case import Fact, Finding, Severity, fact_kind, fact_path, fact_words
from summariser.schema.codes import Support, SupportFrom
from summariser.schema.record import Record
from summariser.text import fold_text

# ---- the order of doubt


class Doubt(IntEnum):
    """How much a fact is to be doubted, the most first."""

    UNSUPPORTED = 0  # a finding, a second reader or a person says that the page does not bear it out
    ARTICLE = 1  # no sentence carries it, only the article as a whole
    ASKED = 2  # its words were found with other letters, or a check asks a person to look
    BY_CODE = 3  # sentences are cited, and nobody has said that they carry it
    BY_MODEL = 4  # a second reader says that they do
    WORDS = 5  # its words stand in the page
    SETTLED = 6  # a person has said so


KIND_ORDER: Final = (  # of facts that are to be doubted alike
    *("result", "action", "actor", "person", "employer", "device", "relation"),
    *("place", "time", "problem", "lesson"),
)


_OF_SUPPORT: Final = {Support.NONE: Doubt.UNSUPPORTED, Support.ARTICLE: Doubt.ARTICLE, Support.WORDS: Doubt.WORDS}


class RecordDoubt(NamedTuple):
    """How much there is to doubt in a record, told by what comes first in the queue: the larger, the earlier."""

    unsupported: int  # facts and findings
    article: int
    asked: int
    by_code: int
    by_model: int
    repairs: int
    disagreements: int
    damage: int  # findings of no fact that ask a person to look


def doubt_fact(fact: Fact, findings: Sequence[Finding]) -> Doubt:
    """How much a fact with these findings is to be doubted."""
    if fact.support_by is SupportFrom.PERSON:
        return Doubt.SETTLED if fact.supported else Doubt.UNSUPPORTED
    if not fact.supported or any(each.severity is not Severity.NOTICE for each in findings):
        return Doubt.UNSUPPORTED
    grade = _OF_SUPPORT.get(fact.support)
    if grade is Doubt.ARTICLE:
        return grade
    if fact.evidence.match == "fuzzy" or any(each.deserves_review for each in findings):
        return Doubt.ASKED
    return grade or (Doubt.BY_MODEL if fact.support_by is SupportFrom.MODEL else Doubt.BY_CODE)


def doubt_facts(record: Record) -> list[tuple[str, Doubt]]:
    """The facts of a record by their paths, the most doubtful first, each with its doubt.

    Shape: among facts that are to be doubted alike, those come first that rest on a line which stands alone (it may be
    of another article) or on a sentence that the model did not cite; then those whose words stand least in what they
    cite.
    """
    facts, sentences = dict(record.case.facts()), {each.n: each.text or "" for each in record.text.sentences}

    lone = {first for first, last in record.lines if first == last and len(record.lines) > 1}

    def rank(each: tuple[str, Doubt]) -> tuple[Doubt, int, float, int]:
        evidence = facts[each[0]].evidence
        is_alone = any(first <= line <= last for first, last in evidence.lines for line in lone)
        signs = is_alone + bool(evidence.added)
        return each[1], -signs, _echo(facts[each[0]], sentences), KIND_ORDER.index(fact_kind(each[0]))

    return sorted(_doubts(record), key=rank)


def _doubts(record: Record) -> Iterator[tuple[str, Doubt]]:
    """The facts of a record by their paths, each with its doubt, in the order of the record."""
    of_fact: dict[str, list[Finding]] = {}
    for finding in record.findings:
        of_fact.setdefault(fact_path(finding.path), []).append(finding)
    return ((path, doubt_fact(fact, of_fact.get(path, ()))) for path, fact in record.case.facts())


def _echo(fact: Fact, sentences: Mapping[int, str]) -> float:
    """The share of a fact's words, taken as pairs of characters, that its cited sentences have; in tenths."""
    words = fold_text(fact_words(fact))
    cited = fold_text("".join(sentences.get(number, "") for number in fact.evidence.sents))
    pairs = {words[k : k + 2] for k in range(len(words) - 1)}
    return round(sum(pair in cited for pair in pairs) / len(pairs), 1) if pairs and cited else 1.0


def doubt_record(record: Record) -> RecordDoubt:
    """How much there is to doubt in a record, as long as nobody says in how many values its coders disagree."""
    counts = Counter(doubt for _, doubt in _doubts(record))
    others = [each for each in record.findings if not fact_path(each.path)]
    unborne = sum(each.severity is not Severity.NOTICE for each in others)
    return RecordDoubt(
        unsupported=counts[Doubt.UNSUPPORTED] + unborne,
        article=counts[Doubt.ARTICLE],
        asked=counts[Doubt.ASKED],
        by_code=counts[Doubt.BY_CODE],
        by_model=counts[Doubt.BY_MODEL],
        repairs=record.provenance.repairs,
        disagreements=0,
        damage=sum(each.deserves_review for each in others) - unborne,
    )
