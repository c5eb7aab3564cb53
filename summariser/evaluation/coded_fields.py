"""What two records of one article are compared in, field by field, each as one comparable text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from summariser.schema.codes import ActorRole
from summariser.schema.quantity import format_quantity
from summariser.schema.record import Record


def _join(codes: Iterable[str]) -> str:
    """Codes in one order, whatever order the model gave them in; `none` where there are none."""
    return ", ".join(sorted(codes)) or "none"


def _lead(record: Record) -> str:
    return _join(actor.name for actor in record.case.actors if actor.role is ActorRole.LEAD)


def _result_kinds(record: Record) -> str:
    return _join(result.kind.value for result in record.case.results)


def _quantities(record: Record) -> str:
    quantities = [result.quantity for result in record.case.results if result.quantity]
    return _join(f"{format_quantity(quantity)} ({quantity.approx.value})" for quantity in quantities)


# Fields that the model codes; every one has few values, so that agreement can be counted.
CODED: Final[Mapping[str, Callable[[Record], str]]] = {
    "decision": lambda record: record.case.decision.value,
    "primary_theme": lambda record: record.case.primary_theme.value,
    "secondary_themes": lambda record: _join(theme.value for theme in record.case.secondary_themes),
    "beneficiaries": lambda record: _join(each.value for each in record.case.beneficiaries),
    "practice_status": lambda record: record.case.practice_status.value,
    "lead": _lead,
    "result_kinds": _result_kinds,
}
# And what was read besides.
READ: Final[Mapping[str, Callable[[Record], str]]] = {
    "number_of_results": lambda record: str(len(record.case.results)),
    "quantities": _quantities,
}
