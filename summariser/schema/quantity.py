"""A quantity as a newspaper prints it, and as code reads it."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, PlainSerializer

from summariser.schema.page import Frozen

AND: Final = "·"  # between two reckonings: 人·天


class Approximation(StrEnum):
    """How exactly the words give the number."""

    EXACT = "exact"
    MORE_THAN = "more_than"
    AT_LEAST = "at_least"
    NEARLY = "nearly"
    AT_MOST = "at_most"
    ABOUT = "about"
    RANGE = "range"
    ORDER_OF_MAGNITUDE = "order_of_magnitude"


class UnitClass(StrEnum):
    """What a unit counts; only quantities of one class can be compared or added."""

    PERSON = "person"
    PERSON_TIME = "person_time"
    HOUSEHOLD = "household"
    ORGANISATION = "organisation"
    MONEY = "money"
    PERCENT = "percent"
    PERCENTAGE_POINT = "percentage_point"
    MULTIPLE = "multiple"
    DURATION = "duration"
    AREA = "area"
    LENGTH = "length"
    MASS = "mass"
    ACTIVITY_TIME = "activity_time"
    COUNT = "count"
    STRUCTURE = "structure"


def _join_reckonings(per: object) -> object:
    """What a number is reckoned by, from its list in JSON."""
    return (AND.join(map(str, per)) or None) if isinstance(per, list | tuple) else per


class Quantity(Frozen):
    """One quantity of a text.

    Shape: `text[start:end] == raw`. `value` is null where the words give only bounds (ranges, 十几, 数万).
    Units: scales are folded into the number (`3.8万元` is 38000 元); `unit` is the measure word without its scale.
    """

    raw: str = Field(description="The words that carry the quantity, as printed, approximation words included.")
    value: Decimal | None = Field(description="The number named; null where only bounds are named.")
    min: Decimal | None = Field(description="Lower bound, where the words give one.")
    max: Decimal | None = Field(description="Upper bound, where the words give one.")
    unit: str = Field(description="Printed measure word: 名, 人次, 元, %, 个月. Empty where none is printed.")
    unit_class: UnitClass = Field(description="What the unit counts; 名, 位 and 人 are all `person`, 人次 never is.")
    per: Annotated[
        str | None,
        BeforeValidator(_join_reckonings),
        PlainSerializer(lambda per: per.split(AND) if per else [], return_type=list[str]),
    ] = Field(description="Reckoned by: 月 in 每月200元, 人·天 in 15元/人/天; null if nothing. In JSON a list.")
    approx: Approximation = Field(
        description="How exactly the words or their clause give the number: 预计减省1800小时 is `about`."
    )
    start: int = Field(description="Offset of `raw` in the text, in code points.")
    end: int = Field(description="Offset behind `raw`.")

    @property
    def is_round(self) -> bool:
        """True of a bare hundred or million (百万职工): approximate by its roundness, not by a word."""
        return self.approx is Approximation.ABOUT and self.raw[0] in "百千万亿"


class Direction(StrEnum):
    """Which way a number went."""

    RISE = "rise"
    FALL = "fall"
    NONE = "none"

    @property
    def other(self) -> Direction:
        """The opposite one; none for none."""
        return {Direction.RISE: Direction.FALL, Direction.FALL: Direction.RISE}.get(self, self)


class Change(Frozen):
    """What became of a number: which way it went, and by how much."""

    direction: Direction | None = Field(description="rise, fall, or none where it stayed; null where nothing says so.")
    difference: Decimal | None = Field(
        description="After less before, in the unit of the later number; of two shares in percentage points. Null "
        "where one of the numbers is not exact, or they do not count the same."
    )
    ratio: Decimal | None = Field(description="After by before, to four places: 1.12 of 增长12%, 2 of 翻一番.")


_MOST_DIGITS: Final = 30  # a number longer than this is printed as it is spelled


def format_quantity(quantity: Quantity) -> str:
    """The number as code read it, with its unit and what it is reckoned by: 30,000,000 元, 10–19 家, 200 元/月.

    Shape: thousands set apart, no zeros trailing; where no number is named, its bounds (`10–…` without an upper one).
    """
    low, high = ("" if bound is None else _digits(bound) for bound in (quantity.min, quantity.max))
    bounds = f"{low or '…'}–{high or '…'}" if low or high else "?"
    number = bounds if quantity.value is None else _digits(quantity.value)
    per = f"/{quantity.per.replace(AND, '/')}" if quantity.per else ""
    return f"{number} {quantity.unit}{per}".strip()


def format_printed(quantity: Quantity) -> str:
    """The number as it is printed, with what it is reckoned by, which stands elsewhere in the sentence: 300元/月."""
    return "/".join(filter(None, (quantity.raw, quantity.per and quantity.per.replace(AND, "/"))))


def _digits(number: Decimal) -> str:
    """A number with its thousands set apart; one beyond all measure as it is spelled."""
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        return str(number)
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
