"""Results: the quote, and the number read again by code from the words that carry it."""

from __future__ import annotations

from collections.abc import Sequence

from summariser.matching.locate import locate
from summariser.numbers.quantity import find_quantities, quantity_at
from summariser.records.evidence import ArticleCheck, Checked, Grounded, is_supported
from summariser.schema.case import Finding, ReplyResult, Result, Rule, shorten
from summariser.schema.page import Span
from summariser.schema.quantity import Quantity, UnitClass

_FRAMING = frozenset({UnitClass.STRUCTURE, UnitClass.DURATION})  # what parts there are, and how long it took


def check_results(results: Sequence[ReplyResult], check: ArticleCheck) -> list[Checked[Result]]:
    """Results with their places in the page and their numbers, in the order given."""
    checked: list[Checked[Result]] = []
    after = 0
    for index, result in enumerate(results):
        path = f"results[{index}]"
        grounded = check.ground(result.quote, result.sents, f"{path}.quote", after=after)
        after = grounded.evidence.start or after
        number = _read_number(result, grounded, f"{path}.value_text", check)
        findings = (*grounded.findings, *check.prose(result.text, f"{path}.text"), *number.findings)
        fact = Result(
            text=result.text,
            kind=result.kind,
            status=result.status,
            value_text=result.value_text,
            subject=result.subject,
            quantity=number.fact,
            evidence=grounded.evidence,
            supported=is_supported(findings),
        )
        checked.append(Checked(fact, findings))
    return checked


def _read_number(result: ReplyResult, grounded: Grounded, path: str, check: ArticleCheck) -> Checked[Quantity | None]:
    """The quantity that the words of `value_text` carry in the page, and what is wrong with them."""
    if result.value_text is None:
        if all(quantity.unit_class in _FRAMING for quantity in find_quantities(result.text)):
            return Checked(None, ())
        return Checked(None, (Rule.VALUE_MISSING.at(path, "The text has a number; copy its words."),))
    span = _value_span(result.value_text, grounded, check)
    if span is None:
        value = check.ground(result.value_text, result.sents, path)
        if not value.supported or value.evidence.start is None or value.evidence.end is None:
            return Checked(None, value.findings)
        span = Span(value.evidence.start, value.evidence.end)
    return _quantity_in(span, shorten(result.value_text), path, check)


def _value_span(value_text: str, grounded: Grounded, check: ArticleCheck) -> Span | None:
    """Where `value_text` stands inside the quote, if it does."""
    start, end = grounded.evidence.start, grounded.evidence.end
    if start is None or end is None:
        return None
    match = locate(value_text, check.article.text[start:end])
    return Span(start + match.start, start + match.end) if match else None


def _quantity_in(span: Span, said: str, path: str, check: ArticleCheck) -> Checked[Quantity | None]:
    """The one quantity of a span of the article; `said` is what the model calls it."""
    text = check.article.text
    inside = [
        quantity for quantity in check.facts.quantities if quantity.start < span.end and quantity.end > span.start
    ]
    if not any(quantity.unit for quantity in inside) and (pointed := quantity_at(text, *span)):
        return Checked(pointed, ())
    if len(inside) > 1:  # leave out what only frames the number: structural counts and the length of the period
        inside = [quantity for quantity in inside if quantity.unit_class not in _FRAMING] or inside
    if not inside:
        message = f"“{said}” holds no number that code can read; copy the words with the number, or null."
        return Checked(None, (Rule.NUMBER_UNREADABLE.at(path, message),))
    if len(inside) > 1:
        numbers = ", ".join(f"“{quantity.raw}”" for quantity in inside)
        message = f"“{said}” holds {len(inside)} numbers ({numbers}); write one result for each."
        return Checked(None, (Rule.SEVERAL_NUMBERS.at(path, message),))
    return Checked(inside[0], _cut_words(inside[0], span, path, text))


def _cut_words(quantity: Quantity, span: Span, path: str, text: str) -> tuple[Finding, ...]:
    """Words of the number that `value_text` leaves out: its unit, or what makes it approximate.

    What follows a number without a unit is only the noun it counts (百万职工) and may be left out; so may what leaves
    the same quantity (十几堂 of 十几堂课).
    """
    start, end = max(span.start, quantity.start), min(span.end, quantity.end)
    before = text[quantity.start : start].strip()
    behind = text[end : quantity.end].strip() if quantity.unit else ""
    if not before and not behind:
        return ()
    rest = find_quantities(text[start:end])
    same = ("value", "min", "max", "unit_class", "approx")
    if len(rest) == 1 and "/" not in quantity.raw and all(getattr(rest[0], x) == getattr(quantity, x) for x in same):
        return ()
    message = f"The page prints “{quantity.raw}”; copy all of it, “{before or behind}” included."
    return (Rule.VALUE_CUT.at(path, message),)
