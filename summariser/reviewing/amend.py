"""One thing of a stored record changed by a person: kept as a `Correction`, and everything checked again.

A correction changes what the model said, never what code filled in: the stored case is turned back into the reply that
it would be, the reply is changed in one place, and the whole of it is checked against the article again. So a number
typed by a person is read by the code that reads the model's, and `summariser check` finds nothing to say about it. The
record keeps beside the new value what the model wrote and, of a misprint, what the page prints; with all corrections
taken back it is what the tool wrote.

A `Draft` is a record while it is changed: any number of changes, then it is settled. Its paths are those of
`records/corrected.Numbered`, where each fact keeps its number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from datetime import date as Date  # noqa: N812 - `date` is what every function here is given
from typing import Any, Final, NamedTuple, NotRequired, TypedDict, Unpack, cast

from pydantic import JsonValue

from summariser.errors import InputError
from summariser.matching import locate
from summariser.records.corrected import (
    FACT_KINDS,
    LINES,
    RECORD_PATHS,
    STATEMENTS,
    SUPPORT,
    Numbered,
    Tree,
    corrected_record,
    fact_of,
    fields_of,
    is_of_reply,
    printed_words,
    put_value,
    read_path,
    step_of,
    take_value,
)
from summariser.records.grounding import (
    CheckedCase,
    FactVerdict,
    apply_verdicts,
    broken_citations,
    check_case,
    read_verdict,
    spell_verdict,
)
from summariser.records.make import as_reply, make_again, stored_verdicts, with_case
from summariser.reply import REPLY_LISTS, CaseReply
from summariser.schema.case import FACT_LISTS, Fact, Finding, Rule, Severity
from summariser.schema.codes import Support, SupportFrom
from summariser.schema.exchange import spell_path
from summariser.schema.page import Article
from summariser.schema.record import Correction, CorrectionReason, PageManifest, Record

_COPIED: Final = {
    *("name", "title", "province", "city", "county", "to", "industry", "size_text"),
    *("value_text", "per_text", "subject", "before_text", "period_text", "claimant"),
}
_KINDS: Final = {singular: plural for plural, singular in FACT_LISTS.items()} | {"beneficiary": "beneficiaries"}
_AS_KEPT: Final = {Support.WORDS, Support.SENTENCES}
_PRINTED: Final = "The words as the page prints them, misprint included"


class Who(TypedDict):
    """Who changes a record, when (an ISO date), and what they say about it."""

    by: str
    date: str
    note: NotRequired[str | None]


def signed(by: str) -> Who:
    """A person who changes a record today, by the calendar where they are."""
    return Who(by=by, date=datetime.now(UTC).astimezone().date().isoformat())


class Amended(NamedTuple):
    """A record after a change; `objections` are the facts that the page bore out before and does not now."""

    record: Record
    objections: tuple[Finding, ...]


def unsupported_in(record: Record) -> tuple[Finding, ...]:
    """The findings that mark a fact, those that a correction was kept in spite of included."""
    return tuple(finding for finding in record.findings if finding.severity is not Severity.NOTICE)


class Draft:
    """A record while it is changed: the JSON of its reply, its corrections, what readers said of its facts.

    Shape: with the `manifest` of a page whose lines were moved, all that the record has of its article is made anew.
    Errors: InputError for a record of a reply of version 1.
    """

    def __init__(self, record: Record, article: Article, manifest: PageManifest | None = None) -> None:
        if record.is_older:
            what = "made from a reply of an older form, which cannot be corrected fact by fact"
            raise InputError(what, path=record.article_id, next_step="Run its page again")
        self.record, self.article, self.manifest = record, article, manifest
        self.given = as_reply(record.case)
        facts = Numbered.of(self.given, record.corrections)
        self.tree, self.log = facts.tree, [*facts.log]
        self.verdicts = {facts.number(path): verdict for path, verdict in stored_verdicts(record).items()}
        self._known = {(facts.number(each.path), each.rule) for each in record.findings}
        self._touched: dict[str, Correction] = {}  # facts that a person answers for now, by what changed them

    @property
    def facts(self) -> Numbered:
        """The reply and its corrections as they are now."""
        return Numbered(self.tree, tuple(self.log))

    def put(self, path: str, value: JsonValue, made: Correction) -> None:
        """Change a value of the reply, whose fact a person answers for, or a field of the record itself."""
        if path in RECORD_PATHS:
            before = stands_at(self.record, path)
            self.record = corrected_record(self.record, [(path, value)])
        else:
            before = take_value(self.tree, path)
            put_value(self.tree, path, value)
        self.keep(made.model_copy(update={"path": path, "value": value}), before)
        self.answer(fact_of(path), made)

    def add(self, name: str, fact: Tree, made: Correction) -> str:
        """Put in a fact, last in its list, or what stands once; its path."""
        path = self.facts.next_path(name) if name in REPLY_LISTS else name
        put_value(self.tree, path, fact)
        self.keep(made.model_copy(update={"path": path, "value": fact}), None)
        return path

    def drop(self, path: str, made: Correction) -> None:
        """Take out a fact with its corrections; what was a part of it is a part of nothing."""
        number = read_path(path).number
        results = self.tree["results"] if path.startswith("results[") else {}
        parts = [spell_path(("results", k)) for k, each in results.items() if each["part_of"] == number]
        for part in parts:
            put_value(self.tree, f"{part}.part_of", None)
            self.keep(made.model_copy(update={"path": f"{part}.part_of", "value": None}), number)
        model = self._as_model_wrote(path)
        if model is not None:
            self._keep_verdict(path, made)
        self.log = [
            each for each in self.log if fact_of(each.path) != path or (model is not None and self._outlasts(each))
        ]
        if model is not None:
            self.log.append(made.model_copy(update={"path": path, "model": model, "value": None}))
        put_value(self.tree, path, None)
        self.verdicts.pop(path, None)
        self._answer_untouched((part for part in parts if part != path), made)

    def restore(self, path: str, fact: JsonValue, made: Correction) -> None:
        """Put a fact back that had been taken out, and make what had been a part of it a part of it again."""
        number = read_path(path).number
        total = fact.get("part_of") if isinstance(fact, dict) else None
        gone = next(
            (k for k, each in enumerate(self.log) if each.path == f"results[{total}]" and step_of(each) < 0), None
        )
        if isinstance(fact, dict) and gone is not None:
            fact = fact | {"part_of": None}
            lost = {"path": f"{path}.part_of", "model": total, "value": None}
            self.log.insert(gone, made.model_copy(update=lost))
        put_value(self.tree, path, fact)
        parts = [each for each in self.log if path.startswith("results[") and each.path.endswith(".part_of")]
        parts = [each for each in parts if each.value is None and each.model == number and self.facts.place(each.path)]
        for each in parts:
            self.log.remove(each)
            put_value(self.tree, each.path, number)
        self._answer_untouched([path, *(fact_of(each.path) for each in parts)], made)

    def cite(self, path: str, sents: list[int]) -> None:
        """Let a fact cite these sentences, as if it had always done so."""
        cited = f"{path}_sents" if path in STATEMENTS else f"{path}.sents"
        put_value(self.tree, cited, cast("JsonValue", sents))
        for k, each in enumerate(self.log):
            value = each.value | {"sents": sents} if each.path == path and isinstance(each.value, dict) else each.value
            self.log[k] = each.model_copy(update={"value": sents if each.path == cited else value})

    def accept(self, path: str, fact: Fact, made: Correction) -> None:
        """Let a person answer for a fact as it stands, whatever was said before."""
        old = FactVerdict(fact.support, fact.support_by, fact.evidence.added)
        grade = fact.support if fact.support in _AS_KEPT else Support.SENTENCES
        new = FactVerdict(grade, SupportFrom.PERSON, old.missing)
        kept = {"path": f"{path}.{SUPPORT}", "value": spell_verdict(new)}
        self.keep(made.model_copy(update=kept), spell_verdict(old))
        self.verdicts[path] = new

    def take_back(self, number: int) -> None:
        """Put the model's value in the place of a correction. Errors: InputError if later ones rest on it."""
        entry, told = self.log[number], self.record.corrections[number].path
        if entry.path == LINES:
            what = "lines are moved back on their page, where facts go with them"
            raise InputError(what, path=LINES, next_step="summariser serve, Review, key g")
        step, fact = step_of(entry), fact_of(entry.path)
        if step >= 0 and (self.facts.place(entry.path) is None or self._lacks_total(entry)):
            what = "a fact that was taken out later belongs to it"
            raise InputError(what, path=told, next_step="Take the removal back first")
        if is_of_reply(entry.path) and entry.model is None and isinstance(entry.value, dict):
            self.drop(fact, entry)
            return
        del self.log[number]
        if entry.path in RECORD_PATHS:
            self.record = corrected_record(self.record, [(entry.path, entry.model)])
        elif not is_of_reply(entry.path):
            self._leave(fact, entry)
        else:
            owner = self._owner(entry.path)
            added = self.log[owner].value if owner is not None else None
            value = added.get(_key_of(entry.path)) if isinstance(added, dict) else entry.model
            if step:
                self.restore(entry.path, value, entry)
                return
            put_value(self.tree, entry.path, value)
            self.answer(fact, entry)

    def keep(self, made: Correction, before: JsonValue) -> None:
        """Log a correction of something that stands, where `before` stood.

        Shape: an earlier one of the same place goes, and the model's value is taken from it, but for one whose total is
        gone. Nothing is kept of a value that is the model's again. A field of a fact that a person put in is kept in
        that fact, unless it is a misprint.
        """
        owner = None if isinstance(made.value, dict) else self._owner(made.path)
        known = self._find(made.path, besides=owner)
        if known is not None:
            before = self.log.pop(known).model
            owner = None if owner is None else self._owner(made.path)
        if owner is None or made.printed is not None:
            before = before if owner is None else None
            if made.value != before or made.printed is not None:
                self.log.append(made.model_copy(update={"model": before}))
            return
        fact, total = self.log[owner], f"results[{made.value}]" if made.path.endswith(".part_of") else ""
        later = next((k for k, each in enumerate(self.log) if k > owner and each.path == total), owner)
        self.log.insert(owner, self.log.pop(later))  # a total is put in before its parts
        assert isinstance(fact.value, dict)
        changed = {"value": fact.value | {_key_of(made.path): made.value}, "by": made.by, "date": made.date}
        self.log[owner + (later > owner)] = fact.model_copy(update=changed)

    def answer(self, path: str, made: Correction) -> None:
        """Let a person answer for a fact that has corrections; of one that has none stands what was said before."""
        if not path:
            return
        self._touched[path] = made
        old = self.verdicts.get(path)
        number = self._find(f"{path}.{SUPPORT}")
        if self._entries(path):
            self._keep_verdict(path, made)
            self.verdicts[path] = FactVerdict(Support.SENTENCES, SupportFrom.PERSON, old.missing if old else ())
        elif number is None and old and old.by is SupportFrom.PERSON:
            del self.verdicts[path]
        elif number is not None and not (self.log[number].reason is CorrectionReason.CONFIRMED and old):
            self._leave(path, self.log.pop(number))

    def _answer_untouched(self, paths: Iterable[str], made: Correction) -> None:
        """Let stand what was said of facts before, where no correction of them is left."""
        for path in paths:
            if not self._entries(path):
                self.answer(path, made)

    def settle(self) -> Amended:
        """The record that comes of it, checked. Errors: InputError if it is no reply or cites nothing."""
        facts = self.facts
        reply, log = facts.reply(), facts.corrections()
        known = {*broken_citations(self.given, self.article)}
        for broken in broken_citations(reply, self.article):
            if broken not in known and not self.manifest:  # a citation that leads nowhere is no opinion
                raise InputError(broken.message, path=broken.path)
        checked = check_case(reply, self.article, issued=self.record.source.issue_date, printed=facts.printed())
        mended = {fact_of(path) for path in facts.printed()}
        checked = apply_verdicts(checked, self._said(checked, mended), self.article)
        record = self.record.model_copy(update={"corrections": log})  # by which rules the tool wrote it stays
        changed = (
            make_again(record, checked, self.article, self.manifest) if self.manifest else with_case(record, checked)
        )
        self._follow(reply, changed)
        objections = tuple(f for f in unsupported_in(changed) if (facts.number(f.path), f.rule) not in self._known)
        return Amended(changed.model_copy(update={"corrections": self.facts.corrections()}), objections)

    # ---- what these are made of

    def _find(self, path: str, *, besides: int | None = None) -> int | None:
        """The number of the correction of something that stands; None if there is none but that one."""
        numbered = enumerate(self.log)
        found = (k for k, each in numbered if each.path == path and k != besides and not self._lacks_total(each))
        return next(found, None)

    def _entries(self, path: str) -> list[int]:
        """The numbers of the corrections of what a fact says."""
        return [k for k, each in enumerate(self.log) if is_of_reply(each.path) and fact_of(each.path) == path]

    def _owner(self, path: str) -> int | None:
        """The number of the correction that put in the fact to which a place belongs; None for a fact of the model."""
        fact = fact_of(path) if is_of_reply(path) else ""
        numbered = enumerate(self.log)
        return next((k for k, each in numbered if fact and each.path == fact and isinstance(each.value, dict)), None)

    def _lacks_total(self, entry: Correction) -> bool:
        """Whether the model had made a result part of one that was taken out since, so that its value means nothing."""
        number = entry.model if entry.path.endswith(".part_of") and isinstance(entry.model, int) else None
        return number is not None and self.facts.place(spell_path(("results", number))) is None

    def _outlasts(self, entry: Correction) -> bool:
        """Whether a correction stays when the fact of the model that it is of is taken out: it comes back with it."""
        return not is_of_reply(entry.path) or self._lacks_total(entry)

    def _as_model_wrote(self, path: str) -> JsonValue:
        """A fact without its corrections; None for one that a person put in."""
        entries = [self.log[k] for k in self._entries(path)]
        if any(each.path == path and each.model is None for each in entries):
            return None
        tree: Tree = deepcopy(self.tree)
        for each in reversed(entries):
            put_value(tree, each.path, each.model)
        return whole_fact(tree, path)

    def _keep_verdict(self, path: str, made: Correction) -> None:
        """Log what a second reader had said of a fact, which a person now answers for or takes out."""
        old = self.verdicts.get(path)
        if old and old.by is SupportFrom.MODEL and self._find(f"{path}.{SUPPORT}") is None:
            kept = {"path": f"{path}.{SUPPORT}", "model": spell_verdict(old), "value": None, "printed": None}
            self.log.append(made.model_copy(update=kept))

    def _leave(self, path: str, kept: Correction) -> None:
        """Let nobody answer for a fact but the second reader, if the correction kept what it had said.

        Errors: InputError while corrections of the fact stand.
        """
        if self._entries(path):
            told = self.facts.place(path) or path
            raise InputError("the fact has corrections", path=told, next_step="Take these back first")
        self.verdicts.pop(path, None)
        if (verdict := read_verdict(kept)).by is SupportFrom.MODEL:
            self.verdicts[path] = verdict

    def _said(self, checked: CheckedCase, mended: set[str]) -> dict[str, FactVerdict]:
        """The verdicts by the places of the reply; touched facts are graded by code, misprints rest on sentences."""
        stand, facts, said = self.facts, dict(checked.case.facts()), dict[str, FactVerdict]()
        for number, verdict in self.verdicts.items():
            path = stand.place(number) or ""
            fact, is_touched = facts.get(path), number in self._touched and verdict.by is SupportFrom.PERSON
            if fact and is_touched and fact.supported:
                said[path] = verdict._replace(support=Support.SENTENCES if path in mended else fact.support)
            elif fact and not is_touched:
                said[path] = verdict
        return said

    def _follow(self, reply: CaseReply, changed: Record) -> None:
        """Log what follows in touched facts: the level that another name says, how far they are borne out."""
        given, stands = (each.model_dump(mode="json") for each in (reply, as_reply(changed.case)))
        facts = dict(changed.case.facts())
        for number, made in self._touched.items():
            path = self.facts.place(number)
            if path and number.startswith("actors["):
                was, level = (take_value(each, f"{path}.level") for each in (given, stands))
                put_value(self.tree, f"{number}.level", level)
                if was != level:
                    follower = {"path": f"{number}.level", "value": level, "printed": None}
                    self.keep(made.model_copy(update=follower), was)
            kept = self._find(f"{number}.{SUPPORT}")
            if path in facts and kept is not None:
                fact = facts[path]
                verdict = FactVerdict(fact.support, fact.support_by, fact.evidence.added)
                self.log[kept] = self.log[kept].model_copy(update={"value": spell_verdict(verdict)})


def amend(  # noqa: PLR0913 - what a correction holds
    record: Record,
    article: Article,
    path: str,
    value: JsonValue,
    *,
    reason: CorrectionReason,
    printed: str | None = None,
    **who: Unpack[Who],
) -> Amended:
    """The record with one value changed: of the reply (`results[2].value_text`, `summary`), or its own (`headline`).

    Shape: `value` as in JSON; null at the path of a fact removes it. Of a `misprint`, `printed` is what the page
    prints; left out, it is what stood there. The review and the hash stay.
    Errors: InputError if the value is none of its field, changes nothing, or code reads the field from elsewhere; if
    words that are said to be printed do not stand in the article; for a record of a reply of version 1.
    """
    made = make_correction(path, value, reason, **who).model_copy(update={"printed": printed})
    draft = Draft(record, article)
    given: Tree = draft.given.model_dump(mode="json")
    before, known = stands_at(record, path), printed_words(record).get(path)
    if path not in RECORD_PATHS:
        made = _with_printed(made, before, known, article)
        if _empties(given, path, value):
            return remove_fact(record, article, fact_of(path), reason=reason, **who)
    elif reason is CorrectionReason.MISPRINT and printed is None:
        made = made.model_copy(update={"printed": before})
    if before == made.value and known == made.printed:
        raise InputError("that is what stands there already", path=path, next_step="Type another value, or leave it")
    draft.put(draft.facts.number(path), draft.facts.numbered(path, value), made)
    done = draft.settle()
    if made.reason is CorrectionReason.MISREAD and path not in RECORD_PATHS:
        _check_misread(made, done.record)
    is_same = stands_at(done.record, path) == before and made.printed == known
    if is_same or _keeps_per(path, made.value, record, done.record):
        elsewhere = "code fills this in from the name or the page and reads it otherwise; correct what it is read from"
        raise InputError(elsewhere, path=path, next_step="Type another value, or leave it")
    return done


def _keeps_per(path: str, value: JsonValue, old: Record, new: Record) -> bool:
    """Whether code reads around a number what it is reckoned by, though the words for that were taken away."""
    if value is not None or not path.endswith(".per_text"):
        return False
    pers = [
        fact.quantity and fact.quantity.per
        for fact in (record.case.results[read_path(path).number or 0] for record in (old, new))
    ]
    return pers[0] is not None and pers[0] == pers[1]


def add_fact(
    record: Record, article: Article, kind: str, fields: Mapping[str, JsonValue], **who: Unpack[Who]
) -> Amended:
    """The record with a fact that the model left out, last in its list.

    Shape: `kind` is a list (`results`, or `result`) or what stands once (`place`, `time`, `problem`, `lesson`).
    `fields` are those of the reply; `sents` bear the fact out, what is left out is null.
    Errors: InputError for an unknown kind or field, for one that cites no sentence, or where there is one already.
    """
    draft, name = Draft(record, article), _KINDS.get(kind, kind)
    fact = _fact_of_fields(name, fields)
    if name not in REPLY_LISTS and draft.tree[name] is not None:
        raise InputError("there is one already", path=name, next_step="Correct its fields")
    made = make_correction(name, None, CorrectionReason.MISSING, **who)
    fact = cast("Tree", draft.facts.numbered(f"{name}[", fact))
    draft.answer(draft.add(name, fact, made), made)
    return draft.settle()


def remove_fact(
    record: Record,
    article: Article,
    path: str,
    *,
    reason: CorrectionReason = CorrectionReason.FALSE,
    **who: Unpack[Who],
) -> Amended:
    """The record without a fact (`results[2]`, `time`); one that a person had added leaves no trace.

    Shape: the results that were parts of it are parts of nothing.
    Errors: InputError if there is no such fact, or the record cannot be without it.
    """
    draft = Draft(record, article)
    if not path or fact_of(path) != path or whole_fact(draft.given.model_dump(mode="json"), path) is None:
        raise InputError("no such fact", path=path)
    made = make_correction(path, None, reason, **who)
    draft.drop(draft.facts.number(path), made)
    return draft.settle()


def accept_fact(record: Record, article: Article, path: str, **who: Unpack[Who]) -> Amended:
    """The record with a fact that a person answers for: the cited sentences bear it out, whatever was said before.

    Errors: InputError if there is no such fact, or a person answers for it already.
    """
    draft, fact = Draft(record, article), dict(record.case.facts()).get(path)
    if fact is None:
        raise InputError("no such fact", path=path)
    if fact.support_by is SupportFrom.PERSON and fact.supported:
        raise InputError("a person answers for it already", path=path)
    made = make_correction(path, None, CorrectionReason.CONFIRMED, **who)
    draft.accept(draft.facts.number(path), fact, made)
    return draft.settle()


def undo(record: Record, article: Article, number: int) -> Amended:
    """The record with the model's value again in the place of a correction, by its number in `corrections`, from 0.

    Errors: InputError if there is no such correction, or later ones rest on it.
    """
    draft = Draft(record, article)
    if not 0 <= number < len(draft.log):
        raise InputError(f"there is no correction {number}", path=record.article_id)
    draft.take_back(number)
    if (done := draft.settle()).record.corrections == record.corrections:
        what = "code makes it so from what was corrected beside it"
        raise InputError(what, path=record.corrections[number].path, next_step="Take that correction back")
    return done


def is_copied(path: str) -> bool:
    """Whether a field holds words copied from the page, which alone can be misprinted or misread."""
    return path == "time.text" or path.rpartition(".")[2] in _COPIED


def make_correction(path: str, value: JsonValue, reason: CorrectionReason, **who: Unpack[Who]) -> Correction:
    """A correction whose model's value is not known yet. Errors: InputError for a date that is none, or no name."""
    try:
        Date.fromisoformat(who["date"])
    except ValueError as error:
        raise InputError(f"“{who['date']}” is no date", path=path, expected="An ISO date: 2026-04-20") from error
    if not who["by"].strip():
        raise InputError("nobody is named who corrects it", path=path)
    by, date, note = who["by"], who["date"], who.get("note")
    return Correction(path=path, reason=reason, printed=None, model=None, value=value, by=by, date=date, note=note)


# ---- what one change is made of


def stands_at(record: Record, path: str) -> JsonValue:
    """What stands at a place of the reply, or in a field of the record itself. Errors: InputError for no such place."""
    if path not in RECORD_PATHS:
        return take_value(as_reply(record.case).model_dump(mode="json"), path)
    owner: Any = record.model_dump(mode="json")
    for name in path.split("."):
        owner = owner[name]
    return cast("JsonValue", owner)


def whole_fact(tree: Tree, path: str) -> JsonValue:
    """All that the reply has of a fact; None if there is none."""
    if path in STATEMENTS:
        return None if tree[path] is None else {"text": tree[path], "sents": tree[f"{path}_sents"]}
    return take_value(tree, path)


def _key_of(path: str) -> str:
    """The field of a fact that a place in the reply is: of a problem its text or its sentences."""
    spot = read_path(path)
    return spot.field or ("sents" if spot.name.endswith("_sents") else "text")


def _empties(tree: Tree, path: str, value: JsonValue) -> bool:
    """Whether a value takes out a whole fact: the fact itself, the text of a statement, the last name of a place."""
    spot = read_path(path)
    if value is not None:
        return False
    if spot.name == "place" and spot.field is not None and tree["place"] is not None:
        names = ("province", "city", "county")
        return spot.field in names and not any(tree["place"][each] for each in names if each != spot.field)
    return spot.field is None and fact_of(path) == path and whole_fact(tree, path) is not None


def _with_printed(made: Correction, before: JsonValue, known: str | None, article: Article) -> Correction:
    """The correction with the words that the page prints, where it misprints them; `known` if they were given before.

    Errors: InputError if such words are lacking, do not stand in the article, are the right ones, or are given for
    another reason.
    """
    if made.reason is not CorrectionReason.MISPRINT:
        if made.printed is not None:
            raise InputError("what the page prints is kept of a misprint only", path=made.path)
        return made
    if not is_copied(made.path):
        what = "only words copied from the page can be misprinted"
        raise InputError(what, path=made.path, next_step="Give another reason")
    printed = made.printed or known or (before if isinstance(before, str) else None)
    if made.value is None or made.value == printed:
        what = "a misprint has other words than the page prints"
        raise InputError(what, path=made.path, next_step="Type the right words, or take it for no misprint")
    if printed is None:
        raise InputError("nobody has said what the page prints", path=made.path, expected=_PRINTED)
    if locate(printed, article.text) is None:
        raise InputError(f"“{printed}” does not stand in the article", path=made.path, expected=_PRINTED)
    return made.model_copy(update={"printed": printed})


def _check_misread(made: Correction, changed: Record) -> None:
    """Errors: InputError if the right words of what was misread do not stand in the page."""
    if not is_copied(made.path):
        raise InputError("only words copied from the page can be misread", path=made.path, next_step="Say wrong")
    absent = [each for each in changed.findings if each.path == made.path and each.rule == Rule.MENTION_ABSENT]
    if absent:
        step = "If the page misprints it, say what it prints"
        raise InputError(absent[0].message.partition(";")[0], path=made.path, next_step=step)


def _fact_of_fields(name: str, fields: Mapping[str, JsonValue]) -> Tree:
    """A fact with all fields of its kind. Errors: InputError for an unknown kind or field."""
    if name not in FACT_KINDS:
        raise InputError("there is no such kind of fact", path=name, expected=", ".join(FACT_KINDS))
    own = fields_of(name)
    if unknown := sorted(set(fields) - set(own)):
        raise InputError(f"there is no field {', '.join(unknown)}", path=name, expected=", ".join(own))
    return {each: fields.get(each, [] if each == "sents" else None) for each in own}
