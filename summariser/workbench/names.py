"""What the codes of facets and totals are called, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from summariser.catalogue.updating import NOT_KNOWN
from summariser.places.place import division
from summariser.report.facts import Label, label, labels, same
from summariser.schema.codes import (
    Beneficiary,
    Chain,
    CodedEnum,
    Decision,
    PracticeStatus,
    ResultKind,
    Support,
    Theme,
)
from summariser.workbench.words import words

_CODES: Final[Mapping[str, type[CodedEnum]]] = {
    "theme": Theme,
    "beneficiary": Beneficiary,
    "chain": Chain,
    "status": PracticeStatus,
    "decision": Decision,
    "support": Support,
    "kind": ResultKind,
}
_LABELS: Final = {"state": "review_state", "needs": "needs"}


def name_code(facet: str, code: str) -> Label:
    """The labels of a code; one that is in no list, as an address may bring it, is its own."""
    if code == NOT_KNOWN:
        return Label(code, words("zh")["explore.none"], words("en")["explore.none"])
    if facet in _CODES:
        found = next((each for each in _CODES[facet] if each.value == code), None)
        return label(found) if found else same(code)
    if facet == "province":
        known = division(code)
        return Label(code, known.short, labels("province")[code[:2]].en) if known else same(code)
    return labels(_LABELS[facet]).get(code, same(code)) if facet in _LABELS else same(code)
