"""A person goes through records: which come first, what a decision does to a record, how it is taken back.

A decision changes the record's `review`, a correction its case (`amend.py`); neither changes its hash, which stays that
of what the tool wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal, NamedTuple

from summariser.disk.record_text import is_edited
from summariser.disk.stored import PageFolder
from summariser.matching import locate
from summariser.records.check import as_reply
from summariser.records.corrected import RECORD_PATHS, SINGLE_FACTS, STATEMENTS, fact_of
from summariser.reviewing.amend import add_fact, amend, is_copied, remove_fact
from summariser.reviewing.doubts import doubt_record
from summariser.reviewing.draft import Amended, unsupported_in
from summariser.reviewing.log import recorded
from summariser.reviewing.typed import fields_of, look_up, read_typed, spoken
from summariser.schema.case import Action, Actor, Case, Evidence, Fact, Finding, Person, Result, fact_words
from summariser.schema.case_reply import REPLY_LISTS, CaseReply
from summariser.schema.codes import Decision
from summariser.schema.page import Article
from summariser.schema.record import Correction, CorrectionReason, Record, Review

DROP: Final = "drop"  # typed in place of a value, for a fact's own path: the whole fact goes
KEYS: Final[Mapping[str, str]] = {
    "a": "accept",
    "c": "correct",
    "f": "add fact",
    "o": "answer for a fact",
    "b": "take a correction back",
    "x": "no case",
    "n": "note",
    "s": "skip",
    "u": "undo",
    "q": "quit",
}
NO_CASE: Final = tuple(code for code in Decision if code is not Decision.UNION_CASE)
# What stands once in a case: what a person types, and the place in the reply.
_SINGLE: Final[Mapping[str, Mapping[str, str]]] = {
    **{name: {field: f"{name}.{field}" for field in kind.model_fields} for name, kind in SINGLE_FACTS.items()},
    **{name: {"text": name, "sents": f"{name}_sents"} for name in STATEMENTS},
}
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


class Step(NamedTuple):
    """One thing a person did: to which record of the queue, and the record before and after."""

    at: int
    before: Record
    after: Record


class Sitting(NamedTuple):
    """Where a person is in the queue; each method returns the sitting that follows."""

    items: tuple[ReviewItem, ...]
    at: int = 0
    steps: tuple[Step, ...] = ()

    @property
    def current(self) -> ReviewItem | None:
        """The record to look at now; None at the end."""
        return self.items[self.at] if self.at < len(self.items) else None

    @property
    def left_open(self) -> int:
        """How many records still wait for a decision."""
        return sum(item.record.review.state == "open" for item in self.items)

    def put(self, record: Record, *, stay: bool = False) -> Sitting:
        """The present record is now this one (itself, if it was skipped); go on to the next unless told to stay."""
        item = self.items[self.at]
        step = Step(self.at, item.record, record)
        return Sitting(self._with(self.at, record), self.at + (not stay), (*self.steps, step))

    def undo(self) -> Sitting:
        """Back to the record of the last step, as it was before. Errors: IndexError if there is no step."""
        step = self.steps[-1]
        return Sitting(self._with(step.at, step.before), step.at, self.steps[:-1])

    def _with(self, at: int, record: Record) -> tuple[ReviewItem, ...]:
        changed = self.items[at]._replace(record=record)
        return (*self.items[:at], changed, *self.items[at + 1 :])


def queue(items: Iterable[ReviewItem], *, everything: bool = False) -> tuple[ReviewItem, ...]:
    """The records that wait for a person, in the order of doubt.

    Shape: decided ones are left out; with `everything` they come last. Within a rank the order is kept.
    """
    waiting = [item for item in items if everything or item.record.review.state == "open"]

    def rank(item: ReviewItem) -> tuple[bool, tuple[int, ...]]:
        return item.record.review.state != "open", tuple(-count for count in doubt_record(item.record))

    return tuple(sorted(waiting, key=rank))


def find_article(item: ReviewItem) -> Article | Finding:
    """The article of a record, cut from its page again, or why it cannot be had."""
    return PageFolder(item.path.parent).article(item.record)


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
    if path not in RECORD_PATHS:
        return spoken(look_up(as_reply(record.case), path))
    owner = record.source if path.startswith("source.") else record
    return spoken(getattr(owner, path.removeprefix("source.")))


def correct(  # noqa: PLR0913 - what a correction holds
    record: Record,
    article: Article,
    path: str,
    typed: str,
    *,
    by: str,
    date: str,
    printed: str | None = None,
) -> Amended:
    """The record with one value changed as a person typed it, everything checked again, and the review as it is then.

    Shape: see `amend` and `reviewed`. With `printed` it is a misprint; words of the page are taken as misread before,
    everything else as wrong. `DROP` typed for a fact's own path takes it out.
    Errors: InputError as `amend`, or if what was typed is no value of the field.
    """
    if typed == DROP and fact_of(path) == path:
        done = remove_fact(record, article, path, by=by, date=date)
    else:
        value = read_typed(path, typed)
        reason = CorrectionReason.MISPRINT if printed else CorrectionReason.WRONG
        if not printed and is_copied(path) and isinstance(value, str) and locate(value, article.text):
            reason = CorrectionReason.MISREAD
        done = amend(record, article, path, value, reason=reason, by=by, date=date, printed=printed)
    return reviewed(record, done, "" if typed == DROP else fact_of(path) or path, by=by)


def add_typed(  # noqa: PLR0913 - what a correction holds
    record: Record, article: Article, kind: str, typed: Mapping[str, str], *, by: str, date: str
) -> Amended:
    """The record with a fact that the model left out, its fields as a person typed them.

    Errors: InputError as `add_fact`, or if what was typed is no value of its field.
    """
    paths = fields_of(kind)
    fields = {name: read_typed(paths[name], value) for name, value in typed.items()}
    done = add_fact(record, article, kind, fields, by=by, date=date)
    return reviewed(record, done, done.record.corrections[-1].path, by=by)


def reviewed(before: Record, done: Amended, own: str, *, by: str) -> Amended:
    """The changed record with its review: `corrected`, or open while another fact than `own` waits for a person.

    Shape: a record that was decided stays so: what was kept against the page was a decision too.
    """
    waiting = [each for each in unsupported_in(done.record) if not (own and each.path.startswith(own))]
    is_open = before.review.state == "open" and waiting
    return done._replace(record=_reviewed(done.record, "open" if is_open else "corrected", by))


def accept(record: Record, *, by: str) -> Record:
    """The person is content: `accepted` as the tool wrote it, or `corrected` if it was edited.

    Shape: where the page does not bear out some facts, the note says how many were accepted all the same.
    """
    count = sum(not fact.supported for _, fact in record.case.facts())
    told = f"accepted with {count} fact(s) that the page does not bear out" if count else ""
    notes = [note for note in (record.review.note, told) if note]
    changed = _reviewed(record, "corrected" if is_edited(record) else "accepted", by)
    review = changed.review.model_copy(update={"note": "; ".join(dict.fromkeys(notes)) or None})
    return changed.model_copy(update={"review": review})


def add_note(record: Record, text: str, *, by: str) -> Record:
    """The record with the person's note; the decision stays as it is."""
    return record.model_copy(update={"review": Review(state=record.review.state, by=by, note=text.strip() or None)})


def reject(record: Record, article: Article | None, code: Decision, *, by: str, date: str) -> Record:
    """The record marked as no case, under one of `NO_CASE`; with its page, findings are those of the new decision."""
    if code is record.case.decision:
        return _reviewed(record, "rejected", by)
    wrong = CorrectionReason.WRONG
    if article:
        changed = amend(record, article, "decision", code.value, reason=wrong, by=by, date=date).record
    else:
        made = Correction(
            path="decision", reason=wrong, printed=None, model=None, value=code.value, by=by, date=date, note=None
        )
        log = recorded(record.corrections, made, record.case.decision.value)
        case = record.case.model_copy(update={"decision": code})
        changed = record.model_copy(update={"case": case, "corrections": log})
    return _reviewed(changed, "rejected", by)


def _reviewed(record: Record, state: Literal["open", "accepted", "corrected", "rejected"], by: str) -> Record:
    return record.model_copy(update={"review": Review(state=state, by=by, note=record.review.note)})


def _fact_text(fact: Fact | None) -> str:
    """A fact in one line, with its codes: what a person compares with the page."""
    codes = [getattr(fact, name).zh for name in _CODES.get(type(fact), ())]
    words = fact_words(fact) if fact else ""
    return f"{words} ({', '.join(codes)})" if codes else words
