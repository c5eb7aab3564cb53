"""What a person does to a record, by the name of the deed in the form: each gives the record as it is then.

A deed changes facts through corrections, and the review only where it decides; so a record stays in the queue until it
is accepted or rejected as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from summariser.errors import InputError
from summariser.reviewing.amend import accept_fact, add_fact, remove_fact
from summariser.reviewing.draft import Amended
from summariser.reviewing.review import NO_CASE, accept, add_note, correct, reject
from summariser.reviewing.typed import read_typed
from summariser.schema.case import Finding
from summariser.schema.codes import SupportFrom
from summariser.schema.page import Article
from summariser.schema.record import Record
from summariser.workbench.fields import blank_fields, changed_fields, list_fields

Form = Mapping[str, str]
Doing = Callable[["Deed"], Amended]


class Deed(NamedTuple):
    """A record with its page, what a form says of it, who says so, and when (an ISO date)."""

    record: Record
    article: Article | None
    form: Form
    by: str
    date: str

    @property
    def page(self) -> Article:
        """The article. Errors: InputError if the page cannot be had."""
        if self.article is None:
            raise InputError("without its page nothing can be corrected", path=self.record.article_id)
        return self.article

    @property
    def fact(self) -> str:
        """The path of the fact that it is about."""
        return self.form.get("fact", "")


def _accept(deed: Deed) -> Amended:
    return Amended(accept(deed.record, by=deed.by), ())


def _reject(deed: Deed) -> Amended:
    """The record as no case. Errors: InputError for a decision that is none."""
    code = next((each for each in NO_CASE if each.value == deed.form.get("why")), None)
    if code is None:
        raise InputError("say why it is no case", path="decision", expected=", ".join(NO_CASE))
    return Amended(reject(deed.record, deed.article, code, by=deed.by, date=deed.date), ())


def _note(deed: Deed) -> Amended:
    return Amended(add_note(deed.record, deed.form.get("note", ""), by=deed.by), ())


def _accept_fact(deed: Deed) -> Amended:
    """The record with a person answering for a fact; as it is if one does already."""
    fact = dict(deed.record.case.facts()).get(deed.fact)
    if fact and fact.supported and fact.support_by is SupportFrom.PERSON:
        return Amended(deed.record, ())
    return accept_fact(deed.record, deed.page, deed.fact, by=deed.by, date=deed.date)


def _remove_fact(deed: Deed) -> Amended:
    return remove_fact(deed.record, deed.page, deed.fact, by=deed.by, date=deed.date)


def _correct(deed: Deed) -> Amended:
    """The record with all fields of a form that say something else; a misprint keeps what the page prints.

    Errors: InputError if nothing was changed, or a value is none of its field.
    """
    changed = changed_fields(list_fields(deed.record, deed.fact), deed.form)
    if not changed:
        raise InputError("nothing was changed", path=deed.fact or deed.record.article_id)
    record, objections = deed.record, dict[tuple[str, str], Finding]()
    is_misprint, removed = "misprint" in deed.form, list[str]()
    for field, typed in changed:
        if field.name == "group" and not typed:
            removed.append(field.path.removesuffix(".group"))
            continue
        printed = (deed.form.get("printed") or field.value) if is_misprint and field.is_copied else None
        done = correct(record, deed.page, field.path, typed, by=deed.by, date=deed.date, printed=printed)
        record = done.record
        objections |= {(each.path, each.rule): each for each in done.objections}
    for path in reversed(removed):
        record = remove_fact(record, deed.page, path, by=deed.by, date=deed.date).record
    stand = {(each.path, each.rule) for each in record.findings}
    left = tuple(each for key, each in objections.items() if key in stand)
    return Amended(record.model_copy(update={"review": deed.record.review}), left)


def _add_fact(deed: Deed) -> Amended:
    """The record with a fact that a form describes. Errors: InputError if a value is none of its field."""
    kind = deed.form.get("kind", "")
    fields = {
        field.name: read_typed(field.path, deed.form.get(field.path, ""))
        for field in blank_fields(kind, "", (), has_number=False)
    }
    return add_fact(deed.record, deed.page, kind, fields, by=deed.by, date=deed.date)


DEEDS: Final[Mapping[str, Doing]] = {
    "accept": _accept,
    "reject": _reject,
    "note": _note,
    "fact": _accept_fact,
    "remove": _remove_fact,
    "correct": _correct,
    "add": _add_fact,
}
DECIDING: Final = ("accept", "reject")  # what ends the work on a record
