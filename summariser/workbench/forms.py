"""The form for a fact that a person asked for: its fields with what was typed, or with words chosen on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from summariser.numbers.quantity import find_quantities
from summariser.schema.case import Finding
from summariser.schema.page import Article
from summariser.schema.record import Record
from summariser.workbench.bench import read_place, sentences_in, span_between
from summariser.workbench.fields import Field, blank_fields, list_fields

Form = Mapping[str, str]


class FormSheet(NamedTuple):
    """A form for a fact: its fields with what was typed; `kind` is that of a new fact, empty for one that is there."""

    fields: tuple[Field, ...]
    kind: str
    is_misprint: bool
    printed: str
    focus: str  # the path of the field to begin with: what a finding is about, or a code that nobody has chosen yet


def fill_sheet(record: Record, article: Article | Finding, form: Form) -> FormSheet | None:
    """The form that a person asked for, filled in; None if none was asked for. Errors: InputError for no such fact."""
    asked = form.get("ask", "")
    if asked == "correct":
        fields, kind = list_fields(record, form.get("fact", "")), ""
    elif asked == "add" and isinstance(article, Article):
        kind = form.get("kind", "")
        words, sents = chosen_words(article, form)
        fields = blank_fields(kind, words, sents, has_number=bool(find_quantities(words)))
    else:
        return None
    typed = tuple(each._replace(value=form.get(each.path, each.value)) for each in fields)
    wrong = {each.path for each in record.findings} if not kind else set()
    begin = [each.path for each in typed if each.path in wrong or (kind and each.choices and not each.value)]
    return FormSheet(typed, kind, "misprint" in form, form.get("printed", ""), next(iter(begin), typed[0].path))


def chosen_words(article: Article, form: Form) -> tuple[str, tuple[int, ...]]:
    """The words between two places of the page that a form names, and their sentences; nothing where it names none.

    Errors: InputError if the places are none of the article.
    """
    if not (form.get("first") and form.get("last")):
        return "", ()
    start, end = span_between(article, read_place(form["first"]), read_place(form["last"]))
    return article.text[start:end], sentences_in(article, start, end)
