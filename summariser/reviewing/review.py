"""A person goes through records: which come first, what a decision does to a record, how it is taken back.

A decision changes the record's `review`, and never its hash, which stays that of what the tool wrote: that is how a
correction remains visible as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal, NamedTuple

from summariser.disk.record_text import is_edited
from summariser.disk.stored import PageFolder
from summariser.records.check import as_reply
from summariser.reviewing.amend import DROP, LISTS, amend, check_again, look_up, spoken, unsupported_in
from summariser.schema.case import (
    Case,
    CaseReply,
    Evidence,
    Finding,
    ReplyAction,
    ReplyActor,
    ReplyPerson,
    ReplyPlace,
    ReplyResult,
)
from summariser.schema.codes import Decision
from summariser.schema.page import Article
from summariser.schema.record import Record, Review

KEYS: Final[Mapping[str, str]] = {
    "a": "accept",
    "c": "correct",
    "x": "no case",
    "n": "note",
    "s": "skip",
    "u": "undo",
    "q": "quit",
}
NO_CASE: Final = tuple(code for code in Decision if code is not Decision.UNION_CASE)
_KINDS: Final[Mapping[str, str]] = {"actors": "actor", "people": "person", "actions": "action", "results": "result"}


class ReviewItem(NamedTuple):
    """A record in the queue, and its file."""

    path: Path
    record: Record


class ReviewFact(NamedTuple):
    """What can be corrected in one place.

    Shape: `fields` maps the word a person types to the place in the reply; `path` is empty for the codes and the prose.
    """

    path: str
    kind: str
    text: str
    evidence: Evidence | None
    supported: bool
    fields: Mapping[str, str]


class Corrected(NamedTuple):
    """A record after a correction; `objections` are the facts that the page bore out before and does not now."""

    record: Record
    objections: tuple[Finding, ...]


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
    """The records that wait for a person: unsupported facts first, then notices worth a look, then the rest.

    Shape: decided ones are left out; with `everything` they come last. Within a rank the order is kept.
    """
    waiting = [item for item in items if everything or item.record.review.state == "open"]
    return tuple(sorted(waiting, key=lambda item: _rank(item.record)))


def find_article(item: ReviewItem) -> Article | Finding:
    """The article of a record, cut from its page again, or why it cannot be had."""
    return PageFolder(item.path.parent).article(item.record)


def list_facts(case: Case) -> tuple[ReviewFact, ...]:
    """Everything that a person may correct: the codes and the prose, then the facts; numbered from 0 by position."""
    reply = as_reply(case)
    facts = [_rest(case), _place(case), _time(case)]
    facts += [_statement(case, name) for name in ("problem", "lesson")]
    for name, kind in LISTS.items():
        for index, fact in enumerate(getattr(case, name)):
            path = f"{name}[{index}]"
            fields = {field: f"{path}.{field}" for field in kind.model_fields}
            text = _fact_text(getattr(reply, name)[index])
            facts.append(ReviewFact(path, _KINDS[name], text, fact.evidence, fact.supported, fields))
    return tuple(facts)


def value_at(case: Case, path: str) -> str:
    """What stands at a place of the reply, as a person would type it."""
    return spoken(look_up(as_reply(case), path))


def correct(record: Record, article: Article, path: str, typed: str, *, by: str) -> Corrected:
    """The record with one value of the reply changed and everything checked again.

    Shape: see `amend`; the state becomes `corrected` unless another fact still waits for a person, then it stays open.
    Errors: as `amend`.
    """
    changed, objections = amend(record, article, path, typed)
    own = "" if typed == DROP else path.split(".", maxsplit=1)[0]
    waiting = [finding for finding in unsupported_in(changed) if not (own and finding.path.startswith(own))]
    return Corrected(_reviewed(changed, "open" if waiting else "corrected", by), objections)


def accept(record: Record, *, by: str) -> Record:
    """The person is content: `accepted` as the tool wrote it, or `corrected` if it was edited."""
    return _reviewed(record, "corrected" if is_edited(record) else "accepted", by)


def add_note(record: Record, text: str, *, by: str) -> Record:
    """The record with the person's note; the decision stays as it is."""
    return record.model_copy(update={"review": Review(state=record.review.state, by=by, note=text.strip() or None)})


def reject(record: Record, article: Article | None, code: Decision, *, by: str) -> Record:
    """The record marked as no case, under one of `NO_CASE`; findings are those of the new decision."""
    if code is record.case.decision:
        return _reviewed(record, "rejected", by)
    if article is None:
        changed = record.model_copy(update={"case": record.case.model_copy(update={"decision": code})})
    else:
        changed = check_again(record, as_reply(record.case).model_copy(update={"decision": code}), article)
    return _reviewed(changed, "rejected", by)


def _rank(record: Record) -> int:
    if record.review.state != "open":
        return 3
    if unsupported_in(record):
        return 0
    return 1 if record.needs_review else 2


def _reviewed(record: Record, state: Literal["open", "accepted", "corrected", "rejected"], by: str) -> Record:
    return record.model_copy(update={"review": Review(state=state, by=by, note=record.review.note)})


def _rest(case: Case) -> ReviewFact:
    """The codes and the prose, which belong to the whole article."""
    taken = {*LISTS, "place", "time_text", "problem", "problem_sents", "lesson", "lesson_sents"}
    fields = {name: name for name in CaseReply.model_fields if name not in taken}
    return ReviewFact("", "article", case.one_line, None, supported=True, fields=fields)


def _place(case: Case) -> ReviewFact:
    names = [getattr(case.place, part) or "" for part in ("province", "city", "county")] if case.place else []
    fields = {name: f"place.{name}" for name in ReplyPlace.model_fields}
    evidence, supported = (case.place.evidence, case.place.supported) if case.place else (None, True)
    return ReviewFact("place", "place", " ".join(filter(None, names)), evidence, supported, fields)


def _time(case: Case) -> ReviewFact:
    text, supported = (case.time.text, case.time.supported) if case.time else ("", True)
    return ReviewFact("time_text", "time", text, None, supported, {"text": "time_text"})


def _statement(case: Case, name: str) -> ReviewFact:
    """The problem or the lesson."""
    statement = getattr(case, name)
    fields = {"text": name, "sents": f"{name}_sents"}
    if statement is None:
        return ReviewFact(name, name, "", None, supported=True, fields=fields)
    return ReviewFact(name, name, statement.text, statement.evidence, statement.supported, fields)


def _fact_text(fact: ReplyActor | ReplyPerson | ReplyAction | ReplyResult) -> str:
    """A fact in one line: what a person compares with the page."""
    match fact:
        case ReplyActor():
            return f"{fact.name} ({fact.role.zh}, {fact.level.zh})"
        case ReplyPerson():
            return f"{fact.name} {fact.title or ''} ({fact.kind.zh})"
        case ReplyAction():
            return f"{fact.text} ({fact.theme.zh})"
        case ReplyResult():
            return f"{fact.text} ({fact.status.zh})"
