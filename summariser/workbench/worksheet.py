"""A record beside its page: the lines, the facts in the order of doubt, and its fields as a form.

An action, by its name in the form, returns the record as it is then. It changes facts by corrections, and the review
only where it decides; so a record stays in the queue until it is accepted or rejected as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from summariser.disk.stored import PageFolder, rebuild_split
from summariser.errors import InputError, SummariserError
from summariser.numbers.quantity import find_quantities
from summariser.records.corrected import SINGLE_FACTS, STATEMENTS, fields_of, printed_words
from summariser.reply import REPLY_LISTS
from summariser.report import views
from summariser.report.views import Label, label, labels
from summariser.reviewing import decisions
from summariser.reviewing.amend import Amended, Who, accept_fact, is_copied, remove_fact
from summariser.reviewing.decisions import Doubt, doubt_facts
from summariser.reviewing.lines import readable
from summariser.schema.case import FACT_LISTS, Finding, Rule
from summariser.schema.codes import CodedEnum, SupportFrom
from summariser.schema.page import Article, ArticleKind, Page, PageSplit
from summariser.schema.record import Record
from summariser.workbench.web import Form


class DoubtedFact(NamedTuple):
    """A fact of the record, and how much it is to be doubted."""

    view: views.FactView
    doubt: Doubt


class ChangedText(NamedTuple):
    """Sentences of an article as its record has them, and as they stand on the page now."""

    was: str
    now: str


class Worksheet(NamedTuple):
    """What a person sees of one record.

    Shape: `article` is a finding where the page cannot be had or reads otherwise, and then nothing can be corrected;
    `onward` has the lines of the page where the article goes on; `changed` is what reads otherwise than the record has.
    """

    view: views.RecordView
    facts: tuple[DoubtedFact, ...]
    article: Article | Finding
    lines: tuple[views.Line, ...]
    onward: tuple[views.Line, ...]
    picture: views.PictureLayout | None
    changed: tuple[ChangedText, ...] = ()

    @property
    def finding(self) -> Finding | None:
        """Why nothing can be corrected; None if it can."""
        return self.article if isinstance(self.article, Finding) else None

    @property
    def doubtful(self) -> tuple[DoubtedFact, ...]:
        """The facts that nobody has confirmed word for word."""
        return tuple(each for each in self.facts if each.doubt < Doubt.WORDS)


def make_worksheet(record: Record, folder: PageFolder) -> Worksheet:
    """A record with its page as it is now; without the page where that cannot be had."""
    article, split = folder.article(record), _split_of(folder)
    if split is None and isinstance(article, Article):
        article = Rule.PAGE_NOT_CHECKED.say("lines")
    placed_articles = views.place_articles(split) if split else []
    at = next((at for at, each in enumerate(placed_articles) if each.article.article_id == record.article_id), 0)
    view = views.view_record(record, number=1, tag=f"A{at + 1}", tint=at % 8)
    facts_by_path = {each.path: each for each in view.facts}
    facts = tuple(DoubtedFact(facts_by_path[path], doubt) for path, doubt in doubt_facts(record))
    if split is None or not isinstance(folder.page, Page):
        return Worksheet(view, facts, article, (), (), None)
    if isinstance(article, Finding):
        is_other = article.rule == Rule.PAGE_CHANGED
        lines = views.layout_lines(folder.page, placed_articles, split.noise) if is_other else ()
        return Worksheet(view, facts, article, lines, (), None, _changed_text(record, folder) if is_other else ())
    if placed_articles[at].article.article_id == record.article_id:
        placed_articles[at] = placed_articles[at]._replace(article=article, facts=view.facts)
    lines, onward = (
        views.layout_lines(folder.page, placed_articles, split.noise),
        _continuation_lines(record, article, view, folder),
    )
    return Worksheet(view, facts, article, lines, onward, views.layout_picture(folder.page, placed_articles))


def _changed_text(record: Record, folder: PageFolder) -> tuple[ChangedText, ...]:
    """What reads otherwise on the page now than the record has it; nothing where the record keeps no words."""
    now = folder.article_now(record.article_id)
    known = [each.text for each in record.text.sentences if each.text is not None]
    if isinstance(now, Finding) or not known:
        return ()
    there = [now.text[each.start : each.end] for each in now.sentences]
    steps = SequenceMatcher(None, known, there, autojunk=False).get_opcodes()
    return tuple(
        ChangedText("".join(known[first:last]), "".join(there[begin:end]))
        for step, first, last, begin, end in steps
        if step != "equal"
    )


def failure_lines(article_id: str, folder: PageFolder) -> tuple[views.Line, ...]:
    """The lines of an article that has no record; none where its page cannot be had."""
    split = _split_of(folder)
    if split is None or not isinstance(folder.page, Page):
        return ()
    placed_articles = views.place_articles(split)
    own = {placed.tag for placed in placed_articles if placed.article.article_id == article_id}
    return tuple(line for line in views.layout_lines(folder.page, placed_articles, split.noise) if line.tag in own)


@lru_cache(maxsize=8)  # a person stays with a page for many records
def scaled_picture(folder: Path, page_sha256: str) -> views.ScaledPicture | str | None:
    """A copy of the picture of a page that is of these bytes; the code of why there is none, None for another page."""
    page = PageFolder(folder).page
    return views.scale_picture(page) if isinstance(page, Page) and page.sha256 == page_sha256 and page.layout else None


def _split_of(folder: PageFolder) -> PageSplit | None:
    """The articles of the page as its manifest has them; None if page and manifest do not fit."""
    try:
        manifest, page = readable(folder)
        return rebuild_split(page, manifest)
    except SummariserError:
        return None


def _continuation_lines(
    record: Record, article: Article, view: views.RecordView, folder: PageFolder
) -> tuple[views.Line, ...]:
    """The lines of the page where an article goes on; none if all of it stands on one page."""
    if article.continuation is None or record.continuation is None:
        return ()
    page = PageFolder(folder.path.with_name(record.continuation.page_id)).page
    if not isinstance(page, Page):
        return ()
    placed = views.PlacedArticle(article, view.tag, view.tint, view.facts, home="onward")
    return tuple(line._replace(home="") for line in views.layout_lines(page, [placed], ()) if line.tag)


NUMBERS: Final = ("value_text", "before_text", "size_text")  # what code reads as numbers
STATEMENT_FIELDS: Final = {"problem": "text", "lesson": "text", "problem_sents": "sents", "lesson_sents": "sents"}
_LONG: Final = {"summary", "summary_en", "text", "problem", "lesson", "one_line"}
KINDS_OF_FORM: Final = (
    *("results", "actions", *(each for each in FACT_LISTS if each not in ("results", "actions"))),
    *(*SINGLE_FACTS, *STATEMENTS, "beneficiaries"),
)


_WORDS_GO: Final = {  # where words that were chosen on the page go first
    **{"results": ("value_text", "text"), "actions": ("text",), "relations": ("to",), "beneficiaries": ()},
    **{"place": ("county",), "time": ("text",), "problem": ("text",), "lesson": ("text",)},
}


class FormField(NamedTuple):
    """One field of a form.

    Shape: `path` is its place in the record, `name` what people call it (a key of the words); `value` is what a person
    would type; `choices` are the codes it may hold, empty for words. `is_many`: it holds several codes. `printed` is
    what the page prints in its place, empty where nobody has said it yet; None where the page does not misprint it.
    """

    path: str
    name: str
    value: str
    choices: tuple[Label, ...] = ()
    is_many: bool = False
    may_be_empty: bool = True
    printed: str | None = None

    @property
    def is_long(self) -> bool:
        """Whether it holds sentences."""
        return self.name in _LONG

    @property
    def is_copied(self) -> bool:
        """Whether it holds words of the page, to be chosen there."""
        return is_copied(self.path)

    @property
    def chosen(self) -> frozenset[str]:
        """The codes that stand there."""
        return frozenset(part.strip() for part in self.value.split(","))

    def filled(self, form: Mapping[str, str]) -> FormField:
        """The field as a form has it, which leaves the printed words empty where they are known; else as it is."""
        if self.path not in form:
            return self
        words = form.get(f"printed:{self.path}", "").strip() or self.printed or ""
        return self._replace(value=form[self.path].strip(), printed=words if f"misprint:{self.path}" in form else None)

    def says(self, other: FormField) -> bool:
        """Tell whether another filling says the same; several codes in any order."""
        is_same = self.chosen == other.chosen if self.is_many else self.value == other.value
        return is_same and self.printed == other.printed


def list_fields(record: Record, path: str) -> tuple[FormField, ...]:
    """The fields of a fact, or with an empty path of the article: its titles, source, codes and prose.

    Errors: InputError if the record has no such fact.
    """
    facts = {each.path: each.fields for each in decisions.list_facts(record.case)}
    if path not in facts:
        raise InputError("no such fact", path=path)
    places: Iterable[str] = facts[path].values()
    if not path:
        groups = (f"beneficiaries[{at}]" for at in range(len(record.case.beneficiaries)))
        places = (*places, *(f"{each}.{name}" for each in groups for name in ("group", "sents")))
    known = printed_words(record)
    return tuple(_field(each, decisions.value_at(record, each))._replace(printed=known.get(each)) for each in places)


def blank_fields(kind: str, words: str, sents: Iterable[int], *, has_number: bool) -> tuple[FormField, ...]:
    """The fields of a fact that is not there yet, the chosen words and their sentences filled in.

    Errors: InputError for an unknown kind.
    """
    if kind not in KINDS_OF_FORM:
        raise InputError("no such kind of fact", path=kind[:40], expected=", ".join(KINDS_OF_FORM))
    goes = [name for name in _WORDS_GO.get(kind, ("name",)) if has_number or name not in NUMBERS]
    values = dict.fromkeys(goes, words) | {"sents": ", ".join(map(str, sents))}
    return tuple(_field(path, values.get(name, "")) for name, path in fields_of(kind).items())


def _field(path: str, value: str) -> FormField:
    """One field with what it may hold."""
    name = path.rpartition(".")[2]
    name = STATEMENT_FIELDS.get(name, name)
    holds, is_list, may_be_empty = decisions.kind_of_field(path)
    choices: tuple[Label, ...] = ()
    if holds is ArticleKind:
        choices = tuple(labels("article_kind").values())
    elif isinstance(holds, type) and issubclass(holds, CodedEnum):
        choices = tuple(map(label, holds))
    return FormField(
        path, name, "" if value == decisions.NOTHING else value, choices, is_list and bool(choices), may_be_empty
    )


def changed_fields(fields: Iterable[FormField], form: Mapping[str, str]) -> list[FormField]:
    """The fields in which a form has something else than what stands there, as the form has them."""
    return [filled for each in fields if not each.says(filled := each.filled(form))]


def addable_kinds(record: Record) -> tuple[str, ...]:
    """The kinds of facts that can be added to a record: what stands once only where there is none."""
    return tuple(kind for kind in KINDS_OF_FORM if kind in REPLY_LISTS or getattr(record.case, kind) is None)


# ---- what a form does to a record


ActionHandler = Callable[["ReviewAction"], Amended]


class ReviewAction(NamedTuple):
    """A record with its page, what a form says of it, and who says so."""

    record: Record
    article: Article | Finding
    form: Form
    who: Who

    @property
    def page(self) -> Article:
        """The article. Errors: InputError if the page cannot be had."""
        if isinstance(self.article, Finding):
            raise InputError("without its page nothing can be corrected", path=self.record.article_id)
        return self.article

    @property
    def fact(self) -> str:
        """The path of the fact that it is about."""
        return self.form.get("fact", "")


def _reject(action: ReviewAction) -> Amended:
    """The record as no case. Errors: InputError for a decision that is none."""
    code = next((each for each in decisions.NO_CASE if each.value == action.form.get("why")), None)
    if code is None:
        raise InputError("say why it is no case", path="decision", expected=", ".join(decisions.NO_CASE))
    page = decisions.page_seen(action.record, action.article)
    return Amended(decisions.reject(action.record, page, code, **action.who), ())


def _accept(action: ReviewAction) -> Amended:
    """The record as accepted. Errors: InputError if its article reads otherwise on its page now."""
    decisions.page_seen(action.record, action.article)
    return Amended(decisions.accept(action.record, by=action.who["by"]), ())


def _accept_fact(action: ReviewAction) -> Amended:
    """The record with a person answering for a fact; as it is if one does already."""
    fact = dict(action.record.case.facts()).get(action.fact)
    if fact and fact.supported and fact.support_by is SupportFrom.PERSON:
        return Amended(action.record, ())
    return accept_fact(action.record, action.page, action.fact, **action.who)


def _correct(action: ReviewAction) -> Amended:
    """The record with all fields of a form that say something else; each misprint keeps what the page prints there.

    Errors: InputError if nothing was changed, or a value is none of its field.
    """
    changed = changed_fields(list_fields(action.record, action.fact), action.form)
    if not changed:
        raise InputError("nothing was changed", path=action.fact or action.record.article_id)
    record, objections = action.record, dict[tuple[str, str], Finding]()
    removed = list[str]()
    for field in changed:
        if field.name == "group" and not field.value:
            removed.append(field.path.removesuffix(".group"))
            continue
        done = decisions.correct(record, action.page, field.path, field.value, printed=field.printed, **action.who)
        record = done.record
        objections |= {(each.path, each.rule): each for each in done.objections}
    for path in reversed(removed):
        record = remove_fact(record, action.page, path, **action.who).record
    stand = {(each.path, each.rule) for each in record.findings}
    left = tuple(each for key, each in objections.items() if key in stand)
    return Amended(record.model_copy(update={"review": action.record.review}), left)


ACTIONS: Final[Mapping[str, ActionHandler]] = {
    "accept": _accept,
    "reject": _reject,
    "note": lambda action: Amended(
        decisions.add_note(action.record, action.form.get("note", ""), by=action.who["by"]), ()
    ),
    "fact": _accept_fact,
    "remove": lambda action: remove_fact(action.record, action.page, action.fact, **action.who),
    "correct": _correct,
    "add": lambda action: decisions.add_typed(
        action.record, action.page, action.form.get("kind", ""), action.form, **action.who
    ),
}


class FactForm(NamedTuple):
    """A form for a fact: its fields with what was typed; `kind` is that of a new fact, empty for one that is there."""

    fields: tuple[FormField, ...]
    kind: str
    focus: str  # the path of the field to begin with: what a finding is about, or a code that nobody has chosen yet


def fill_form(record: Record, article: Article | Finding, form: Form) -> FactForm | None:
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
    typed = tuple(each.filled(form) for each in fields)
    wrong = {each.path for each in record.findings} if not kind else set()
    begin = [each.path for each in typed if each.path in wrong or (kind and each.choices and not each.value)]
    return FactForm(typed, kind, next(iter(begin), typed[0].path))


def chosen_words(article: Article, form: Form) -> tuple[str, tuple[int, ...]]:
    """The words between two places of the page that a form names, and their sentences; nothing where it names none.

    Errors: InputError if the places are none of the article.
    """
    if not (form.get("first") and form.get("last")):
        return "", ()
    start, end = (_offset_at(article, form[name]) for name in ("first", "last"))
    if start > end:
        raise InputError("these words end before they begin", path=article.article_id, next_step="Choose them again")
    sents = tuple(each.number for each in article.sentences if each.start <= end and start < each.end)
    return article.text[start : end + 1], sents


def _offset_at(article: Article, place: str) -> int:
    """Where a character of the page stands in the text of the article, by line, column from 0, and 1 on its next page.

    Errors: InputError for what is no such place, `12:5:0`, or none of the article.
    """
    found = re.fullmatch(r"(\d{1,7}):(\d{1,7}):([01])", place)
    if found is None:
        raise InputError("is no place of a page", path=place[:40], expected="line:column:0, or 1 on the next page")
    line, column, onward = map(int, found.groups())
    for piece in article.pieces:
        at = column - (piece.column - 1)
        if piece.line == line and piece.onward == onward and 0 <= at < piece.length:
            return piece.start + at
    what = f"line {line} has no words of this article there"
    raise InputError(what, path=article.article_id, next_step="Choose other words")
