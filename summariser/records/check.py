"""Stored records held against their pages again: schema, lines, evidence, numbers, prose, hash.

A record is untrusted: somebody may have edited it, or its page. The article is cut from the page once more, as the
manifest of the page says, the case is grounded once more by the code that grounded the model's reply, and what differs
is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from summariser.disk.record_text import is_edited
from summariser.disk.store import load_manifest, load_record
from summariser.disk.stored import page_path, rebuild_article
from summariser.errors import InputError, StoreError
from summariser.pages.page import read_page
from summariser.records.grounding import CHECKS_VERSION, broken_citations, check_case
from summariser.schema.case import (
    Case,
    CaseReply,
    Evidence,
    Finding,
    Place,
    ReplyAction,
    ReplyActor,
    ReplyPerson,
    ReplyPlace,
    ReplyResult,
    Rule,
    Severity,
)
from summariser.schema.page import Article, Page, format_lines
from summariser.schema.record import Record


class RecordCheck(NamedTuple):
    """One stored record and everything found about it; `record` is None if it cannot be read."""

    path: Path
    record: Record | None
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """True if nothing is worse than a notice."""
        return all(finding.severity is Severity.NOTICE for finding in self.findings)


def check_records(paths: Iterable[Path], *, read: Callable[[Path], Page] = read_page) -> Iterator[RecordCheck]:
    """Check record files one by one; a file that cannot be read is a finding, not an error."""
    for path in paths:
        try:
            record = load_record(path)
        except StoreError as error:
            yield RecordCheck(path, None, (Rule.UNREADABLE.at("$", _on_one_line(error)),))
            continue
        yield RecordCheck(path, record, tuple(_check_record(path, record, read)))


def _on_one_line(error: StoreError) -> str:
    """The message of an error that lists what is wrong on lines of its own."""
    return "; ".join(line.strip() for line in str(error).splitlines())


def _check_record(path: Path, record: Record, read: Callable[[Path], Page]) -> Iterator[Finding]:
    """Everything about one readable record."""
    if path.stem != record.article_id or path.parent.name != record.page_id:
        message = f"The record is of {record.page_id}/{record.article_id}; its file stands elsewhere."
        yield Rule.WRONG_PLACE.at("article_id", message)
    if is_edited(record):
        yield Rule.EDITED.at("$", "The record was edited after it was written; runs keep the edit.")
    if record.provenance.checks != CHECKS_VERSION:
        message = f"Written under check rules {record.provenance.checks}; the present ones are {CHECKS_VERSION}."
        yield Rule.OLDER_CHECKS.at("provenance.checks", message)
    try:
        article = cut_again(path, record, read)
    except (StoreError, InputError) as error:
        yield Rule.PAGE_NOT_CHECKED.at("provenance.source", f"The page cannot be compared: {error}")
        return
    if isinstance(article, Finding):
        yield article
        return
    yield from _ground_again(record, article)


def cut_again(path: Path, record: Record, read: Callable[[Path], Page]) -> Article | Finding:
    """The article as it stands in its page now, or why it cannot be had."""
    page = read(page_path(path, record))
    if page.sha256 != record.provenance.page_sha256:
        message = f"{page.path} changed since the record was written; run it again."
        return Rule.PAGE_CHANGED.at("provenance.page_sha256", message)
    manifest = load_manifest(path.parent.with_name(f"{path.parent.name}.page.json"))
    listed = next((entry for entry in manifest.articles if entry.article_id == record.article_id), None)
    if listed is None:
        message = f"The page has no article {record.article_id} any more; delete the record or split the page again."
        return Rule.STALE.at("article_id", message)
    if listed.lines != record.lines:
        return Rule.DIFFERS.at("lines", "The manifest of the page gives this article other lines.")
    return rebuild_article(page, listed)


def _ground_again(record: Record, article: Article) -> Iterator[Finding]:
    """Findings that the record does not name already, and fields that code would fill in otherwise."""
    reply = as_reply(record.case)
    checked = check_case(reply, article)
    known = {(finding.path, finding.rule) for finding in record.findings}
    yield from broken_citations(reply, article)
    yield from (finding for finding in checked.findings if (finding.path, finding.rule) not in known)
    yield from _differences(record.case, checked.case)


def _differences(stored: Case, fresh: Case) -> Iterator[Finding]:
    """What code fills in, where the record says something else."""
    for name in ("actors", "people", "actions", "results"):
        for index, (old, new) in enumerate(zip(getattr(stored, name), getattr(fresh, name), strict=True)):
            for field in ("evidence", "quantity", "level", "supported"):
                before, now = _comparable(getattr(old, field, None)), _comparable(getattr(new, field, None))
                if before != now:
                    yield Rule.DIFFERS.at(f"{name}[{index}].{field}", _difference(before, now))
    for field in ("function", "policy_frames", "place", "time"):
        if getattr(stored, field) != getattr(fresh, field):
            yield Rule.DIFFERS.at(field, _difference(getattr(stored, field), getattr(fresh, field)))


def _comparable(value: object) -> object:
    """Evidence without its tier: the record keeps the page's words, which match exactly by now."""
    if isinstance(value, Evidence) and value.match != "failed":
        return value.model_copy(update={"match": "exact"})
    return value


def _difference(stored: object, fresh: object) -> str:
    return f"The record says {_said(stored)}; the page says {_said(fresh)}."


def _said(value: object) -> str:
    """A value in a message: the words or numbers that a reader would compare."""
    if value is None:
        return "nothing"
    if isinstance(value, Evidence):
        return f"“{value.quote or value.sents}” in line {format_lines(value.lines) or '?'} ({value.match})"
    raw = getattr(value, "raw", None)
    if raw is not None:
        number = getattr(value, "value", None)
        return f"“{raw}” = {number if number is not None else 'a range'} {getattr(value, 'unit', '')}".strip()
    return str(value)


def as_reply(case: Case) -> CaseReply:
    """A stored case as the reply that it would be if the model gave it now."""
    return CaseReply(
        actors=[
            ReplyActor(name=fact.name, org_type=fact.org_type, level=fact.level, role=fact.role, sents=_sents(fact))
            for fact in case.actors
        ],
        people=[
            ReplyPerson(name=fact.name, title=fact.title, kind=fact.kind, sents=_sents(fact)) for fact in case.people
        ],
        place=_as_reply_place(case.place) if case.place else None,
        time_text=case.time.text if case.time else None,
        problem=case.problem.text if case.problem else None,
        problem_sents=_sents(case.problem) if case.problem else [],
        actions=[
            ReplyAction(text=fact.text, theme=fact.theme, sents=_sents(fact), quote=fact.evidence.quote or "")
            for fact in case.actions
        ],
        results=[
            ReplyResult(
                text=fact.text,
                kind=fact.kind,
                status=fact.status,
                value_text=fact.value_text,
                subject=fact.subject,
                sents=_sents(fact),
                quote=fact.evidence.quote or "",
            )
            for fact in case.results
        ],
        lesson=case.lesson.text if case.lesson else None,
        lesson_sents=_sents(case.lesson) if case.lesson else [],
        decision=case.decision,
        primary_theme=case.primary_theme,
        secondary_themes=list(case.secondary_themes),
        beneficiaries=list(case.beneficiaries),
        practice_status=case.practice_status,
        one_line=case.one_line,
        summary=case.summary,
        headline_en=case.headline_en,
        summary_en=case.summary_en,
    )


def _as_reply_place(place: Place) -> ReplyPlace:
    return ReplyPlace(province=place.province, city=place.city, county=place.county, sents=_sents(place))


class _Cites(Protocol):
    """A fact that rests on sentences."""

    @property
    def evidence(self) -> Evidence: ...


def _sents(fact: _Cites) -> list[int]:
    return list(fact.evidence.sents)
