"""How well a record stands on its page: evidence by tier, facts unsupported, the check, review, repairs.

What a record says of its own evidence is not taken for granted: the words are looked up again where it says they stand.
"""

from __future__ import annotations

from collections.abc import Iterator

from summariser.evaluation.figures import MissKind, Observation, Source
from summariser.evaluation.pairing import Holding, source_of
from summariser.schema.case import Case, Finding, Rule, Severity, Time

_TIERS = ("exact", "folded", "fuzzy", "failed")
_INVENTED = frozenset(rule.value for rule in Rule if rule.invents)


def score_record(holding: Holding, checked: tuple[Finding, ...]) -> Iterator[Observation]:
    """Everything about one record that needs no gold; `checked` is what the check of stored records says of it."""
    record, subject = holding.given.record, holding.subject
    if record is None:
        return
    yield from _score_evidence(holding, record.case)
    facts = [fact for _, fact in record.case.facts()]
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
    kind = MissKind.INVENTION if finding.rule in _INVENTED else MissKind.WRONG
    source = Source(holding.given.entry.lines)
    return holding.subject.miss(figure, finding.path, None, finding.message, source, kind=kind)


def _score_evidence(holding: Holding, case: Case) -> Iterator[Observation]:
    """Each quoted word stands where the record says it does."""
    text = holding.given.article.text
    for path, fact in case.facts():
        evidence = None if isinstance(fact, Time) else fact.evidence
        if evidence is None or evidence.quote is None:
            continue
        stands = evidence.start is not None and text[evidence.start : evidence.end] == evidence.quote
        tier = evidence.match if stands else "failed"
        yield holding.subject.counted("evidence_located", tier in {"exact", "folded"}, 1)
        for each in _TIERS:
            yield holding.subject.counted(f"evidence_{each}", tier == each, 1)
        if tier == "failed":
            source = source_of(holding.given.article, evidence.quote)
            kind = MissKind.WRONG if source.text else MissKind.INVENTION
            yield holding.subject.miss("evidence_located", f"{path}.evidence", None, evidence.quote, source, kind=kind)
