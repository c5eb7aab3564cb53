"""Corrections in records: where each stands now, and what the model's values were.

The corrections of a record are a log. The path of each counts the facts as they stood when it was made, behind all
earlier ones, so that the log leads from the model's reply to the corrected one, and back. Whoever changes a record
works on its `Numbered` form: there each fact that a list ever had keeps its number, whatever goes or comes.

Sentences of a record may still say what the page misprints after a person corrected it; they are told.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from datetime import date
from typing import Any, Final, NamedTuple, cast

from pydantic import JsonValue, ValidationError

from summariser.errors import InputError
from summariser.numbers.numerals import PEOPLE, NumeralKind, find_english_numerals
from summariser.numbers.quantity import find_quantities
from summariser.reply import REPLY_LISTS, CaseReply, ReplyPlace, ReplyTime
from summariser.schema.case import PROSE, Finding, Quantity, Rule, shorten
from summariser.schema.exchange import spell_issues, spell_path
from summariser.schema.page import Article, ArticleKind, Frozen, PageSource, SourceOrigin
from summariser.schema.record import Correction, CorrectionReason, Record
from summariser.text import plain_text

SUPPORT: Final = "support"  # the field of a fact whose correction keeps what was said before a person answered for it
STATEMENTS: Final = ("problem", "lesson")  # in a reply a text, and a list of sentences beside it
SINGLE_FACTS: Final[Mapping[str, type[Frozen]]] = {"place": ReplyPlace, "time": ReplyTime}
RECORD_PATHS: Final = (
    *("headline", "kicker", "kind"),
    *(f"source.{name}" for name in PageSource.model_fields if name != "origins"),
)

FACT_KINDS: Final = (*REPLY_LISTS, *SINGLE_FACTS, *STATEMENTS)
LINES: Final = "lines"  # whose correction keeps which lines were the article's before a person moved some
OF_RECORD: Final = {*RECORD_PATHS, LINES}

Tree = dict[str, Any]
Log = tuple[Correction, ...]

_PATH: Final = re.compile(r"(\w+)(?:\[(\d{1,20})\])?(?:\.(\w+))?")
_LISTED: Final = re.compile(rf"({'|'.join(REPLY_LISTS)})\[(\d{{1,20}})\]")
_GAP: Final = 1 << 40  # between the numbers of two facts, so that others find room


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


def fields_of(kind: str) -> dict[str, str]:
    """The fields of a kind of fact, each with a path that has its type.

    Errors: KeyError for what is no kind of fact.
    """
    if kind in STATEMENTS:
        return {"text": kind, "sents": f"{kind}_sents"}
    owner = f"{kind}[0]" if kind in REPLY_LISTS else kind
    return {name: f"{owner}.{name}" for name in {**REPLY_LISTS, **SINGLE_FACTS}[kind].model_fields}


def is_follower(correction: Correction) -> bool:
    """Whether a correction only keeps what was said of a fact before others made a person answer for it."""
    return correction.path.endswith(f".{SUPPORT}") and correction.reason is not CorrectionReason.CONFIRMED


def step_of(correction: Correction) -> int:
    """1 for a correction that puts a fact into a list, -1 for one that takes one out, 0 for every other."""
    is_whole = _LISTED.fullmatch(correction.path) is not None
    return is_whole * ((correction.model is None) - (correction.value is None))


# ---- how facts are counted


class _Read:
    """The facts of one list by numbers that they keep, in their order, while a log is read."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self.now = sorted(numbers)
        self.known = {0, *self.now}

    def place(self, index: int) -> int | None:
        """The number of the fact in this place; of one behind the last a number below zero."""
        return self.now[index] if index < len(self.now) else ~index

    def turn(self, index: int, step: int) -> None:
        """Take the fact out of this place, or put one in there."""
        after = self.now[index] if index < len(self.now) else max(self.known) + 2 * _GAP
        new = (max(number for number in self.known if number < after) + after) // 2
        self.now[index : index + (step < 0)] = [new] * (step > 0)
        self.known |= {*self.now}


class _Written(_Read):
    """The places of the facts of one list that stand while a log is written."""

    def place(self, number: int) -> int | None:
        """Where the fact with this number stands; None if it does not."""
        return ~number if number < 0 else self.now.index(number) if number in self.now else None

    def turn(self, number: int, step: int) -> None:
        """Take the fact out, or put it in."""
        self.now = sorted({*self.now, number} if step > 0 else {*self.now} - {number})


def _recount(log: Iterable[Correction], counts: Mapping[str, _Read]) -> list[Correction | None]:
    """Corrections with other numbers of their facts, which turn with the log; None for one of what does not stand."""
    found: list[Correction | None] = []
    for each in log:
        before = _moved(each, counts)
        _turn(each, counts, step_of(each))
        found.append(_moved(each, counts) if step_of(each) > 0 else before)
    return found


def _turn(each: Correction, counts: Mapping[str, _Read], step: int) -> None:
    """Let the fact of a correction come or go, if it is one of a list."""
    if step and (own := _LISTED.fullmatch(each.path)):
        counts[own[1]].turn(int(own[2]), step)


def _moved(each: Correction, counts: Mapping[str, _Read]) -> Correction | None:
    """A correction with other numbers of its fact and its totals; None if its fact has none."""
    path = _placed(each.path, counts)
    values = {name: _totalled(each.path, getattr(each, name), counts["results"]) for name in ("model", "value")}
    return each.model_copy(update={"path": path, **values}) if path else None


def _placed(path: str, counts: Mapping[str, _Read]) -> str | None:
    """A path with another number of its fact; None if it has none."""
    own = _LISTED.match(path)
    number = counts[own[1]].place(int(own[2])) if own else None
    if own is None:
        return path
    return None if number is None or number < 0 else f"{own[1]}[{number}]{path[own.end() :]}"


def _totalled(path: str, value: JsonValue, results: _Read) -> JsonValue:
    """A value with another number of its total, if it has one."""
    if path.startswith("results[") and path.endswith(".part_of") and isinstance(value, int):
        return results.place(value)
    if path.startswith("results[") and isinstance(value, dict) and isinstance(total := value.get("part_of"), int):
        return value | {"part_of": results.place(total)}
    return value


def standing(record: Record) -> dict[int, Correction]:
    """The corrections of what stands in a record, each as of now, by its number in the log, from 0."""
    if not record.corrections:
        return {}
    counts = _begin({name: len(getattr(record.case, name)) for name in REPLY_LISTS}, record.corrections)
    read = list(enumerate(_recount(record.corrections, counts)))
    now = {name: _Written(count.now) for name, count in counts.items()}
    placed = {k: _moved(each, now) for k, each in read if each and step_of(each) >= 0}
    return {number: each for number, each in placed.items() if each}


def _begin(lengths: Mapping[str, int], corrections: Sequence[Correction]) -> dict[str, _Read]:
    """The lists as the model gave them, by their lengths now."""
    steps = Counter[str]()
    for each in corrections:
        steps[each.path.partition("[")[0]] += step_of(each)
    return {name: _Read(_GAP * k for k in range(1, length - steps[name] + 1)) for name, length in lengths.items()}


class Numbered(NamedTuple):
    """The JSON of a reply and its corrections, each fact under a number that it keeps when others go or come.

    Shape: a list is a map of its facts that stand, by their numbers, in whose order they stand.
    """

    tree: Tree
    log: Log

    @classmethod
    def of(cls, reply: CaseReply, corrections: Sequence[Correction]) -> Numbered:
        """The numbers for a stored case, as the reply that it would be. Errors: InputError if these do not fit."""
        tree: Tree = json.loads(reply.model_dump_json())
        counts = _begin({name: len(tree[name]) for name in REPLY_LISTS}, corrections)
        log = _recount(corrections, counts)
        if None in log:
            raise InputError("no such fact", path=corrections[log.index(None)].path)
        for name, count in counts.items():
            if len(count.now) != len(tree[name]):
                raise InputError("no such fact", path=spell_path((name, len(count.now))))
            given = [_totalled(f"{name}[", fact, counts["results"]) for fact in tree[name]]
            tree[name] = dict(zip(count.now, given, strict=True))
        return cls(tree, tuple(each for each in log if each))

    @property
    def _written(self) -> dict[str, _Read]:
        return {name: _Written(self.tree[name]) for name in REPLY_LISTS}

    @property
    def _read(self) -> dict[str, _Read]:
        return {name: _Read(self.tree[name]) for name in REPLY_LISTS}

    def place(self, path: str) -> str | None:
        """A path as the reply has it now; None if its fact does not stand."""
        return _placed(path, self._written)

    def number(self, path: str) -> str:
        """A path of the reply with the number of its fact."""
        return _placed(path, self._read) or path

    def numbered(self, path: str, value: JsonValue) -> JsonValue:
        """A value for a place of the reply, with the number of its total if it has one."""
        return _totalled(path, value, self._read["results"])

    def next_path(self, name: str) -> str:
        """The path of a fact behind all that a list ever had."""
        known = [int(own[2]) for each in self.log if (own := _LISTED.match(each.path)) and own[1] == name]
        return spell_path((name, max((0, *self.tree[name], *known)) + _GAP))

    def reply(self) -> CaseReply:
        """The reply with what stands. Errors: InputError if it is none."""
        results = self._written["results"]
        listed = {
            name: [_totalled(f"{name}[", fact, results) for _, fact in sorted(self.tree[name].items())]
            for name in REPLY_LISTS
        }
        return read_tree(self.tree | listed)

    def corrections(self) -> Log:
        """The log as a record keeps it."""
        counts = self._written
        for each in reversed(self.log):
            _turn(each, counts, -step_of(each))
        return tuple(each for each in _recount(self.log, counts) if each)

    def printed(self) -> dict[str, str]:
        """What the page prints where a person corrected its words, by the place in the reply as it is now."""
        placed = ((self.place(each.path), each.printed) for each in self.log if is_of_reply(each.path))
        return {path: printed for path, printed in placed if path and printed is not None}

    def as_model_gave(self) -> Numbered:
        """The same with the values of the model. Errors: InputError if the corrections do not fit the reply."""
        tree = deepcopy(self.tree)
        for each in reversed(self.log):
            if is_of_reply(each.path):
                put_value(tree, each.path, each.model)
        return self._replace(tree=tree)


def with_values(reply: CaseReply, record: Record) -> CaseReply:
    """The stored case of a record as a reply, with what people corrected; all else in it was changed by other means.

    Errors: InputError if the corrections do not fit the reply.
    """
    stand = [each for each in standing(record).values() if is_of_reply(each.path)]
    if not stand:
        return reply
    tree: Tree = json.loads(reply.model_dump_json())
    for each in stand:
        put_value(tree, each.path, each.value)
    return read_tree(tree)


def printed_words(record: Record) -> dict[str, str]:
    """What the page prints where a person corrected its words, by the place in the present reply."""
    stand = standing(record).values()
    return {each.path: each.printed for each in stand if each.printed is not None and is_of_reply(each.path)}


def read_tree(tree: Tree) -> CaseReply:
    """The reply that JSON is. Errors: InputError if it is none."""
    try:
        return CaseReply.model_validate_json(json.dumps(tree))
    except ValidationError as error:
        raise InputError("; ".join(spell_issues(error)[:5]), path="case") from error


def values_at(reply: CaseReply, paths: Iterable[str]) -> list[str]:
    """The texts that stand at places of a reply; nothing for a place that it does not have."""
    listed, found = list(paths), []
    tree: Tree = json.loads(reply.model_dump_json()) if listed else {}
    for path in listed:
        with suppress(InputError):
            found.append(take_value(tree, path))
    return [each for each in found if isinstance(each, str)]


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
    elif isinstance(tree[spot.name], dict) and spot.field is None:  # numbered: it comes, or goes with null
        tree[spot.name] |= {spot.number: deepcopy(value)}
        if value is None:
            del tree[spot.name][spot.number]
    elif spot.field is None:
        _item(tree[spot.name], spot.number or 0, path)
        tree[spot.name][spot.number] = deepcopy(value)
    else:
        take_value(tree, path)
        owner = tree[spot.name] if spot.number is None else tree[spot.name][spot.number]
        if owner is None:
            raise InputError("the article has none; add it with its sentences", path=spot.name)
        owner[spot.field] = value


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
            try:
                date.fromisoformat(str(value))
            except ValueError as error:
                raise InputError(f"“{value}” is no date", path=path, expected="An ISO date: 2026-04-20") from error
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


def _item(items: Any, index: int, path: str) -> Any:
    """An item of a list in the JSON of a reply. Errors: InputError if there is none."""
    if (isinstance(items, list) and index < len(items)) or (isinstance(items, dict) and index in items):
        return items[index]
    raise InputError("no such fact", path=path)


def _fields_of(name: str) -> str:
    kind = REPLY_LISTS.get(name) or SINGLE_FACTS.get(name)
    return ", ".join(kind.model_fields) if kind else ""


_FEW: Final = 100  # numbers below this may well be told of other things too
_TEXTS: Final = (*PROSE, "problem", "lesson")


class Misprint(NamedTuple):
    """What a page prints, and what a person put in its place."""

    printed: str
    meant: str


def misprints_of(reply: CaseReply, printed: Mapping[str, str]) -> tuple[Misprint, ...]:
    """The misprints of a corrected reply; `printed` maps its places to the words that the page prints there."""
    pairs = ((words, values_at(reply, (path,))) for path, words in printed.items())
    return tuple(dict.fromkeys(Misprint(words, meant[0]) for words, meant in pairs if meant))


def find_told_misprints(reply: CaseReply, misprints: Iterable[Misprint], article: Article) -> Iterator[Finding]:
    """Each sentence of a reply that says what is printed, though a person corrected it.

    Shape: a number counts if its unit is the misprint's and the article has it of nothing else; other words are looked
    for in Chinese sentences only.
    """
    texts = {path: text for path in _TEXTS if (text := getattr(reply, path))}
    texts |= {f"actions[{at}].text": each.text for at, each in enumerate(reply.actions)}
    texts |= {f"results[{at}].text": each.text for at, each in enumerate(reply.results)}
    for misprint in misprints:
        wrong = _wrong_numbers(misprint, article)
        for path, text in texts.items():
            if raw := _told_in(text, misprint, wrong, is_english=path.endswith("_en")):
                yield Rule.MISPRINT_TOLD.say(path, words=shorten(raw), right=shorten(misprint.meant))


def _wrong_numbers(misprint: Misprint, article: Article) -> list[Quantity]:
    """The numbers of the printed words that nobody means, and that the article has of nothing else."""
    meant = {one.value for one in find_quantities(misprint.meant)}
    wrong = [one for one in find_quantities(misprint.printed) if one.value is not None and one.value not in meant]
    places = [found.span() for found in re.finditer(re.escape(misprint.printed), article.text)] if wrong else []
    others = [
        one
        for one in (find_quantities(article.text) if wrong else ())
        if not any(start <= one.start < end for start, end in places)
    ]
    return [
        one
        for one in wrong
        if not any(other.value == one.value and (not _may_stand_for(one, other) or _is_small(one)) for other in others)
    ]


def _told_in(text: str, misprint: Misprint, wrong: Sequence[Quantity], *, is_english: bool) -> str | None:
    """The words of a sentence that say what is printed; None if none do."""
    if plain_text(misprint.meant) in plain_text(text):
        return None
    if is_english:
        values = {one.value for one in wrong}
        counting = (one for one in find_english_numerals(text) if one.kind is NumeralKind.QUANTITY)
        return next((one.raw for one in counting if one.values & values), None)
    for said in find_quantities(text) if wrong else ():
        if any(said.value == one.value and _may_stand_for(one, said) for one in wrong):
            return said.raw
    is_name = len(misprint.printed) > 1 and not find_quantities(misprint.printed)
    return misprint.printed if is_name and plain_text(misprint.printed) in plain_text(text) else None


def _may_stand_for(one: Quantity, other: Quantity) -> bool:
    """Whether two numbers count the same kind of thing; people and visits are misprinted for each other too."""
    return one.unit_class is other.unit_class or {one.unit_class, other.unit_class} == PEOPLE


def _is_small(one: Quantity) -> bool:
    """Whether a number is told of other things as well."""
    return one.value is not None and one.value < _FEW
