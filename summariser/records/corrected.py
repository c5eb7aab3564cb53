"""Corrections and what they change: where each stands now, and what the model's values were.

The corrections of a record are a log. The path of each counts the facts as they stood when it was made, behind all
earlier ones, so that the log leads from the model's reply to the corrected one, and back. A fact that is taken out or
put in moves those behind it (`Shift`); everything that reckons with this is here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from datetime import date
from typing import Any, Final, NamedTuple, cast

from pydantic import JsonValue, ValidationError

from summariser.errors import InputError
from summariser.schema.case_reply import REPLY_LISTS, CaseReply, ReplyPlace, ReplyTime
from summariser.schema.exchange import spell_issues, spell_path
from summariser.schema.page import ArticleKind, Frozen, PageSource, SourceOrigin
from summariser.schema.record import Correction, Record

SUPPORT: Final = "support"  # the field of a fact whose correction keeps what was said before a person answered for it
STATEMENTS: Final = ("problem", "lesson")  # in a reply a text, and a list of sentences beside it
SINGLE_FACTS: Final[Mapping[str, type[Frozen]]] = {"place": ReplyPlace, "time": ReplyTime}
RECORD_PATHS: Final = (
    *("headline", "kicker", "kind"),
    *(f"source.{name}" for name in PageSource.model_fields if name != "origins"),
)

LINES: Final = "lines"  # whose correction keeps which lines were the article's before a person moved some
OF_RECORD: Final = {*RECORD_PATHS, LINES}

Tree = dict[str, Any]

_PATH: Final = re.compile(r"(\w+)(?:\[(\d{1,6})\])?(?:\.(\w+))?")
_LISTED: Final = re.compile(rf"({'|'.join(REPLY_LISTS)})\[(\d{{1,6}})\]")


class Spot(NamedTuple):
    """The parts of a path: `results[2].kind` is `kind` of number 2 of `results`."""

    name: str
    number: int | None
    field: str | None

    @property
    def fact(self) -> str:
        """The path of the fact or group that it leads into, `results[2]`; "" for what is of none."""
        if self.number is not None:
            return spell_path((self.name, self.number))
        statement = self.name.removesuffix("_sents")
        return statement if statement in (*STATEMENTS, *SINGLE_FACTS) else ""


class Shift(NamedTuple):
    """A fact that is taken out of a list (`step` -1) or put into it (1): where everything stands afterwards."""

    name: str
    at: int
    step: int

    def place(self, index: int) -> int | None:
        """Where an item of the list stands; None if it is the one that went."""
        if self.step < 0 and index == self.at:
            return None
        return index + self.step if index >= self.at else index

    def path(self, path: str) -> str | None:
        """Where a place stands; None if it was in the fact that went."""
        own = _LISTED.match(path)
        if own is None or own[1] != self.name:
            return path
        index = self.place(int(own[2]))
        return None if index is None else f"{self.name}[{index}]{path[own.end() :]}"

    def value(self, path: str, value: JsonValue) -> JsonValue:
        """A value with the place of its total, if it has one, as it is afterwards."""
        if self.name != "results" or not path.startswith("results["):
            return value
        if path.endswith(".part_of") and isinstance(value, int):
            return self.place(value)
        if isinstance(value, dict) and isinstance(total := value.get("part_of"), int):
            return value | {"part_of": self.place(total)}
        return value

    def moved(self, correction: Correction) -> Correction:
        """A correction of something that stands, with its place and its values as they are afterwards."""
        changed = {name: self.value(correction.path, getattr(correction, name)) for name in ("model", "value")}
        return correction.model_copy(update={"path": self.path(correction.path) or correction.path, **changed})


def read_path(path: str) -> Spot:
    """The parts of a place in a reply. Errors: InputError for what is none."""
    found = _PATH.fullmatch(path)
    if found is None or found[1] not in CaseReply.model_fields:
        raise InputError("no such place in a record", path=path)
    return Spot(found[1], int(found[2]) if found[2] else None, found[3])


def fact_of(path: str) -> str:
    """The path of the fact or group that the place of a correction leads into; "" for what is of none."""
    return "" if path in OF_RECORD else read_path(path.removesuffix(f".{SUPPORT}")).fact


def is_of_reply(path: str) -> bool:
    """Whether a correction is of what the model said, not of the record itself or of how far a fact is borne out."""
    return path not in OF_RECORD and not path.endswith(f".{SUPPORT}")


def shift_of(correction: Correction) -> Shift | None:
    """How a correction moves the facts of a list: one that takes a fact out or puts one in does."""
    own = _LISTED.fullmatch(correction.path)
    if own is None or (correction.model is None) == (correction.value is None):
        return None
    return Shift(own[1], int(own[2]), -1 if correction.value is None else 1)


def standing(corrections: Sequence[Correction]) -> dict[int, Correction]:
    """The corrections of what stands in the record, each as of now, by its number in the log, from 0."""
    now: dict[int, Correction] = {}
    for number, correction in enumerate(corrections):
        shift = shift_of(correction)
        if shift:
            now = {k: shift.moved(each) for k, each in now.items() if shift.path(each.path)}
        if shift is None or shift.step > 0:
            now[number] = correction
    return now


def lift(corrections: Sequence[Correction], number: int) -> tuple[tuple[Correction, ...], Correction]:
    """The log without one of its corrections, and that one as it would be if it were made now, last."""
    entry, rest = corrections[number], list(corrections[:number])
    own = shift_of(entry)
    back = own and own._replace(step=-own.step)
    for later in corrections[number + 1 :]:
        without = back.moved(later) if back else later
        rest.append(without)
        step = shift_of(later if own and own.step > 0 else without)  # where there is such a fact to be moved
        if step:
            entry = step.moved(entry)
            moved = shift_of(entry)
            back = moved and moved._replace(step=-moved.step)
    return tuple(rest), entry


def with_values(reply: CaseReply, corrections: Sequence[Correction]) -> CaseReply:
    """A stored case as a reply, with what people corrected; what stands elsewise in it was changed by other means.

    Errors: InputError if the corrections do not fit the reply.
    """
    standing_in_it = in_reply(corrections)

    def put_all(tree: Tree) -> None:
        for each in standing_in_it:
            put_value(tree, each.path, each.value)

    return edited(reply, put_all) if standing_in_it else reply


def as_model_gave(reply: CaseReply, corrections: Sequence[Correction]) -> CaseReply:
    """A stored case as the reply that the model gave. Errors: InputError if the corrections do not fit the reply."""

    def take_back(tree: Tree) -> None:
        for correction in reversed(corrections):
            shift = shift_of(correction)
            if shift and shift.step > 0:
                drop_fact(tree, shift._replace(step=-1))
            elif shift:
                insert_fact(tree, shift._replace(step=1), correction.model)
            elif is_of_reply(correction.path):
                put_value(tree, correction.path, correction.model)

    return edited(reply, take_back)


def in_reply(corrections: Sequence[Correction]) -> list[Correction]:
    """The standing corrections of values of the reply."""
    return [each for each in standing(corrections).values() if is_of_reply(each.path)]


def printed_words(corrections: Sequence[Correction]) -> dict[str, str]:
    """What the page prints where a person corrected its words, by the place in the present reply."""
    return {each.path: each.printed for each in in_reply(corrections) if each.printed is not None}


def values_at(reply: CaseReply, paths: Iterable[str]) -> list[str]:
    """The texts that stand at places of a reply; nothing for a place that it does not have."""
    listed, found = list(paths), []
    tree: Tree = json.loads(reply.model_dump_json()) if listed else {}
    for path in listed:
        with suppress(InputError):
            found.append(take_value(tree, path))
    return [each for each in found if isinstance(each, str)]


def edited(reply: CaseReply, change: Callable[[Tree], None]) -> CaseReply:
    """The reply after a change of its JSON. Errors: InputError if what comes out is no reply."""
    tree: Tree = json.loads(reply.model_dump_json())
    change(tree)
    try:
        return CaseReply.model_validate_json(json.dumps(tree))
    except ValidationError as error:
        raise InputError("; ".join(spell_issues(error)[:5]), path="case") from error


def take_value(tree: Tree, path: str) -> JsonValue:
    """What stands at a place of the JSON of a reply; null in a place or a time that there is none of.

    Errors: InputError for what is no place in it.
    """
    spot = read_path(path)
    owner: Any = tree[spot.name]
    if spot.number is not None:
        owner = _item(owner, spot.number, path)
    if spot.field is None or (owner is None and spot.name in SINGLE_FACTS):
        return cast("JsonValue", owner)
    if not isinstance(owner, dict) or spot.field not in owner:
        raise InputError(f"there is no field {spot.field}", path=path, expected=_fields_of(spot.name))
    return cast("JsonValue", owner[spot.field])


def put_value(tree: Tree, path: str, value: JsonValue) -> None:
    """Change what stands at a place of the JSON of a reply. Errors: InputError for what is no place in it."""
    spot = read_path(path)
    if spot.name in STATEMENTS and not isinstance(value, str):  # a whole one, or none
        whole = value if isinstance(value, dict) else {}
        tree[spot.name], tree[f"{spot.name}_sents"] = whole.get("text"), deepcopy(whole.get("sents", []))
    elif spot.number is None and spot.field is None:
        tree[spot.name] = deepcopy(value)
    elif spot.field is None:
        _item(tree[spot.name], spot.number or 0, path)
        tree[spot.name][spot.number] = deepcopy(value)
    else:
        take_value(tree, path)
        owner = tree[spot.name] if spot.number is None else tree[spot.name][spot.number]
        if owner is None:
            raise InputError("the article has none; add it with its sentences", path=spot.name)
        owner[spot.field] = value


def insert_fact(tree: Tree, shift: Shift, fact: JsonValue) -> None:
    """Put a fact into its list; the totals of the others are reckoned anew."""
    facts = tree[shift.name]
    if not isinstance(facts, list) or shift.at > len(facts):
        raise InputError("no such place in the list", path=spell_path((shift.name, shift.at)))
    facts[:] = [shift.value(f"{shift.name}[", each) for each in facts]
    facts.insert(shift.at, deepcopy(fact))  # what comes from a correction stays its own


def drop_fact(tree: Tree, shift: Shift) -> None:
    """Take a fact out of its list; the totals of the others are reckoned anew."""
    facts = tree[shift.name]
    _item(facts, shift.at, spell_path((shift.name, shift.at)))
    del facts[shift.at]
    facts[:] = [shift.value(f"{shift.name}[", each) for each in facts]


def corrected_record(record: Record, values: Iterable[tuple[str, JsonValue]]) -> Record:
    """The record with fields of its own changed; what is known of its source now and was not before is a person's.

    Errors: InputError if a value is none of its field.
    """
    changes: Tree = {}
    source = record.source.model_dump(mode="json")
    for path, value in values:
        name = path.removeprefix("source.")
        if name == path:
            changes[name] = _own_value(name, value)
            continue
        source[name] = value
        if value is not None:
            source["origins"].setdefault(name, SourceOrigin.PERSON)
        elif source["origins"].get(name) == SourceOrigin.PERSON:
            del source["origins"][name]
        if name == "issue_date" and value is not None:
            _check_date(value, path)
    try:
        changes["source"] = PageSource.model_validate_json(json.dumps(source))
    except ValidationError as error:
        raise InputError("; ".join(spell_issues(error)), path="source") from error
    return record.model_copy(update=changes)


def _own_value(name: str, value: JsonValue) -> object:
    """A title or the kind of a record. Errors: InputError if the value is none."""
    if name == "kind":
        if value not in list(ArticleKind):
            raise InputError(f"“{value}” is no kind of article", path=name, expected=", ".join(ArticleKind))
        return ArticleKind(str(value))
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise InputError("a title is words, or null", path=name)
    return value


def _check_date(value: JsonValue, path: str) -> None:
    try:
        date.fromisoformat(str(value))
    except ValueError as error:
        raise InputError(f"“{value}” is no date", path=path, expected="An ISO date: 2026-04-20") from error


def _item(items: Any, index: int, path: str) -> Any:
    """An item of a list in the JSON of a reply. Errors: InputError if there is none."""
    if not isinstance(items, list) or index >= len(items):
        raise InputError("no such fact", path=path)
    return items[index]


def _fields_of(name: str) -> str:
    kind = REPLY_LISTS.get(name) or SINGLE_FACTS.get(name)
    return ", ".join(kind.model_fields) if kind else ""
