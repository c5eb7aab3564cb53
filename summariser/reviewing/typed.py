"""What a person types as the value of a field, and how a value is shown to be typed again."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterable
from typing import Final

from pydantic import JsonValue

from summariser.errors import InputError
from summariser.records.corrected import RECORD_PATHS, SINGLE_FACTS, STATEMENTS, read_path, take_value
from summariser.schema.case_reply import REPLY_LISTS, CaseReply
from summariser.schema.codes import CodedEnum
from summariser.schema.page import ArticleKind, Frozen, PageSource
from summariser.schema.record import Record
from summariser.tables import read_table

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


def fields_of(kind: str) -> dict[str, str]:
    """The fields of a kind of fact, each with a path that has its type.

    Errors: KeyError for what is no kind of fact.
    """
    if kind in STATEMENTS:
        return {"text": kind, "sents": f"{kind}_sents"}
    owner = f"{kind}[0]" if kind in REPLY_LISTS else kind
    return {name: f"{owner}.{name}" for name in {**REPLY_LISTS, **SINGLE_FACTS}[kind].model_fields}


def read_typed(path: str, typed: str) -> JsonValue:
    """What a person typed for a place of a record, as JSON of its field; codes by their name or label.

    Errors: InputError that says what may stand there.
    """
    try:
        return spell(field_type(path), typed)
    except ValueError as error:
        raise InputError(str(error), path=path) from error


def field_type(path: str) -> object:
    """The type of the field at a path. Errors: InputError for what is no place, ValueError for no field."""
    if path in RECORD_PATHS:
        name = path.removeprefix("source.")
        return PageSource.model_fields[name].annotation if name != path else Record.model_fields[name].annotation
    spot = read_path(path)
    kind: type[Frozen] = REPLY_LISTS.get(spot.name) or SINGLE_FACTS.get(spot.name, CaseReply)
    name = spot.name if kind is CaseReply else spot.field or ""
    if name not in kind.model_fields or (kind is CaseReply and spot.field):
        raise ValueError(f"there is no field {spot.field or spot.name}; {', '.join(kind.model_fields)}")
    return kind.model_fields[name].annotation


def spell(annotation: object, typed: str) -> JsonValue:
    """What a person typed, as JSON of a type; codes by their name or label.

    Errors: ValueError that lists what may stand there.
    """
    typed = typed.strip()
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        inner = next(arg for arg in typing.get_args(annotation) if arg is not type(None))
        return None if typed in ("", NOTHING) else spell(inner, typed)
    if typing.get_origin(annotation) is list:
        (inner,) = typing.get_args(annotation)
        return [] if typed in ("", NOTHING) else [spell(inner, part) for part in _SEPARATORS.split(typed) if part]
    if annotation is int:
        if not (typed.isdecimal() and len(typed) < 10):
            raise ValueError(f"“{typed}” is no number of a sentence" if typed else "this field cannot be empty")
        return int(typed)
    if annotation is ArticleKind:
        return typed
    if isinstance(annotation, type) and issubclass(annotation, CodedEnum):
        return _code(annotation, typed)
    if not typed:
        raise ValueError("this field cannot be empty")
    return typed


def look_up(reply: CaseReply, path: str) -> JsonValue:
    """What stands at a place of the reply. Errors: InputError for what is no place in a reply."""
    return take_value(reply.model_dump(mode="json"), path)


def spoken(value: JsonValue) -> str:
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
