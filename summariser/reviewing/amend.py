"""One thing of a stored record changed by a person: kept as a `Correction`, and everything checked again.

A correction changes what the model said, never what code filled in: the stored case is turned back into the reply that
it would be, the reply is changed in one place, and the whole of it is checked against the article again. So a number
typed by a person is read by the code that reads the model's, and `summariser check` finds nothing to say about it. The
record keeps beside the new value what the model wrote and, of a misprint, what the page prints; with all corrections
taken back it is what the tool wrote.

A `Draft` is the record while it is changed; its `Log` takes a correction so that the model's first value stays (see
`records/corrected.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date as Date  # noqa: N812 - `date` is a parameter of every function here
from typing import Any, Final, NamedTuple

from pydantic import JsonValue

from summariser.errors import InputError
from summariser.matching import locate
from summariser.records.check import as_reply, stored_verdicts, with_case
from summariser.records.corrected import (
    LINES,
    RECORD_PATHS,
    SINGLE_FACTS,
    STATEMENTS,
    SUPPORT,
    Shift,
    Tree,
    corrected_record,
    drop_fact,
    edited,
    fact_of,
    insert_fact,
    is_of_reply,
    lift,
    printed_words,
    put_value,
    read_path,
    shift_of,
    standing,
    take_value,
)
from summariser.records.grounding import CHECKS_VERSION, CheckedCase, broken_citations, check_case
from summariser.records.verdicts import FactVerdict, apply_verdicts, read_verdict, spell_verdict
from summariser.schema.case import FACT_LISTS, Case, Finding, Rule, Severity
from summariser.schema.case_reply import REPLY_LISTS, CaseReply
from summariser.schema.codes import Support, SupportFrom
from summariser.schema.exchange import spell_path
from summariser.schema.page import Article
from summariser.schema.record import Correction, CorrectionReason, Record

Log = tuple[Correction, ...]


def recorded(log: Log, made: Correction, before: JsonValue) -> Log:
    """The log with a correction of something that stands, where `before` stood.

    Shape: an earlier one of the same place goes, and the model's value is taken from it, but for one whose total is
    gone. Nothing is kept of a value that is the model's again. A field of a fact that a person put in is kept in that
    fact, unless it is a misprint.
    """
    owner = None if isinstance(made.value, dict) else owner_of(log, made.path)
    known = number_of(log, made.path, besides=owner)
    if known is not None:
        log, old = lift(log, known)
        before, owner = old.model, None if owner is None else owner_of(log, made.path)
    if owner is not None and made.printed is None:
        return _kept_in_owner(log, owner, made)
    before = before if owner is None else None
    if made.value == before and made.printed is None:
        return log
    return (*log, made.model_copy(update={"model": before}))


def number_of(log: Log, path: str, *, besides: int | None = None) -> int | None:
    """The number of the correction of something that stands; None if there is none but that one."""
    found = (k for k, each in standing(log).items() if each.path == path and k != besides and not lacks_total(log, k))
    return next(found, None)


def lacks_total(log: Log, number: int) -> bool:
    """Whether the model had made a result part of one that was taken out since, so that its value means nothing now."""
    return log[number].path.endswith(".part_of") and standing(log)[number].model is None is not log[number].model


def numbers_of_fact(log: Log, path: str) -> list[int]:
    """The numbers of the corrections of what a fact says, as it stands."""
    return [k for k, each in standing(log).items() if is_of_reply(each.path) and fact_of(each.path) == path]


def owner_of(log: Log, path: str) -> int | None:
    """The number of the correction that put in the fact to which a place belongs; None for a fact of the model's."""
    fact = fact_of(path)
    if not fact or not is_of_reply(path):
        return None
    return next((k for k, each in standing(log).items() if each.path == fact and isinstance(each.value, dict)), None)


def key_of(path: str) -> str:
    """The field of a fact that a place in the reply is: of a problem its text or its sentences."""
    spot = read_path(path)
    return spot.field or ("sents" if spot.name.endswith("_sents") else "text")


def _kept_in_owner(log: Log, owner: int, made: Correction) -> Log:
    """The log with a field of a fact that a person put in, kept with the fact; its misprints follow it."""
    others = [number for number in numbers_of_fact(log, standing(log)[owner].path) if number != owner]
    kept: list[Correction] = []
    for number in reversed(others):
        log, entry = lift(log, number)
        kept.insert(0, entry)
        owner -= number < owner
    log, fact = lift(log, owner)
    assert isinstance(fact.value, dict)
    changed = {"value": fact.value | {key_of(made.path): made.value}, "by": made.by, "date": made.date}
    return (*log, fact.model_copy(update=changed), *kept)


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


_COPIED: Final = {
    *("name", "title", "province", "city", "county", "to", "industry", "size_text"),
    *("value_text", "subject", "before_text", "period_text", "claimant"),
}
_KINDS: Final = {singular: plural for plural, singular in FACT_LISTS.items()} | {"beneficiary": "beneficiaries"}
_AS_KEPT: Final = {Support.WORDS, Support.SENTENCES}

_PRINTED: Final = "The words as the page prints them, misprint included"


def amend(  # noqa: PLR0913 - what a correction holds
    record: Record,
    article: Article,
    path: str,
    value: JsonValue,
    *,
    reason: CorrectionReason,
    by: str,
    date: str,
    printed: str | None = None,
    note: str | None = None,
) -> Amended:
    """The record with one value changed: of the reply (`results[2].value_text`, `summary`), or its own (`headline`).

    Shape: `value` as in JSON; null at the path of a fact removes it. Of a `misprint`, `printed` is what the page
    prints; left out, it is what stood there. The review and the hash stay.
    Errors: InputError if the value is none of its field, changes nothing, or code reads the field from elsewhere; if
    words that are said to be printed do not stand in the article; for a record of a reply of version 1.
    """
    made = _correction(path, value, reason=reason, by=by, date=date, printed=printed, note=note)
    draft = Draft.of(record, article)
    if path in RECORD_PATHS:
        return _amend_record(draft, made)
    if _empties(draft.tree, path, value):
        return remove_fact(record, article, fact_of(path), by=by, date=date, note=note, reason=reason)
    before = take_value(draft.tree, path)
    made = _with_printed(made, before, draft)
    if before == made.value and printed_words(draft.log).get(path) == made.printed:
        raise InputError("that is what stands there already", path=path, next_step="Type another value, or leave it")
    put_value(draft.tree, path, value)
    draft = draft._replace(log=recorded(draft.log, made, before))
    done = settled(draft, made, {fact_of(path)} - {""})
    if made.reason is CorrectionReason.MISREAD:
        _check_misread(made, done.record)
    stands = take_value(as_reply(done.record.case).model_dump(mode="json"), path)
    if stands == before and made.printed is None:
        elsewhere = "code fills this in from the name or the page and reads it otherwise; correct what it is read from"
        raise InputError(elsewhere, path=path, next_step="Type another value, or leave it")
    return done


def add_fact(  # noqa: PLR0913 - as `amend`
    record: Record,
    article: Article,
    kind: str,
    fields: Mapping[str, JsonValue],
    *,
    by: str,
    date: str,
    reason: CorrectionReason = CorrectionReason.MISSING,
    note: str | None = None,
) -> Amended:
    """The record with a fact that the model left out, last in its list.

    Shape: `kind` is a list (`results`, or `result`) or what stands once (`place`, `time`, `problem`, `lesson`).
    `fields` are those of the reply; `sents` bear the fact out, what is left out is null.
    Errors: InputError for an unknown kind or field, for one that cites no sentence, or where there is one already.
    """
    draft, name = Draft.of(record, article), _KINDS.get(kind, kind)
    fact = _fact_of_fields(name, fields)
    if name not in REPLY_LISTS:
        if draft.tree[name] is not None:
            raise InputError("there is one already", path=name, next_step="Correct its fields")
        made = _correction(name, fact, reason=reason, by=by, date=date, note=note)
        put_value(draft.tree, name, fact)
        return settled(draft._replace(log=recorded(draft.log, made, None)), made, {name})
    path = spell_path((name, len(draft.tree[name])))
    draft.tree[name].append(fact)
    made = _correction(path, fact, reason=reason, by=by, date=date, note=note)
    return settled(draft._replace(log=(*draft.log, made)), made, {path})


def remove_fact(  # noqa: PLR0913 - as `amend`
    record: Record,
    article: Article,
    path: str,
    *,
    by: str,
    date: str,
    reason: CorrectionReason = CorrectionReason.FALSE,
    note: str | None = None,
) -> Amended:
    """The record without a fact (`results[2]`, `time`); one that a person had added leaves no trace.

    Shape: the results that were parts of it are parts of nothing.
    Errors: InputError if there is no such fact, or the record cannot be without it.
    """
    draft = Draft.of(record, article)
    if not path or fact_of(path) != path or whole_fact(draft.tree, path) is None:
        raise InputError("no such fact", path=path)
    made = _correction(path, None, reason=reason, by=by, date=date, note=note)
    spot = read_path(path)
    results = draft.tree["results"] if spot.name == "results" else []
    parts = [number for number, each in enumerate(results) if each["part_of"] == spot.number]
    draft = _without_parts(draft, parts, made)
    model = _as_model_wrote(draft, path)
    log = draft.log if model is None else keeping_verdict(draft, made, path)
    own = [number for number in numbers_of_fact(log, path) if model is None or not lacks_total(log, number)]
    if model is None and (kept := number_of(log, f"{path}.{SUPPORT}")) is not None:
        own = sorted([*own, kept])
    for number in reversed(own):
        log, _ = lift(log, number)
    draft = draft._replace(log=log if model is None else (*log, made.model_copy(update={"model": model})))
    if spot.number is None:
        put_value(draft.tree, path, None)
        return settled(draft, made, set())
    gone = Shift(spot.name, spot.number, -1)
    drop_fact(draft.tree, gone)
    now = {gone.path(f"results[{number}]") or "" for number in parts if number != spot.number}
    return settled(draft.moved(gone), made, {part for part in now if not numbers_of_fact(draft.log, part)})


def accept_fact(  # noqa: PLR0913 - as `amend`
    record: Record, article: Article, path: str, *, by: str, date: str, note: str | None = None
) -> Amended:
    """The record with a fact that a person answers for: the cited sentences bear it out, whatever was said before.

    Errors: InputError if there is no such fact, or a person answers for it already.
    """
    draft, fact = Draft.of(record, article), dict(record.case.facts()).get(path)
    if fact is None:
        raise InputError("no such fact", path=path)
    if fact.support_by is SupportFrom.PERSON and fact.supported:
        raise InputError("a person answers for it already", path=path)
    old = FactVerdict(fact.support, fact.support_by, fact.evidence.added)
    new = FactVerdict(fact.support if fact.support in _AS_KEPT else Support.SENTENCES, SupportFrom.PERSON, old.missing)
    made = _correction(
        f"{path}.{SUPPORT}", spell_verdict(new), reason=CorrectionReason.CONFIRMED, by=by, date=date, note=note
    )
    log = recorded(draft.log, made, spell_verdict(old))
    return settled(draft._replace(log=log, verdicts={**draft.verdicts, path: new}), made, set())


def undo(record: Record, article: Article, number: int) -> Amended:
    """The record with the model's value again in the place of a correction, by its number in `corrections`, from 0.

    Errors: InputError if there is no such correction, or later ones rest on it.
    """
    draft = Draft.of(record, article)
    if not 0 <= number < len(draft.log):
        raise InputError(f"there is no correction {number}", path=record.article_id)
    if draft.log[number].path == LINES:
        what = "lines are moved back on their page, where facts go with them"
        raise InputError(what, path=LINES, next_step="summariser serve, Review, key g")
    shift = shift_of(draft.log[number])
    if not (shift and shift.step < 0) and (number not in standing(draft.log) or lacks_total(draft.log, number)):
        what = "a fact that was taken out later belongs to it"
        raise InputError(what, path=draft.log[number].path, next_step="Take the removal back first")
    log, entry = lift(draft.log, number)
    draft, shift = draft._replace(log=log), shift_of(entry)
    if entry.path in RECORD_PATHS:
        changed = corrected_record(record, [(entry.path, entry.model)])
        return settled(draft._replace(record=changed), entry, set())
    if not is_of_reply(entry.path):
        return _undo_support(draft, entry)
    if shift and shift.step < 0:
        return settled(restored(draft, shift, entry), entry, {entry.path})
    if entry.model is None and isinstance(entry.value, dict):
        return remove_fact(record, article, entry.path, by=entry.by, date=entry.date)
    owner = owner_of(log, entry.path)
    added = standing(log)[owner].value if owner is not None else None
    put_value(draft.tree, entry.path, added[key_of(entry.path)] if isinstance(added, dict) else entry.model)
    return settled(draft, entry, {fact_of(entry.path)} - {""})


def is_copied(path: str) -> bool:
    """Whether a field holds words copied from the page, which alone can be misprinted or misread."""
    return path == "time.text" or path.rpartition(".")[2] in _COPIED


def _correction(  # noqa: PLR0913 - as `amend`
    path: str,
    value: JsonValue,
    *,
    reason: CorrectionReason,
    by: str,
    date: str,
    printed: str | None = None,
    note: str | None = None,
) -> Correction:
    """A correction whose model's value is not known yet. Errors: InputError for a date that is none, or no name."""
    try:
        Date.fromisoformat(date)
    except ValueError as error:
        raise InputError(f"“{date}” is no date", path=path, expected="An ISO date: 2026-04-20") from error
    if not by.strip():
        raise InputError("nobody is named who corrects it", path=path)
    return Correction(path=path, reason=reason, printed=printed, model=None, value=value, by=by, date=date, note=note)


# ---- what one change is made of


def _amend_record(draft: Draft, made: Correction) -> Amended:
    """A field of the record itself changed; another date of the issue dates the facts anew."""
    before: Any = draft.record.model_dump(mode="json")
    for name in made.path.split("."):
        before = before[name]
    if made.reason is CorrectionReason.MISPRINT and made.printed is None:
        made = made.model_copy(update={"printed": before})
    if before == made.value:
        raise InputError("that is what stands there already", path=made.path)
    changed = corrected_record(draft.record, [(made.path, made.value)])
    return settled(draft._replace(record=changed, log=recorded(draft.log, made, before)), made, set())


def _empties(tree: Tree, path: str, value: JsonValue) -> bool:
    """Whether a value takes out a whole fact: the fact itself, the text of a statement, the last name of a place."""
    spot = read_path(path)
    if value is not None:
        return False
    if spot.name == "place" and spot.field is not None and tree["place"] is not None:
        names = ("province", "city", "county")
        return spot.field in names and not any(tree["place"][each] for each in names if each != spot.field)
    return spot.field is None and fact_of(path) == path and whole_fact(tree, path) is not None


def _with_printed(made: Correction, before: JsonValue, draft: Draft) -> Correction:
    """The correction with the words that the page prints, where it misprints them.

    Errors: InputError if such words are lacking, do not stand in the article, or are given for another reason.
    """
    if made.reason is not CorrectionReason.MISPRINT:
        if made.printed is not None:
            raise InputError("what the page prints is kept of a misprint only", path=made.path)
        return made
    if not is_copied(made.path) or not isinstance(made.value, str):
        what = "only words copied from the page can be misprinted"
        raise InputError(what, path=made.path, next_step="Give another reason")
    known = printed_words(draft.log).get(made.path)
    printed = made.printed or known or (before if isinstance(before, str) else None)
    if printed is None or locate(printed, draft.article.text) is None:
        raise InputError(f"“{printed or ''}” does not stand in the article", path=made.path, expected=_PRINTED)
    return made.model_copy(update={"printed": printed})


def _check_misread(made: Correction, changed: Record) -> None:
    """Errors: InputError if the right words of what was misread do not stand in the page."""
    if made.path not in RECORD_PATHS and not is_copied(made.path):
        raise InputError("only words copied from the page can be misread", path=made.path, next_step="Say wrong")
    absent = [each for each in changed.findings if each.path == made.path and each.rule == Rule.MENTION_ABSENT]
    if absent:
        step = "If the page misprints it, say what it prints"
        raise InputError(absent[0].message.partition(";")[0], path=made.path, next_step=step)


def _fact_of_fields(name: str, fields: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """A fact with all fields of its kind. Errors: InputError for an unknown kind or field."""
    kinds = {
        **dict.fromkeys(STATEMENTS, ("text", "sents")),
        **{n: (*k.model_fields,) for n, k in SINGLE_FACTS.items()},
    }
    kinds |= {each: (*kind.model_fields,) for each, kind in REPLY_LISTS.items()}
    if name not in kinds:
        raise InputError("there is no such kind of fact", path=name, expected=", ".join(kinds))
    if unknown := sorted(set(fields) - set(kinds[name])):
        raise InputError(f"there is no field {', '.join(unknown)}", path=name, expected=", ".join(kinds[name]))
    return {each: fields.get(each, [] if each == "sents" else None) for each in kinds[name]}


def whole_fact(tree: Tree, path: str) -> JsonValue:
    """All that the reply has of a fact; None if there is none."""
    if path in STATEMENTS:
        return None if tree[path] is None else {"text": tree[path], "sents": tree[f"{path}_sents"]}
    return take_value(tree, path)


def _as_model_wrote(draft: Draft, path: str) -> JsonValue:
    """A fact without its corrections; None for one that a person put in."""
    tree: Tree = json.loads(json.dumps(draft.tree))
    now = standing(draft.log)
    for number in reversed(numbers_of_fact(draft.log, path)):
        put_value(tree, now[number].path, now[number].model)
    return whole_fact(tree, path)


def _without_parts(draft: Draft, parts: list[int], made: Correction) -> Draft:
    """The draft in which these results are parts of nothing."""
    log = draft.log
    for number in parts:
        path, result = f"results[{number}].part_of", draft.tree["results"][number]
        change = {"path": path, "value": None, "printed": None}
        log, result["part_of"] = recorded(log, made.model_copy(update=change), result["part_of"]), None
    return draft._replace(log=log)


def restored(draft: Draft, shift: Shift, entry: Correction) -> Draft:
    """The draft with a fact that had been taken out, and with what had been a part of it."""
    back = shift._replace(step=1)
    draft = draft.moved(back)
    insert_fact(draft.tree, back, entry.model)
    log = draft.log
    for number, each in reversed(standing(log).items()):
        if each.path.endswith(".part_of") and each.value is None and each.model == shift.at:
            log, _ = lift(log, number)
            put_value(draft.tree, each.path, shift.at)
    return draft._replace(log=log)


def _undo_support(draft: Draft, entry: Correction) -> Amended:
    """A person answers for a fact no longer. Errors: InputError while corrections of the fact stand."""
    path = fact_of(entry.path)
    if numbers_of_fact(draft.log, path):
        raise InputError("the fact has corrections", path=path, next_step="Take these back first")
    verdicts = {place: verdict for place, verdict in draft.verdicts.items() if place != path}
    if (verdict := read_verdict(entry)).by is SupportFrom.MODEL:
        verdicts[path] = verdict
    return settled(draft._replace(verdicts=verdicts), entry, set())
