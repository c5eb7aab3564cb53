"""A record while a person changes it, and what the checks make of it then."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from summariser.errors import InputError
from summariser.records.check import as_reply, stored_verdicts, with_case
from summariser.records.corrected import (
    SUPPORT,
    Shift,
    Tree,
    edited,
    fact_of,
    is_of_reply,
    lift,
    printed_words,
    standing,
    take_value,
)
from summariser.records.grounding import CHECKS_VERSION, CheckedCase, broken_citations, check_case
from summariser.records.verdicts import FactVerdict, apply_verdicts, read_verdict, spell_verdict
from summariser.reviewing.log import Log, number_of, numbers_of_fact, recorded
from summariser.schema.case import Case, Finding, Severity
from summariser.schema.case_reply import CaseReply
from summariser.schema.codes import Support, SupportFrom
from summariser.schema.page import Article
from summariser.schema.record import Correction, CorrectionReason, Record


class Amended(NamedTuple):
    """A record after a change; `objections` are the facts that the page bore out before and does not now."""

    record: Record
    objections: tuple[Finding, ...]


class Draft(NamedTuple):
    """A record while it is changed: the JSON of its reply, its corrections, what readers said of its facts."""

    record: Record
    article: Article
    tree: Tree
    log: Log
    verdicts: Mapping[str, FactVerdict]
    shift: Shift | None = None  # where its facts have moved

    @classmethod
    def of(cls, record: Record, article: Article) -> Draft:
        """A draft that changes nothing. Errors: InputError for a record of a reply of version 1."""
        if record.is_older:
            what = "made from a reply of an older form, which cannot be corrected fact by fact"
            raise InputError(what, path=record.article_id, next_step="Run its page again")
        tree = json.loads(as_reply(record.case).model_dump_json())
        return cls(record, article, tree, record.corrections, stored_verdicts(record))

    def moved(self, shift: Shift) -> Draft:
        """The draft after a fact was taken out of its list in the JSON or put into it: verdicts move along."""
        known = {now: verdict for path, verdict in self.verdicts.items() if (now := shift.path(path))}
        return self._replace(verdicts=known, shift=shift)


def unsupported_in(record: Record) -> tuple[Finding, ...]:
    """The findings that mark a fact, those that a correction was kept in spite of included."""
    return tuple(finding for finding in record.findings if finding.severity is not Severity.NOTICE)


def settled(draft: Draft, made: Correction, touched: set[str]) -> Amended:
    """The record that the draft makes; a person answers for the facts that were touched.

    Errors: InputError if the draft is no reply, or has a citation that leads nowhere.
    """
    stored = as_reply(draft.record.case)
    reply = edited(stored, lambda tree: tree.update(draft.tree))
    known_broken = set(broken_citations(stored, draft.article))
    for broken in broken_citations(reply, draft.article):  # a citation that leads nowhere is no opinion
        if broken not in known_broken:
            raise InputError(broken.message, path=broken.path)
    for path in touched:
        draft = _answered_for(draft, made, path)
    issued, printed = draft.record.source.issue_date, printed_words(draft.log)
    checked = check_case(reply, draft.article, issued=issued, printed=printed)
    mended = {fact_of(path) for path in printed}
    checked = apply_verdicts(checked, _regraded(draft, checked, touched, mended), draft.article)
    provenance = draft.record.provenance.model_copy(update={"checks": CHECKS_VERSION})
    changed = with_case(draft.record.model_copy(update={"provenance": provenance}), checked)
    log = _with_standing(_with_followers(draft.log, made, reply, changed), changed.case, touched)
    known = {((draft.shift.path(f.path) if draft.shift else f.path), f.rule) for f in draft.record.findings}
    objections = tuple(f for f in unsupported_in(changed) if (f.path, f.rule) not in known)
    return Amended(changed.model_copy(update={"corrections": log}), objections)


def _regraded(draft: Draft, checked: CheckedCase, touched: set[str], mended: set[str]) -> dict[str, FactVerdict]:
    """The verdicts, with the grade that code gives the touched facts; those with a misprint rest on sentences."""
    verdicts = dict(draft.verdicts)
    for path, fact in checked.case.facts():
        if path in touched and path in verdicts and verdicts[path].by is SupportFrom.PERSON:
            grade = Support.SENTENCES if path in mended else fact.support
            verdicts[path] = verdicts[path]._replace(support=grade)
            if not fact.supported:
                del verdicts[path]
    return verdicts


def _answered_for(draft: Draft, made: Correction, path: str) -> Draft:
    """The draft with a person answering for a fact that has corrections, or with what was said before they came."""
    verdicts = dict(draft.verdicts)
    old = verdicts.pop(path, None)
    if numbers_of_fact(draft.log, path):
        log = keeping_verdict(draft, made, path)
        person = FactVerdict(Support.SENTENCES, SupportFrom.PERSON, old.missing if old else ())
        return draft._replace(log=log, verdicts={**verdicts, path: person})
    log, number = draft.log, number_of(draft.log, f"{path}.{SUPPORT}")
    if number is not None and log[number].reason is CorrectionReason.CONFIRMED and old:
        verdicts[path] = old
    elif number is not None:
        log, entry = lift(log, number)
        if (verdict := read_verdict(entry)).by is SupportFrom.MODEL:
            verdicts[path] = verdict
    return draft._replace(log=log, verdicts=verdicts)


def keeping_verdict(draft: Draft, made: Correction, path: str) -> Log:
    """The log with what a second reader had said of a fact, which a person now answers for or takes out."""
    old = draft.verdicts.get(path)
    if old is None or old.by is not SupportFrom.MODEL or number_of(draft.log, f"{path}.{SUPPORT}") is not None:
        return draft.log
    kept = {"path": f"{path}.{SUPPORT}", "model": spell_verdict(old), "value": None, "printed": None}
    return (*draft.log, made.model_copy(update=kept))


def _with_standing(log: Log, case: Case, touched: set[str]) -> Log:
    """The log in which corrections that keep a verdict say how far the facts that were touched are borne out now."""
    now = {
        f"{path}.{SUPPORT}": spell_verdict(FactVerdict(fact.support, fact.support_by, fact.evidence.added))
        for path, fact in case.facts()
        if path in touched
    }
    numbers = {number: now[each.path] for number, each in standing(log).items() if each.path in now}
    return tuple(
        each.model_copy(update={"value": numbers[number]}) if number in numbers else each
        for number, each in enumerate(log)
    )


def _with_followers(log: Log, made: Correction, reply: CaseReply, changed: Record) -> Log:
    """The log with what code changed in the corrected fact besides: the level of an organisation, by another name."""
    path = fact_of(made.path)
    if not path.startswith("actors[") or made.value is None or not is_of_reply(made.path):
        return log
    place = f"{path}.level"
    given, stands = (take_value(each.model_dump(mode="json"), place) for each in (reply, as_reply(changed.case)))
    if given == stands:
        return log
    follower = made.model_copy(update={"path": place, "value": stands, "printed": None})
    return recorded(log, follower, given)
