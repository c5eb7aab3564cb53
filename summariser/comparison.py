"""What differs between two records of one article: every field, with facts paired by what they say, and within a value.

This is the one comparison. A check holds a stored record against the one that code makes now, a diff two versions, a
list of corrections what a tool wrote against what a person left: each is a view of these changes, and decides itself
what of them is worth telling.

Pairing: position in the list means nothing. Equal facts are paired first; then the likest, down to a bound below which
two facts are no versions of each other. Words of the page say more than words of the model: the place of a number or a
quote joins two facts that are worded altogether differently.

Values: of two texts or two quantities it is told whether a number changed, its unit, how exactly it is given, or only
the words.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from operator import add
from typing import Final, NamedTuple

from summariser.numbers.numerals import find_english_numerals
from summariser.numbers.quantity import find_numerals, find_quantities
from summariser.organisations import same_organisation
from summariser.schema.case import (
    FACT_LISTS,
    SINGLE,
    Action,
    Actor,
    Approximation,
    Device,
    Employer,
    Evidence,
    Fact,
    Finding,
    Listed,
    Person,
    Quantity,
    Relation,
    Result,
    Time,
    fact_path,
)
from summariser.schema.page import Frozen, PageSource
from summariser.schema.record import Provenance, Record
from summariser.text import fold_text

ALIKE: Final = 0.45  # below it, two facts are two facts; see the weights of `likeness`
ONE_FACT: Final = 0.6  # above it, two facts without names and numbers say the same
Named = Actor | Employer | Person | Device | Relation
MAX_COMPARED: Final = 40_000  # pairs; a case has 25 results, and what has 200 others was not written by us


def pair_positions(old: Sequence[Listed], new: Sequence[Listed]) -> dict[int, int]:
    """Which of the old facts each new one was: position in the old list to position in the new."""
    waiting: dict[Listed, deque[int]] = defaultdict(deque)
    for k, now in enumerate(new):
        waiting[now].append(k)
    paired = {i: waiting[was].popleft() for i, was in enumerate(old) if waiting.get(was)}
    partners = set(paired.values())
    gone = [i for i in range(len(old)) if i not in paired]
    came = [k for k in range(len(new)) if k not in partners]
    likest = _likest([old[i] for i in gone], [new[k] for k in came])
    return paired | {gone[i]: came[k] for i, k in likest.items()}


def likeness(old: Listed, new: Listed) -> float:
    """How much two facts of one sort speak for being one: 0 not at all, 1 and more surely."""
    where = shared_place(old.evidence, new.evidence)
    if isinstance(old, Result) and isinstance(new, Result):
        return _result_likeness(old, new, where)
    if isinstance(old, Action) and isinstance(new, Action):
        return 0.5 * shared_words(old.text, new.text) + 0.55 * where + 0.05 * (old.theme is new.theme)
    if isinstance(old, Named) and isinstance(new, Named):
        if same_name(old, new):
            return 1 + 0.1 * where
        return 0.6 * shared_words(name_of(old), name_of(new)) + 0.5 * where + 0.25 * (_part(old) == _part(new))
    return 0.0


def same_name(one: Named, other: Named) -> bool:
    """Tell whether two names are one: organisations by their short forms too, all others letter by letter."""
    ours, theirs = name_of(one), name_of(other)
    return ours == theirs or _same_name(ours, theirs, of_organisations=isinstance(one, Actor | Employer))


def name_of(fact: Named) -> str:
    """The name that a fact is about."""
    return fact.to if isinstance(fact, Relation) else fact.name


def same_number(one: Result, other: Result) -> bool:
    """Tell whether two results give one number, whatever words carry it."""
    return _number(one) == _number(other)


def says_same(one: Listed, other: Listed) -> bool:
    """Two facts that a reader would call one: the same name, the same number or the same words of the page."""
    if isinstance(one, Named) and isinstance(other, Named):
        return same_name(one, other)
    if isinstance(one, Result) and isinstance(other, Result) and (one.value_text or other.value_text):
        return same_number(one, other) and shared_place(one.evidence, other.evidence) > 0
    return likeness(one, other) >= ONE_FACT


def _part(fact: Named) -> tuple[str, str]:
    """What somebody does in an article, whoever it is; who has neither role nor title is told apart by name alone."""
    match fact:
        case Actor():
            return fact.role, fact.org_type
        case Person():
            return fact.title or fact.name, fact.kind
        case Relation():
            return fact.to, fact.kind
    return fact.name, ""


def _number(result: Result) -> object:
    quantity = result.quantity
    if quantity is None:
        return result.value_text
    return quantity.value, quantity.min, quantity.max, quantity.unit, quantity.per, quantity.approx


def _likest(old: Sequence[Listed], new: Sequence[Listed]) -> dict[int, int]:
    """Pairs of positions, the likest first; among equals those that stand nearest to each other."""
    if len(old) * len(new) > MAX_COMPARED:
        return {}
    scored = sorted((-likeness(was, now), abs(i - k), i, k) for i, was in enumerate(old) for k, now in enumerate(new))
    taken: dict[int, int] = {}
    partners: set[int] = set()
    for unlikeness, _, i, k in scored:
        if -unlikeness >= ALIKE and i not in taken and k not in partners:
            taken[i] = k
            partners.add(k)
    return taken


def _result_likeness(old: Result, new: Result, where: float) -> float:
    """Kind, subject, words; and the number: what it is, and where it stands."""
    words, kind = shared_words(old.text, new.text), 0.1 * (old.kind is new.kind)
    if old.quantity is None or new.quantity is None:
        return 0.5 * words + 0.4 * where + kind
    subject = 0.15 * (old.subject is not None and old.subject == new.subject)
    value = 0.2 * (old.quantity.value == new.quantity.value and old.quantity.unit == new.quantity.unit)
    spot = _overlap((old.quantity.start, old.quantity.end), (new.quantity.start, new.quantity.end))
    if not where:
        spot = 0.0  # an offset alone means nothing: the article may have shifted
    return 0.3 * words + kind + subject + value + 0.3 * spot + 0.1 * where


def shared_place(old: Evidence, new: Evidence) -> float:
    """How much of the page's words two facts share, from 0 to 1."""
    if old.quote is not None and old.quote == new.quote:
        return 1.0
    if old.start is not None and old.end is not None and new.start is not None and new.end is not None:
        return _overlap((old.start, old.end), (new.start, new.end))
    return 0.5 if set(old.sents) & set(new.sents) else 0.0


def _overlap(span: tuple[int, int], other: tuple[int, int]) -> float:
    """The share of the shorter span that lies in the other."""
    shorter = min(span[1] - span[0], other[1] - other[0])
    shared = min(span[1], other[1]) - max(span[0], other[0])
    return max(shared, 0) / shorter if shorter > 0 else 0.0


def shared_words(old: str, new: str) -> float:
    """Likeness of two texts by their pairs of characters, from 0 to 1."""
    if old == new:
        return 1.0
    ours, theirs = _bigrams(old), _bigrams(new)
    return 2 * len(ours & theirs) / (len(ours) + len(theirs))


@lru_cache(maxsize=4096)
def _same_name(one: str, other: str, *, of_organisations: bool) -> bool:
    return same_organisation(one, other) if of_organisations else fold_text(one) == fold_text(other)


@lru_cache(maxsize=4096)
def _bigrams(text: str) -> frozenset[str]:
    return frozenset(map(add, text, text[1:])) or frozenset({text})


class ChangeKind(StrEnum):
    """What sort of thing differs; `ADDED` and `REMOVED` are of whole facts."""

    ADDED = "added"
    REMOVED = "removed"
    NUMBER = "number"
    WORDS = "words"
    NAME = "name"
    CODE = "code"
    EVIDENCE = "evidence"
    SUPPORT = "support"
    FINDING = "finding"
    LINES = "lines"
    REVIEW = "review"
    ORIGIN = "origin"


class Change(NamedTuple):
    """One field, fact or finding that differs.

    Shape: `path` is a JSON path in the new record (`case.results[2].quantity`), or in the old one for what is gone;
    `old` and `new` are what stands there, None for what is not there. `was` and `now` are the fact around the field.
    """

    path: str
    kind: ChangeKind
    old: object
    new: object
    article_id: str
    was: Fact | None = None
    now: Fact | None = None

    @property
    def fact_path(self) -> str:
        """The path of the fact that it is of, `case.results[2]`; the path itself where it is of none."""
        own = fact_path(self.path.removeprefix("case."))
        return f"case.{own}" if own else self.path

    @property
    def field(self) -> str:
        """The name of what differs, below its fact, if it has one: `quantity`."""
        return self.path.rpartition(".")[2]


_KINDS: Final[Mapping[str, ChangeKind]] = {
    **dict.fromkeys(("quantity", "before", "change", "size"), ChangeKind.NUMBER),
    "evidence": ChangeKind.EVIDENCE,
    **dict.fromkeys(("support", "support_by"), ChangeKind.SUPPORT),
    **dict.fromkeys(("lines", "continuation"), ChangeKind.LINES),
    **dict.fromkeys(("review", "corrections", "practice"), ChangeKind.REVIEW),
    **dict.fromkeys(("headline", "kicker", "one_line", "headline_en", "summary", "summary_en"), ChangeKind.WORDS),
    **dict.fromkeys(("text", "value_text", "per_text", "subject", "before_text", "period"), ChangeKind.WORDS),
    **dict.fromkeys(
        ("bylines", "dateline", "name", "title", "to", "claimant", "industry", "size_text"), ChangeKind.NAME
    ),
    **dict.fromkeys(("province", "city", "county", "full_name"), ChangeKind.NAME),
}  # every other field is a code
_APART: Final = {"case", "findings", "provenance", *SINGLE, *FACT_LISTS}  # compared by their parts

_Place = tuple[str, str]  # of a fact: its article, its path in the case


class _FieldContext(NamedTuple):
    """What a field stands in: the article and, if it is of a fact, the two versions of it."""

    article_id: str
    was: Fact | None = None
    now: Fact | None = None


def compare_records(old: Record, new: Record) -> tuple[Change, ...]:
    """Everything that differs between two versions of a record; empty if they are equal.

    Shape: fields of the record, of its source, of the case, of its facts, then findings, then the fields of the
    provenance. The order of facts means nothing; a finding is known again by its fact and its rule.
    """
    return compare_parts((old,), (new,))


def compare_parts(olds: Sequence[Record], news: Sequence[Record]) -> tuple[Change, ...]:
    """The same where an article was split or merged.

    Shape: of several parts the first on each side is the one whose own fields are compared; facts and findings are
    those of all of them.
    """
    old, new = olds[0], news[0]
    around = _FieldContext(new.article_id)
    changes = [*_fields(old, new, "", around), *_fields(old.source, new.source, "source.", around)]
    changes += [*_fields(old.case, new.case, "case.", around)]
    paths: dict[_Place, _Place] = {}
    for name in SINGLE:
        was, now = getattr(old.case, name), getattr(new.case, name)
        changes += _fact_changes(was, now, f"case.{name}", new.article_id)
    for name in FACT_LISTS:
        changes += _list_changes(name, olds, news, paths)
    changes += _finding_changes(olds, news, paths)
    changes += _fields(old.provenance, new.provenance, "provenance.", around)
    return tuple(changes)


def _fields(old: Frozen, new: Frozen, prefix: str, around: _FieldContext) -> Iterator[Change]:
    """The fields in which two objects of one type differ, but for those that are compared by their parts."""
    for name in type(new).model_fields:
        before, after = getattr(old, name), getattr(new, name)
        if name not in _APART and before != after and not isinstance(after, PageSource):
            yield Change(prefix + name, _kind(new, name), before, after, *around)


def _kind(owner: Frozen, name: str) -> ChangeKind:
    """What sort of thing a field of an object is; the words and the dates of a time name it."""
    if isinstance(owner, Provenance):
        return ChangeKind.ORIGIN
    if isinstance(owner, PageSource):
        return ChangeKind.CODE if name == "origins" else ChangeKind.NAME
    if isinstance(owner, Time) and name in {"text", "edtf", "start", "end"}:
        return ChangeKind.NAME
    return _KINDS.get(name, ChangeKind.CODE)


def _fact_changes(old: Fact | None, new: Fact | None, path: str, article_id: str) -> Iterator[Change]:
    """What differs between two versions of a fact, one of which may be missing."""
    if old is not None and new is not None:
        yield from _fields(old, new, f"{path}.", _FieldContext(article_id, old, new))
    elif old is not new:
        kind = ChangeKind.REMOVED if new is None else ChangeKind.ADDED
        yield Change(path, kind, old, new, article_id, old, new)


def _list_changes(
    name: str, olds: Sequence[Record], news: Sequence[Record], paths: dict[_Place, _Place]
) -> Iterator[Change]:
    """Changes of one list of facts, those of the new records in their order; `paths` learns which fact is which."""
    before, after = list(_listed(name, olds)), list(_listed(name, news))
    if before == after:
        paths.update((each[:2], each[:2]) for each in before)
        return
    pairs = pair_positions([fact for _, _, fact in before], [fact for _, _, fact in after])
    partners = {k: i for i, k in pairs.items()}
    for k, (article_id, path, fact) in enumerate(after):
        if k in partners:
            paths[before[partners[k]][:2]] = (article_id, path)
        was = before[partners[k]][2] if k in partners else None
        was = _with_total(was, pairs) if was and len(olds) == len(news) == 1 else was
        yield from _fact_changes(was, fact, f"case.{path}", article_id)
    for i, (article_id, path, fact) in enumerate(before):
        if i not in pairs:
            yield from _fact_changes(fact, None, f"case.{path}", article_id)


def _with_total(fact: Listed, pairs: Mapping[int, int]) -> Listed:
    """An old result as a part of where its total stands in the new list; others as they are."""
    if not isinstance(fact, Result) or fact.part_of is None:
        return fact
    return fact.model_copy(update={"part_of": pairs.get(fact.part_of)})


def _listed(name: str, records: Iterable[Record]) -> Iterator[tuple[str, str, Listed]]:
    """The facts of one list with their article and path."""
    for record in records:
        for index, fact in enumerate(getattr(record.case, name)):
            yield record.article_id, f"{name}[{index}]", fact


def _finding_changes(
    olds: Sequence[Record], news: Sequence[Record], paths: Mapping[_Place, _Place]
) -> Iterator[Change]:
    """Findings that came, went or say something else."""
    renamed = {olds[0].article_id: news[0].article_id}
    before, after = _by_place(olds, paths, renamed), _by_place(news, {}, {})
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        there = now or was
        if there and not (was and now and (was.message, was.severity) == (now.message, now.severity)):
            yield Change(there.path, ChangeKind.FINDING, was, now, key[0])


def _by_place(
    records: Sequence[Record], paths: Mapping[_Place, _Place], renamed: Mapping[str, str]
) -> dict[tuple[str, str, str, str, int], Finding]:
    """Findings by the article and fact they are of, the field and the rule, wherever in its list the fact stands."""
    found: dict[tuple[str, str, str, str, int], Finding] = {}
    seen: Counter[tuple[str, str, str, str]] = Counter()
    for record in records:
        for finding in record.findings:
            own = fact_path(finding.path)
            where = record.article_id, own
            article_id, fact = paths.get(where, (renamed.get(record.article_id, record.article_id), own))
            key = article_id, fact, finding.path.removeprefix(own), finding.rule
            seen[key] += 1
            found[*key, seen[key]] = finding
    return found


# ---- within a value


MAX_LENGTH: Final = 20_000  # characters; a longer text is no text of a record, and its numbers are not looked for

_DIGITS = re.compile(r"[0-9０-９]+(?:[.,．][0-9０-９]+)*")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_NUMERAL = re.compile(
    "[0-9０-９零〇一二两三四五六七八九十百千万亿廿卅数几半首双单初]|[a-zA-Z]"
)  # no number without one
_CONTEXT = 2  # characters in front of a number that tell its place
_ENGLISH_UNIT = re.compile(r"\s?(%|[A-Za-z]+)")


class ValueKind(StrEnum):
    """What differs between two values."""

    NUMBER = "number"
    APPROXIMATION = "approximation"  # a word that says that the number is not exact was lost
    EXACTNESS = "exactness"  # how exactly it is given is said otherwise
    UNIT = "unit"
    WORDS = "words"


class ValueChange(NamedTuple):
    """A change of a value; `path` is below the field that was compared: value, unit, or nothing."""

    kind: ValueKind
    path: str
    old: str | None
    new: str | None
    old_value: Decimal | None = None
    new_value: Decimal | None = None
    unit: str | None = None


class _Number(NamedTuple):
    """A number of a text: its words, and what they say."""

    start: int
    end: int
    raw: str
    value: Decimal | None
    min: Decimal | None = None
    max: Decimal | None = None
    unit: str = ""
    per: str | None = None
    approx: Approximation | None = None
    is_round: bool = False
    before: str = ""  # the characters in front of it

    @property
    def amount(self) -> object:
        """The number, or its bounds where none is named."""
        return (self.min, self.max) if self.value is None else self.value


def compare_texts(old: str | None, new: str | None) -> list[ValueChange]:
    """What changed between two texts.

    Shape: nothing if they are equal; the changes of their numbers; `WORDS`, if more than numbers changed. A number that
    only one of the texts names is not a changed number: it was left out, or put in.
    """
    if old == new:
        return []
    words = ValueChange(ValueKind.WORDS, "", old, new)
    if not old or not new or max(len(old), len(new)) > MAX_LENGTH:
        return [words]
    before, now = _numbers(old), _numbers(new)
    digits = list(_digit_runs(old)), list(_digit_runs(new))  # other digits may make a year of what was a count
    for ours, theirs in ((before, now), digits):
        if _between(old, ours) == _between(new, theirs):
            pairs = zip(ours, theirs, strict=True)
            return [change for pair in pairs for change in _compare_numbers(*pair)] or [words]
    return [*(change for pair in _pair_numbers(before, now) for change in _compare_numbers(*pair)), words]


def compare_quantities(old: Quantity | None, new: Quantity | None) -> list[ValueChange]:
    """What changed between the quantities of two versions of a result; offsets and words are left out."""
    if old is None or new is None:
        number = ValueChange(ValueKind.NUMBER, "", None, None)
        if old is not None:
            return [number._replace(old=old.raw, old_value=old.value, unit=old.unit)]
        return [number._replace(new=new.raw, new_value=new.value, unit=new.unit)] if new is not None else []
    changes = _compare_numbers(_as_number(old), _as_number(new))
    if not changes and old.unit_class is not new.unit_class:
        return [ValueChange(ValueKind.UNIT, "unit_class", old.unit_class.value, new.unit_class.value)]
    return changes


def _compare_numbers(old: _Number, new: _Number) -> list[ValueChange]:
    """What differs between two numbers that stand for each other: the number alone, or else unit and exactness."""
    is_same_raw = old.raw == new.raw  # the words stayed, their reading did not
    other = next((part for part in ("value", "min", "max") if getattr(old, part) != getattr(new, part)), None)
    if other and (old.approx is new.approx or old.amount != new.amount):
        unit = new.unit if new.unit == old.unit else f"{_spell(old.unit)} → {_spell(new.unit)}"
        said = old.raw, new.raw
        if is_same_raw:
            said = f"{old.raw} = {_spell(getattr(old, other))}", f"{new.raw} = {_spell(getattr(new, other))}"
        return [ValueChange(ValueKind.NUMBER, other, *said, old.value, new.value, unit)]
    changes = []
    if (old.unit, old.per) != (new.unit, new.per):
        path = "unit" if old.unit != new.unit else "per"
        said = (_spell(getattr(old, path)), _spell(getattr(new, path))) if is_same_raw else (old.raw, new.raw)
        changes.append(ValueChange(ValueKind.UNIT, path, *said))
    if old.approx is not new.approx and old.approx and new.approx:
        is_lost = new.approx is Approximation.EXACT or (new.is_round and not old.is_round)
        kind = ValueKind.APPROXIMATION if is_lost else ValueKind.EXACTNESS
        changes.append(ValueChange(kind, "approx", f"{old.raw} ({old.approx})", f"{new.raw} ({new.approx})"))
    return changes


def _spell(part: Decimal | str | None) -> str:
    """A part of a number, "-" where there is none."""
    return "-" if part in ("", None) else str(part)


_STAND_FOR_EACH_OTHER: Final[Sequence[Callable[[_Number, _Number], bool]]] = (  # the surest sign first
    lambda old, new: (old.amount, old.unit) == (new.amount, new.unit),
    lambda old, new: len(old.before) == _CONTEXT and old.before == new.before,
    lambda old, new: bool(old.unit) and old.unit == new.unit,
)


def _pair_numbers(old: Sequence[_Number], new: Sequence[_Number]) -> Iterator[tuple[_Number, _Number]]:
    """Pairs of numbers that stand for each other in two texts of different words: one is gone, the other is new.

    First those that differ in how exactly they are given, then those behind the same words, then those of one unit.
    """
    gone, came = _left_over(old, new), _left_over(new, old)
    for is_same in _STAND_FOR_EACH_OTHER:
        for number in tuple(gone):
            partner = next((other for other in came if is_same(number, other)), None)
            if partner is not None:
                gone.remove(number)
                came.remove(partner)
                yield number, partner


def _left_over(numbers: Sequence[_Number], others: Sequence[_Number]) -> list[_Number]:
    """The numbers that the other text does not say, word by word of what they mean."""
    said = {(other.amount, other.unit, other.approx) for other in others}
    return [number for number in numbers if (number.amount, number.unit, number.approx) not in said]


def _between(text: str, numbers: Sequence[_Number]) -> list[str]:
    """The text between the numbers."""
    edges = [0, *(edge for number in numbers for edge in (number.start, number.end)), len(text)]
    return [text[first:last] for first, last in list(pairwise(edges))[::2]]


def _numbers(text: str) -> list[_Number]:
    """Every number of a Chinese or English text, in text order: quantities, then other numerals, then other digits."""
    is_chinese = bool(_CHINESE.search(text))
    if is_chinese and not _NUMERAL.search(text):
        return []
    found = [_as_number(quantity) for quantity in find_quantities(text)] if is_chinese else []
    others = []
    for numeral in find_numerals(text) if is_chinese else find_english_numerals(text):
        match = _ENGLISH_UNIT.match(text, numeral.end)  # a numeral's unit is the word behind it
        unit = match[1] if match else text[numeral.end : numeral.end + 1]
        others.append(_Number(numeral.start, numeral.end, numeral.raw, min(numeral.values), unit=unit))
    taken = {place for known in found for place in range(known.start, known.end)}
    for number in (*others, *_digit_runs(text)):
        places = range(number.start, number.end)
        if taken.isdisjoint(places):
            taken.update(places)
            found.append(number)
    return [number._replace(before=text[max(number.start - _CONTEXT, 0) : number.start]) for number in sorted(found)]


def _as_number(read: Quantity) -> _Number:
    """A quantity as a number of its text."""
    parts = {part: getattr(read, part) for part in _Number._fields if part != "before"}
    return _Number(**parts)


def _digit_runs(text: str) -> Iterator[_Number]:
    """Digits that say no number by the rules of numerals: telephone numbers, parts of names."""
    for match in _DIGITS.finditer(text):
        yield _Number(match.start(), match.end(), match[0], Decimal(match[0]) if match[0].isdecimal() else None)
