"""One value of a stored record changed by a person, and everything checked again.

A correction changes what the model said, never what code filled in: the stored case is turned back into the reply that
it would be, the reply is changed in one place, and the whole of it is checked against the article again. So a number
typed by a person is read by the code that reads the model's, and `summariser check` finds nothing to say about it.
"""

from __future__ import annotations

import json
import re
import types
import typing
from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError

from summariser.errors import InputError
from summariser.records.check import as_reply
from summariser.records.grounding import CHECKS_VERSION, check_case
from summariser.records.reply_rules import broken_citations
from summariser.schema.case import Finding, Severity
from summariser.schema.case_reply import REPLY_LISTS, CaseReply, ReplyPlace
from summariser.schema.codes import CodedEnum
from summariser.schema.page import Article, Frozen
from summariser.schema.record import Record

DROP: Final = "drop"  # typed in place of a value, for a fact's own path: the whole fact goes
NOTHING: Final = "-"  # typed as a value: null, or an empty list

_PATH: Final = re.compile(r"(\w+)(?:\[(\d+)\])?(?:\.(\w+))?")
_SEPARATORS: Final = re.compile(r"[\s,，、;；]+")


def amend(record: Record, article: Article, path: str, typed: str) -> tuple[Record, tuple[Finding, ...]]:
    """The record with one value of the reply changed, and the facts that the page bore out before and does not now.

    Shape: `path` is a place in the reply (`results[2].value_text`, `summary`), or a fact's own (`results[2]`) with
    `DROP` typed. The review and the hash stay.
    Errors: InputError if the value is none of its field, changes nothing, or code reads the field from elsewhere.
    """
    stored = as_reply(record.case)
    reply, moved = _drop(stored, path) if typed == DROP and path.endswith("]") else (_change(stored, path, typed), {})
    known_broken = set(broken_citations(stored, article))
    for broken in broken_citations(reply, article):  # a citation that leads nowhere is no opinion
        if broken not in known_broken:
            raise InputError(broken.message, path=broken.path)
    changed = check_again(record, reply, article)
    if changed.case == record.case:
        elsewhere = "code fills this in from the name or the page and reads it otherwise; correct what it is read from"
        why = "that is what stands there already" if reply == stored else elsewhere
        raise InputError(why, path=path, next_step="Type another value, or leave it")
    known = {(_moved(finding.path, moved), finding.rule) for finding in record.findings}
    return changed, tuple(f for f in unsupported_in(changed) if (f.path, f.rule) not in known)


def check_again(record: Record, reply: CaseReply, article: Article) -> Record:
    """The record with the reply's case, as the present rules check it."""
    checked = check_case(reply, article, issued=record.source.issue_date)
    return record.model_copy(
        update={
            "case": checked.case,
            "findings": checked.findings,
            "needs_review": any(finding.deserves_review for finding in checked.findings),
            "provenance": record.provenance.model_copy(update={"checks": CHECKS_VERSION}),
        }
    )


def unsupported_in(record: Record) -> tuple[Finding, ...]:
    """The findings that mark a fact, those that a correction was kept in spite of included."""
    return tuple(finding for finding in record.findings if finding.severity is not Severity.NOTICE)


def spell(annotation: object, typed: str) -> object:
    """What a person typed, as JSON of the field's type; codes by their name or label.

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
            raise ValueError(f"“{typed}” is no number of a sentence")
        return int(typed)
    if isinstance(annotation, type) and issubclass(annotation, CodedEnum):
        return _code(annotation, typed)
    if not typed:
        raise ValueError("this field cannot be empty")
    return typed


def look_up(reply: CaseReply, path: str) -> object:
    """What stands at a place of the reply. Errors: InputError for what is no place in a reply."""
    name, index, field = _parts(path)
    value = getattr(reply, name) if index is None else getattr(reply, name)[index]
    return value if field is None or value is None else getattr(value, field)


def spoken(value: object) -> str:
    """A value as a person would type it."""
    if value is None or value == []:
        return NOTHING
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)


def _change(reply: CaseReply, path: str, typed: str) -> CaseReply:
    """The reply with one value replaced."""
    tree = json.loads(reply.model_dump_json())
    name, index, field = _parts(path)
    try:
        value = spell(_annotation(name, field), typed)
    except ValueError as error:
        raise InputError(str(error), path=path) from error
    if field is None:
        tree[name] = value
    elif index is not None:
        tree[name][index][field] = value
    else:
        tree[name] = {**(tree[name] or {"province": None, "city": None, "county": None, "sents": []}), field: value}
    try:
        return CaseReply.model_validate_json(json.dumps(tree))
    except ValidationError as error:
        raise InputError("; ".join(issue["msg"] for issue in error.errors()), path=path) from error


def _parts(path: str) -> tuple[str, int | None, str | None]:
    """`results[2].kind` as its three parts. Errors: InputError for what is no place in a reply."""
    found = _PATH.fullmatch(path)
    if found is None or found[1] not in CaseReply.model_fields:
        raise InputError("no such place in a record", path=path)
    return found[1], int(found[2]) if found[2] else None, found[3]


def _annotation(name: str, field: str | None) -> object:
    kind: type[Frozen] = CaseReply if field is None else REPLY_LISTS.get(name, ReplyPlace)
    if (field or name) not in kind.model_fields:
        raise ValueError(f"there is no field {field or name}; {', '.join(kind.model_fields)}")
    return kind.model_fields[field or name].annotation


def _code(codes: type[CodedEnum], typed: str) -> str:
    for code in codes:
        if typed.casefold() in (code.value, code.zh, code.en.casefold()):
            return code.value
    listed = ", ".join(f"{code.value} {code.zh}" for code in codes)
    raise ValueError(f"“{typed}” is no code of this list: {listed}")


def _drop(reply: CaseReply, path: str) -> tuple[CaseReply, dict[str, str]]:
    """The reply without one fact, and where the facts behind it have moved."""
    name, index, _ = _parts(path)
    facts = list(getattr(reply, name))
    if index is None or index >= len(facts):
        raise InputError("no such fact", path=path)
    moved = {f"{name}[{i}]": f"{name}[{i - 1}]" for i in range(index + 1, len(facts))}
    return reply.model_copy(update={name: [*facts[:index], *facts[index + 1 :]]}), {path: "", **moved}


def _moved(path: str, moved: Mapping[str, str]) -> str:
    """Where a finding's place stands now."""
    fact, dot, field = path.partition(".")
    return moved.get(fact, fact) + dot + field
