"""How many quantities of the gold articles `find_quantities` finds, page by page.

Use: `python benchmarks/quantity_gold.py [GOLD ...] [--extra]`, by default over the pages of the repository's seeds; the
page text is looked for beside the gold. A gold quantity is right when value (or bounds), bounds, unit class and what it
is reckoned by agree; gold that names no number at all (数十次) is right when words, unit class and *per* agree. Where
the gold departs from the specification (it lists 第8年 and a bare 一条, gives 数万 other bounds than 20000 to 90000),
it is counted apart.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from summariser.numbers.numerals import unit_class_of
from summariser.numbers.quantity import find_quantities
from summariser.schema.case import Quantity, UnitClass
from summariser.text import fold

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
# Without a printed measure word the annotator chose one (三大困境: 个, 3金: 枚), so these are one class here.
COUNT_LIKE = {UnitClass.COUNT, UnitClass.STRUCTURE, UnitClass.ORGANISATION, UnitClass.ACTIVITY_TIME}
DEPARTS = re.compile("第[0-9]|^[数几少]|^一条")
FULL_AGREEMENT = 3


class Score(NamedTuple):
    """Counts of gold quantities, and of ours that no gold quantity names."""

    gold: int = 0
    found: int = 0
    right: int = 0
    departing: int = 0
    besides: int = 0

    def plus(self, other: Score) -> Score:
        """The sums of both."""
        return Score(*(a + b for a, b in zip(self, other, strict=True)))


def main() -> None:
    """Print the counts and misses of each page, and the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="*", type=Path, default=sorted(SEEDS.glob("page-*.gold.json")))
    parser.add_argument("--extra", action="store_true", help="list also what the gold does not have")
    options = parser.parse_args()
    total = Score()
    for path in options.gold:
        page, notes = score_page(path)
        for note in notes:
            if options.extra or "besides:" not in note:
                print(f"  {note}")
        print(f"{path.name}: {page._asdict()}")
        total = total.plus(page)
    print(f"all: {total._asdict()}, right of those within the specification {share(total):.1%}")


def score_page(path: Path) -> tuple[Score, list[str]]:
    """The score of the articles of a gold file, and a line for each miss and for each quantity besides."""
    gold = json.loads(path.read_text(encoding="utf-8"))
    lines = path.with_name(path.name.replace(".gold.json", ".txt")).read_text(encoding="utf-8").splitlines()
    total, notes = Score(), []
    for article in gold["articles"]:
        part, told = score(article, lines)
        total = total.plus(part)
        notes += told
    return total, notes


def share(total: Score) -> float:
    """Right quantities of those on which gold and specification agree."""
    return total.right / max(total.gold - total.departing, 1)


def score(article: dict[str, Any], lines: list[str]) -> tuple[Score, list[str]]:
    """The score of one article, and a line for each miss and for each quantity that the gold does not have."""
    notes: list[str] = []
    gold, ours = article["quantities"], find_quantities(join(article["lines"], lines))
    answers = match(gold, ours)
    right = departing = 0
    for at, wanted in enumerate(gold):
        best = ours[answers[at]] if at in answers else None
        agreed = best is not None and agreement(wanted, best) == FULL_AGREEMENT
        right += agreed
        departing += not agreed and bool(DEPARTS.search(wanted["text"]))
        if not agreed:
            notes.append(f"{article['id']} {wanted['text']}: {best!r}")
    left = [quantity for at, quantity in enumerate(ours) if at not in set(answers.values())]
    besides = [q for q in left if not any(same_number(wanted, q) for wanted in gold)]
    notes += [f"{article['id']} besides: {quantity!r}" for quantity in besides]
    return Score(len(gold), len(answers), right, departing, len(besides)), notes


def match(gold: list[dict[str, Any]], ours: list[Quantity]) -> dict[int, int]:
    """Which of ours answers for which gold quantity, each for one, the best agreement first."""
    pairs = [
        (agreement(wanted, quantity), fold(quantity.raw).text in fold(wanted["text"]).text, -at, -index)
        for at, wanted in enumerate(gold)
        for index, quantity in enumerate(ours)
        if same_number(wanted, quantity)
    ]
    answers: dict[int, int] = {}
    for _, _, at, index in sorted(pairs, reverse=True):
        if -at not in answers and -index not in answers.values():
            answers[-at] = -index
    return answers


def join(ranges: Iterable[list[int]], lines: list[str]) -> str:
    """The lines of an article in reading order, wraps joined, Markdown hashes off."""
    numbers = (number for first, last in ranges for number in range(first, last + 1))
    return "".join(re.sub(r"^#+\s*", "", lines[number - 1]) for number in numbers)


def bounds(wanted: dict[str, Any]) -> tuple[Decimal | None, ...]:
    """Value, lower and upper bound of a gold quantity."""
    return tuple(None if wanted[key] is None else Decimal(str(wanted[key])) for key in ("value", "min", "max"))


def same_number(wanted: dict[str, Any], quantity: Quantity) -> bool:
    """Whether both name the same number, or the same bounds where the gold names no value."""
    value, low, high = bounds(wanted)
    if value is not None:
        return value == quantity.value
    if (low, high) == (None, None):
        return quantity.value is None and fold(quantity.raw).text in fold(wanted["text"]).text
    return low in {None, quantity.min} and high in {None, quantity.max}


def agreement(wanted: dict[str, Any], quantity: Quantity) -> int:
    """How much agrees: 1 for the bounds, 1 for the unit class, 1 for what it is reckoned by."""
    value, low, high = bounds(wanted)
    same_bounds = value is None or (low, high) == (quantity.min, quantity.max)  # without value: compared before
    whole = unit_class_of(wanted["unit"])
    unit, _, per = (wanted["unit"], "", "") if whole else wanted["unit"].partition("/")
    gold_class = whole or unit_class_of(unit) or UnitClass.COUNT
    same_class = gold_class == quantity.unit_class or {gold_class, quantity.unit_class} <= COUNT_LIKE
    return same_bounds + same_class + (not per or per == quantity.per or per in (quantity.per or "").split("·"))


if __name__ == "__main__":
    main()
