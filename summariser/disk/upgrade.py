"""Records of older versions in the present shape: nothing is asked, nothing is lost, what was not known is null."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from summariser.places.organisation import seat_of
from summariser.schema.codes import LEVEL_RANK, RENAMED_CODES, Level
from summariser.schema.exchange import canonical_json
from summariser.schema.page import PageSource

Tree = dict[str, Any]  # an object of JSON
RECORD_1: Final = "schemas/record/1.json"
_NO_EVIDENCE: Final[Tree] = {
    "sents": [],
    "quote": None,
    "start": None,
    "end": None,
    "lines": [],
    "match": "sentence_only",
}
_BY_WORDS: Final = ("place", "time", "actors", "people")  # facts that the words found bear out by themselves
_NUMBERS: Final = ("value", "min", "max")


class OlderRecordWarning(UserWarning):
    """A record of an older version was read; it is shown in the present shape, and the file is as it was."""


def upgrade_record(tree: Tree, *, spell: Callable[[Decimal], str]) -> tuple[Tree, bool]:
    """The JSON of a record of version 1 as that of version 2, and whether a person edited it since it was written.

    Shape: `source`, sentences, chains and everything else that version 1 does not know is null or empty.
    Errors: KeyError, TypeError, AttributeError, ValueError or ArithmeticError for what is no record of version 1.
    """
    is_edited = _hash(tree, spell) != tree["provenance"]["content_sha256"]
    case, place = tree["case"], tree["case"]["place"]
    near = place["code"] if place else None
    lists = {name: [_upgrade_fact(fact, name) for fact in case[name]] for name in ("actors", "people", "actions")}
    for actor in lists["actors"]:
        seat = seat_of(actor["name"], near)
        actor |= {
            "full_name": seat.full_name if seat else None,
            "rank": LEVEL_RANK[Level(actor["level"])],
            "code": seat.code if seat else None,
        }
    lists["results"] = [_upgrade_result(result) for result in case["results"]]
    single = {name: case[name] and _upgrade_fact(case[name], name) for name in ("place", "problem", "lesson")}
    further: Tree = {name: [] for name in ("employers", "devices", "relations", "theme_sents", "status_sents")}
    upgraded = {
        **tree,
        "$schema": "schemas/record/2.json",
        "source": PageSource().model_dump(),
        "case": case
        | lists
        | single
        | further
        | {
            "time": case["time"] and _upgrade_time(case["time"]),
            "beneficiaries": [{"group": group, "sents": []} for group in case["beneficiaries"]],
            "more_results": any(finding["rule"] == "list_full" for finding in tree["findings"]),
        },
        "corrections": [],
        "practice": None,
        "text": {"sha256": "", "sentences": []},
        "provenance": tree["provenance"] | {"further_keys": [], "verified_by": None},
    }
    return upgraded, is_edited


def _upgrade_fact(fact: Tree, name: str) -> Tree:
    """A fact whose `supported` becomes a grade."""
    rest = {key: value for key, value in fact.items() if key != "supported"}
    grade = "words" if name in _BY_WORDS else "sentences"
    return rest | {"support": grade if fact["supported"] else "none", "support_by": "code"}


def _upgrade_time(time: Tree) -> Tree:
    """A time, which had no evidence and no role; its dates as EDTF."""
    start, end, precision = time["start"], time["end"], time["precision"]
    edtf = None
    if precision != "none" and (start or end):
        edtf = start if start == end else f"{start or '..'}/{end or '..'}"
    kept = {"text": time["text"], "role": None, "edtf": edtf, "start": start, "end": end, "evidence": _NO_EVIDENCE}
    return _upgrade_fact(kept | {"supported": time["supported"]}, "time")


def _upgrade_result(result: Tree) -> Tree:
    """A result without chain, change, period, total and speaker; its kind by its present name."""
    unknown = ("chain", "before_text", "before", "change", "period", "part_of", "claimant")
    quantity = result["quantity"]
    if quantity:
        quantity = quantity | {"per": quantity["per"].split("·") if quantity["per"] else []}
    kind = RENAMED_CODES.get(("ResultKind", result["kind"]), result["kind"])
    changed = dict.fromkeys(unknown) | {"kind": kind, "quantity": quantity}
    return _upgrade_fact(result | changed, "results")


def _hash(tree: Tree, spell: Callable[[Decimal], str]) -> str:
    """The hash of the content as version 1 reckoned it: decimals as texts, the temperature as a number."""
    results = [
        each | {"quantity": each["quantity"] and each["quantity"] | _decimals(each["quantity"])}
        for each in tree["case"]["results"]
    ]
    provenance = {key: value for key, value in tree["provenance"].items() if key != "content_sha256"}
    content = {key: value for key, value in tree.items() if key != "review"} | {
        "case": tree["case"] | {"results": results},
        "provenance": provenance | {"temperature": float(provenance["temperature"])},
    }
    return hashlib.sha256(canonical_json(content, decimals=spell).encode("utf-8", "surrogatepass")).hexdigest()


def _decimals(quantity: Tree) -> Tree:
    """The numbers of a quantity, as decimals."""
    return {name: None if quantity[name] is None else Decimal(quantity[name]) for name in _NUMBERS}
