"""A record that is new, told so that a reviewer knows what it says and where to look first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from summariser.reviewing.differences import Difference, DifferenceKind, describe, say
from summariser.schema.case import Result, Severity, fact_path
from summariser.schema.codes import ActorRole, Decision
from summariser.schema.page import Frozen, LineRange
from summariser.schema.record import Record

FIGURES: Final = 3  # shown of a new record; the others are counted


class Figure(Frozen):
    """A result with a number: where it stands in the record, what it says, and on which page lines."""

    path: str
    words: str
    lines: tuple[LineRange, ...]


class NewRecord(Frozen):
    """What a reviewer is told of a new record.

    Shape: `theme` is the code with its label; `leads` are names as printed; `figures` the first results with a number,
    `further` how many there are beside them; `flags` say why a person should look, and are empty for a sound record.
    """

    theme: str
    leads: tuple[str, ...]
    figures: tuple[Figure, ...]
    further: int
    flags: tuple[str, ...]


def tell_new_record(record: Record) -> NewRecord:
    """What the record is about, its first figures, and what speaks against it."""
    case = record.case
    figures = [
        Figure(path=f"case.{path}", words=describe(fact), lines=fact.evidence.lines)
        for path, fact in case.facts()
        if isinstance(fact, Result) and fact.quantity
    ]
    return NewRecord(
        theme=say(case.primary_theme),
        leads=tuple(actor.name for actor in case.actors if actor.role is ActorRole.LEAD),
        figures=tuple(figures[:FIGURES]),
        further=len(figures[FIGURES:]),
        flags=tuple(_flags(record)),
    )


def find_unsupported(record: Record) -> Iterator[Difference]:
    """What a new record says and its page does not: its unsupported facts, and findings about anything else."""
    told: set[str | None] = set()
    for path, fact in record.case.facts():
        if not fact.supported:
            told.add(path)
            evidence = fact.evidence
            yield _unsupported(record, f"case.{path}", describe(fact)).model_copy(
                update={"quote": evidence.quote, "lines": evidence.lines}
            )
    for finding in record.findings:
        if finding.severity is not Severity.NOTICE and fact_path(finding.path) not in told:
            yield _unsupported(record, f"case.{finding.path}", finding.message)


def _unsupported(record: Record, path: str, said: str) -> Difference:
    """Something that the page does not bear out."""
    kind = DifferenceKind.NEWLY_UNSUPPORTED
    return Difference(kind=kind, page_id=record.page_id, article_id=record.article_id, path=path, new=said)


def _flags(record: Record) -> Iterator[str]:
    """Why a person should look."""
    if record.case.decision is not Decision.UNION_CASE:
        yield f"decision: {say(record.case.decision)}"
    if record.awaits_review:
        yield "needs review"
    if record.case.unsupported:
        yield f"{record.case.unsupported} of {len(record.case.facts())} facts not borne out"
    if notices := sum(finding.severity is Severity.NOTICE for finding in record.findings):
        yield f"{notices} notice{'s' if notices > 1 else ''}"
