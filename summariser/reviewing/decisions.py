"""What a person does to a record under review: accept, reject, note, correct, and begin one by hand.

A decision changes the record's `review`, a correction its case (`amend.py`); the hash stays that of the tool's writing.
What a person types is read as the value of its field (`read_typed`), and shown so that it can be typed again.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal, NamedTuple, Unpack

from pydantic import JsonValue

from summariser.disk.record_text import is_edited
from summariser.disk.stored import PageFolder, rebuild_article
from summariser.errors import InputError
from summariser.matching import locate
from summariser.records.corrected import (
    FACT_KINDS,
    RECORD_PATHS,
    SINGLE_FACTS,
    STATEMENTS,
    fact_of,
    fields_of,
    read_path,
)
from summariser.records.grounding import check_case
from summariser.records.make import Exchange, make_record
from summariser.reply import REPLY_LISTS, CaseReply
from summariser.reviewing import amend
from summariser.reviewing.doubt import doubt_record
from summariser.reviewing.lines import readable
from summariser.schema.case import Action, Actor, Case, Evidence, Fact, Person, Result, fact_words
from summariser.schema.codes import CodedEnum, Decision, PracticeStatus, Theme
from summariser.schema.page import Article, ArticleKind, Frozen, Page, PageSource
from summariser.schema.record import CorrectionReason, PageManifest, Record, Review
from summariser.tables import read_table
from summariser.text import counted

NOTHING: Final = "-"  # typed as a value: null, or an empty list
_LABELS: Final = {row["field"]: (row["zh"], row["en"].casefold()) for row in read_table("fields")}
_SEPARATORS: Final = re.compile(r"[\s,，、;；]+")


def find_name(typed: str, names: Iterable[str]) -> str | None:
    """Which of these fields or kinds of facts a person means, by its name or its Chinese or English label."""
    wanted = typed.strip().casefold()
    return next((name for name in names if wanted and wanted in (name, *_LABELS.get(name, ()))), None)


def label_of(name: str) -> str:
    """A field with its Chinese label, as a person is asked for it."""
    return f"{name} {_LABELS[name][0]}" if name in _LABELS else name


class FieldKind(NamedTuple):
    """What a field holds: codes of a list, numbers of sentences, or words; one or several of them."""

    holds: object
    is_list: bool
    may_be_empty: bool


def read_typed(path: str, typed: str) -> JsonValue:
    """What a person typed for a place of a record, as JSON of its field; codes by their name or label.

    Errors: InputError that says what may stand there.
    """
    kind, typed = kind_of_field(path), typed.strip()
    if kind.may_be_empty and typed in ("", NOTHING):
        return [] if kind.is_list else None
    parts = [part for part in _SEPARATORS.split(typed) if part] if kind.is_list else [typed]
    try:
        read = [_read_one(kind.holds, part) for part in parts]
    except ValueError as error:
        raise InputError(str(error), path=path) from error
    return read if kind.is_list else read[0]


def kind_of_field(path: str) -> FieldKind:
    """What the field at a path holds. Errors: InputError for what is no place or no field."""
    annotation = _annotation_at(path)
    holds = next((arg for arg in typing.get_args(annotation) if arg is not type(None)), annotation)
    is_list = typing.get_origin(annotation) is list
    return FieldKind(holds, is_list, is_list or type(None) in typing.get_args(annotation))


def _annotation_at(path: str) -> object:
    """The type of the field at a path."""
    if path in RECORD_PATHS:
        name = path.removeprefix("source.")
        return PageSource.model_fields[name].annotation if name != path else Record.model_fields[name].annotation
    spot = read_path(path)
    kind: type[Frozen] = REPLY_LISTS.get(spot.name) or SINGLE_FACTS.get(spot.name, CaseReply)
    name = spot.name if kind is CaseReply else spot.field or ""
    if name not in kind.model_fields or (kind is CaseReply and spot.field):
        what = f"there is no field {spot.field or spot.name}; {', '.join(kind.model_fields)}"
        raise InputError(what, path=path)
    return kind.model_fields[name].annotation


def _read_one(holds: object, typed: str) -> JsonValue:
    """One value that a person typed. Errors: ValueError that lists what may stand there."""
    if isinstance(holds, type) and issubclass(holds, CodedEnum):
        return _code(holds, typed)
    if not typed and holds is not ArticleKind:
        raise ValueError("this field cannot be empty")
    if holds is not int:
        return typed
    if not (typed.isdecimal() and len(typed) < 10):
        raise ValueError(f"“{typed}” is no number of a sentence")
    return int(typed)


def as_typed(value: JsonValue) -> str:
    """A value as a person would type it."""
    if value is None or value == []:
        return NOTHING
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)


def _code(codes: type[CodedEnum], typed: str) -> str:
    for code in codes:
        if typed.casefold() in (code.value, code.zh, code.en.casefold()):
            return code.value
    listed = ", ".join(f"{code.value} {code.zh}" for code in codes)
    raise ValueError(f"“{typed}” is no code of this list: {listed}")


DROP: Final = "drop"  # typed in place of a value, for a fact's own path: the whole fact goes
NO_CASE: Final = tuple(code for code in Decision if code is not Decision.UNION_CASE)
_SINGLE: Final = {name: fields_of(name) for name in (*SINGLE_FACTS, *STATEMENTS)}  # what stands once in a case
_OF_FACTS: Final = {*REPLY_LISTS, *SINGLE_FACTS, *(place for names in _SINGLE.values() for place in names.values())}
_BESIDES: Final = {"more"}  # what a person has no word in
_CODES: Final[Mapping[type, tuple[str, ...]]] = {
    Actor: ("role", "level"),
    Person: ("kind",),
    Action: ("theme",),
    Result: ("status",),
}


class ReviewItem(NamedTuple):
    """A record in the queue, and its file."""

    path: Path
    record: Record


class ReviewFact(NamedTuple):
    """What can be corrected in one place.

    Shape: `path` is empty for the codes and the prose, `fact` None where the case holds none; `fields` maps the word a
    person types to the place in the reply.
    """

    path: str
    text: str
    fact: Fact | None
    fields: Mapping[str, str]

    @property
    def evidence(self) -> Evidence | None:
        """Where the page says it; None for what is no fact, or is not there."""
        return self.fact.evidence if self.fact else None

    @property
    def supported(self) -> bool:
        """False if the page does not bear it out."""
        return self.fact is None or self.fact.supported


def queue(items: Iterable[ReviewItem], *, everything: bool = False) -> tuple[ReviewItem, ...]:
    """The records that wait for a person, in the order of doubt.

    Shape: decided ones are left out; with `everything` they come last. Within a rank the order is kept.
    """
    waiting = [item for item in items if everything or item.record.review.state == "open"]

    def rank(item: ReviewItem) -> tuple[bool, tuple[int, ...]]:
        return item.record.review.state != "open", tuple(-count for count in doubt_record(item.record))

    return tuple(sorted(waiting, key=rank))


def list_facts(case: Case) -> tuple[ReviewFact, ...]:
    """Everything that a person may correct: the codes and the prose, then the facts; numbered from 0 by position."""
    present = dict(case.facts())
    listed = [path for path in present if path not in _SINGLE]
    own = [name for name in CaseReply.model_fields if name not in _OF_FACTS and name not in _BESIDES]
    found = [ReviewFact("", case.one_line, None, {name: name for name in (*own, *RECORD_PATHS)})]
    found += [ReviewFact(path, _fact_text(present.get(path)), present.get(path), of) for path, of in _SINGLE.items()]
    for path in listed:
        fields = {name: f"{path}.{name}" for name in REPLY_LISTS[path.partition("[")[0]].model_fields}
        found.append(ReviewFact(path, _fact_text(present[path]), present[path], fields))
    return tuple(found)


def value_at(record: Record, path: str) -> str:
    """What stands at a place of the reply or in a field of the record itself, as a person would type it."""
    return as_typed(amend.stands_at(record, path))


def correct(
    record: Record, article: Article, path: str, typed: str, *, printed: str | None = None, **who: Unpack[amend.Who]
) -> amend.Amended:
    """The record with one value changed as a person typed it, everything checked again, and the review as it is then.

    Shape: see `amend` and `reviewed`. With `printed` it is a misprint; words of the page are taken as misread before,
    everything else as wrong. `DROP` typed for a fact's own path takes it out.
    Errors: InputError as `amend`, or if what was typed is no value of the field.
    """
    if typed == DROP and fact_of(path) == path:
        done = amend.remove_fact(record, article, path, **who)
    else:
        value = read_typed(path, typed)
        reason = CorrectionReason.MISPRINT if printed else CorrectionReason.WRONG
        if not printed and amend.is_copied(path) and isinstance(value, str) and locate(value, article.text):
            reason = CorrectionReason.MISREAD
        done = amend.amend(record, article, path, value, reason=reason, printed=printed, **who)
    return reviewed(record, done, "" if typed == DROP else fact_of(path) or path, by=who["by"])


def add_typed(
    record: Record, article: Article, kind: str, typed: Mapping[str, str], **who: Unpack[amend.Who]
) -> amend.Amended:
    """The record with a fact that the model left out, its fields as a person typed them for the paths of `fields_of`.

    Errors: InputError as `add_fact`, or if what was typed is no value of its field.
    """
    paths = fields_of(kind) if kind in FACT_KINDS else {}
    return amend.add_fact(
        record, article, kind, {name: read_typed(path, typed.get(path, "")) for name, path in paths.items()}, **who
    )


def reviewed(before: Record, done: amend.Amended, own: str, *, by: str) -> amend.Amended:
    """The changed record with its review: `corrected`, or open while another fact than `own` waits for a person.

    Shape: a record that was decided stays so: what was kept against the page was a decision too.
    """
    waiting = [each for each in amend.unsupported_in(done.record) if not (own and each.path.startswith(own))]
    is_open = before.review.state == "open" and waiting
    return done._replace(record=_reviewed(done.record, "open" if is_open else "corrected", by))


def accept(record: Record, *, by: str) -> Record:
    """The person is content: `accepted` as the tool wrote it, or `corrected` if it was edited.

    Shape: where the page does not bear out some facts, the note says how many were accepted all the same.
    """
    count = sum(not fact.supported for _, fact in record.case.facts())
    told = f"accepted with {counted(count, 'fact')} that the page does not bear out" if count else ""
    notes = [note for note in (record.review.note, told) if note]
    changed = _reviewed(record, "corrected" if is_edited(record) else "accepted", by)
    review = changed.review.model_copy(update={"note": "; ".join(dict.fromkeys(notes)) or None})
    return changed.model_copy(update={"review": review})


def add_note(record: Record, text: str, *, by: str) -> Record:
    """The record with the person's note; the decision stays as it is."""
    return record.model_copy(update={"review": Review(state=record.review.state, by=by, note=text.strip() or None)})


def reject(record: Record, article: Article | None, code: Decision, **who: Unpack[amend.Who]) -> Record:
    """The record marked as no case, under one of `NO_CASE`; with its page, findings are those of the new decision."""
    if code is record.case.decision:
        return _reviewed(record, "rejected", who["by"])
    wrong = CorrectionReason.WRONG
    if article:
        changed = amend.amend(record, article, "decision", code.value, reason=wrong, **who).record
    else:
        kept = next((each for each in record.corrections if each.path == "decision"), None)
        model = kept.model if kept else record.case.decision.value
        made = amend.make_correction("decision", code.value, wrong, **who)
        log = tuple(each for each in record.corrections if each is not kept)
        log = log if model == code.value else (*log, made.model_copy(update={"model": model}))
        case = record.case.model_copy(update={"decision": code})
        changed = record.model_copy(update={"case": case, "corrections": log})
    return _reviewed(changed, "rejected", who["by"])


def _reviewed(record: Record, state: Literal["open", "accepted", "corrected", "rejected"], by: str) -> Record:
    return record.model_copy(update={"review": Review(state=state, by=by, note=record.review.note)})


def _fact_text(fact: Fact | None) -> str:
    """A fact in one line, with its codes: what a person compares with the page."""
    codes = [getattr(fact, name).zh for name in _CODES.get(type(fact), ())]
    words = fact_words(fact) if fact else ""
    return f"{words} ({', '.join(codes)})" if codes else words


BY_HAND: Final = "by_hand@1"  # in place of a prompt
_REPLY_SCHEMA: Final = "schemas/case_reply/2.json"


def begin_record(folder: PageFolder, article_id: str, *, by: str) -> Record:
    """A record of an article without any fact, for a person to fill in.

    Errors: InputError if the page has no such article, or goes on on another page; StoreError or InputError if the page
    cannot be had.
    """
    return empty_record(*readable(folder), article_id, by=by)


def empty_record(manifest: PageManifest, page: Page, article_id: str, *, by: str) -> Record:
    """As `begin_record`, of an article that a manifest lists."""
    listed = next((each for each in manifest.articles if each.article_id == article_id), None)
    if listed is None or listed.continues_from or listed.continues_in:
        what = "the page has no such article that stands on it alone"
        raise InputError(what, path=article_id, next_step="Run the page again")
    article = rebuild_article(page, listed)
    issued = manifest.page_source.issue_date if manifest.page_source else None
    asked = Exchange(BY_HAND, "", _REPLY_SCHEMA, "person", by, 0.0, request_key="", reply_sha256="", repairs=0)
    return make_record(manifest, article, check_case(_empty_reply(), article, issued=issued), asked)


def _empty_reply() -> CaseReply:
    """A reply that says nothing."""
    nothing: dict[str, object] = {name: [] for name in REPLY_LISTS}
    nothing |= dict.fromkeys(("place", "time", "problem", "lesson"))
    nothing |= {name: [] for name in ("problem_sents", "lesson_sents", "theme_sents", "status_sents")}
    nothing |= dict.fromkeys(("one_line", "summary", "headline_en", "summary_en"), "")
    codes = {"decision": Decision.UNION_CASE, "primary_theme": Theme.OTHER, "practice_status": PracticeStatus.UNCLEAR}
    return CaseReply.model_validate(nothing | codes | {"secondary_themes": [], "more": False})
