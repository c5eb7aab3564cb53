"""What changed between two texts or two quantities: a number, its unit, how exactly it is given, or only the words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple

from summariser.numbers.numerals import find_english_numerals
from summariser.numbers.quantity import find_numerals, find_quantities
from summariser.schema.quantity import Approximation, Quantity

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
    others = list(_digit_runs(text))
    for numeral in reversed(find_numerals(text) if is_chinese else find_english_numerals(text)):
        match = _ENGLISH_UNIT.match(text, numeral.end)  # a numeral's unit is the word behind it
        unit = match[1] if match else text[numeral.end : numeral.end + 1]
        others.insert(0, _Number(numeral.start, numeral.end, numeral.raw, min(numeral.values), unit=unit))
    for number in others:
        if all(number.end <= known.start or number.start >= known.end for known in found):
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
