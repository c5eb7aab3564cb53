"""What changed between two versions of one fact: its words, names, codes and numbers, and where the page says it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from summariser.reviewing.change import ChangeKind
from summariser.reviewing.value_changes import ValueChange, compare_quantities, compare_texts
from summariser.schema.case import Action, Actor, Evidence, Fact, Person, Place, Result, Statement, Time
from summariser.schema.codes import CodedEnum
from summariser.schema.page import LineRange, format_lines

OFFSETS: Final = "evidence"  # path of a change that is nothing but a shift of offsets

_FACT_CODES: Final[dict[type[Fact], tuple[str, ...]]] = {
    Actor: ("org_type", "level", "role"),
    Person: ("kind",),
    Action: ("theme",),
    Result: ("kind", "status"),
}
_FACT_TEXTS: Final[dict[type[Fact], dict[str, ChangeKind]]] = {
    Actor: {"name": ChangeKind.NAME_CHANGED},
    Person: {"name": ChangeKind.NAME_CHANGED, "title": ChangeKind.NAME_CHANGED},
    Action: {"text": ChangeKind.REWORDED},
    Result: {"text": ChangeKind.REWORDED, "subject": ChangeKind.REWORDED},
    Statement: {"text": ChangeKind.REWORDED},
}
_PLACE_FIELDS: Final = ("province", "city", "county", "full_name", "code", "precision")
_TIME_FIELDS: Final = ("start", "end", "precision")


class Setting(NamedTuple):
    """What is known of the two articles in which the two versions stand."""

    line_shift: int  # by how many lines the whole article moved down its page
    same_text: bool  # false where offsets cannot be compared, because the article was cut otherwise


def compare_facts(old: Fact, new: Fact, setting: Setting) -> list[ValueChange]:
    """Everything that differs between two versions of one fact; paths are below the fact."""
    changes = list(_value_changes(old, new))
    has_number = any(change.kind is ChangeKind.NUMBER_CHANGED for change in changes)
    changes += _evidence_changes(old, new, setting, has_number=has_number)
    if old.supported != new.supported:
        kind = ChangeKind.NOW_SUPPORTED if new.supported else ChangeKind.NEWLY_UNSUPPORTED
        changes.append(ValueChange(kind, "", describe(old), describe(new)))
    return changes


def describe(fact: Fact) -> str:
    """A fact in a few words, for a reader."""
    match fact:
        case Actor():
            return f"{fact.name} ({fact.role.zh})"
        case Person():
            return " ".join(filter(None, (fact.name, fact.title)))
        case Result():
            return f"{fact.text}：{fact.value_text}" if fact.value_text else fact.text
        case Place():
            return fact.full_name or "".join(filter(None, (fact.province, fact.city, fact.county)))
        case _:
            return fact.text


def evidence_of(fact: Fact) -> Evidence | None:
    """Where the page says it; a time carries none."""
    return None if isinstance(fact, Time) else fact.evidence


def say(value: object) -> str:
    """A code or another small value, as a reader should see it: the code with its Chinese label."""
    if isinstance(value, CodedEnum):
        return f"{value.value} {value.zh}"
    if isinstance(value, list | tuple):
        return "、".join(map(say, value)) or "-"
    return "-" if value is None else str(value)


def _value_changes(old: Fact, new: Fact) -> Iterator[ValueChange]:
    """Words, names, codes and numbers of two versions of one fact."""
    if isinstance(old, Place) and isinstance(new, Place):
        yield from _group_change(old, new, _PLACE_FIELDS, describe)
        return
    if isinstance(old, Time) and isinstance(new, Time):
        found = _below("text", compare_texts(old.text, new.text, otherwise=ChangeKind.NAME_CHANGED))
        yield from found or _group_change(old, new, _TIME_FIELDS, lambda time: f"{time.start} – {time.end}")
        return
    for name, kind in _FACT_TEXTS.get(type(new), {}).items():
        yield from _below(name, compare_texts(getattr(old, name), getattr(new, name), otherwise=kind))
    if isinstance(old, Result) and isinstance(new, Result):
        yield from _number_changes(old, new)
    codes = [name for name in _FACT_CODES.get(type(new), ()) if getattr(old, name) != getattr(new, name)]
    if (
        isinstance(old, Actor)
        and isinstance(new, Actor)
        and old.level is new.level
        and old.level_from != new.level_from
    ):
        codes.append("level_from")
    for name in codes:
        yield ValueChange(ChangeKind.CODE_CHANGED, name, say(getattr(old, name)), say(getattr(new, name)))


def _number_changes(old: Result, new: Result) -> Iterator[ValueChange]:
    """The number of a result: what code read, or else only the words that carry it."""
    found = _below("quantity", compare_quantities(old.quantity, new.quantity))
    raws = [each.quantity.raw if each.quantity else None for each in (old, new)]
    if not found:
        found = _below("value_text", compare_texts(old.value_text, new.value_text, otherwise=ChangeKind.REWORDED))
    if not found:
        found = _below("quantity.raw", compare_texts(*raws, otherwise=ChangeKind.REWORDED))
    yield from found


def _group_change(old: Fact, new: Fact, fields: Sequence[str], say_all: Callable[..., str]) -> Iterator[ValueChange]:
    """One change for fields that belong together: the differing one, or all of them as a reader says them."""
    differing = [name for name in fields if getattr(old, name) != getattr(new, name)]
    if len(differing) == 1:
        said = [say(getattr(each, differing[0])) for each in (old, new)]
        yield ValueChange(ChangeKind.NAME_CHANGED, differing[0], said[0], said[1])
    elif differing:
        yield ValueChange(ChangeKind.NAME_CHANGED, "", say_all(old), say_all(new))


def _evidence_changes(old: Fact, new: Fact, setting: Setting, *, has_number: bool) -> Iterator[ValueChange]:
    """Whether the words of the page behind a fact are others; offsets that merely shifted are named by `OFFSETS`."""
    before, now = evidence_of(old), evidence_of(new)
    if before is None or now is None or {before.match, now.match} > {"failed"}:
        return  # found or lost, which is said as supported or unsupported
    if before.quote != now.quote:
        quiet = ChangeKind.EVIDENCE_MOVED
        if has_number or before.start != now.start:
            yield ValueChange(quiet, "evidence.quote", before.quote, now.quote)
        else:
            yield from _below("evidence.quote", compare_texts(before.quote, now.quote, otherwise=quiet))
    elif _shifted(before.lines, setting.line_shift) != list(now.lines):
        yield ValueChange(
            ChangeKind.EVIDENCE_MOVED, "evidence.lines", format_lines(before.lines), format_lines(now.lines)
        )
    elif setting.same_text and (_offsets(before) != _offsets(now) or _number_moved(old, new)):
        yield ValueChange(ChangeKind.EVIDENCE_MOVED, OFFSETS, _offsets(before), _offsets(now))
    if before.match != now.match:
        yield ValueChange(ChangeKind.CODE_CHANGED, "evidence.match", before.match, now.match)


def _offsets(evidence: Evidence) -> str:
    """Sentences and characters, for a reader."""
    return f"sentences {', '.join(map(str, evidence.sents))}, characters {evidence.start}-{evidence.end}"


def _number_moved(old: Fact, new: Fact) -> bool:
    """Whether only the offsets of a result's number differ."""
    if not (isinstance(old, Result) and isinstance(new, Result) and old.quantity and new.quantity):
        return False
    return old.quantity.start != new.quantity.start and old.quantity.raw == new.quantity.raw


def _below(name: str, values: Iterable[ValueChange]) -> list[ValueChange]:
    """The changes, their paths below a field; within a text there are no paths."""
    if name != "quantity":
        return [value._replace(path=name) for value in values]
    return [value._replace(path=f"{name}.{value.path}".rstrip(".")) for value in values]


def _shifted(lines: Sequence[LineRange], shift: int) -> list[LineRange]:
    return [LineRange(first + shift, last + shift) for first, last in lines]
