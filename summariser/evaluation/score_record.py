"""How well a record stands on its page: evidence by tier, facts unsupported, the check, review, repairs.

What a record says of its own evidence is not taken for granted: the words are looked up again where it says they stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from summariser.evaluation.figures import MissKind, Observation, Source
from summariser.evaluation.pairing import Holding, source_of
from summariser.schema.case import Action, Actor, Case, Evidence, Finding, Person, Result, Severity

_Cites = Actor | Person | Action | Result
_TIERS = ("exact", "folded", "fuzzy", "failed")
_INVENTED = ("absent", "not_in_article")  # ends of the rules that say: the article has no such thing


def score_record(holding: Holding, checked: tuple[Finding, ...]) -> Iterator[Observation]:
    """Everything about one record that needs no gold; `checked` is what the check of stored records says of it."""
    record, subject = holding.given.record, holding.subject
    if record is None:
        return
    yield from _score_evidence(holding, record.case)
    facts = record.case.facts
    yield subject.counted("facts_unsupported", sum(not fact.supported for fact in facts), len(facts))
    for finding in record.findings:
        if finding.severity is not Severity.NOTICE:
            yield _found("facts_unsupported", finding, holding)
    broken = [finding for finding in checked if finding.severity is not Severity.NOTICE]
    yield subject.counted("records_sound", not broken, 1)
    yield from (_found("records_sound", finding, holding) for finding in broken)
    yield subject.counted("needs_review", record.needs_review, 1)
    yield subject.counted("repaired", record.provenance.repairs > 0, 1)


def _found(figure: str, finding: Finding, holding: Holding) -> Observation:
    """A finding as a miss."""
    kind = MissKind.INVENTION if finding.rule.endswith(_INVENTED) else MissKind.WRONG
    source = Source(holding.given.entry.lines)
    return holding.subject.miss(figure, finding.path, None, finding.message, source, kind=kind)


def _score_evidence(holding: Holding, case: Case) -> Iterator[Observation]:
    """Each quoted word stands where the record says it does."""
    text = holding.given.article.text
    for path, evidence in _evidence(case):
        if evidence.quote is None:
            continue
        stands = evidence.start is not None and text[evidence.start : evidence.end] == evidence.quote
        tier = evidence.match if stands else "failed"
        yield holding.subject.counted("evidence_located", tier in {"exact", "folded"}, 1)
        for each in _TIERS:
            yield holding.subject.counted(f"evidence_{each}", tier == each, 1)
        if tier == "failed":
            source = source_of(holding.given.article, evidence.quote)
            kind = MissKind.WRONG if source.text else MissKind.INVENTION
            yield holding.subject.miss("evidence_located", path, None, evidence.quote, source, kind=kind)


def _evidence(case: Case) -> Iterator[tuple[str, Evidence]]:
    """The evidence of a case, with its paths."""
    single = (("place", case.place), ("problem", case.problem), ("lesson", case.lesson))
    yield from ((f"{name}.evidence", fact.evidence) for name, fact in single if fact)
    many: tuple[tuple[str, Sequence[_Cites]], ...] = (
        ("actors", case.actors),
        ("people", case.people),
        ("actions", case.actions),
        ("results", case.results),
    )
    for name, facts in many:
        yield from ((f"{name}[{index}].evidence", fact.evidence) for index, fact in enumerate(facts))
