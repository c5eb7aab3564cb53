"""The fields of a record as a form: their names for people, what stands in them, and what may stand there."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from summariser.errors import InputError
from summariser.report.facts import Label, label, labels
from summariser.reviewing.amend import is_copied
from summariser.reviewing.review import list_facts, value_at
from summariser.reviewing.typed import NOTHING, field_type
from summariser.schema.case import FACT_LISTS
from summariser.schema.case_reply import REPLY_LISTS, ReplyPlace, ReplyTime
from summariser.schema.codes import CodedEnum
from summariser.schema.page import ArticleKind
from summariser.schema.record import Record

NUMBERS: Final = ("value_text", "before_text", "size_text")  # what code reads as numbers
STATEMENT_FIELDS: Final = {"problem": "text", "lesson": "text", "problem_sents": "sents", "lesson_sents": "sents"}
_LONG: Final = {"summary", "summary_en", "text", "problem", "lesson", "one_line"}
_STATEMENT: Final = ("text", "sents")
_ONCE: Final[Mapping[str, tuple[str, ...]]] = {
    "place": tuple(ReplyPlace.model_fields),
    "time": tuple(ReplyTime.model_fields),
    "problem": _STATEMENT,
    "lesson": _STATEMENT,
}
KINDS: Final = ("results", "actions", *(each for each in FACT_LISTS if each not in ("results", "actions")), *_ONCE)
KINDS_OF_FORM: Final = (*KINDS, "beneficiaries")
_WORDS_GO: Final = {  # where words that were chosen on the page go first
    **{"results": ("value_text", "text"), "actions": ("text",), "relations": ("to",), "beneficiaries": ()},
    **{"place": ("county",), "time": ("text",), "problem": ("text",), "lesson": ("text",)},
}


class Field(NamedTuple):
    """One field of a form.

    Shape: `path` is its place in the record, `name` what people call it (a key of the words); `value` is what a person
    would type; `choices` are the codes it may hold, empty for words. `is_many`: it holds several codes.
    """

    path: str
    name: str
    value: str
    choices: tuple[Label, ...] = ()
    is_many: bool = False
    may_be_empty: bool = True

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


def list_fields(record: Record, path: str) -> tuple[Field, ...]:
    """The fields of a fact, or with an empty path of the article: its titles, source, codes and prose.

    Errors: InputError if the record has no such fact.
    """
    facts = {each.path: each.fields for each in list_facts(record.case)}
    if path not in facts:
        raise InputError("no such fact", path=path)
    places: Iterable[str] = facts[path].values()
    if not path:
        groups = (f"beneficiaries[{at}]" for at in range(len(record.case.beneficiaries)))
        places = (*places, *(f"{each}.{name}" for each in groups for name in ("group", "sents")))
    return tuple(_field(place, value_at(record, place)) for place in places)


def blank_fields(kind: str, words: str, sents: Iterable[int], *, has_number: bool) -> tuple[Field, ...]:
    """The fields of a fact that is not there yet, the chosen words and their sentences filled in.

    Errors: InputError for an unknown kind.
    """
    if kind not in KINDS_OF_FORM:
        raise InputError("no such kind of fact", path=kind[:40], expected=", ".join(KINDS_OF_FORM))
    names = _ONCE.get(kind) or tuple(REPLY_LISTS[kind].model_fields)
    goes = [name for name in _WORDS_GO.get(kind, ("name",)) if has_number or name not in NUMBERS]
    values = dict.fromkeys(goes, words) | {"sents": ", ".join(map(str, sents))}
    return tuple(_field(place_in(kind, name), values.get(name, "")) for name in names)


def place_in(kind: str, name: str) -> str:
    """The path that a field of a new fact is typed for; a statement's text and sentences stand beside each other."""
    if kind in ("problem", "lesson"):
        return kind if name == "text" else f"{kind}_sents"
    return f"{kind}.{name}" if kind in _ONCE else f"{kind}[0].{name}"


def _field(path: str, value: str) -> Field:
    """One field with what it may hold."""
    name = path.rpartition(".")[2]
    name = STATEMENT_FIELDS.get(name, name)
    annotation = field_type(path)
    kinds = list(_flat(annotation))
    codes = next((each for each in kinds if isinstance(each, type) and issubclass(each, CodedEnum)), None)
    choices = tuple(label(code) for code in codes) if codes else ()
    if ArticleKind in kinds:
        choices = tuple(labels("article_kind").values())
    is_list = typing.get_origin(annotation) is list
    may_be_empty = type(None) in kinds or is_list
    return Field(path, name, "" if value == NOTHING else value, choices, is_list and bool(choices), may_be_empty)


def _flat(annotation: object) -> Iterator[object]:
    """A type and all those that it is made of."""
    yield annotation
    for inner in typing.get_args(annotation):
        yield from _flat(inner)


def changed_fields(fields: Iterable[Field], form: Mapping[str, str]) -> list[tuple[Field, str]]:
    """The fields in which a form has something else than what stands there, with what was typed."""
    given = ((each, form[each.path].strip()) for each in fields if each.path in form)
    return [(each, typed) for each, typed in given if not _is_same(each, typed)]


def _is_same(field: Field, typed: str) -> bool:
    """Tell whether a form says what stands there; several codes in any order."""
    return field.chosen == field._replace(value=typed).chosen if field.is_many else typed == field.value


def kinds_of(record: Record) -> tuple[str, ...]:
    """The kinds of facts that can be added to a record: what stands once only where there is none."""
    return tuple(kind for kind in KINDS_OF_FORM if kind not in _ONCE or getattr(record.case, kind) is None)
