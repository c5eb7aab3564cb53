"""How many quantities of the gold articles `find_quantities` finds, page by page.

Use: `python benchmarks/quantity_gold.py [GOLD ...] [--extra] [--misses]`, by default over the pages of the repository's seeds.
A gold quantity counts as right when value (or bounds), bounds and unit class agree; the page text is looked for beside the gold.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from summariser.quantity import find_quantities, unit_class_of
from summariser.schema.quantity import Quantity, UnitClass

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
# Without a printed measure word the annotator chose one (三大困境: 个, 3金: 枚), so these are one class here.
COUNT_LIKE = {UnitClass.COUNT, UnitClass.STRUCTURE, UnitClass.ORGANISATION, UnitClass.ACTIVITY_TIME}


def main() -> None:
    """Print found, right and missed for each page, and the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="*", type=Path, default=sorted(SEEDS.glob("page-*.gold.json")))
    parser.add_argument("--extra", action="store_true", help="list also what the gold does not have")
    options = parser.parse_args()
    totals = [0, 0, 0, 0]
    for path in options.gold:
        gold = json.loads(path.read_text(encoding="utf-8"))
        lines = path.with_name(path.name.replace(".gold.json", ".txt")).read_text(encoding="utf-8").splitlines()
        counts = [0, 0, 0, 0]
        for article in gold["articles"]:
            counts = [a + b for a, b in zip(counts, score(article, lines, extra=options.extra), strict=True)]
        print(f"{path.name}: gold {counts[0]}, found {counts[1]}, right {counts[2]}, not in gold {counts[3]}")
        totals = [a + b for a, b in zip(totals, counts, strict=True)]
    print(
        f"all: gold {totals[0]}, found {totals[1]}, right {totals[2]} ({totals[2] / totals[0]:.1%}), extra {totals[3]}"
    )


def score(article: dict[str, Any], lines: list[str], *, extra: bool) -> tuple[int, int, int, int]:
    """Gold, found, right and extra quantities of one article; prints each miss."""
    ours = find_quantities(join(article["lines"], lines))
    left = list(ours)
    found = right = 0
    for wanted in article["quantities"]:
        same = [quantity for quantity in left if same_number(wanted, quantity)]
        best = sorted(same, key=lambda quantity: (-agreement(wanted, quantity), quantity.start))[:1]
        if best:
            left.remove(best[0])
        found += bool(best)
        agreed = bool(best) and agreement(wanted, best[0]) == 3
        right += agreed
        if not agreed:
            print(
                f"  {article['id']}: {wanted['text']} {numbers(wanted)} {wanted['unit']}: {best[0] if best else 'missing'}"
            )
    repeated = [q for q in left if any(same_number(wanted, q) for wanted in article["quantities"])]
    others = [quantity for quantity in left if quantity not in repeated]
    if extra:
        for quantity in others:
            print(
                f"  {article['id']} + {quantity.raw!r} = {quantity.value} {quantity.min} {quantity.max} "
                f"{quantity.unit} {quantity.unit_class} per {quantity.per}"
            )
    return len(article["quantities"]), found, right, len(others)


def join(ranges: Iterable[list[int]], lines: list[str]) -> str:
    """The lines of an article in reading order, wraps joined, Markdown hashes off."""
    return "".join(
        re.sub(r"^#+\s*", "", lines[number - 1]) for first, last in ranges for number in range(first, last + 1)
    )


def numbers(wanted: dict[str, Any]) -> tuple[Decimal | None, ...]:
    """Value, lower and upper bound of a gold quantity."""
    return tuple(None if wanted[key] is None else Decimal(str(wanted[key])) for key in ("value", "min", "max"))


def same_number(wanted: dict[str, Any], quantity: Quantity) -> bool:
    """Whether both name the same number, or the same bounds where the gold names no value."""
    value, low, high = numbers(wanted)
    if value is not None:
        return value == quantity.value
    return (low, high) != (None, None) and (low in (None, quantity.min)) and (high in (None, quantity.max))


def agreement(wanted: dict[str, Any], quantity: Quantity) -> int:
    """How much agrees: 1 for the bounds, 1 for the unit class, 1 for what it is reckoned by."""
    value, low, high = numbers(wanted)
    bounds = value is None or (low, high) == (quantity.min, quantity.max)
    whole = unit_class_of(wanted["unit"])
    unit, _, per = (wanted["unit"], "", "") if whole else wanted["unit"].partition("/")
    gold_class = whole or unit_class_of(unit) or UnitClass.COUNT
    same_class = gold_class == quantity.unit_class or {gold_class, quantity.unit_class} <= COUNT_LIKE
    return bounds + same_class + (not per or per == quantity.per)


if __name__ == "__main__":
    main()
