"""What changed between two texts or two quantities: a number, its unit, how exactly it is given, or only the words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from summariser.numbers.english_numerals import find_english_numerals
from summariser.numbers.numerals import Numeral
from summariser.numbers.quantity import find_numerals, find_quantities
from summariser.reviewing.change import ChangeKind
from summariser.schema.quantity import Approximation, Quantity

MAX_LENGTH = 20_000  # characters; a longer text is no text of a record, and its numbers are not looked for

_DIGITS = re.compile(r"[0-9０-９]+(?:[.,．][0-9０-９]+)*")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_NUMERAL = re.compile(
    "[0-9０-９零〇一二两三四五六七八九十百千万亿廿卅数几半首双单初]|[a-zA-Z]"
)  # no number without one
_CONTEXT = 2  # characters in front of a number that tell its place
_ENGLISH_UNIT = re.compile(r"\s?(%|[A-Za-z]+)")


class ValueChange(NamedTuple):
    """A change of a value; `path` is below the field that was compared: value, unit, or nothing."""

    kind: ChangeKind
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
    bounds: tuple[Decimal | None, Decimal | None]
    unit: str
    per: str | None
    approx: Approximation | None
    is_round: bool = False
    before: str = ""  # the characters in front of it


def compare_texts(old: str | None, new: str | None, *, otherwise: ChangeKind) -> list[ValueChange]:
    """What changed between two texts.

    Shape: nothing if they are equal; the changes of their numbers; `otherwise`, if more than numbers changed. A number
    that only one of the texts names is not a changed number: it was left out, or put in.
    """
    if old == new:
        return []
    if not old or not new or max(len(old), len(new)) > MAX_LENGTH:
        return [ValueChange(otherwise, "", old, new)]
    before, now = _numbers(old), _numbers(new)
    digits = list(_digit_runs(old)), list(_digit_runs(new))  # other digits may make a year of what was a count
    for ours, theirs in ((before, now), digits):
        if _mask(old, ours) == _mask(new, theirs):
            pairs = zip(ours, theirs, strict=True)
            found = [change for pair in pairs for change in _compare_numbers(*pair)]
            return found or [ValueChange(otherwise, "", old, new)]
    changed = [change for pair in _pair_numbers(before, now) for change in _compare_numbers(*pair)]
    return [*changed, ValueChange(otherwise, "", old, new)]


def compare_quantities(old: Quantity | None, new: Quantity | None) -> list[ValueChange]:
    """What changed between the quantities of two versions of a result; offsets are left out."""
    if old is None or new is None:
        there = old or new
        if there is None:
            return []
        number = ValueChange(ChangeKind.NUMBER_CHANGED, "", None, None, unit=there.unit)
        if old is None:
            return [number._replace(new=there.raw, new_value=there.value)]
        return [number._replace(old=there.raw, old_value=there.value)]
    changes = _compare_numbers(_as_number(old), _as_number(new))
    if not changes and old.unit_class is not new.unit_class:
        changes = [ValueChange(ChangeKind.UNIT_CHANGED, "unit_class", old.unit_class.value, new.unit_class.value)]
    return changes


def _compare_numbers(old: _Number, new: _Number) -> list[ValueChange]:
    """What differs between two numbers that stand for each other: the number alone, or else unit and exactness."""
    words = (old.raw, new.raw)
    if _amount(old) != _amount(new) or (old.approx is new.approx and old.bounds != new.bounds):
        path = "value" if old.value != new.value else "min" if old.bounds[0] != new.bounds[0] else "max"
        unit = new.unit if new.unit == old.unit else f"{old.unit or '-'} → {new.unit or '-'}"
        if words[0] == words[1]:  # the words stayed, their reading did not
            words = (_spelled(old, path), _spelled(new, path))
        return [ValueChange(ChangeKind.NUMBER_CHANGED, path, *words, old.value, new.value, unit)]
    changes = []
    if (old.unit, old.per) != (new.unit, new.per):
        path = "unit" if old.unit != new.unit else "per"
        if words[0] == words[1]:
            words = (getattr(old, path) or "-", getattr(new, path) or "-")
        changes.append(ValueChange(ChangeKind.UNIT_CHANGED, path, *words))
    if old.approx is not new.approx and old.approx and new.approx:
        is_lost = new.approx is Approximation.EXACT or (new.is_round and not old.is_round)
        kind = ChangeKind.APPROXIMATION_LOST if is_lost else ChangeKind.CODE_CHANGED
        said = (f"{old.raw} ({old.approx.value})", f"{new.raw} ({new.approx.value})")
        changes.append(ValueChange(kind, "approx", *said))
    return changes


def _amount(number: _Number) -> object:
    return number.value if number.value is not None else number.bounds


def _spelled(number: _Number, path: str) -> str:
    """The number itself, where the words do not tell the difference."""
    value = {"value": number.value, "min": number.bounds[0], "max": number.bounds[1]}[path]
    return f"{number.raw} = {value if value is not None else '-'}"


def _pair_numbers(old: Sequence[_Number], new: Sequence[_Number]) -> Iterator[tuple[_Number, _Number]]:
    """Pairs of numbers that stand for each other in two texts of different words: one is gone, the other is new.

    First those that differ in how exactly they are given, then those behind the same words, then those of one unit.
    """
    gone, came = _left_over(old, new), _left_over(new, old)
    for is_same in (_is_same_amount, _is_same_place, _is_same_unit):
        for number in tuple(gone):
            partner = next((other for other in came if is_same(number, other)), None)
            if partner is not None:
                gone.remove(number)
                came.remove(partner)
                yield number, partner


def _is_same_amount(old: _Number, new: _Number) -> bool:
    return (_amount(old), old.unit) == (_amount(new), new.unit)


def _is_same_place(old: _Number, new: _Number) -> bool:
    return len(old.before) == _CONTEXT and old.before == new.before


def _is_same_unit(old: _Number, new: _Number) -> bool:
    return bool(old.unit) and old.unit == new.unit


def _left_over(numbers: Sequence[_Number], others: Sequence[_Number]) -> list[_Number]:
    """The numbers that the other text does not say, word by word of what they mean."""
    said = [(_amount(other), other.unit, other.approx) for other in others]
    return [number for number in numbers if (_amount(number), number.unit, number.approx) not in said]


def _mask(text: str, numbers: Sequence[_Number]) -> list[str]:
    """The text between the numbers."""
    edges = [0, *(edge for number in numbers for edge in (number.start, number.end)), len(text)]
    return [text[first:last] for first, last in list(pairwise(edges))[::2]]


def _numbers(text: str) -> list[_Number]:
    """Every number of a Chinese or English text, in text order: quantities, then other numerals, then other digits."""
    is_chinese = bool(_CHINESE.search(text))
    if is_chinese and not _NUMERAL.search(text):
        return []
    found = [_as_number(quantity) for quantity in find_quantities(text)] if is_chinese else []
    numerals = find_numerals(text) if is_chinese else find_english_numerals(text)
    for number in (*(_from_numeral(numeral, text) for numeral in numerals), *_digit_runs(text)):
        if all(number.end <= known.start or number.start >= known.end for known in found):
            found.append(number)
    return [number._replace(before=text[max(number.start - _CONTEXT, 0) : number.start]) for number in sorted(found)]


def _as_number(quantity: Quantity) -> _Number:
    return _Number(
        start=quantity.start,
        end=quantity.end,
        raw=quantity.raw,
        value=quantity.value,
        bounds=(quantity.min, quantity.max),
        unit=quantity.unit,
        per=quantity.per,
        approx=quantity.approx,
        is_round=quantity.is_round,
    )


def _from_numeral(numeral: Numeral, text: str) -> _Number:
    """A numeral as a number; its unit is the word behind it."""
    value = min(numeral.values)
    match = _ENGLISH_UNIT.match(text, numeral.end)
    unit = match[1] if match else text[numeral.end : numeral.end + 1]
    return _Number(numeral.start, numeral.end, numeral.raw, value, (None, None), unit, None, None)


def _digit_runs(text: str) -> Iterator[_Number]:
    """Digits that say no number by the rules of numerals: telephone numbers, parts of names."""
    for match in _DIGITS.finditer(text):
        value = Decimal(match[0]) if match[0].isdecimal() else None
        yield _Number(match.start(), match.end(), match[0], value, (None, None), "", None, None)
