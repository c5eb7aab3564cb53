"""A record as a reviewer reads it: its facts with the number as code read it, what is doubtful first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from summariser.report.labels import Label, label, labels, province, same
from summariser.schema.case import Evidence, Fact, Finding, Place, Severity, Time, fact_kind, fact_path, fact_words
from summariser.schema.page import format_lines
from summariser.schema.quantity import Quantity, format_quantity
from summariser.schema.record import Record

_ANCHOR: Final = re.compile(r"a[0-9a-f]{8}(?:-\d{1,3})?")
_ORDER: Final = ("result", "action", "actor", "person", "place", "time", "problem", "lesson")


class ChangeView(NamedTuple):
    """One named change.

    Shape: `kind` is a code of `CHANGE_KINDS`; `tone` is bad, warn or empty; `path` is a JSON path in the record; `old`
    and `new` are words for a reader, None where there is nothing; `difference` is new minus old number, or empty.
    """

    kind: str
    tone: str
    path: str
    old: str | None
    new: str | None
    difference: str = ""

    @property
    def label(self) -> Label:
        """The name of the change; a kind without labels is its own name."""
        return labels("change").get(self.kind) or Label(self.kind, self.kind, self.kind.replace("_", " "))


class Changes(NamedTuple):
    """All changes since a version.

    Shape: `since` is what the version is called; `by_record` goes by page id and article id, worst change first, and
    names records that are gone as well.
    """

    since: str
    by_record: Mapping[tuple[str, str], tuple[ChangeView, ...]]

    @property
    def counts(self) -> list[tuple[Label, int]]:
        """How often each change was made, those with the worst tone first."""
        tones = ("bad", "warn", "")
        found = Counter((tones.index(each.tone), each.label) for some in self.by_record.values() for each in some)
        return [(named, count) for (_, named), count in sorted(found.items(), key=lambda item: (item[0][0], -item[1]))]

    def elsewhere(self, shown: Iterable[tuple[str, str]]) -> list[tuple[str, str, tuple[ChangeView, ...]]]:
        """Page id, article id and changes of what the site has no record of: removed, failed or unreadable."""
        missing = self.by_record.keys() - set(shown)
        return [(*key, self.by_record[key]) for key in sorted(missing)]


class FactView(NamedTuple):
    """One fact.

    Shape: `path` is what findings call it; `grade` is unsupported, fuzzy or sound; `codes` are what it was coded as;
    `reading` is the number as code read it; `lines` is where the page has the words.
    """

    fact_id: str
    path: str
    kind: Label
    text: str
    codes: tuple[Label, ...]
    value_text: str | None
    reading: str | None
    approx: Label | None
    evidence: Evidence | None
    match: Label | None
    lines: str
    grade: str
    findings: tuple[Finding, ...]


class RecordView(NamedTuple):
    """One record; `anchor` is its id in the HTML of its page, `tag` its short name there (A3), `tint` its colour.

    Shape: `changes` are those since the version that the site is compared with, worst first.
    """

    anchor: str
    tag: str
    tint: int
    record: Record
    kind: Label
    state: Label
    place: Label
    lines: str
    facts: tuple[FactView, ...]
    findings: tuple[Finding, ...]
    changes: tuple[ChangeView, ...] = ()

    @property
    def codes(self) -> Iterator[tuple[Label, tuple[Label, ...]]]:
        """What the case was coded as, field by field; empty fields are left out."""
        case = self.record.case
        fields = (
            (Label("theme", "主题", "Theme"), (label(case.primary_theme), *map(label, case.secondary_themes))),
            (Label("function", "职能", "Function"), (label(case.function),) if case.function else ()),
            (Label("for", "对象", "For"), tuple(map(label, case.beneficiaries))),
            (Label("status", "进展", "Status"), (label(case.practice_status),)),
            (Label("frames", "政策", "Frames"), tuple(map(label, case.policy_frames))),
        )
        return (field for field in fields if field[1])

    def count(self, grade: str) -> int:
        """How many facts have this grade."""
        return sum(fact.grade == grade for fact in self.facts)


def view_record(record: Record, *, number: int, tag: str, tint: int) -> RecordView:
    """The view of a record; `number` tells it apart from the others of its page where its id does not.

    Shape: facts worst first (unsupported, fuzzy, sound), then results, actions, actors, people and the rest.
    """
    anchor = record.article_id if _ANCHOR.fullmatch(record.article_id) else f"r{number}"
    by_path: dict[str, list[Finding]] = {}
    for finding in record.findings:
        by_path.setdefault(fact_path(finding.path), []).append(finding)
    pairs = [_view(path, fact, by_path, f"{anchor}-{index}") for index, (path, fact) in enumerate(record.case.facts())]
    ranks = {"unsupported": 0, "fuzzy": 1, "sound": 2}
    facts = sorted(pairs, key=lambda fact: (ranks[fact.grade], _ORDER.index(fact.kind.code)))
    told = {finding for fact in facts for finding in fact.findings}
    return RecordView(
        anchor=anchor,
        tag=tag,
        tint=tint,
        record=record,
        kind=labels("article_kind")[record.kind],
        state=labels("review_state")[record.review.state],
        place=province(record.case.place),
        lines=format_lines(record.lines),
        facts=tuple(facts),
        findings=tuple(finding for finding in record.findings if finding not in told),
    )


def _view(path: str, fact: Fact, findings: Mapping[str, list[Finding]], fact_id: str) -> FactView:
    """One fact as a view."""
    evidence = None if isinstance(fact, Time) else fact.evidence
    quantity: Quantity | None = getattr(fact, "quantity", None)
    own = findings.get(path, [])
    return FactView(
        fact_id=fact_id,
        path=path,
        kind=labels("fact")[fact_kind(path)],
        text=fact_words(fact),
        codes=tuple(_codes(fact)),
        value_text=getattr(fact, "value_text", None),
        reading=format_quantity(quantity) if quantity else None,
        approx=labels("approximation")[quantity.approx] if quantity else None,
        evidence=evidence,
        match=labels("match")[evidence.match] if evidence else None,
        lines=format_lines(evidence.lines) if evidence else "",
        grade=_grade(fact, evidence, own),
        findings=tuple(own),
    )


def _grade(fact: Fact, evidence: Evidence | None, findings: list[Finding]) -> str:
    """How far the page bears the fact out."""
    failed = evidence is not None and evidence.match == "failed"
    if not fact.supported or failed or any(each.severity is not Severity.NOTICE for each in findings):
        return "unsupported"
    return "fuzzy" if findings or (evidence is not None and evidence.match == "fuzzy") else "sound"


def _codes(fact: Fact) -> Iterator[Label]:
    """What the fact was coded as."""
    for name in ("kind", "status", "org_type", "level", "role", "theme"):
        code = getattr(fact, name, None)
        if code is not None:
            yield label(code)
    if isinstance(fact, Place) and fact.full_name:
        yield same(f"{fact.full_name} {fact.code or ''}".strip())
    if isinstance(fact, Time) and fact.start:
        yield same(fact.start if fact.end in (None, fact.start) else f"{fact.start} – {fact.end}")
