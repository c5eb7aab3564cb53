"""What a person does to a record under review: in the order of doubt accept, reject, note, correct; settle two coders.

A fact that nothing bears out comes first, then one that only the whole article carries, then one that a check asks
about; facts that code can only point to sentences for come before those that a second reader has confirmed. Records go
by their facts in this order, then by how often the model was asked again, by how often coders disagree, and by damage.

A decision changes the record's `review`, a correction its case (`amend.py`); the hash stays that of the tool's writing.
What a person types is read as the value of its field (`read_typed`), and shown so that it can be typed again.

Each coder has a copy of the record with corrections of their own. Both are compared as replies: facts are paired by
what they say, so that a fact which one coder took out or put in is one disagreement, not many.
"""

from __future__ import annotations

import re
import typing
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Unpack, cast

from pydantic import JsonValue

from summariser.comparison import pair_positions
from summariser.disk.record_text import is_edited
from summariser.disk.stored import PageFolder, reads_as, rebuild_article
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
    standing,
)
from summariser.records.grounding import check_case
from summariser.records.make import Exchange, as_reply, make_record
from summariser.reply import REPLY_LISTS, CaseReply
from summariser.reviewing import amend
from summariser.reviewing.amend import Draft, Who, make_correction, whole_fact
from summariser.reviewing.differences import format_value
from summariser.reviewing.lines import readable
from summariser.schema.case import (
    FACT_LISTS,
    Action,
    Actor,
    Case,
    Evidence,
    Fact,
    Finding,
    Person,
    Result,
    Rule,
    Severity,
    fact_kind,
    fact_path,
    fact_words,
)
from summariser.schema.codes import CodedEnum, Decision, PracticeStatus, Support, SupportFrom, Theme
from summariser.schema.exchange import spell_path
from summariser.schema.page import Article, ArticleKind, Frozen, Page, PageSource
from summariser.schema.record import CorrectionReason, PageManifest, Record, Review
from summariser.tables import read_table
from summariser.text import counted, fold_text

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

    Shape: see `amend` and `reviewed`. With `printed` it is a misprint, with empty words one of what stood there; words
    of the page are taken as misread before, everything else as wrong. `DROP` typed for a fact's own path takes it out.
    Errors: InputError as `amend`, or if what was typed is no value of the field.
    """
    if typed == DROP and fact_of(path) == path:
        done = amend.remove_fact(record, article, path, **who)
    else:
        value = read_typed(path, typed)
        reason = CorrectionReason.WRONG if printed is None else CorrectionReason.MISPRINT
        if printed is None and amend.is_copied(path) and isinstance(value, str) and locate(value, article.text):
            reason = CorrectionReason.MISREAD
        done = amend.amend(record, article, path, value, reason=reason, printed=printed or None, **who)
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


def page_seen(record: Record, article: Article | Finding) -> Article | None:
    """The article that a person decides about; None where the page is not here to be compared.

    Errors: InputError if the page changed since the record was made: nobody has seen the record beside it.
    """
    if isinstance(article, Article):
        return article
    if article.rule == Rule.PAGE_CHANGED:
        raise InputError("its page reads otherwise now; nothing can be decided on this record", path=record.article_id)
    return None


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
    """The record with the person's note; a decision stays as it is, and whose it is."""
    before, note = record.review, text.strip() or None
    if note == before.note:
        return record
    whose = by if before.state == "open" else before.by
    return record.model_copy(update={"review": Review(state=before.state, by=whose, note=note)})


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


# ---- two coders


_LISTS: Final = (*FACT_LISTS, "beneficiaries")


class Disagreement(NamedTuple):
    """One value that two coders have differently.

    Shape: `path` is its place in the record of the first; of a fact that only the second has, its place there with a
    `+` before it. `one` and `other` are what each has, null where a coder has no such fact.
    """

    path: str
    one: JsonValue
    other: JsonValue


def list_disagreements(one: Record, other: Record) -> tuple[Disagreement, ...]:
    """Every value that two coders have differently, in the order of the record."""
    ours, theirs = (_as_tree(record) for record in (one, other))
    found = [Disagreement(path, value_at(one, path), value_at(other, path)) for path in RECORD_PATHS]
    for name, value in ours.items():
        if name not in _LISTS:
            found += _of_single(name, value, theirs[name])
    for name in _LISTS:
        found += _of_facts(name, ours[name], theirs[name], _paired(name, one, other))
    return tuple(each for each in found if each.one != each.other)


def settle(
    one: Record,
    other: Record,
    article: Article,
    sides: Mapping[str, str],
    names: tuple[str, str],
    **who: Unpack[Who],
) -> Record:
    """The record that follows the first of two coders but for the values in which the second was right.

    Shape: `sides` says `one` or `other` for the path of each disagreement. A value of the second is a correction whose
    note names both; which side was taken everywhere stands in the note of the review.
    Errors: InputError if a disagreement is left open; as `check_coded`.
    """
    check_coded(one, other, article)
    open_ones = list_disagreements(one, other)
    if missing := [each.path for each in open_ones if sides.get(each.path) not in ("one", "other")]:
        raise InputError(f"not settled yet: {', '.join(missing)}", path=one.article_id)
    draft = Draft(one, article)
    numbers = {each.path: draft.facts.number(each.path) for each in open_ones}
    for each in open_ones:
        if sides[each.path] == "other":
            _take(draft, numbers[each.path], each, other, who | {"note": _tell(each, "other", names)})
    record = draft.settle().record
    told = "; ".join(_tell(each, sides[each.path], names) for each in open_ones)
    note = f"settled between {names[0]} and {names[1]}" + (f": {told}" if told else "")
    review = Review(state="open", by=who["by"], note=note)
    decided = record.model_copy(update={"review": review})
    if record.case.decision is not Decision.UNION_CASE and "rejected" in (one.review.state, other.review.state):
        return decided.model_copy(update={"review": review.model_copy(update={"state": "rejected"})})
    return accept(decided, by=who["by"])


def check_coded(one: Record, other: Record, article: Article) -> None:
    """Refuse what cannot be settled. Errors: InputError if both were not made from one record of the article as it is.

    Shape: the article is that of the page now, on the lines where it stands now.
    """
    what = ""
    if one.provenance.content_sha256 != other.provenance.content_sha256:
        what = "the coders did not see the same record"
    elif any(each.lines != article.lines or not reads_as(article, each.text) for each in (one, other)):
        what = "the page changed since the coders decided"
    if what:
        raise InputError(what, path=one.article_id, next_step="Let both look at the record as it is now")


def _take(draft: Draft, path: str, each: Disagreement, other: Record, who: Who) -> None:
    """Change the draft to the value of the second coder; `path` has the number that its fact keeps there."""
    is_new, goes = each.one is None and isinstance(each.other, dict), each.other is None and isinstance(each.one, dict)
    own = next((known for known in standing(other).values() if known.path == each.path), None)
    reason = own.reason if own else CorrectionReason.WRONG
    reason = CorrectionReason.MISSING if is_new else CorrectionReason.FALSE if goes else reason
    made = make_correction(path, None, reason, **who)
    if is_new:
        part = {"part_of": None} if each.path.startswith("+results") else {}  # it counts the facts of the other record
        fact = cast("dict[str, Any]", each.other) | part
        draft.answer(draft.add(each.path.removeprefix("+").partition("[")[0], fact, made), made)
    elif goes:
        draft.drop(path, made)
    else:
        made = made.model_copy(update={"printed": own.printed if own else None})
        draft.put(path, draft.facts.numbered(path, each.other), made)


def _tell(each: Disagreement, side: str, names: tuple[str, str]) -> str:
    """One disagreement in words: what was taken, and what the other had."""
    said = {"one": (names[0], each.one), "other": (names[1], each.other)}
    (taker, taken), (loser, left) = said[side], said["other" if side == "one" else "one"]
    said_taken, said_left = (format_value(value) or NOTHING for value in (taken, left))
    return f"{each.path}: {said_taken} ({taker}), not {said_left} ({loser})"


def _as_tree(record: Record) -> dict[str, Any]:
    """What a reply says, as JSON; a statement with its sentences in one."""
    tree: dict[str, Any] = as_reply(record.case).model_dump(mode="json", exclude={"more"})
    for name in STATEMENTS:
        tree[name] = whole_fact(tree, name)
        del tree[f"{name}_sents"]
    return tree


def _of_single(name: str, ours: Any, theirs: Any) -> Iterator[Disagreement]:
    """The disagreements about what stands once: field by field where both have it."""
    if not (isinstance(ours, dict) and isinstance(theirs, dict)):
        yield Disagreement(name, ours, theirs)
        return
    for field, value in ours.items():
        yield Disagreement(fields_of(name)[field], value, theirs[field])


def _paired(name: str, one: Record, other: Record) -> Mapping[int, int]:
    """Which fact of the second each fact of the first is."""
    ours, theirs = getattr(one.case, name), getattr(other.case, name)
    if name != "beneficiaries":
        return pair_positions(ours, theirs)
    places = {each.group: at for at, each in enumerate(theirs)}
    return {at: places[each.group] for at, each in enumerate(ours) if each.group in places}


def _of_facts(name: str, ours: list[Any], theirs: list[Any], pairs: Mapping[int, int]) -> Iterator[Disagreement]:
    """The disagreements about the facts of one list."""
    for at, fact in enumerate(ours):
        path = spell_path((name, at))
        if at not in pairs:
            yield Disagreement(path, fact, None)
            continue
        for field, value in fact.items():
            theirs_now = theirs[pairs[at]][field]
            if field == "part_of" and theirs_now is not None:
                theirs_now = next((mine for mine, their in pairs.items() if their == theirs_now), None)
            yield Disagreement(f"{path}.{field}", value, theirs_now)
    for at, fact in enumerate(theirs):
        if at not in pairs.values():
            yield Disagreement(f"+{spell_path((name, at))}", None, fact)
